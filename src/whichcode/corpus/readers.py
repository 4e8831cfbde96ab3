"""Reading labelled text from a folder per language, JSONL or Parquet, chosen by looking at the path."""

from __future__ import annotations

import hashlib
import json
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from whichcode.corpus.document import SPLITS, Corpus, Document, SplitName
from whichcode.errors import BinaryInputError, CorpusError, MissingExtraError
from whichcode.text.decode import decode

_COLUMNS = {"language", "content", "path", "repository", "source", "split", "unit", "kind", "author"}
_JSONL = (".jsonl", ".ndjson")


def read_corpora(paths: Sequence[str | Path]) -> Corpus:
    """Read several corpora as one; each document keeps the name of its own as `source`.

    Raises:
        CorpusError: as `read_corpus`; or two of them have one name.
    """
    documents: list[Document] = []
    skipped: Counter[str] = Counter()
    digests: dict[str, str] = {}
    for path in paths:
        corpus = read_corpus(path)
        twice = digests.keys() & corpus.digests.keys()
        if twice:
            raise CorpusError(f"{path}: another corpus is called {sorted(twice)[0]!r} too; rename one of them")
        documents += corpus.documents
        skipped.update(corpus.skipped)
        digests |= corpus.digests
    return Corpus(tuple(documents), dict(skipped), digests)


def read_corpus(path: str | Path) -> Corpus:
    """Read a corpus: a folder with one folder a language, a ``.jsonl`` file or a ``.parquet`` file.

    JSONL and Parquet need ``language`` and ``content`` (text or bytes), and may have ``path``,
    ``repository``, ``source``, ``split``, ``unit``, ``kind`` and ``author``. Binary and blank contents are left
    out and counted.

    Raises:
        CorpusError: the path does not exist, is none of the three, holds no labelled text, or a row is
            wrong; the message names the file and the row.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        told = "there is no such file or folder" if isinstance(error, FileNotFoundError) else _unreadable(error)
        raise CorpusError(f"{path}: {told}") from error
    if stat.S_ISDIR(mode):
        rows = _folder_rows(path)
    elif path.suffix == ".parquet":
        rows = _parquet_rows(path)
    elif path.suffix in _JSONL:
        rows = _jsonl_rows(path)
    else:
        raise CorpusError(
            f"{path}: not a corpus; give a folder with one folder a language, a .jsonl or a .parquet file"
        )
    name = path.resolve().stem if path.is_file() else path.resolve().name
    return _collect(path, name, rows)


def _collect(path: Path, name: str, rows: Iterable[dict[str, Any]]) -> Corpus:
    documents: list[Document] = []
    skipped: Counter[str] = Counter()
    digest = hashlib.sha256()
    for number, row in enumerate(rows, start=1):
        where = row.get("where", f"{path}: row {number}")
        language = _label(row, where)
        repository = row.get("repository")
        kind, unit, author = row.get("kind"), row.get("unit"), row.get("author")
        for column, value in (("repository", repository), ("kind", kind), ("unit", unit), ("author", author)):
            if value is not None and not isinstance(value, str):
                raise CorpusError(f"{where}: {column!r} must be a text, not {type(value).__name__}")
        content = row.get("content")
        if not isinstance(content, str | bytes):
            raise CorpusError(f"{where}: 'content' must be text or bytes, not {type(content).__name__}")
        split = row.get("split")
        if split is not None and split not in SPLITS:
            raise CorpusError(f"{where}: 'split' is {split!r}; it must be one of {', '.join(SPLITS)}")
        try:
            text = decode(content)
        except BinaryInputError:
            skipped["binary"] += 1
            continue
        if not text.strip():
            skipped["empty"] += 1
            continue
        document = Document(
            language=language,
            text=text,
            path=_encodable(str(row.get("path") or f"row {number}")),
            source=_encodable(str(row.get("source") or name)),
            repository=_encodable(repository) if repository else None,
            split=cast("SplitName | None", split),
            kind=_encodable(kind) if kind else None,
            unit=_encodable(unit) if unit else None,
            author=_encodable(author) if author else None,
        )
        digest.update(f"{language}\0{document.digest}\n".encode())
        documents.append(document)
    if not documents:
        left_out = ", ".join(f"{n} {reason}" for reason, n in sorted(skipped.items()))
        raise CorpusError(f"{path}: no labelled text in it" + (f" ({left_out} left out)" if left_out else ""))
    return Corpus(tuple(documents), dict(skipped), {name: digest.hexdigest()})


def _label(row: dict[str, Any], where: str) -> str:
    value = row.get("language")
    if not isinstance(value, str) or not value.strip():
        raise CorpusError(f"{where}: 'language' must be a text that is not empty, not {value!r}")
    # As folders' names, which differ in case from one file system to the next; canonical names are lower-case.
    label = value.strip().lower()
    if not label.isprintable():
        raise CorpusError(f"{where}: the language {label!r} has characters that cannot be printed; rename it")
    return label


def _encodable(name: str) -> str:
    """Return a path or name that UTF-8 can hold; undecodable bytes of a file's name are escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def _folder_rows(path: Path) -> Iterator[dict[str, Any]]:
    for folder in _entries(path):
        if folder.is_symlink() or not folder.is_dir() or folder.name.startswith("."):
            continue
        pending = [folder]
        while pending:
            for entry in _entries(pending.pop(0)):
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                if entry.is_dir():
                    pending.append(entry)
                elif entry.is_file():
                    yield {
                        "language": folder.name,
                        "content": _read(entry),
                        "path": entry.relative_to(path).as_posix(),
                        "where": str(entry),
                    }


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted; one that cannot be read is an error and not an empty one."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise CorpusError(f"{folder}: {_unreadable(error)}") from error


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {error.strerror}"


def _jsonl_rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_read(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{path}: line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise CorpusError(f"{path}: line {number} must be an object with 'language' and 'content'")
        yield row | {"where": f"{path}: line {number}"}


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("PyArrow", "tables") from error
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise CorpusError(f"{path}: not a Parquet file that can be read ({error})") from error
    names = set(file.schema_arrow.names)
    missing = {"language", "content"} - names
    if missing:
        raise CorpusError(f"{path}: no column {sorted(missing)[0]!r}; its columns are {', '.join(sorted(names))}")
    columns = sorted(names & _COLUMNS)
    try:
        for batch in file.iter_batches(batch_size=1024, columns=columns):
            yield from batch.to_pylist()
    # A column of strings that are not UTF-8 is told as a UnicodeDecodeError, which is a ValueError.
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise CorpusError(f"{path}: the Parquet file breaks off or is damaged ({error})") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: {_unreadable(error)}") from error
