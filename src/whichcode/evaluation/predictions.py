"""Saved predictions: the scores and true classes of a classifier of any kind, in an ``.npz`` archive."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from whichcode.errors import EvaluationError
from whichcode.evaluation.ties import check_scored_rows

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

Kind: TypeAlias = Literal["logits", "probabilities"]

SUM_TOLERANCE = 0.01
"""Rows between 0 and 1 that sum to 1 within this are probabilities; half precision passes."""

SCORE_KEYS = ("logits", "probabilities", "scores")
LABEL_KEYS = ("labels", "targets")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Scores [rows, classes] and labels [rows] of a classifier, and the accuracy reported for them."""

    scores: NDArray[Any]
    labels: NDArray[np.int64]
    reported_accuracy: float | None = None


def load_predictions(path: str | os.PathLike[str]) -> Predictions:
    """Read predictions from an ``.npz`` archive of NumPy arrays; nothing is ever unpickled.

    The archive holds one of ``logits``, ``probabilities`` and ``scores`` [rows, classes], one of ``labels``
    and ``targets`` [rows], and may hold a single number ``reported_accuracy``.

    Raises:
        EvaluationError: the file is missing, no such archive, or holds other than the above.
    """
    file = Path(path)
    if not file.is_file():
        raise EvaluationError(f"{file}: no such file; save the predictions with numpy.savez")
    if not zipfile.is_zipfile(file):
        raise EvaluationError(f"{file}: not an .npz archive; save the predictions with numpy.savez")
    try:
        with np.load(file, allow_pickle=False) as archive:
            score_key = _only_key(file, archive.files, SCORE_KEYS)
            label_key = _only_key(file, archive.files, LABEL_KEYS)
            scores, labels = archive[score_key], archive[label_key]
            reported = archive["reported_accuracy"] if "reported_accuracy" in archive.files else None
    except (
        ValueError,
        OSError,
        EOFError,
        RuntimeError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise EvaluationError(
            f"{file}: cannot be read ({error}); save plain numeric arrays with numpy.savez"
        ) from error
    try:
        values, targets = check_scored_rows(scores, labels)
    except EvaluationError as error:
        raise EvaluationError(f"{file}: {error} (arrays {score_key!r} and {label_key!r})") from error
    if score_key == "probabilities" and kind_of(values) != "probabilities":
        raise EvaluationError(
            f"{file}: the rows of 'probabilities' do not sum to 1; save scores of other kinds as 'scores'"
        )
    if reported is None:
        return Predictions(values, targets)
    if np.size(reported) != 1 or reported.dtype.kind not in "fiu":
        raise EvaluationError(f"{file}: 'reported_accuracy' must be one number; save a float from 0 to 1")
    return Predictions(values, targets, float(reported.item()))


def _only_key(file: Path, present: list[str], wanted: tuple[str, ...]) -> str:
    """Return the one of the wanted keys that is present: of two, nobody knows which the accuracy is of."""
    keys = [key for key in wanted if key in present]
    if len(keys) == 1:
        return keys[0]
    what = f"both {keys[0]!r} and {keys[1]!r}" if keys else f"only {', '.join(sorted(present)) or 'nothing'}"
    raise EvaluationError(f"{file}: holds {what}; save exactly one array named {' or '.join(wanted)}")


def kind_of(scores: NDArray[Any]) -> Kind:
    """See from the numbers what scores [rows, classes] are; rows that are not all finite have no say.

    Rows between 0 and 1 that sum to 1 (within :data:`SUM_TOLERANCE`) are probabilities; all else is logits.
    """
    finite = scores[np.isfinite(scores).all(axis=1)].astype(np.float64)
    within = finite.size > 0 and finite.min() >= -SUM_TOLERANCE and finite.max() <= 1 + SUM_TOLERANCE
    if within and bool((np.abs(finite.sum(axis=1) - 1) <= SUM_TOLERANCE).all()):
        return "probabilities"
    return "logits"
