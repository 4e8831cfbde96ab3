"""Writing the texts that were chosen for a corpus, and reading them again.

What is reported of a corpus, and that no exam's text is in it, is told by the file itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whichcode.corpus.exams import Exams
from whichcode.corpus.near import tokens_of
from whichcode.corpus.select import Candidate, author_of
from whichcode.corpus.shards import Task
from whichcode.errors import CorpusError
from whichcode.parallel import parallel_map
from whichcode.progress import progress

COLUMNS = ("language", "content", "repository", "commit", "path", "kind", "licence", "author")
ROWS_A_GROUP = 2000


@dataclass
class Written:
    """What was found in a corpus that was written.

    Attributes:
        texts: how many there are.
        sha256: of all labels, texts and origins, whatever their order.
        languages: files, fences, repositories and bytes of each language.
        kinds: texts of each kind; kinds of `text` apart from those of code.
        exams: names of the exams, their texts, texts held against them, and those found to be like one: none.
    """

    texts: int = 0
    sha256: str = ""
    languages: dict[str, dict[str, int]] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    exams: dict[str, Any] = field(default_factory=dict)


def write_checked(
    out: Path, candidates: Sequence[Candidate], tasks: Sequence[Task], exams: Exams, workers: int | None
) -> Written:
    """Write the candidates to a file beside `out`, read it again, and rename it if no text in it is an exam's.

    Raises:
        CorpusError: the file cannot be written, or a text is like one of an exam; what was at `out` is as it was.
    """
    temporary = out.with_name(f".{out.name}.part")
    try:
        _write(temporary, candidates, tasks)
        written = _read_again(temporary, exams, workers)
        if written.exams["left"]:
            raise CorpusError(f"{out}: {written.exams['left']} of its texts are like an exam's; it is not written")
        temporary.replace(out)
        return written
    except OSError as error:
        raise CorpusError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _write(out: Path, candidates: Sequence[Candidate], tasks: Sequence[Task]) -> None:
    """Write the candidates in row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.binary() if name == "content" else pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for row in _rows(candidates, tasks):
            rows.append(row)
            if len(rows) == ROWS_A_GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _rows(candidates: Sequence[Candidate], tasks: Sequence[Task]) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    chosen: dict[str, list[int]] = {}
    for candidate in candidates:
        chosen.setdefault(candidate.repository, []).append(candidate.row)
    for task in tasks:
        name = task.repository.repository
        if name not in chosen:
            continue
        table = pq.read_table(task.rows, columns=["language", "content", "path", "kind"])
        rows = table.take(sorted(chosen[name])).to_pylist()
        told = {"repository": name, "commit": task.commit, "licence": task.repository.licence}
        alike = Counter((row["language"], row["kind"]) for row in rows)
        for row in sorted(rows, key=lambda row: (row["language"], row["path"])):
            files = alike[row["language"], row["kind"]]
            author = author_of(name, row["path"], files, task.repository.files_per_author)
            yield row | told | {"author": author}


def _read_again(out: Path, exams: Exams, workers: int | None) -> Written:
    """Read the corpus again: count it, digest it, and hold every text against the exams once more."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(out)
    groups = range(file.num_row_groups)
    written = Written()
    left = 0
    total = hashlib.sha256()
    digests: list[str] = []
    repositories: dict[str, set[str]] = {}
    found = parallel_map(_audit_group, (exams, out), list(groups), workers, few=1, chunk=1)
    with progress("checking", len(groups)) as advance:
        for like, rows in found:
            advance(1)
            left += like
            for language, kind, repository, size, digest in rows:
                counts = written.languages.setdefault(
                    language, {"files": 0, "fences": 0, "repositories": 0, "bytes": 0}
                )
                counts["fences" if kind == "fence" else "files"] += 1
                counts["bytes"] += size
                repositories.setdefault(language, set()).add(repository)
                told = f"{language} {kind}" if language == "text" else kind
                written.kinds[told] = written.kinds.get(told, 0) + 1
                digests.append(digest)
    for language, names in repositories.items():
        written.languages[language]["repositories"] = len(names)
    for digest in sorted(digests):
        total.update(digest.encode())
    written.texts = len(digests)
    written.sha256 = total.hexdigest()
    written.exams = {"names": list(exams.names), "texts": exams.texts, "checked": written.texts, "left": left}
    return written


def _audit_group(shared: tuple[Exams, Path], group: int) -> tuple[int, list[tuple[str, str, str, int, str]]]:
    """Return how many texts of a row group are like an exam's, and what the report counts of each text."""
    import pyarrow.parquet as pq

    exams, path = shared
    like = 0
    rows = []
    for row in pq.ParquetFile(path).read_row_group(group).to_pylist():
        content = row["content"]
        if exams.texts and exams.like(tokens_of(content.decode("utf-8", "surrogatepass"))) is not None:
            like += 1
        told = [row[name] for name in COLUMNS if name != "content"] + [hashlib.sha256(content).hexdigest()]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        rows.append((row["language"], row["kind"], row["repository"], len(content), digest))
    return like, rows
