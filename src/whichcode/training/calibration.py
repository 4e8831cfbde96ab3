"""Fitting the temperature, as a function of the evidence, on validation windows."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812  # the name everybody gives it

FEW_DOCUMENTS = 10
"""Validation documents of a language from which its windows say something of texts not seen."""

FARTHEST = 8.0
"""A temperature whose parameters are beyond this is no finding: the windows are too few or too much alike."""

TYPICAL_LOG_EVIDENCE = 3.0
"""ln(1 + evidence) of some 20 features, which a window of a few lines has."""


def fit_temperature(
    logits: torch.Tensor,
    labels: NDArray[np.int64],
    evidence: NDArray[np.int64],
    frequencies: NDArray[np.int64] | NDArray[np.float64],
) -> tuple[float, float]:
    """Return (a, b) of T = exp(a + b ln(1 + evidence)) with the least log loss.

    Languages count as `frequencies` says: a validation part of few repositories would have it otherwise.

    Few and plain texts have no least log loss: where every answer is right it falls with the temperature for ever,
    and where the wrong ones have less evidence than the right ones it does so along a line. Then the answer is the
    least log loss beside a prior of one window, by which ln T is 0 give or take 1.

    Args:
        logits: uncalibrated, float32 [rows, K].
        labels: [rows].
        evidence: distinct features found, [rows].
        frequencies: how often each language is asked about, in whatever unit: as often as it is trained on is what
            the logits take to be likely, [K].
    """
    targets = torch.from_numpy(labels)
    log_evidence = torch.from_numpy(np.log1p(evidence.astype(np.float64))).float()
    counts = torch.bincount(targets, minlength=logits.shape[1]).clamp(min=1).float()
    weights = (torch.from_numpy(frequencies).float() / counts)[targets]
    if not weights.any():  # what is validated on is never asked about: then it is all there is
        weights = torch.ones_like(weights)
    weights = weights / weights.sum()
    right = bool((logits.argmax(dim=1) == targets).all())
    found = (math.inf, math.inf) if right else _search(logits, targets, weights, log_evidence, 0.0)
    # Written so that NaN, which is neither less nor more, is refused.
    if not max(map(abs, found)) <= FARTHEST:
        found = _search(logits, targets, weights, log_evidence, 1 / len(labels))
    return found


def _search(
    logits: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    log_evidence: torch.Tensor,
    prior: float,
) -> tuple[float, float]:
    """Return (a, b) with the least log loss beside `prior` times that of ln T; NaN where numbers run out."""
    parameters = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.LBFGS([parameters], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        temperature = torch.exp(parameters[0] + parameters[1] * log_evidence)
        losses = F.cross_entropy(logits / temperature[:, None], targets, reduction="none")
        total = (weights * losses).sum()
        if prior:
            total = total + prior / 2 * (parameters[0] ** 2 + (TYPICAL_LOG_EVIDENCE * parameters[1]) ** 2)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    try:
        optimiser.step(loss)  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        if "overflow" not in str(error):
            raise
        return math.nan, math.nan
    a, b = parameters.detach().tolist()
    return float(a), float(b)
