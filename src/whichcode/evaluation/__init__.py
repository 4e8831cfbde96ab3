"""Honest figures about a classifier: accuracy with the rule for ties named, an audit of saved predictions.

Importing this package needs NumPy and nothing else; what needs more imports it where it is used.
"""

from __future__ import annotations

from whichcode.errors import MissingExtraError

try:
    import numpy  # noqa: F401  # asked for by name, so that its absence is told in plain words
except ModuleNotFoundError as error:
    raise MissingExtraError("NumPy", "evaluate") from error

from whichcode.evaluation.ties import (
    RULES,
    AccuracyBounds,
    accuracy_bounds,
    in_top_k,
    top_k_accuracy,
    top_k_credit,
)

__all__ = ["RULES", "AccuracyBounds", "accuracy_bounds", "in_top_k", "top_k_accuracy", "top_k_credit"]
