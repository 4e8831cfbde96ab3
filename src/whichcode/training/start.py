"""A network that starts from another model's weights, and not from random ones.

Weights that start where another training ended keep most of what it knew, so that the texts need not be all that
the first model learnt from: more languages, texts of one's own, or a corpus that is too large for one place are
learnt in minutes (Yosinski et al., How transferable are features in deep neural networks?, NIPS 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from whichcode.errors import CorpusError, ModelError
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.artefact import Model
from whichcode.model.config import Config
from whichcode.model.network import BagNetwork, from_model


def check_start(model: Model, config: Config) -> None:
    """Refuse a model whose weights a network of `config` cannot take over.

    Raises:
        ModelError: features, their weights or the network's shape are others.
    """
    old = model.config
    theirs, ours = old.to_dict(), config.to_dict()
    bound = [(section, option) for section in ("features", "weights") for option in theirs[section]]
    for section, option in (*bound, ("network", "width"), ("network", "hidden"), ("network", "head")):
        had, has = theirs[section][option], ours[section][option]
        if had != has:
            raise ModelError(
                f"{model.id} cannot be started from: its {section}.{option} is {had!r}, and the configuration's "
                f"{has!r}; give the configuration that it was trained with ({old.name!r}), or one like it"
            )


def extended(first: Vocabulary, more: Vocabulary, size: int) -> Vocabulary:
    """Return the features of `first`, and the first of `more` that it lacks up to `size` in all."""
    known = set(first.names)
    new = [name for name in more.names if name not in known]
    return Vocabulary((*first.names, *new[: max(0, size - len(first))]))


def vocabulary_from(start: Model | None, config: Config, choose: Callable[[], Vocabulary]) -> Vocabulary:
    """Return the vocabulary of `start`, then as much of what `choose` returns as `config` has room for.

    Args:
        start: None for a training from random weights, whose vocabulary `choose` alone makes.
        config: how many features there may be, where they are chosen by distinctiveness.
        choose: called only where there is room; texts too few for it (`CorpusError`) add nothing to a start.

    Raises:
        CorpusError: without a start, what `choose` raises.
    """
    if start is None:
        return choose()
    bounded = config.vocabulary.selection == "distinctive"
    if bounded and len(start.vocabulary) >= config.vocabulary.size:
        return start.vocabulary
    try:
        chosen = choose()
    except CorpusError:
        return start.vocabulary
    return extended(
        start.vocabulary, chosen, config.vocabulary.size if bounded else len(start.vocabulary) + len(chosen)
    )


def network_from(
    start: Model | None, vocabulary: Vocabulary, languages: Sequence[str], config: Config
) -> BagNetwork:
    """Return a network of `vocabulary` and `languages` with the weights of `start` where it has any.

    A feature that is new to it starts at zero: it says nothing yet. A language that is new has the random weights
    that any network starts with; one of its own that is not in `languages` is forgotten. Without a start all
    weights are random.

    Raises:
        ModelError: as `check_start`.
    """
    network = BagNetwork(len(vocabulary), len(languages), config)
    if start is not None:
        check_start(start, config)
        with torch.no_grad():
            network.bag_weight.zero_()
        draw_near(network, start, vocabulary, languages, 1.0)
    return network


def draw_near(
    network: BagNetwork, model: Model, vocabulary: Vocabulary, languages: Sequence[str], share: float
) -> None:
    """Replace the weights of `network` that `model` has too by the mean of both, in which `model` has `share`.

    Between the weights of a start and those that a training ended with, the mean is often right about more texts
    than either: it has learnt what is new and forgotten less (Wortsman et al., Robust fine-tuning of zero-shot
    models, CVPR 2022).
    """
    old = from_model(model)
    rows = _pairs(vocabulary.names, model.vocabulary.names)
    classes = _pairs(languages, model.languages)
    with torch.no_grad():
        _mix(network.bag_weight, old.bag_weight, share, rows)
        _mix(network.head.weight, old.head.weight, share, classes)
        _mix(network.head.bias, old.head.bias, share, classes)
        network.bag_bias.lerp_(old.bag_bias, share)
        for new, known in zip(network.dense.parameters(), old.dense.parameters(), strict=True):
            new.lerp_(known, share)


def calibration_near(fitted: tuple[float, float], model: Model, share: float) -> tuple[float, float]:
    """Return the mean of a fitted temperature's parameters and those of `model`, in which `model` has `share`.

    It was fitted on texts too, and often on more. A model without a calibration has none to give.
    """
    if model.config.training.calibration == "none":
        return fitted
    a, b = np.frombuffer(model.tensors["calibration"].data, dtype="<f4").tolist()
    return (1 - share) * fitted[0] + share * a, (1 - share) * fitted[1] + share * b


def _pairs(new: Sequence[str], old: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of each name in `new` and in `old`, of those that are in both."""
    row_of = {name: row for row, name in enumerate(old)}
    return [(row, row_of[name]) for row, name in enumerate(new) if name in row_of]


def _mix(to: torch.Tensor, of: torch.Tensor, share: float, rows: Sequence[tuple[int, int]]) -> None:
    if rows:
        new, old = (torch.tensor(column) for column in zip(*rows, strict=True))
        to[new] = torch.lerp(to[new], of[old], share)
