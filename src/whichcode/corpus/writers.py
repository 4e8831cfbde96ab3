"""Writing labelled text to Parquet or JSONL, as the readers read it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

from whichcode.atomic import check_writable, write_atomically
from whichcode.corpus.document import Document
from whichcode.errors import CorpusError, MissingExtraError

_COLUMNS = ("language", "path", "source", "repository", "split", "unit", "kind", "author")


def check_target(path: Path) -> None:
    """Make sure that `write_corpus` can write to `path`, whose folder is made.

    Raises:
        CorpusError: the name ends otherwise.
        WhichcodeError: nothing can be written there.
    """
    if path.suffix not in (".parquet", ".jsonl"):
        raise CorpusError(f"{path}: a corpus is written as .parquet or .jsonl")
    check_writable(path.parent)


def write_corpus(path: Path, documents: Sequence[Document]) -> None:
    """Write `documents` to a ``.parquet`` or ``.jsonl`` file, all at once.

    Raises:
        CorpusError: the name ends otherwise.
    """
    check_target(path)
    if path.suffix == ".jsonl":
        rows = (
            {name: getattr(document, name) for name in _COLUMNS} | {"content": document.text}
            for document in documents
        )
        write_atomically(path, "".join(json.dumps(row) + "\n" for row in rows))
        return
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("PyArrow", "tables") from error
    columns = {
        name: pa.array([getattr(document, name) for document in documents], type=pa.string()) for name in _COLUMNS
    }
    contents = [document.text.encode("utf-8", "surrogatepass") for document in documents]
    buffer = io.BytesIO()
    pq.write_table(
        pa.table(columns | {"content": pa.array(contents, type=pa.binary())}), buffer, compression="zstd"
    )
    write_atomically(path, buffer.getvalue())
