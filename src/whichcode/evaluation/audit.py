"""An audit of saved predictions, of any classifier: can the accuracy reported for them be believed.

It asks what the figure alone hides: whether ties decide it, whether the scores say anything at all, whether
the loss agrees, and whether the figure can be computed from these predictions at all.

One principle sets the severities: an *error* moves or voids the accuracy by more than ``TRUSTED_GAP`` (0.1
points), a *warning* is what a reader should know but leaves the figure as it is. A weak model with honest
figures gets no error.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from whichcode.errors import EvaluationError
from whichcode.evaluation.predictions import Kind, Predictions, kind_of, load_predictions
from whichcode.evaluation.report import percent
from whichcode.evaluation.ties import (
    TRUSTED_GAP,
    AccuracyBounds,
    accuracy_bounds,
    check_scored_rows,
    in_top_k,
    top_k_accuracy,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["AuditReport", "Finding", "Predictions", "audit", "load_predictions", "render"]

Severity: TypeAlias = Literal["error", "warning"]

REPORTED_TOLERANCE = TRUSTED_GAP
"""How far a reported accuracy may lie from the computed one: it was rounded to 0.1 points."""

FLAT_ULPS = 4
"""Scores within this many rounding steps of each other are equal: a softmax of equal logits ends 1-2 off."""

CHANCE_TOLERANCE = 0.01
"""A loss or entropy within 1 % of ln K is that of a uniform guess (collapsed models: within 0.5 %)."""

DEAD_CLASS_ROWS = 10
"""A class with fewer rows than this may go unpredicted by chance, and says nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing, about the figures; `rows` counts the rows concerned."""

    name: str
    severity: Severity
    sentence: str
    rows: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit computed and found.

    Attributes:
        rows: how many rows were scored.
        classes: how many classes there are, K.
        kind: what the scores were taken for when the loss was computed.
        accuracy: top-1 accuracy with its bounds.
        argmax_accuracy: top-1 accuracy where the lowest index wins ties.
        loss: mean cross-entropy in nats over the rows that have one, NaN if none has.
        uniform_loss: the cross-entropy of a uniform guess, ln K.
        reported_accuracy: the figure under audit, if one was given.
        findings: errors first.
    """

    rows: int
    classes: int
    kind: Kind
    accuracy: AccuracyBounds
    argmax_accuracy: float
    loss: float
    uniform_loss: float
    reported_accuracy: float | None
    findings: tuple[Finding, ...]

    @property
    def trustworthy(self) -> bool:
        """Whether no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON takes it: a loss that is no finite number becomes None."""
        loss = self.loss if math.isfinite(self.loss) else None
        return {"trustworthy": self.trustworthy, **asdict(self), "loss": loss}

    def _repr_html_(self) -> str:
        from whichcode.display import audit_html

        return audit_html(self)


def audit(scores: ArrayLike, labels: ArrayLike, *, reported_accuracy: float | None = None) -> AuditReport:
    """Examine predictions for what makes their accuracy misleading.

    Args:
        scores: logits or probabilities, shape [rows, classes], two classes or more. Which of them they are is
            seen from the numbers: rows between 0 and 1 that sum to 1 are probabilities.
        labels: true class numbers from 0 to classes - 1, shape [rows].
        reported_accuracy: the top-1 accuracy that was reported for them, from 0 to 1.

    Raises:
        EvaluationError: scores and labels do not fit each other (as in
            :func:`whichcode.evaluation.ties.top_k_credit`), there is one class only, or the reported accuracy
            is not between 0 and 1.
    """
    values, targets = check_scored_rows(scores, labels)
    rows, classes = values.shape
    if classes < 2:
        raise EvaluationError("scores with one class are always right: give two classes or more")
    if reported_accuracy is not None and not 0 <= reported_accuracy <= 1:
        raise EvaluationError(
            f"the reported accuracy {reported_accuracy} is not between 0 and 1: write 0.994 for 99.4 %"
        )
    bounds = accuracy_bounds(values, targets)
    kind = kind_of(values)
    losses, entropies = _losses_and_entropies(values, targets, kind)
    loss = float(losses.mean()) if losses.size else math.nan
    flat = _flat_rows(values)
    found = [
        _not_finite(values),
        _flat(flat),
        _ties_at_the_top(values, flat),
        _gap(bounds, rows),
        _dead_classes(values, targets),
        _loss_at_chance(loss, entropies, classes),
        None if reported_accuracy is None else _reported(reported_accuracy, bounds, values, targets),
    ]
    findings = [finding for finding in found if finding is not None]
    return AuditReport(
        rows=rows,
        classes=classes,
        kind=kind,
        accuracy=bounds,
        argmax_accuracy=top_k_accuracy(values, targets, rule="first-index"),
        loss=loss,
        uniform_loss=math.log(classes),
        reported_accuracy=reported_accuracy,
        findings=tuple(sorted(findings, key=lambda finding: finding.severity)),
    )


def render(report: AuditReport) -> str:
    """Write a report as lines of plain text, without a newline at the end."""
    bounds = report.accuracy
    loss = "unknown" if math.isnan(report.loss) else f"{report.loss:.3f}"
    lines = [
        f"predictions  {report.rows:,} rows, {report.classes:,} classes, read as {report.kind}",
        f"accuracy     {percent(bounds.expected)} % with ties broken at random "
        f"({percent(bounds.pessimistic)} % with ties wrong, {percent(bounds.optimistic)} % with ties right)",
        f"loss         {loss} (a uniform guess: ln {report.classes} = {report.uniform_loss:.3f})",
    ]
    if report.reported_accuracy is not None:
        lines.append(f"reported     {percent(report.reported_accuracy)} %")
    lines += [f"{finding.severity:<12} {finding.name}: {finding.sentence}" for finding in report.findings]
    figure = "accuracy" if report.reported_accuracy is None else "reported accuracy"
    verdict = "nothing speaks against" if report.trustworthy else "do not trust"
    return "\n".join([*lines, f"verdict      {verdict} the {figure}"])


def _losses_and_entropies(
    values: NDArray[Any], targets: NDArray[np.int64], kind: Kind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cross-entropy and entropy in nats of the rows that define a distribution (-inf logits are p = 0)."""
    usable = ~np.isnan(values).any(axis=1) & np.isfinite(values.max(axis=1))
    rows = values[usable].astype(np.float64)
    if rows.size == 0:
        return np.zeros(0), np.zeros(0)
    with np.errstate(divide="ignore"):
        if kind == "probabilities":
            logs = np.log(np.clip(rows, 0.0, 1.0))
        else:
            shifted = rows - rows.max(axis=1, keepdims=True)
            logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    own = np.take_along_axis(logs, targets[usable][:, None], axis=1)[:, 0]
    # p log p tends to 0 with p, where 0 times -inf would be NaN.
    summands = np.exp(logs) * np.where(np.isneginf(logs), 0.0, logs)
    return -own, -summands.sum(axis=1)


def _flat_rows(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows hold one score for all classes, but for rounding in single precision or coarser."""
    highest, lowest = values.max(axis=1), values.min(axis=1)
    flat: NDArray[np.bool_] = highest == lowest
    if values.dtype.kind == "f":
        # Scores kept in double precision were mostly computed in single.
        step = max(float(np.finfo(values.dtype).eps), float(np.finfo(np.float32).eps))
        high, low = highest.astype(np.float64), lowest.astype(np.float64)
        finite = np.isfinite(high) & np.isfinite(low)
        high, low = np.where(finite, high, 0.0), np.where(finite, low, 0.0)
        size = np.maximum(np.abs(high), np.abs(low))
        flat |= finite & (high - low <= FLAT_ULPS * step * size)
    return flat


def _not_finite(values: NDArray[Any]) -> Finding | None:
    nan = np.isnan(values).any(axis=1)
    infinite = np.isinf(values).any(axis=1) & ~nan
    if nan.any():
        return Finding(
            "not-a-number",
            _severity(nan),
            f"{_share(nan)} hold a NaN and so name no class: they count as wrong here, but argmax and some "
            "metrics count a NaN as the highest score.",
            int(nan.sum()),
        )
    if infinite.any():
        return Finding(
            "infinities",
            "warning",
            f"{_share(infinite)} hold an infinity, compared as a number here, while tf.math.in_top_k counts "
            "every such row as wrong.",
            int(infinite.sum()),
        )
    return None


def _flat(flat: NDArray[np.bool_]) -> Finding | None:
    if not flat.any():
        return None
    sentence = f"{_share(flat)} give every class the same score: they say nothing about the class."
    return Finding("flat-rows", _severity(flat), sentence, int(flat.sum()))


def _ties_at_the_top(values: NDArray[Any], flat: NDArray[np.bool_]) -> Finding | None:
    tied = (values == values.max(axis=1, keepdims=True)).sum(axis=1) > 1
    tied &= ~flat
    if not tied.any():
        return None
    sentence = f"in {_share(tied)} several classes, not all, share the highest score."
    return Finding("ties-at-the-top", "warning", sentence, int(tied.sum()))


def _gap(bounds: AccuracyBounds, rows: int) -> Finding | None:
    if bounds.trustworthy:
        return None
    sentence = (
        f"the metric's rule for ties decides the accuracy: {percent(bounds.optimistic)} % if ties count as "
        f"right, {percent(bounds.pessimistic)} % if wrong, {percent(bounds.expected)} % if broken at random."
    )
    return Finding("accuracy-gap", "error", sentence, round(bounds.gap * rows))


def _dead_classes(values: NDArray[Any], targets: NDArray[np.int64]) -> Finding | None:
    classes = values.shape[1]
    alone = (values == values.max(axis=1, keepdims=True)).sum(axis=1) == 1
    predicted = np.bincount(values[alone].argmax(axis=1), minlength=classes)
    labelled = np.bincount(targets, minlength=classes)
    dead = np.flatnonzero((labelled >= DEAD_CLASS_ROWS) & (predicted == 0))
    if dead.size == 0:
        return None
    names = ", ".join(map(str, dead[:5])) + (", …" if dead.size > 5 else "")
    sentence = f"{dead.size} of {classes} classes are never predicted though they occur in the labels: {names}."
    return Finding("dead-classes", "warning", sentence, int(labelled[dead].sum()))


def _loss_at_chance(loss: float, entropies: NDArray[np.float64], classes: int) -> Finding | None:
    """Find the loss of a uniform guess where the guesses are uniform: a loss may also pass ln K by chance."""
    uniform = math.log(classes)
    near = entropies >= (1 - CHANCE_TOLERANCE) * uniform
    if abs(loss - uniform) > CHANCE_TOLERANCE * uniform or not near.size or near.mean() < 0.5:
        return None
    sentence = (
        f"the loss is {loss:.3f}, and a uniform guess costs ln {classes} = {uniform:.3f}: as probabilities "
        "these scores say nothing."
    )
    return Finding("loss-at-chance", "warning", sentence, int(near.sum()))


def _reported(
    reported: float, bounds: AccuracyBounds, values: NDArray[Any], targets: NDArray[np.int64]
) -> Finding | None:
    def equals(figure: float) -> bool:
        return abs(reported - figure) <= REPORTED_TOLERANCE

    if equals(bounds.expected):
        return None
    honest = f"the accuracy of these predictions is {percent(bounds.expected)} % with ties broken at random"
    figures = {
        "counts every tie as right": bounds.optimistic,
        "is that of tf.math.in_top_k, which counts ties as right": float(in_top_k(values, targets).mean()),
        "lets the lowest index win ties": top_k_accuracy(values, targets, rule="first-index"),
        "counts every tie as wrong": bounds.pessimistic,
        "takes NaN for the highest score": float((values.argmax(axis=1) == targets).mean()),
    }
    for k in range(2, min(6, values.shape[1])):
        figures[f"is a top-{k} accuracy"] = top_k_accuracy(values, targets, k)
    cause = next((why for why, figure in figures.items() if equals(figure)), "follows from no rule for ties")
    sentence = f"the reported {percent(reported)} % {cause}: {honest}."
    return Finding("reported-accuracy", "error", sentence, len(values))


def _severity(rows: NDArray[np.bool_]) -> Severity:
    return "error" if rows.mean() > TRUSTED_GAP else "warning"


def _share(rows: NDArray[np.bool_]) -> str:
    return f"{int(rows.sum()):,} of {rows.size:,} rows ({percent(float(rows.mean()))} %)"
