"""From a column of texts to columns of answers, in Arrow's memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whichcode.errors import BinaryInputError, InputError, MissingExtraError
from whichcode.text.decode import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from whichcode.detector import Detector

MISSING = "there is no text"


@dataclass(frozen=True)
class Labelling:
    """How texts are labelled; a small value that is sent to other processes.

    Attributes:
        among, prior, min_confidence, max_bytes: as in `Detector.detect`; `among` is kept as a tuple.
        k: candidates to name in a column of their own; 0 names none.
        threads: that look at texts at the same time.
        prefix: of the names of the new columns.
    """

    among: Iterable[str] | None = None
    prior: Mapping[str, float] | str | None = None
    min_confidence: float = 0.0
    k: int = 0
    threads: int = 1
    prefix: str = ""
    max_bytes: int = DEFAULT_MAX_BYTES

    def __post_init__(self) -> None:
        # A single text is left as it is, for the detector to say what is wrong with it.
        if self.among is not None and not isinstance(self.among, str):
            object.__setattr__(self, "among", tuple(self.among))

    def options(self) -> dict[str, Any]:
        """Return the options for `Detector.detect_each`."""
        return {
            "among": self.among,
            "prior": self.prior,
            "min_confidence": self.min_confidence,
            "k": max(self.k, 1),
            "max_bytes": self.max_bytes,
        }


def pyarrow() -> Any:
    """Return the library; raises `MissingExtraError` where it is missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("PyArrow", "tables") from error
    return pyarrow


def label_schema(labelling: Labelling) -> pa.Schema:
    """Return the fields that labelling adds.

    ``language`` (null where there is no answer), ``confidence`` (null where nothing could be asked),
    ``candidates`` (if asked for: structs, best first) and ``error`` (why nothing could be asked, else null).
    """
    pa = pyarrow()
    candidate = pa.struct([("language", pa.string()), ("probability", pa.float64())])
    fields = [("language", pa.string()), ("confidence", pa.float64())]
    if labelling.k:
        fields.append(("candidates", pa.list_(candidate)))
    fields.append(("error", pa.string()))
    return pa.schema([(labelling.prefix + name, kind) for name, kind in fields])


def label_column(column: Any, detector: Detector, labelling: Labelling) -> pa.RecordBatch:
    """Return the answers for a column, one row each, as `label_schema` says.

    Args:
        column: an Arrow array (or chunked array) of strings or binaries: plain, large, views, dictionary-encoded.
        detector: that answers.
        labelling: how.

    Raises:
        InputError: the column holds something else, or as `Detector.detect` for the options.
    """
    pa = pyarrow()
    check_type(column.type, "the column")
    texts = _values(column)
    answers = iter(
        detector.detect_each(
            (text for text in texts if text is not None), threads=labelling.threads, **labelling.options()
        )
    )
    languages: list[str | None] = []
    confidences: list[float | None] = []
    candidates: list[list[dict[str, Any]] | None] = []
    errors: list[str | None] = []
    for text in texts:
        answer = None if text is None else next(answers)
        if answer is None or isinstance(answer, BinaryInputError):
            languages.append(None)
            confidences.append(None)
            candidates.append(None)
            errors.append(MISSING if answer is None else str(answer))
            continue
        languages.append(answer.language)
        confidences.append(answer.confidence)
        errors.append(None)
        if labelling.k:
            candidates.append([{"language": name, "probability": p} for name, p in answer.candidates])
    values: list[Any] = [languages, confidences, *([candidates] if labelling.k else []), errors]
    schema = label_schema(labelling)
    arrays = [pa.array(value, type=field.type) for value, field in zip(values, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _values(column: Any) -> list[Any]:
    """Return the texts of a column; as bytes where strings are none, since Arrow does not look at them."""
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        values = column.cast(pyarrow().large_binary()).to_pylist()
    return values


def check_type(kind: Any, name: str) -> None:
    """Raise `InputError` unless an Arrow type is one of texts or bytes."""
    types = pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = ("is_string", "is_large_string", "is_binary", "is_large_binary", "is_string_view", "is_binary_view")
    if not any(getattr(types, test)(kind) for test in tests if hasattr(types, test)):
        raise InputError(f"{name} holds {kind}, not strings or binaries")


def check_new_columns(names: Iterable[str], labelling: Labelling) -> None:
    """Raise `InputError` where a table has a column already that labelling would add."""
    taken = sorted(set(names) & set(label_schema(labelling).names))
    if taken:
        raise InputError(
            f"there is a column {taken[0]!r} already; put a word before the new ones' names (prefix, --prefix)"
        )
