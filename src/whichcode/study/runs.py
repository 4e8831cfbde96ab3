"""One training of the published network, watched at every iteration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812  # the name everybody gives it

from whichcode.evaluation.ties import in_top_k, top_k_accuracy
from whichcode.features.matrix import BagMatrix, stack
from whichcode.model.config import Config, WeightConfig
from whichcode.model.network import BagNetwork
from whichcode.study.data import StudySet, Unit, study_config
from whichcode.training.loop import all_logits

Weights = Literal["raw", "unit", "damped"]

_WEIGHTS: dict[Weights, WeightConfig] = {
    "raw": WeightConfig("count", normalise=False),
    "unit": WeightConfig("count", normalise=True),
    "damped": WeightConfig("log", normalise=True),
}

BINS = 50
"""Bins of the histograms of predicted probabilities, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One variant of the published detector.

    Attributes:
        unit: what is counted.
        head: activation of the logits.
        weights: ``raw`` counts; the same divided by the row's Euclidean length (``unit``); or ``damped``,
            1 + ln(count), and then divided so.
        l2: coefficient of the L2 term that the script created and forgot.
        pad: fill the last batch of an epoch with zero rows of class 0, as the script did.
    """

    unit: Unit
    head: Literal["relu", "linear"]
    weights: Weights = "raw"
    l2: float = 0.0
    pad: bool = False

    def config(self) -> Config:
        """Return the configuration of `whichcode train` that this cell is."""
        config = study_config(self.unit)
        return replace(
            config,
            weights=_WEIGHTS[self.weights],
            network=replace(config.network, head=self.head),
            training=replace(config.training, l2=self.l2, last_batch="pad" if self.pad else "keep"),
        )


MAIN_RELU, MAIN_LINEAR = Cell("character", "relu"), Cell("character", "linear")
"""The two models of the post, as its script really ran them: on characters."""


@dataclass(slots=True)
class Record:
    """What one training showed.

    Attributes:
        cell: what was trained.
        seed: of weights, dropout and batches.
        iterations: a list a figure, one entry an iteration, of the training batch as the script logged it
            (with dropout): ``loss``, ``in_top_k``, ``argmax`` (lowest index wins ties), ``expected``,
            ``uniform`` (share of rows whose softmax is one value in float32), ``dead`` (share of logits
            that are not positive before the head's activation).
        class_logits: for each iteration the median over rows of each class's logit before the activation.
        histograms: for each iteration of the first two epochs the counts of `BINS` bins of probability.
        epochs: after each epoch the same figures of the validation windows, without dropout.
        first: logits [windows, K] of the validation windows after the first epoch.
    """

    cell: Cell
    seed: int
    iterations: dict[str, list[float]] = field(default_factory=dict)
    class_logits: list[list[float]] = field(default_factory=list)
    histograms: list[list[int]] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    first: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def as_dict(self, iterations: int) -> dict[str, Any]:
        """Return what goes into a report: all epochs, and the first `iterations` iterations."""
        cell = self.cell
        return {
            "unit": cell.unit,
            "head": cell.head,
            "weights": cell.weights,
            "l2": cell.l2,
            "pad": cell.pad,
            "seed": self.seed,
            "iterations": {name: values[:iterations] for name, values in self.iterations.items()},
            "class_logits": self.class_logits[:iterations],
            "epochs": self.epochs,
        }


def figures(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return loss, the three accuracies and the share of uniform rows of logits [rows, K]."""
    scores = torch.from_numpy(logits)
    probabilities = F.softmax(scores, dim=1)
    return {
        "loss": float(F.cross_entropy(scores, torch.from_numpy(labels))),
        "in_top_k": float(in_top_k(logits, labels, 1).mean()),
        "argmax": top_k_accuracy(logits, labels, 1, "first-index"),
        "expected": top_k_accuracy(logits, labels, 1, "expected"),
        "uniform": float((probabilities.amax(dim=1) == probabilities.amin(dim=1)).double().mean()),
    }


def train_cell(
    cell: Cell,
    study: StudySet,
    *,
    seed: int,
    epochs: int,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Record:
    """Train `cell` on `study` and record what is seen; `advance` is called after each epoch.

    The same arguments give the same record on one machine: weights, dropout and batches come from `seed`.
    """
    record = Record(cell, seed)
    train, validation = study.parts["train"], study.parts["validation"]
    config = cell.config()
    bags, labels = train.bags, train.labels
    if cell.pad:
        # One empty row of class 0 at the end, which padding takes as often as it needs.
        empty = BagMatrix(np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), bags.columns)
        bags, labels = stack([bags, empty], bags.columns), np.append(labels, 0)
    with _one_thread():
        torch.manual_seed(seed)
        network = BagNetwork(len(study.vocabulary), len(study.languages), config)
        before_activation: list[torch.Tensor] = []
        network.head.register_forward_hook(lambda _m, _i, output: before_activation.append(output.detach()))
        optimiser = torch.optim.Adam(network.parameters(), lr=config.training.learning_rate)
        for epoch in range(1, epochs + 1):
            network.train()
            for rows in _batches(len(train.labels), config, seed, epoch):
                before_activation.clear()
                logits = network.of(bags.take(rows))
                loss = F.cross_entropy(logits, torch.from_numpy(labels[rows]))
                optimiser.zero_grad()
                (loss + cell.l2 * network.l2() if cell.l2 else loss).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                _observe(record, logits.detach(), labels[rows], before_activation[0], histogram=epoch <= 2)
            scores = all_logits(network, validation.bags).numpy()
            record.epochs.append(figures(scores, validation.labels))
            if epoch == 1:
                record.first = scores
            advance(1)
    return record


def _observe(
    record: Record, logits: torch.Tensor, labels: NDArray[np.int64], before: torch.Tensor, *, histogram: bool
) -> None:
    seen = figures(logits.numpy(), labels) | {"dead": float((before <= 0).double().mean())}
    for name, value in seen.items():
        record.iterations.setdefault(name, []).append(value)
    record.class_logits.append(before.median(dim=0).values.tolist())
    if histogram:
        counts, _ = np.histogram(F.softmax(logits, dim=1).numpy(), bins=BINS, range=(0.0, 1.0))
        record.histograms.append(counts.tolist())


def _batches(rows: int, config: Config, seed: int, epoch: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each batch; row number `rows` is the empty one that pads the last batch."""
    size = config.training.batch_size
    order = np.random.default_rng([seed, epoch]).permutation(rows)
    for start in range(0, rows, size):
        batch = order[start : start + size]
        if config.training.last_batch == "pad" and len(batch) < size:
            batch = np.append(batch, np.full(size - len(batch), rows))
        yield batch


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in one thread: batches are too small to gain by more, and sums then have one order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
