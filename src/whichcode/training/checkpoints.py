"""Checkpoints: everything that an interrupted run needs to go on as if nothing had happened.

A checkpoint is a safetensors file, like a model: weights, Adam's moments and the state of the random
numbers are tensors, the rest is JSON in the metadata. Nothing is pickled, so a checkpoint from elsewhere
cannot execute anything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from whichcode.atomic import write_atomically
from whichcode.errors import ModelError
from whichcode.model.network import BagNetwork


@dataclass(slots=True)
class Progress:
    """Where a run is.

    Attributes:
        run: digest of configuration, seed, vocabulary and data: a checkpoint of another run is refused.
        epoch: the current one, from 1.
        batch: batches of it that are done.
        iteration: batches done in all.
        best: highest validation macro recall so far.
        best_epoch: when it was.
        history: one entry an epoch.
    """

    run: str
    epoch: int = 1
    batch: int = 0
    iteration: int = 0
    best: float = -1.0
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


def save_checkpoint(path: Path, network: BagNetwork, optimiser: torch.optim.Optimizer, progress: Progress) -> None:
    """Write a checkpoint, all at once: an interruption leaves the one before."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for i, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{i}.{name}": torch.as_tensor(value) for name, value in state.items()}
    tensors["random"] = torch.get_rng_state()
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(contiguous, {"progress": json.dumps(asdict(progress))}))


def load_checkpoint(path: Path, network: BagNetwork, optimiser: torch.optim.Optimizer, run: str) -> Progress:
    """Restore what `save_checkpoint` wrote into `network`, `optimiser` and the random numbers.

    Raises:
        ModelError: the file is damaged, or belongs to a run with other data or options.
    """
    try:
        with safe_open(path, "pt") as file:
            progress = Progress(**json.loads((file.metadata() or {})["progress"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: not a checkpoint that can be read ({error}); start without --resume") from error
    if progress.run != run:
        raise ModelError(
            f"{path}: the checkpoint is of a run with another corpus, configuration, start or seed; "
            "resume with the same ones, or start without --resume"
        )
    try:
        for name, usual in asdict(Progress(run)).items():
            if type(getattr(progress, name)) is not type(usual):
                raise TypeError(f"{name} is {getattr(progress, name)!r}")
        network.load_state_dict(_with_prefix(tensors, "network."))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _with_prefix(tensors, "optimiser.").items():
            i, part = name.split(".", 1)
            moments.setdefault(int(i), {})[part] = tensor
        state = optimiser.state_dict()
        optimiser.load_state_dict({"state": moments, "param_groups": state["param_groups"]})
        torch.set_rng_state(tensors["random"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: the checkpoint is damaged ({_line(error)}); start without --resume") from error
    return progress


def load_weights(path: Path, network: BagNetwork) -> None:
    """Restore the weights alone, as for the best epoch at the end of a run; raises `ModelError`."""
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{path}: the best checkpoint cannot be read ({error}); start without --resume"
        ) from error
    try:
        network.load_state_dict(_with_prefix(tensors, "network."))
    except RuntimeError as error:
        raise ModelError(
            f"{path}: the best checkpoint is damaged ({_line(error)}); start without --resume"
        ) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _with_prefix(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
