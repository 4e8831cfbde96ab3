"""Metrics of probabilities against labels; ties get their expected credit, languages weigh the same.

Shapes: `probabilities` is float [rows, classes], `targets` int [rows], `credit` float [rows] from
`whichcode.evaluation.ties.top_k_credit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whichcode.evaluation.ties import AccuracyBounds, top_k_credit
from whichcode.languages import families

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BINS = 15
"""Bins of the expected calibration error (Guo et al., 2017, arXiv:1706.04599, use as many)."""


def macro(values: Floats, targets: Integers) -> float:
    """Return the mean over the classes in `targets` of the class's mean of `values` [rows].

    Of credits this is macro recall; every class weighs the same, however many rows it has.
    """
    counts = np.bincount(targets)
    sums = np.bincount(targets, weights=values)
    present = counts > 0
    return float((sums[present] / counts[present]).mean())


def macro_bounds(scores: Floats, targets: Integers) -> AccuracyBounds:
    """Return macro recall with ties wrong, broken at random, and right."""
    return AccuracyBounds(
        *(
            macro(top_k_credit(scores, targets, 1, rule), targets)
            for rule in ("pessimistic", "expected", "optimistic")
        )
    )


def family_credit(scores: Floats, targets: Integers, classes: Sequence[str]) -> Floats:
    """Return for each row [rows] the share of the classes on top that are the target or in a family with it.

    That is the expected credit where ties are broken at random and a language that the registry puts in one
    family with the right one (`whichcode.languages.families`) counts as right.
    """
    kin = np.eye(len(classes), dtype=np.bool_)
    place = {name: i for i, name in enumerate(classes)}
    for family in families():
        members = [place[name] for name in family.languages if name in place]
        kin[np.ix_(members, members)] = True
    top = scores == scores.max(axis=1, keepdims=True)
    credit: Floats = (top & kin[targets]).sum(axis=1) / top.sum(axis=1)
    return credit


def equal_class_weights(targets: Integers) -> Floats:
    """Return weights [rows] that add up to 1 over all rows and to the same over each class present."""
    counts = np.bincount(targets)
    weights: Floats = 1.0 / counts[targets] / (counts > 0).sum()
    return weights


def log_loss(probabilities: Floats, targets: Integers) -> float:
    """Return the mean negative natural log of the target's probability, languages weighted equally, in nats.

    Probabilities under 1e-15 count as that, so that one certain mistake does not make the mean infinite.
    """
    at_target = probabilities[np.arange(len(targets)), targets]
    return float((equal_class_weights(targets) * -np.log(np.maximum(at_target, 1e-15))).sum())


def brier(probabilities: Floats, targets: Integers) -> float:
    """Return the multi-class Brier score, from 0 (best) to 2, languages weighted equally.

    The sum over classes of the squared distance to the one-hot label (Brier, "Verification of forecasts
    expressed in terms of probability", 1950).
    """
    distance = (probabilities**2).sum(axis=1)
    at_target = probabilities[np.arange(len(targets)), targets]
    return float((equal_class_weights(targets) * (distance - 2 * at_target + 1)).sum())


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows of neighbouring confidence: their mean confidence, their accuracy, their share of the weight."""

    confidence: float
    accuracy: float
    weight: float


def calibration_bins(probabilities: Floats, targets: Integers, bins: int = BINS) -> list[CalibrationBin]:
    """Return the reliability curve: rows sorted by top probability, cut into bins of equal weight.

    Accuracy is expected credit under ties; languages are weighted equally.
    """
    confidence = probabilities.max(axis=1)
    credit = top_k_credit(probabilities, targets, 1, "expected")
    weights = equal_class_weights(targets)
    which = _bin_of_each(confidence, weights, bins)
    totals, sure, right = (
        np.bincount(which, values, bins) for values in (weights, weights * confidence, weights * credit)
    )
    return [
        CalibrationBin(float(sure[b] / totals[b]), float(right[b] / totals[b]), float(totals[b]))
        for b in range(bins)
        if totals[b]
    ]


def _bin_of_each(confidence: Floats, weights: Floats, bins: int) -> Integers:
    """Return the bin [rows] of each row: sorted by confidence, they are cut into `bins` of equal weight."""
    order = np.argsort(confidence, kind="stable")
    # The middle of each row's share of the weight decides its bin, so that no row is split.
    places = np.cumsum(weights[order]) - weights[order] / 2
    which = np.empty(len(order), np.int64)
    which[order] = np.minimum((places * bins).astype(np.int64), bins - 1)
    return which


def expected_calibration_error(probabilities: Floats, targets: Integers, bins: int = BINS) -> float:
    """Return the mean distance of confidence and accuracy over bins of equal weight, from 0 to 1.

    Of the top label (Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning", 2015), with bins of equal mass instead of equal width.
    """
    return sum(b.weight * abs(b.confidence - b.accuracy) for b in calibration_bins(probabilities, targets, bins))


def calibration_error_by_chance(
    probabilities: Floats, targets: Integers, bins: int = BINS, draws: int = 100, seed: int = 0
) -> float:
    """Return the calibration error that these texts would show on average if the probabilities were exact.

    The error is a mean of distances, which are never negative: of few texts, or of languages that have few, it
    is well over 0 however good the probabilities are. Here whether an answer is right is drawn by its own
    probability, `draws` times, as in the consistency bars of Bröcker and Smith, "Increasing the reliability of
    reliability diagrams" (2007); of a tie's k answers, each as probable, 1/k is right whichever is drawn.

    Exact means exact where each language is asked about as often, which is how the error weighs them: what a
    model adds by taking some for likelier is not chance. Answers are drawn independently; texts of one project go
    wrong together, so that chance has up to half as much again.
    """
    confidence = probabilities.max(axis=1)
    tied = (probabilities == confidence[:, None]).sum(axis=1)
    weights = equal_class_weights(targets)
    which = _bin_of_each(confidence, weights, bins)
    generator = np.random.default_rng(seed)
    errors = []
    for _ in range(draws):
        credit = (generator.random(len(confidence)) < tied * confidence) / tied
        errors.append(np.abs(np.bincount(which, weights * (credit - confidence), bins)).sum())
    return float(np.mean(errors))


def accuracy_above(probabilities: Floats, targets: Integers, threshold: float) -> tuple[float, float]:
    """Return (accuracy of, share of) the answers at `threshold` or more, languages weighted equally.

    The accuracy of no answers is NaN.
    """
    weights = equal_class_weights(targets)
    chosen = probabilities.max(axis=1) >= threshold
    share = float(weights[chosen].sum())
    credit = top_k_credit(probabilities, targets, 1, "expected")
    return (float((weights * credit)[chosen].sum()) / share if share else float("nan")), share


def confusion(scores: Floats, targets: Integers) -> Floats:
    """Return the confusion matrix [classes, classes]: target by answer, a tie's row shared among its classes."""
    classes = scores.shape[1]
    top = scores == scores.max(axis=1, keepdims=True)
    shares = top / np.maximum(top.sum(axis=1, keepdims=True), 1)
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, targets, shares)
    return matrix


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Precision, recall and F1 of one class, and its rows."""

    precision: float
    recall: float
    f1: float
    rows: int


def per_class(matrix: Floats) -> list[ClassScores]:
    """Return each class's scores from a confusion matrix; a ratio with nothing below the line is 0."""
    right = np.diag(matrix)
    answered, rows = matrix.sum(axis=0), matrix.sum(axis=1)
    precision = right / np.maximum(answered, 1e-12)
    recall = right / np.maximum(rows, 1e-12)
    f1 = 2 * right / np.maximum(answered + rows, 1e-12)
    return [
        ClassScores(float(p), float(r), float(f), round(float(n)))
        for p, r, f, n in zip(precision, recall, f1, rows, strict=True)
    ]
