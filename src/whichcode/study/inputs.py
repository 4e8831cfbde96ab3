"""The third culprit, measured: how large the inputs are, and what an untrained head makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from whichcode.features.extract import display
from whichcode.model.network import BagNetwork
from whichcode.study.data import StudySet
from whichcode.study.runs import Cell, Weights

SAMPLE = 4096
"""Training windows that are looked at, evenly spaced."""


def measure_inputs(study: StudySet, weights: Weights, seeds: range) -> dict[str, Any]:
    """Return the sizes of a set's inputs and of the untrained network's logits, medians over windows.

    * ``length``: Euclidean length of a window's input; ``total``: its sum.
    * ``largest``: the largest entry, and ``largest_feature`` the feature that is it most often.
    * ``alikeness``: cosine between a window's input and the mean input.
    * ``initial_logit``: largest absolute logit of a window before any training, one for each seed.
    * ``initial_loss``: cross-entropy then, one for each seed.
    * ``one_sign``: share of windows on which a class's logit has the sign that it has on most, mean over
      classes, one for each seed.
    """
    train = study.parts["train"]
    rows = np.unique(np.linspace(0, len(train.labels) - 1, SAMPLE).astype(np.int64))
    bags, labels = train.bags.take(rows), torch.from_numpy(train.labels[rows])
    config = Cell(study.unit, "linear", weights).config()
    values = np.zeros((len(bags), bags.columns))
    at = np.repeat(np.arange(len(bags)), np.diff(bags.indptr)), bags.indices
    values[at] = bags.weights(config.weights.damping, normalise=config.weights.normalise)
    lengths = np.linalg.norm(values, axis=1)
    mean = values.mean(axis=0)
    cosines = values @ mean / np.maximum(lengths * np.linalg.norm(mean), 1e-12)
    largest = np.bincount(values.argmax(axis=1), minlength=bags.columns).argmax()
    logits, losses, signs = [], [], []
    for seed in seeds:
        torch.manual_seed(seed)
        network = BagNetwork(len(study.vocabulary), len(study.languages), config).eval()
        with torch.no_grad():
            scores = network.of(bags)
        logits.append(float(scores.abs().amax(dim=1).median()))
        losses.append(float(torch.nn.functional.cross_entropy(scores, labels)))
        positive = (scores > 0).double().mean(dim=0)
        signs.append(float(torch.maximum(positive, 1 - positive).mean()))
    return {
        "unit": study.unit,
        "weights": weights,
        "vocabulary": len(study.vocabulary),
        "glorot_limit": float(np.sqrt(6 / (len(study.vocabulary) + config.network.width))),
        "length": float(np.median(lengths)),
        "total": float(np.median(values.sum(axis=1))),
        "largest": float(np.median(values.max(axis=1))),
        "largest_feature": display(study.vocabulary.names[int(largest)]),
        "alikeness": float(np.median(cosines)),
        "initial_logit": logits,
        "initial_loss": losses,
        "one_sign": signs,
    }
