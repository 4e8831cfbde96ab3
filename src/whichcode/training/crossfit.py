"""Soft labels by cross-fitting: what a window looks like to a network that has not seen its repository.

A line such as ``}`` or ``return x`` is of many languages, and its label names one. A network that was trained on
other repositories spreads its answer over those that the line may be of, as far as they can be told apart at all.
The final network learns that beside the label: distillation (Hinton et al. 2015, arXiv:1503.02531) from networks
that were fitted without the part that they answer (as in Chernozhukov et al. 2018, "Double/debiased machine
learning for treatment and structural parameters").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from whichcode.model.config import Config
from whichcode.model.network import BagNetwork
from whichcode.training.dataset import Dataset, SoftLabels
from whichcode.training.loop import Run, all_logits, run_epochs

KEPT = 8
"""Languages of which a window's probability is kept."""

ROWS = 1 << 16
"""Windows whose probabilities are computed at a time."""


def fold_of_units(units: int, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each of `units` repositories, int64 [units]: as many in each, at random."""
    return np.random.default_rng([seed, folds]).permutation(units) % folds


def cross_fit(
    config: Config,
    train: Dataset,
    validation: Dataset,
    folder: Path,
    *,
    vocabulary: int,
    languages: int,
    seed: int,
    identity: str,
    resume: bool,
    log: Callable[[str], None],
    advance: Callable[[int], None],
) -> Dataset:
    """Return `train` with soft labels from ``config.training.folds`` networks, each trained without its own fold.

    Args:
        config: of the networks, but for their labels, which are plain.
        train: windows with their units.
        validation: windows that choose each network's best epoch.
        folder: each fold has its checkpoints in one of its own below it.
        vocabulary: features.
        languages: classes, K.
        seed: of folds, weights and batches.
        identity: of the run (`whichcode.training.loop.Run`).
        resume: go on where the checkpoints are.
        log: takes lines.
        advance: takes batches.
    """
    folds = config.training.folds
    fold = fold_of_units(int(train.units.max()) + 1, folds, seed)[train.units]
    kept = min(KEPT, languages)
    soft = SoftLabels(
        np.zeros((len(train.labels), kept), np.int16), np.zeros((len(train.labels), kept), np.float16)
    )
    for one in range(folds):
        log(f"fold {one + 1} of {folds}: training without it, for its soft labels")
        others = replace(train, epoch=train.epoch[fold[train.epoch] != one])
        torch.manual_seed(seed + one)
        network = BagNetwork(vocabulary, languages, config)
        run = Run(network, others, validation, folder / f"fold-{one}", seed, f"{identity} fold {one}")
        run_epochs(run, resume=resume, tensorboard=False, log=log, advance=advance)
        _answer(network, train, np.flatnonzero(fold == one), soft)
    return replace(train, soft=soft)


def _answer(network: BagNetwork, train: Dataset, rows: NDArray[np.int64], soft: SoftLabels) -> None:
    """Write the network's probabilities of `rows` into `soft`."""
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        best = torch.softmax(all_logits(network, train.bags.take(some)), 1).topk(soft.languages.shape[1], 1)
        soft.languages[some] = best.indices.numpy()
        soft.probabilities[some] = best.values.numpy()
