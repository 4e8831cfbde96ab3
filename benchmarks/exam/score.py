"""Figures of one sheet over one set of languages, by the metrics of `whichcode.evaluation`."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.exam.answers import Sheet
from whichcode.evaluation import metrics
from whichcode.evaluation.evaluate import CONFIDENT, bootstrap_interval, chance_controls


def score(sheet: Sheet, languages: frozenset[str], *, full: bool = True) -> dict[str, Any] | None:
    """Return the figures of the texts in `languages`, shares from 0 to 1; None where there are no such texts.

    Every accuracy weighs languages equally; a wrong answer and none are the same. With `full` also accuracy
    within families, recall by language, controls and, for a system with probabilities, calibration.
    """
    answers = sheet.restricted(languages)
    if answers is None:
        return None
    p, targets = answers.probabilities, answers.targets
    bounds = metrics.macro_bounds(p, targets)
    figures: dict[str, Any] = {
        "texts": len(targets),
        "files": len({question.document for question in answers.questions}),
        "languages": len(np.unique(targets)),
        "macro_recall": {
            "pessimistic": bounds.pessimistic,
            "expected": bounds.expected,
            "optimistic": bounds.optimistic,
            "interval_95": list(bootstrap_interval(answers)),
        },
    }
    if not full:
        return figures
    rows = sheet.rows(languages)
    controls = chance_controls(answers)
    scores = metrics.per_class(metrics.confusion(p, targets))
    figures |= {
        "headline": bounds.trustworthy and all(control["at_chance"] for control in controls.values()),
        "within_families": metrics.macro(metrics.family_credit(p, targets, sheet.classes), targets),
        "abstained": metrics.macro(sheet.abstained[rows].astype(np.float64), targets),
        "would_abstain": metrics.macro(sheet.would_abstain[rows].astype(np.float64), targets),
        "controls": controls,
        "recall": {name: s.recall for name, s in zip(sheet.classes, scores, strict=True) if s.rows},
    }
    if sheet.confident:
        accuracy, share = metrics.accuracy_above(p, targets, CONFIDENT)
        figures |= {
            "expected_calibration_error": metrics.expected_calibration_error(p, targets),
            "calibration_error_by_chance": metrics.calibration_error_by_chance(p, targets),
            "confident": {"threshold": CONFIDENT, "accuracy": accuracy if share else None, "share": share},
            "reliability": [[b.confidence, b.accuracy, b.weight] for b in metrics.calibration_bins(p, targets)],
        }
    return figures
