"""Top-k accuracy with the rule for ties named, because the rule can be the whole result.

A classifier whose scores are all equal has learnt nothing, yet a metric that counts every class tied at
the k-th place as "in the top k" gives it 100 %. That is documented behaviour of ``tf.math.in_top_k``, kept
here as :func:`in_top_k` so that it can be reproduced; figures meant to be believed come from
:func:`top_k_accuracy` and :func:`accuracy_bounds`.

What the other functions do with numbers that are not finite:

* a row that holds a NaN *anywhere* earns nothing under any rule and still counts as a row: NaN has no place
  in an order, so such a row names no top k. (``argmax`` takes NaN for the greatest value, and so rewards a
  NaN that happens to stand at the true class.)
* plus and minus infinity are ordered numbers and are compared as such: a class masked with -inf is merely
  last, and a row of +inf alone is a tie of all classes. ``in_top_k`` differs: it refuses every row with an
  infinity, so that "optimistic" equals it only where all scores are finite.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from whichcode.errors import EvaluationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Rule: TypeAlias = Literal["optimistic", "pessimistic", "expected", "first-index"]
"""Who wins a tie: the true class, the others, each equally often, or the class of the lowest index."""

RULES: tuple[Rule, ...] = get_args(Rule)

TRUSTED_GAP = 0.001
"""Bounds wider apart than 0.1 points would change a figure as it is quoted, in per cent with one decimal."""


@dataclass(frozen=True, slots=True)
class AccuracyBounds:
    """Top-k accuracy with ties counted as wrong, broken at random (the expectation), and counted as right."""

    pessimistic: float
    expected: float
    optimistic: float

    @property
    def gap(self) -> float:
        """How much of the accuracy hangs on the rule for ties: optimistic less pessimistic."""
        return self.optimistic - self.pessimistic

    @property
    def trustworthy(self) -> bool:
        """Whether the rule for ties moves the accuracy by no more than :data:`TRUSTED_GAP`."""
        return self.gap <= TRUSTED_GAP


def in_top_k(scores: ArrayLike, targets: ArrayLike, k: int = 1) -> NDArray[np.bool_]:
    """Tell which targets are in the top k, by the rule of ``tf.math.in_top_k``: ties always count.

    The arguments stand in another order than TensorFlow's ``in_top_k(targets, predictions, k)``. A target is
    in the top k if every score of its row is finite and fewer than k scores are strictly greater than its
    own. A target outside the classes, or k below 1, is never in; k may exceed the number of classes.

    Scores are compared in the dtype given. TensorFlow compares float32 alone, so pass float32 to get its
    answers. One trait of its machinery is not copied: on a CPU it takes subnormal scores (nearer to zero
    than 1.2e-38) for zero.

    Args:
        scores: numbers, shape [rows, classes].
        targets: class numbers, shape [rows].
        k: how many places count.

    Returns:
        Booleans, shape [rows] (empty where there are no rows).

    Raises:
        EvaluationError: the shapes do not fit, scores are not real numbers, or targets or k no integers.

    Source: https://www.tensorflow.org/api_docs/python/tf/math/in_top_k; where that page is silent (k out of
    range, rows partly finite) the behaviour of TensorFlow 2.21, see ``tests/test_ties_tensorflow.py``.
    """
    values, labels = check_arrays(scores, targets)
    places = _check_k(k, minimum=None)
    rows, classes = values.shape
    if rows == 0 or classes == 0:
        return np.zeros(rows, dtype=np.bool_)
    known = (labels >= 0) & (labels < classes)
    own = np.take_along_axis(values, np.where(known, labels, 0)[:, None], axis=1)
    with np.errstate(invalid="ignore"):
        greater = np.count_nonzero(values > own, axis=1)
    inside: NDArray[np.bool_] = known & np.isfinite(values).all(axis=1) & (greater < places)
    return inside


def top_k_credit(
    scores: ArrayLike, targets: ArrayLike, k: int = 1, rule: Rule = "expected"
) -> NDArray[np.float64]:
    """Give each row its credit, between 0 and 1, for having the target among its k highest scores.

    With g scores strictly greater than the target's and t equal to it (itself included):

    * "optimistic": 1 if g < k, ties fall to the target;
    * "pessimistic": 1 if g + t <= k, ties fall to the others;
    * "expected": (k - g) / t, kept within 0 and 1: the probability of being among the first k when ties are
      broken at random;
    * "first-index": 1 if fewer than k scores are greater, or equal with a lower index, as ``argmax`` does.

    Rows with a NaN earn 0 under every rule; infinities are compared as numbers (see the module's page).

    Args:
        scores: numbers, shape [rows, classes].
        targets: class numbers from 0 to classes - 1, shape [rows].
        k: how many places count, at least 1; above the number of classes every ordered row earns 1.
        rule: one of :data:`RULES`.

    Returns:
        Credits, shape [rows].

    Raises:
        EvaluationError: there are no rows or no classes, the shapes do not fit, scores are not real numbers,
            a target is not the number of a class, k is not a positive integer, or the rule is unknown.

    Source of "expected": McSherry and Najork, "Computing Information Retrieval Performance Measures
    Efficiently in the Presence of Tied Scores", ECIR 2008 (measures averaged over all orders of tied items).
    """
    if rule not in RULES:
        raise EvaluationError(f"unknown rule for ties {rule!r}: use one of {', '.join(RULES)}")
    values, labels = check_scored_rows(scores, targets)
    places = _check_k(k, minimum=1)
    greater, equal, earlier = _count(values, labels)
    if rule == "first-index":
        greater = greater + earlier
    return _credit(greater, equal, places, rule)


def top_k_accuracy(scores: ArrayLike, targets: ArrayLike, k: int = 1, rule: Rule = "expected") -> float:
    """Average the credit of :func:`top_k_credit` over the rows; same arguments, same errors."""
    return float(top_k_credit(scores, targets, k, rule).mean())


def accuracy_bounds(scores: ArrayLike, targets: ArrayLike, k: int = 1) -> AccuracyBounds:
    """Compute the top-k accuracy three ways, to see whether ties decide it.

    Args:
        scores: numbers, shape [rows, classes].
        targets: class numbers from 0 to classes - 1, shape [rows].
        k: how many places count, at least 1.

    Raises:
        EvaluationError: as in :func:`top_k_credit`.
    """
    values, labels = check_scored_rows(scores, targets)
    places = _check_k(k, minimum=1)
    greater, equal, _ = _count(values, labels)
    return AccuracyBounds(
        pessimistic=float(_credit(greater, equal, places, "pessimistic").mean()),
        expected=float(_credit(greater, equal, places, "expected").mean()),
        optimistic=float(_credit(greater, equal, places, "optimistic").mean()),
    )


def check_arrays(scores: ArrayLike, targets: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return scores [rows, classes] and targets [rows] as arrays that fit each other.

    Raises:
        EvaluationError: the shapes do not fit, scores are not real numbers, or targets are not integers.
    """
    try:
        values, labels = np.asarray(scores), np.asarray(targets)
    except ValueError as error:
        raise EvaluationError(f"scores and targets must be rectangular arrays of numbers: {error}") from error
    if values.ndim != 2:
        raise EvaluationError(f"scores must have the shape [rows, classes], not {_shape(values)}")
    if values.dtype.kind not in "fiu":
        raise EvaluationError(f"scores must be real numbers, not {values.dtype}: convert them to float32")
    if labels.ndim == 2 and labels.shape == values.shape:
        raise EvaluationError(
            f"targets have the shape {_shape(labels)} of the scores, as if one-hot: give one class number "
            "for each row, such as targets.argmax(axis=1)"
        )
    if labels.shape != values.shape[:1]:
        raise EvaluationError(
            f"scores {_shape(values)} and targets {_shape(labels)} do not fit: give one class number for "
            "each row of scores"
        )
    if labels.size == 0:
        return values, np.zeros(0, dtype=np.int64)
    if labels.dtype.kind not in "iu":
        raise EvaluationError(f"targets must be integers, not {labels.dtype}: convert them with astype(int)")
    if labels.dtype.kind == "u":
        # A uint64 beyond int64 would wrap around into a valid class.
        labels = np.minimum(labels, np.iinfo(np.int64).max)
    return values, labels.astype(np.int64, copy=False)


def check_scored_rows(scores: ArrayLike, targets: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return scores [rows, classes] and targets [rows] from which an accuracy can be computed.

    Raises:
        EvaluationError: as in :func:`check_arrays`, and where there is nothing to score or a target is not
            the number of a class.
    """
    values, labels = check_arrays(scores, targets)
    rows, classes = values.shape
    if rows == 0 or classes == 0:
        raise EvaluationError(
            f"scores {_shape(values)} hold nothing to score: give one row and one class at least"
        )
    strange = np.flatnonzero((labels < 0) | (labels >= classes))
    if strange.size:
        row = int(strange[0])
        raise EvaluationError(
            f"target {int(labels[row])} in row {row} is not a class from 0 to {classes - 1} "
            f"({strange.size} such rows): leave padding and unknown classes out before scoring"
        )
    return values, labels


def _check_k(k: int, minimum: int | None) -> int:
    try:
        places = operator.index(k)
    except TypeError as error:
        raise EvaluationError(f"k must be an integer, not {k!r}") from error
    if minimum is not None and places < minimum:
        raise EvaluationError(f"k must be {minimum} or more, not {places}")
    return places


def _count(
    values: NDArray[Any], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count per row the scores greater than the target's, equal to it, and equal with a lower index.

    A row with a NaN gets an `equal` of 0, which :func:`_credit` takes for "cannot be ordered".
    """
    own = np.take_along_axis(values, labels[:, None], axis=1)
    with np.errstate(invalid="ignore"):
        greater = np.count_nonzero(values > own, axis=1)
        same = values == own
    before = np.arange(values.shape[1]) < labels[:, None]
    ordered = ~np.isnan(values).any(axis=1)
    return greater, np.count_nonzero(same, axis=1) * ordered, np.count_nonzero(same & before, axis=1)


def _credit(greater: NDArray[np.int64], equal: NDArray[np.int64], places: int, rule: Rule) -> NDArray[np.float64]:
    ordered = equal > 0
    if rule == "expected":
        share: NDArray[np.float64] = np.clip((places - greater) / np.maximum(equal, 1), 0.0, 1.0)
        return share * ordered
    last = greater + equal - 1 if rule == "pessimistic" else greater
    return (ordered & (last < places)).astype(np.float64)


def _shape(array: NDArray[Any]) -> str:
    return f"[{', '.join(map(str, array.shape))}]"
