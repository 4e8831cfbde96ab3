"""Fitting the temperature, as a function of the evidence, on validation windows."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812  # the name everybody gives it

FEW_DOCUMENTS = 10
"""Validation documents of a language from which its windows say something of texts not seen."""


def fit_temperature(
    logits: torch.Tensor,
    labels: NDArray[np.int64],
    evidence: NDArray[np.int64],
    frequencies: NDArray[np.int64],
) -> tuple[float, float]:
    """Return (a, b) of T = exp(a + b ln(1 + evidence)) with the least log loss.

    Languages count as often as they were trained on: that is what the logits take them to be likely, and a
    validation part of few repositories would have it otherwise.

    Args:
        logits: uncalibrated, float32 [rows, K].
        labels: [rows].
        evidence: distinct features found, [rows].
        frequencies: windows of each language to train on, [K].
    """
    targets = torch.from_numpy(labels)
    log_evidence = torch.from_numpy(np.log1p(evidence.astype(np.float64))).float()
    counts = torch.bincount(targets, minlength=logits.shape[1]).clamp(min=1).float()
    weights = (torch.from_numpy(frequencies).float() / counts)[targets]
    weights = weights / weights.sum()
    parameters = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.LBFGS([parameters], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        temperature = torch.exp(parameters[0] + parameters[1] * log_evidence)
        losses = F.cross_entropy(logits / temperature[:, None], targets, reduction="none")
        total = (weights * losses).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    a, b = parameters.detach().tolist()
    return float(a), float(b)
