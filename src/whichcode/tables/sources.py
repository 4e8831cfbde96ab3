"""Where texts that are labelled come from: Parquet files, JSON lines, folders. All are read a batch at a time.

A source gives the same batches in the same order every time, and can begin at any of them, which is what an
interrupted run needs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from whichcode.errors import InputError
from whichcode.tables.columns import check_type, pyarrow
from whichcode.text.decode import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    import pyarrow as pa


class Source(Protocol):
    """Batches of rows with a column of texts."""

    @property
    def schema(self) -> pa.Schema:
        """Of the columns that are kept."""

    @property
    def rows(self) -> int | None:
        """How many there are, where that is known before they are read."""

    def fingerprint(self) -> dict[str, Any]:
        """Return what tells that the input has changed."""

    def batches(self, start: int) -> Iterator[tuple[pa.RecordBatch, Any]]:
        """Yield the kept columns and the texts (an Arrow array) of each batch, from batch number `start` on.

        Raises:
            InputError: the input is damaged; the message names the file and the row.
        """


def open_source(
    path: Path,
    column: str,
    batch_rows: int,
    *,
    keep_text: bool,
    leave: Sequence[Path] = (),
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Source:
    """Return the source at `path`.

    Args:
        path: a ``.parquet`` file, a ``.jsonl`` (or ``.ndjson``) file, or a folder.
        column: that holds the texts; for a folder it is not asked for.
        batch_rows: most rows of a batch.
        keep_text: whether the texts are among the columns that are kept.
        leave: files and folders below a folder that are no part of it: what is written there.
        max_bytes: that are looked at of each file of a folder, from its start.

    Raises:
        InputError: there is nothing there, it is something else, or has no such column.
    """
    if path.is_dir():
        return FolderSource(path, batch_rows, leave, max_bytes)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    if path.suffix == ".parquet":
        return ParquetSource(path, column, batch_rows, keep_text=keep_text)
    if path.suffix in (".jsonl", ".ndjson"):
        return LinesSource(path, column, batch_rows, keep_text=keep_text)
    raise InputError(f"{path}: a table is a .parquet or .jsonl file, or a folder of files")


class ParquetSource:
    """A Parquet file; all its columns are kept, as they are."""

    rows: int | None

    def __init__(self, path: Path, column: str, batch_rows: int, *, keep_text: bool) -> None:
        pa = pyarrow()
        self._path, self._column, self._batch_rows = path, column, batch_rows
        self._keep_text = keep_text
        try:
            self._file = pa.parquet.ParquetFile(path)
            schema = self._file.schema_arrow
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path}: cannot be read as Parquet: {_first_line(error)}") from error
        if column not in schema.names:
            there = ", ".join(schema.names)
            raise InputError(f"{path}: there is no column {column!r}; there are {there}: name one with --column")
        twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
        if twice:
            raise InputError(f"{path}: the column {twice[0]!r} is there twice; name its columns apart")
        check_type(schema.field(column).type, f"{path}: the column {column!r}")
        # What the file says of pandas' index and the like is about its old columns, and still true of them.
        self.schema = schema if keep_text else schema.remove(schema.get_field_index(column))
        self.rows = self._file.metadata.num_rows

    def fingerprint(self) -> dict[str, Any]:
        """Return the file's size and a digest of its footer, which has the place and size of all that is in it."""
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            file.seek(max(0, size - 8))
            length = int.from_bytes(file.read(4), "little")
            file.seek(max(0, size - 8 - length))
            footer = hashlib.sha256(file.read()).hexdigest()
        return {"size": size, "footer": footer, "column": self._column, "batch_rows": self._batch_rows}

    def batches(self, start: int) -> Iterator[tuple[pa.RecordBatch, Any]]:
        """Yield batches; none holds rows of two groups of rows, and groups before `start` are not read."""
        pa = pyarrow()
        number = 0
        for group in range(self._file.metadata.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            inside = -(-rows // self._batch_rows)
            if number + inside <= start:
                number += inside
                continue
            first = number
            try:
                for batch in _whole_batches(self._file, group, self._batch_rows):
                    if number >= start:
                        texts = batch.column(batch.schema.get_field_index(self._column))
                        kept = batch if self._keep_text else batch.drop_columns([self._column])
                        yield kept, texts
                    number += 1
            except (pa.ArrowException, OSError) as error:
                raise InputError(
                    f"{self._path}: damaged in row group {group}: {_first_line(error)}; get the file again"
                ) from error
            if number != first + inside:
                raise InputError(f"{self._path}: row group {group} does not hold the {rows} rows that it says")


def _whole_batches(file: Any, group: int, size: int) -> Iterator[Any]:
    """Yield batches of exactly `size` rows, the last one aside; the reader alone may end one early."""
    pa = pyarrow()
    pending: list[Any] = []
    rows = 0
    for batch in file.iter_batches(batch_size=size, row_groups=[group]):
        pending.append(batch)
        rows += batch.num_rows
        while rows >= size:
            table = pa.Table.from_batches(pending)
            yield _one_batch(table.slice(0, size))
            pending, rows = table.slice(size).to_batches(), rows - size
    if rows:
        yield _one_batch(pa.Table.from_batches(pending))


def _one_batch(table: Any) -> Any:
    pa = pyarrow()
    columns = [column.combine_chunks() for column in table.columns]
    arrays = [c.chunk(0) if isinstance(c, pa.ChunkedArray) and c.num_chunks else c for c in columns]
    return pa.record_batch(arrays, schema=table.schema)


class LinesSource:
    """JSON lines; each is kept as it stands, under its number: ``line`` and (with its text) ``record``."""

    def __init__(self, path: Path, column: str, batch_rows: int, *, keep_text: bool) -> None:
        pa = pyarrow()
        self._path, self._column, self._batch_rows = path, column, batch_rows
        self._keep_text = keep_text
        self._refuse_another_column()
        self.schema = pa.schema([("line", pa.int64()), *([("record", pa.string())] if keep_text else [])])
        self.rows: int | None = None

    def fingerprint(self) -> dict[str, Any]:
        """Return the file's size and time."""
        stat = self._path.stat()
        return {
            "size": stat.st_size,
            "modified": stat.st_mtime_ns,
            "column": self._column,
            "batch_rows": self._batch_rows,
        }

    def batches(self, start: int) -> Iterator[tuple[pa.RecordBatch, Any]]:
        """Yield batches of lines; the text of a line that has none is null, and the error says why."""
        try:
            with self._path.open("rb") as file:
                numbers: list[int] = []
                lines: list[bytes] = []
                for number, line in enumerate(file, start=1):
                    if number > start * self._batch_rows:
                        numbers.append(number)
                        lines.append(line.rstrip(b"\r\n"))
                    if len(lines) == self._batch_rows:
                        yield self._batch(numbers, lines)
                        numbers, lines = [], []
                if lines:
                    yield self._batch(numbers, lines)
        except OSError as error:
            raise InputError(f"{self._path}: cannot be read: {error.strerror}") from error

    def _refuse_another_column(self) -> None:
        """Look at the first object: where its text is called otherwise, no line would have one."""
        try:
            with self._path.open("rb") as file:
                line = next((line for line in file if line.strip()), b"")
            record = json.loads(line)
        except OSError as error:
            raise InputError(f"{self._path}: cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError):
            return
        if isinstance(record, dict) and self._column not in record:
            raise InputError(
                f"{self._path}: the first line has no {self._column!r}; it has "
                f"{', '.join(map(repr, record)) or 'nothing'}: name the column of the texts (--column)"
            )

    def _batch(self, numbers: list[int], lines: list[bytes]) -> tuple[pa.RecordBatch, Any]:
        pa = pyarrow()
        kept: list[list[Any]] = [numbers]
        if self._keep_text:
            kept.append([line.decode("utf-8", "replace") for line in lines])
        return pa.record_batch(kept, schema=self.schema), Texts([self._text(line) for line in lines])

    def _text(self, line: bytes) -> str | InputError:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            return InputError(f"not JSON: {error}")
        text = record.get(self._column) if isinstance(record, dict) else None
        if isinstance(text, str):
            return text
        if not isinstance(record, dict):
            return InputError("not an object")
        return InputError(f"no {self._column!r} that is a string")


class FolderSource:
    """The files below a folder, hidden ones aside; of each its path is kept and not its content.

    Of a file `max_bytes` are read and one more, which tells the decoder that the text goes on.
    """

    def __init__(
        self, path: Path, batch_rows: int, leave: Sequence[Path] = (), max_bytes: int = DEFAULT_MAX_BYTES
    ) -> None:
        pa = pyarrow()
        self._path, self._batch_rows, self._max_bytes = path, batch_rows, max_bytes
        self.schema = pa.schema([("path", pa.string()), ("bytes", pa.int64())])
        self._files = sorted(_files_below(path, {one.resolve() for one in leave}))
        self.rows: int | None = len(self._files)

    def fingerprint(self) -> dict[str, Any]:
        """Return a digest of the files' names, sizes and times of change."""
        digest = hashlib.sha256()
        for file in self._files:
            told = (self._path / file).stat()
            digest.update(f"{file}\0{told.st_size}\0{told.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
        return {"files": digest.hexdigest(), "batch_rows": self._batch_rows}

    def batches(self, start: int) -> Iterator[tuple[pa.RecordBatch, Any]]:
        """Yield batches of files; one that cannot be read has an error."""
        pa = pyarrow()
        for first in range(start * self._batch_rows, len(self._files), self._batch_rows):
            files = self._files[first : first + self._batch_rows]
            texts = [_content(self._path / file, self._max_bytes) for file in files]
            names = [file.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for file in files]
            sizes = [None if isinstance(text, InputError) else (self._path / file).stat().st_size
                     for file, text in zip(files, texts, strict=True)]  # fmt: skip
            yield pa.record_batch([names, pa.array(sizes, pa.int64())], schema=self.schema), Texts(texts)


class Texts:
    """A column that is no Arrow array yet: texts, and errors where there is none."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values


def _content(path: Path, max_bytes: int) -> bytes | InputError:
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        return InputError(f"cannot be read: {error.strerror}")


def _files_below(folder: Path, leave: set[Path]) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        here = Path(where)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (here / name).resolve() not in leave
        )
        for name in files:
            path = here / name
            if not name.startswith(".") and path.is_file() and path.resolve() not in leave:
                yield str(path.relative_to(folder))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
