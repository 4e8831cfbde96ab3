"""A whole table, labelled: a file in, a Parquet file out, in bounded memory, and resumable.

The answers go into part files of some batches each, in a folder beside the output; when all are there they become
one file, which is renamed. A run that is stopped at any moment, however rudely, leaves whole parts; going on
starts after the last of them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whichcode.atomic import write_atomically
from whichcode.errors import InputError, WhichcodeError
from whichcode.tables.columns import Labelling, check_new_columns, label_column, label_schema, pyarrow
from whichcode.tables.sources import Source, Texts

if TYPE_CHECKING:
    import pyarrow as pa

    from whichcode.detector import Detector

PART_BATCHES = 16
PLAN, LOCK = "plan.json", "lock"


@dataclass(frozen=True)
class Labelled:
    """What a run came to.

    Attributes:
        rows: of the output.
        answered: that have a language.
        errors: that could not be asked about.
    """

    rows: int
    answered: int
    errors: int


def parts_of(out: Path) -> Path:
    """Return the folder for the parts of an output."""
    return out.with_name(out.name + ".parts")


def label_table(
    source: Source,
    out: Path,
    detector: Detector,
    labelling: Labelling,
    *,
    resume: bool = False,
    advance: Callable[[int], None] = lambda _rows: None,
) -> Labelled:
    """Label all rows of `source` and write them, in their order, with the new columns.

    Args:
        source: of the rows.
        out: a Parquet file.
        detector: that answers.
        labelling: how.
        resume: go on after an interruption, where there was one.
        advance: told the rows just done.

    Raises:
        InputError: the input is damaged, has a column of a new one's name, or is not what an interrupted run had.
        WhichcodeError: something cannot be written; what was at `out` is as it was.
    """
    pa = pyarrow()
    check_new_columns(source.schema.names, labelling)
    schema = source.schema
    for field in label_schema(labelling):
        schema = schema.append(field)
    parts = parts_of(out)
    done = _prepare(parts, _plan(source, detector, labelling), resume=resume)
    with _alone(parts):
        try:
            for part in range(done):
                advance(_rows(_part(parts, part)))
            for number, table in enumerate(
                _tables(source, detector, labelling, schema, done, advance), start=done
            ):
                _write(table, _part(parts, number))
            result = _join(parts, out, schema, labelling.prefix)
        except OSError as error:
            raise WhichcodeError(f"{out}: cannot be written: {error.strerror or error}") from error
        except pa.ArrowException as error:
            raise WhichcodeError(f"{out}: cannot be written: {error}") from error
        finally:
            if not _part(parts, 0).exists():  # nothing to go on from
                shutil.rmtree(parts, ignore_errors=True)
        shutil.rmtree(parts, ignore_errors=True)
    return result


@contextmanager
def _alone(parts: Path) -> Iterator[None]:
    """Hold the folder of parts: two runs that went on with it would write over each other's."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    try:
        lock = (parts / LOCK).open("w")
    except OSError as error:  # also where another run has just ended and taken the folder away
        raise WhichcodeError(f"{parts}: cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"{parts}: another run is at it; wait for it or end it") from error
        yield


def _rows(part: Path) -> int:
    """Return how many rows a part has that an interrupted run left."""
    pa = pyarrow()
    try:
        return int(pa.parquet.read_metadata(part).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{part}: damaged; remove it and all after it, and go on (--resume)") from error


def _plan(source: Source, detector: Detector, labelling: Labelling) -> dict[str, Any]:
    """Return what has to be the same for two runs to give the same rows; threads do not matter."""
    how = asdict(labelling) | {"threads": None}
    return {"input": source.fingerprint(), "model": detector.model.digest, "labelling": how, "part": PART_BATCHES}


def _prepare(parts: Path, plan: dict[str, Any], *, resume: bool) -> int:
    """Make the folder of parts; return how many are done."""
    stored = json.loads(json.dumps(plan))
    if parts.exists():
        if not resume:
            raise InputError(f"{parts}: an interrupted run left this; go on with it (--resume) or remove it")
        try:
            before = json.loads((parts / PLAN).read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(f"{parts}: not what an interrupted run leaves; remove it") from error
        if not isinstance(before, dict):
            raise InputError(f"{parts}: not what an interrupted run leaves; remove it")
        if before != stored:
            changed = ", ".join(sorted(key for key in stored if before.get(key) != stored[key]))
            raise InputError(f"{parts}: the interrupted run had another {changed}; remove it to start again")
        done = 0
        while _part(parts, done).exists():
            done += 1
        return done
    write_atomically(parts / PLAN, json.dumps(stored, indent=1) + "\n")
    return 0


def _part(parts: Path, number: int) -> Path:
    return parts / f"{number:06}.parquet"


def _tables(
    source: Source,
    detector: Detector,
    labelling: Labelling,
    schema: pa.Schema,
    done: int,
    advance: Callable[[int], None],
) -> Iterator[pa.Table]:
    pa = pyarrow()
    batches: list[Any] = []
    for kept, texts in source.batches(done * PART_BATCHES):
        labels = _labels(texts, detector, labelling)
        batches.append(pa.record_batch([*kept.columns, *labels.columns], schema=schema))
        advance(kept.num_rows)
        if len(batches) == PART_BATCHES:
            yield pa.Table.from_batches(batches, schema)
            batches = []
    if batches:
        yield pa.Table.from_batches(batches, schema)


def _labels(texts: Any, detector: Detector, labelling: Labelling) -> pa.RecordBatch:
    if not isinstance(texts, Texts):
        return label_column(texts, detector, labelling)
    pa = pyarrow()
    # As binaries, since strings from elsewhere may hold what UTF-8 has not.
    values = [
        text.encode("utf-8", "surrogatepass")
        if isinstance(text, str)
        else text
        if isinstance(text, bytes)
        else None
        for text in texts.values
    ]
    labels = label_column(pa.array(values, pa.large_binary()), detector, labelling)
    errors = [
        str(text) if isinstance(text, InputError) else error
        for text, error in zip(texts.values, labels.columns[-1].to_pylist(), strict=True)
    ]
    return pa.record_batch([*labels.columns[:-1], pa.array(errors, pa.string())], schema=labels.schema)


def _write(table: pa.Table, path: Path) -> None:
    pq = pyarrow().parquet
    temporary = path.with_suffix(".writing")
    try:
        pq.write_table(table, temporary, compression="zstd")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _join(parts: Path, out: Path, schema: pa.Schema, prefix: str) -> Labelled:
    """Make one file of the parts and rename it."""
    pq = pyarrow().parquet
    # Beside the output, since a rename does not cross devices; named by it, so that two runs do not meet.
    temporary = out.with_name(f".{out.name}.{hashlib.sha256(str(out).encode()).hexdigest()[:8]}")
    rows = answered = errors = 0
    try:
        with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            number = 0
            while _part(parts, number).exists():
                table = pq.read_table(_part(parts, number), schema=schema)
                writer.write_table(table)
                rows += table.num_rows
                answered += table.num_rows - table.column(prefix + "language").null_count
                errors += table.num_rows - table.column(prefix + "error").null_count
                number += 1
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Labelled(rows, answered, errors)
