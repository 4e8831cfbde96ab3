"""The loop: batches, log lines, validation after each epoch, checkpoints on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812  # the name everybody gives it

from whichcode.errors import WhichcodeError
from whichcode.evaluation.metrics import macro_bounds
from whichcode.evaluation.ties import in_top_k, top_k_accuracy
from whichcode.features.matrix import BagMatrix
from whichcode.model.network import BagNetwork
from whichcode.training.board import Board
from whichcode.training.checkpoints import Progress, load_checkpoint, load_weights, save_checkpoint
from whichcode.training.dataset import Dataset

FINAL_SHARE = 0.05
"""Of the learning rate that is left at the end of a cosine schedule."""

LAST, BEST = "last.safetensors", "best.safetensors"


@dataclass(frozen=True, slots=True)
class Run:
    """What one call of `run_epochs` trains, and where it keeps its checkpoints.

    Attributes:
        network: trained in place; at the end it has the best epoch's weights.
        train: windows to learn from.
        validation: windows that choose the best epoch.
        folder: for checkpoints and TensorBoard.
        seed: of the order of batches.
        identity: digest of all that the run depends on (`Progress.run`).
    """

    network: BagNetwork
    train: Dataset
    validation: Dataset
    folder: Path
    seed: int
    identity: str


def run_epochs(
    run: Run,
    *,
    resume: bool = False,
    tensorboard: bool = True,
    log: Callable[[str], None] = print,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Progress:
    """Train `run.network`, or go on where the last checkpoint in `run.folder` stopped.

    A resumed run ends with the same weights as one that was never interrupted: the order of batches
    depends on seed and epoch alone, and the checkpoint holds Adam's moments and the random numbers.

    Raises:
        ModelError: as `load_checkpoint`.
        WhichcodeError: the loss is no longer finite.
    """
    settings = run.network.config.training
    # Not the default of PyTorch on every platform; the same run must give the same weights.
    torch.use_deterministic_algorithms(True)
    # Fused: one pass over weights and moments, which for a large vocabulary are most of what a step costs.
    optimiser = torch.optim.Adam(run.network.parameters(), lr=settings.learning_rate, fused=True)
    progress = Progress(run.identity)
    if resume and not (run.folder / LAST).exists():
        log(f"there is no checkpoint in {run.folder} to resume from: starting from the beginning")
    elif resume:
        progress = load_checkpoint(run.folder / LAST, run.network, optimiser, run.identity)
        log(f"resumed after iteration {progress.iteration}, in epoch {progress.epoch}")
        advance(progress.iteration)
    board = Board(run.folder / "tensorboard" if tensorboard else None, progress.iteration)
    total = batches_per_epoch(run.train, settings.batch_size, settings.last_batch) * settings.epochs
    while progress.epoch <= settings.epochs:
        order = np.random.default_rng([run.seed, progress.epoch]).permutation(run.train.epoch)
        batches = _batches(order, settings.batch_size, settings.last_batch)
        run.network.train()
        for batch in batches[progress.batch :]:
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(settings.learning_rate, settings.schedule, progress.iteration, total)
            bags, labels = _take(run.train, batch, settings.batch_size if settings.last_batch == "pad" else 0)
            optimiser.zero_grad()
            logits = run.network.of(bags)
            targets = torch.from_numpy(labels)
            loss = F.cross_entropy(logits, targets, label_smoothing=settings.label_smoothing)
            if settings.l2:
                loss = loss + settings.l2 * run.network.l2()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            progress.iteration += 1
            progress.batch += 1
            advance(1)
            if progress.iteration % settings.log_every == 0:
                _log_line(progress.iteration, loss.detach(), logits.detach(), labels, board, log)
            if progress.iteration % settings.checkpoint_every == 0:
                save_checkpoint(run.folder / LAST, run.network, optimiser, progress)
        _end_epoch(run, progress, optimiser, board, log)
    board.close()
    load_weights(run.folder / BEST, run.network)
    run.network.eval()
    return progress


def batches_per_epoch(train: Dataset, batch_size: int, last_batch: str) -> int:
    """Return how many batches an epoch has."""
    full, rest = divmod(len(train.epoch), batch_size)
    return max(full + (1 if rest and last_batch != "drop" else 0), 1)


def learning_rate(highest: float, schedule: str, iteration: int, total: int) -> float:
    """Return the learning rate of an iteration (from 0) of `total`."""
    if schedule == "constant":
        return highest
    falling = 0.5 * (1 + math.cos(math.pi * iteration / max(total, 1)))
    return highest * (FINAL_SHARE + (1 - FINAL_SHARE) * falling)


def all_logits(network: BagNetwork, bags: BagMatrix, batch_size: int = 4096) -> torch.Tensor:
    """Return the logits [rows, K] of many bags, without dropout and gradients."""
    network.eval()
    with torch.no_grad():
        parts = [
            network.of(bags.take(np.arange(start, min(start + batch_size, len(bags)))))
            for start in range(0, len(bags), batch_size)
        ]
    return torch.cat(parts)


def _batches(order: NDArray[np.int64], size: int, last_batch: str) -> list[NDArray[np.int64]]:
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    if last_batch == "drop" and len(batches) > 1 and len(batches[-1]) < size:
        batches.pop()
    return batches


def _take(train: Dataset, rows: NDArray[np.int64], padded: int) -> tuple[BagMatrix, NDArray[np.int64]]:
    bags, labels = train.bags.take(rows), train.labels[rows]
    missing = padded - len(rows)
    if missing > 0:
        # As published: zero rows that are trained on and scored as class 0.
        indptr = np.concatenate([bags.indptr, np.repeat(bags.indptr[-1:], missing)])
        bags = BagMatrix(indptr, bags.indices, bags.data, bags.columns)
        labels = np.concatenate([labels, np.zeros(missing, np.int64)])
    return bags, labels


def _log_line(
    iteration: int,
    loss: torch.Tensor,
    logits: torch.Tensor,
    labels: NDArray[np.int64],
    board: Board,
    log: Callable[[str], None],
) -> None:
    value = float(loss)
    if not math.isfinite(value):
        raise WhichcodeError(f"the loss is {value} at iteration {iteration}; train with a lower learning rate")
    scores = logits.numpy()
    published = float(in_top_k(scores, labels, 1).mean())
    alternative = top_k_accuracy(scores, labels, 1, "first-index")
    log(f"iteration={iteration:<5} loss={value:.3f}  train-acc={published:.5f}  train-alt-acc={alternative:.5f}")
    board.batch(iteration, value, published, alternative, logits)


def _end_epoch(
    run: Run,
    progress: Progress,
    optimiser: torch.optim.Optimizer,
    board: Board,
    log: Callable[[str], None],
) -> None:
    validation = run.validation
    scores = all_logits(run.network, validation.bags).double().numpy()
    published = float(in_top_k(scores, validation.labels, 1).mean())
    bounds = macro_bounds(scores, validation.labels)
    micro = top_k_accuracy(scores, validation.labels, 1, "expected")
    log(
        f"Files.VAL mean accuracy = {published:.5f} (in_top_k), {micro:.5f} (expected); "
        f"macro recall = {bounds.expected:.5f}  <-- epoch {progress.epoch}"
    )
    board.epoch(progress.epoch, progress.iteration, run.network, bounds.expected, micro)
    progress.history.append(
        {
            "epoch": progress.epoch,
            "iteration": progress.iteration,
            "validation_in_top_k": published,
            "validation_accuracy": micro,
            "validation_macro_recall": bounds.expected,
        }
    )
    better = bounds.expected > progress.best
    if better:
        progress.best, progress.best_epoch = bounds.expected, progress.epoch
    progress.epoch, progress.batch = progress.epoch + 1, 0
    # The best one first: killed between the two, the run repeats the epoch's end and writes both again.
    if better:
        save_checkpoint(run.folder / BEST, run.network, optimiser, progress)
    save_checkpoint(run.folder / LAST, run.network, optimiser, progress)
