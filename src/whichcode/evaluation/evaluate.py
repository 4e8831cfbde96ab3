"""An honest evaluation: every length, every language, ties by name, and the four chance controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from whichcode.corpus.document import Document
from whichcode.detector import Detector
from whichcode.errors import EvaluationError, InputError
from whichcode.evaluation import metrics
from whichcode.evaluation.conditions import Condition, Question, questions
from whichcode.evaluation.report import EvaluationReport
from whichcode.evaluation.ties import AccuracyBounds, accuracy_bounds, top_k_credit
from whichcode.languages import comment_markers, find
from whichcode.progress import progress

RESAMPLES = 1000
"""Bootstrap resamples of the documents, for the interval of macro recall."""

CONTROL_ERRORS = 4.0
"""Standard errors within which a control must be of chance. With hundreds of texts one control in thousands
fails by luck, with one text for each of a few dozen languages one in some hundreds."""

CONFIDENT = 0.9


@dataclass(frozen=True, slots=True)
class Answers:
    """A detector's answers under one condition.

    Attributes:
        condition: what was asked.
        questions: the texts, length R.
        probabilities: float64 [R, K].
        targets: int64 [R], indices into the detector's languages.
    """

    condition: Condition
    questions: Sequence[Question]
    probabilities: NDArray[np.float64]
    targets: NDArray[np.int64]


def evaluate(
    detector: Detector,
    documents: Sequence[Document],
    conditions: Sequence[Condition],
    *,
    which: str = "all texts",
    unknown: Mapping[str, int] | None = None,
    draws: int = 10,
    seed: int = 0,
    heard: Callable[[Answers], None] = lambda _answers: None,
) -> EvaluationReport:
    """Measure `detector` on `documents` under each condition.

    Args:
        detector: it must know every document's language by that name.
        documents: what it was not trained on, if the figures are to be of new texts.
        conditions: as `conditions.parse_lengths` returns them.
        which: the documents in words, for the report.
        unknown: languages that were left out, and of how many texts, for the report.
        draws: windows of each document.
        seed: of the windows.
        heard: takes the answers under each condition.

    Raises:
        EvaluationError: as `ask`.
    """
    measured = []
    for condition in conditions:
        texts = len(documents) * (draws if condition.min_lines else 1)
        with progress(f"{condition.name} lines" if condition.min_lines else "files", texts) as advance:
            answers = ask(detector, documents, condition, draws=draws, seed=seed, advance=advance)
        measured.append(measure(answers, detector.languages, seed, documents))
        heard(answers)
    model = detector.model
    return EvaluationReport(
        model={
            "id": model.id,
            "version": model.version,
            "languages": len(detector.languages),
            "digest": model.digest,
        },
        corpus={
            "sources": sorted({document.source for document in documents}),
            "which": which,
            "documents": len(documents),
            "unknown": dict(unknown or {}),
        },
        draws=draws,
        seed=seed,
        conditions=measured,
    )


def ask(
    detector: Detector,
    documents: Sequence[Document],
    condition: Condition,
    *,
    draws: int = 10,
    seed: int = 0,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Answers:
    """Put one condition's questions to `detector`; every document's language must be one of its own.

    Raises:
        EvaluationError: no document is long enough for the condition.
    """
    comments = comment_markers({document.language for document in documents})
    asked = questions(condition, documents, draws=draws, seed=seed, comments=comments)
    if not asked:
        raise EvaluationError(f"no document has a window of {condition.name} lines that is worth asking about")
    row_of = {language: i for i, language in enumerate(detector.languages)}
    probabilities = np.empty((len(asked), len(detector.languages)))
    for i, question in enumerate(asked):
        probabilities[i] = detector.probabilities(question.text)
        advance(1)
    targets = np.array([row_of[documents[question.document].language] for question in asked], dtype=np.int64)
    return Answers(condition, asked, probabilities, targets)


def measure(
    answers: Answers, languages: Sequence[str], seed: int = 0, documents: Sequence[Document] = ()
) -> dict[str, Any]:
    """Return one condition's figures, as they stand in a report's JSON; shares are from 0 to 1.

    With the `documents` that the questions are from there are also those of ``text``, what is not code, by kind.
    """
    p, targets = answers.probabilities, answers.targets
    macro = metrics.macro_bounds(p, targets)
    matrix = metrics.confusion(p, targets)
    accuracy, share = metrics.accuracy_above(p, targets, CONFIDENT)
    low, high = bootstrap_interval(answers, seed)
    controls = chance_controls(answers, seed)
    return {
        "length": answers.condition.name,
        "texts": len(targets),
        "documents": len({question.document for question in answers.questions}),
        "languages": len(np.unique(targets)),
        "macro_recall": {**_bounds(macro), "interval_95": [low, high]},
        "micro_accuracy": _bounds(accuracy_bounds(p, targets)),
        "headline": macro.trustworthy and all(control["at_chance"] for control in controls.values()),
        "within_families": metrics.macro(metrics.family_credit(p, targets, languages), targets),
        "text": _text(answers, languages, documents),
        "macro_f1": float(np.mean([s.f1 for s in metrics.per_class(matrix) if s.rows])),
        "log_loss": metrics.log_loss(p, targets),
        "brier": metrics.brier(p, targets),
        "expected_calibration_error": metrics.expected_calibration_error(p, targets),
        "calibration_error_by_chance": metrics.calibration_error_by_chance(p, targets, seed=seed),
        "confident": {"threshold": CONFIDENT, "accuracy": None if share == 0 else accuracy, "share": share},
        "reliability": [[b.confidence, b.accuracy, b.weight] for b in metrics.calibration_bins(p, targets)],
        "controls": controls,
        "per_language": {
            language: {"precision": s.precision, "recall": s.recall, "f1": s.f1, "texts": s.rows}
            for language, s in zip(languages, metrics.per_class(matrix), strict=True)
            if s.rows
        },
        "confusions": _confusions(matrix, languages),
    }


def chance_controls(answers: Answers, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Return what a constant, a flat, a random and a permuted predictor get, and whether that is chance.

    Chance is 1/K for macro recall over the K languages asked about. The constant predictor always answers
    one of them, the flat one gives them all the same score (a metric that counts ties as hits calls it
    always right), the random one draws its scores, and the permuted one is the detector itself against
    labels that were shuffled: anything above chance there would come from the metric, not from the detector.
    """
    targets = answers.targets
    present = np.unique(targets)
    # Another draw for each condition: one unlucky draw would show up at every length.
    rng = np.random.default_rng([seed, crc32(answers.condition.name.encode())])
    constant = np.zeros_like(answers.probabilities)
    constant[:, present[0]] = 1.0
    flat = np.zeros_like(answers.probabilities)
    flat[:, present] = chance = 1.0 / len(present)
    random = np.zeros_like(answers.probabilities)
    random[:, present] = rng.random((len(targets), len(present)))
    controls = {
        "constant": (constant, targets),
        "flat": (flat, targets),
        "random": (random, targets),
        "permuted_labels": (answers.probabilities, rng.permutation(targets)),
    }
    result = {}
    for name, (scores, labels) in controls.items():
        bounds = metrics.macro_bounds(scores, labels)
        error = _standard_error(scores, labels)
        # The detector may also answer languages that nobody asked about, which no permutation makes right.
        low = 0.0 if name == "permuted_labels" else chance - CONTROL_ERRORS * error - 1e-9
        result[name] = {
            **_bounds(bounds),
            "chance": chance,
            "standard_error": error,
            "at_chance": bool(low <= bounds.expected <= chance + CONTROL_ERRORS * error + 1e-9)
            # The flat predictor is all ties by design; any other must not live on them.
            and (bounds.trustworthy or name == "flat"),
        }
    return result


def bootstrap_interval(answers: Answers, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of macro recall over resampled documents of each language.

    Documents and not windows are resampled, since the windows of one document are alike (Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3).
    """
    credit = top_k_credit(answers.probabilities, answers.targets, 1, "expected")
    documents = np.array([question.document for question in answers.questions])
    rng = np.random.default_rng(seed)
    recalls = []
    for target in np.unique(answers.targets):
        chosen = answers.targets == target
        _, inverse, counts = np.unique(documents[chosen], return_inverse=True, return_counts=True)
        sums = np.bincount(inverse, weights=credit[chosen])
        draws = rng.integers(0, len(counts), size=(RESAMPLES, len(counts)))
        recalls.append(sums[draws].sum(axis=1) / counts[draws].sum(axis=1))
    low, high = np.percentile(np.mean(recalls, axis=0), [2.5, 97.5])
    return float(low), float(high)


def misclassified(
    answers: Answers, documents: Sequence[Document], languages: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the texts answered wrongly, those that the detector was surest of first."""
    best = answers.probabilities.argmax(axis=1)
    confidence = answers.probabilities.max(axis=1)
    wrong = np.flatnonzero(best != answers.targets)
    rows = []
    for i in wrong[np.argsort(-confidence[wrong], kind="stable")]:
        document = documents[answers.questions[i].document]
        rows.append(
            {
                "language": document.language,
                "answer": languages[best[i]],
                "confidence": round(float(confidence[i]), 4),
                "length": answers.condition.name,
                "path": document.path,
                "text": answers.questions[i].text,
            }
        )
    return rows


def _text(answers: Answers, languages: Sequence[str], documents: Sequence[Document]) -> dict[str, Any] | None:
    """Return how often ``text`` is answered, by kind of text and to code; None where there is no such class.

    ``code`` is every other language, ``no_prose`` those of them that the registry does not call prose, as it does
    Markdown: a plain paragraph of a document is text by anybody's reading.
    """
    if "text" not in languages or not documents:
        return None
    text = languages.index("text")
    credit = top_k_credit(answers.probabilities, np.full(len(answers.targets), text), 1, "expected")
    code = answers.targets != text
    prose = np.array([_is_prose(language) for language in languages])[answers.targets]
    kinds: dict[str, list[float]] = {}
    for question, hit in zip(answers.questions, credit, strict=True):
        document = documents[question.document]
        if document.language == "text":
            kinds.setdefault(document.kind or "file", []).append(float(hit))
    return {
        "kinds": {
            kind: {"texts": len(hits), "answered_text": float(np.mean(hits))}
            for kind, hits in sorted(kinds.items())
        },
        **{
            name: {"texts": int(rows.sum()), "answered_text": float(credit[rows].mean()) if rows.any() else 0.0}
            for name, rows in (("code", code), ("no_prose", code & ~prose))
        },
    }


def _is_prose(language: str) -> bool:
    try:
        return find(language).type == "prose"
    except InputError:  # a language of one's own
        return False


def _standard_error(scores: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """Return the standard error of macro recall if rows were independent."""
    credit = top_k_credit(scores, targets, 1, "expected")
    classes = np.unique(targets)
    # A class of few rows can show no variance by luck; chance's own is the least that is assumed.
    floor = (1 / len(classes)) * (1 - 1 / len(classes))
    variances = [
        max(float(credit[targets == c].var()), floor) / max(int((targets == c).sum()), 1) for c in classes
    ]
    return float(np.sqrt(sum(variances)) / len(classes))


def _bounds(bounds: AccuracyBounds) -> dict[str, float]:
    return {
        "pessimistic": bounds.pessimistic,
        "expected": bounds.expected,
        "optimistic": bounds.optimistic,
    }


def _confusions(matrix: NDArray[np.float64], languages: Sequence[str], most: int = 30) -> list[Mapping[str, Any]]:
    off = matrix.copy()
    np.fill_diagonal(off, 0.0)
    totals = matrix.sum(axis=1)
    order = np.argsort(-off, axis=None, kind="stable")[:most]
    pairs = [(int(i) // len(languages), int(i) % len(languages)) for i in order]
    return [
        {
            "language": languages[a],
            "answer": languages[b],
            "texts": float(off[a, b]),
            "share": float(off[a, b] / totals[a]),
        }
        for a, b in pairs
        if off[a, b] > 0
    ]
