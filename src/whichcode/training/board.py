"""TensorBoard: the scalars and histograms in which the mystery could have been seen."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional as F  # noqa: N812  # the name everybody gives it

from whichcode.errors import MissingExtraError
from whichcode.model.network import BagNetwork


class Board:
    """Writes event files into `folder`, or nothing where it is None.

    After a resume, events from `iteration` on are taken to be written again.
    """

    def __init__(self, folder: Path | None, iteration: int) -> None:
        self._writer = None
        if folder is not None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise MissingExtraError("TensorBoard", "train") from error
            self._writer = SummaryWriter(str(folder), purge_step=iteration or None)

    def batch(
        self, iteration: int, loss: float, published: float, alternative: float, logits: torch.Tensor
    ) -> None:
        """Write one log line's scalars, its logits and the distribution that they predict."""
        if self._writer is None:
            return
        self._writer.add_scalar("loss", loss, iteration)
        self._writer.add_scalar("train-acc (in_top_k)", published, iteration)
        self._writer.add_scalar("train-alt-acc (argmax)", alternative, iteration)
        self._writer.add_histogram("logits", logits, iteration)
        self._writer.add_histogram("predicted-distribution", F.softmax(logits, dim=1), iteration)

    def epoch(self, epoch: int, iteration: int, network: BagNetwork, macro_recall: float, accuracy: float) -> None:
        """Write an epoch's validation figures, and its weights with their last gradients."""
        if self._writer is None:
            return
        self._writer.add_scalar("validation/macro-recall", macro_recall, epoch)
        self._writer.add_scalar("validation/accuracy", accuracy, epoch)
        for name, parameter in network.named_parameters():
            self._writer.add_histogram(f"weights/{name}", parameter, iteration)
            if parameter.grad is not None:
                self._writer.add_histogram(f"gradients/{name}", parameter.grad, iteration)

    def close(self) -> None:
        """Flush what is written."""
        if self._writer is not None:
            self._writer.close()
