"""A network that starts from another model's weights, and not from random ones.

Weights that start where another training ended keep most of what it knew, so that the texts need not be all that
the first model learnt from: more languages, texts of one's own, or a corpus that is too large for one place are
learnt in minutes (Yosinski et al., How transferable are features in deep neural networks?, NIPS 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from whichcode.errors import ModelError
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
    for name, theirs, ours in (
        ("features", old.features, config.features),
        ("weights", old.weights, config.weights),
        ("network.width", old.network.width, config.network.width),
        ("network.hidden", tuple(old.network.hidden), tuple(config.network.hidden)),
        ("network.head", old.network.head, config.network.head),
    ):
        if theirs != ours:
            raise ModelError(
                f"{model.id} cannot be started from: its {name} is {theirs}, and the configuration's {ours}; "
                "train with the configuration of the model, or without it"
            )


def extended(first: Vocabulary, more: Vocabulary, size: int) -> Vocabulary:
    """Return the features of `first`, and the first of `more` that it lacks up to `size` in all."""
    known = set(first.names)
    new = [name for name in more.names if name not in known]
    return Vocabulary((*first.names, *new[: max(0, size - len(first))]))


def network_from(model: Model, vocabulary: Vocabulary, languages: Sequence[str], config: Config) -> BagNetwork:
    """Return a network of `vocabulary` and `languages` with the weights of `model` where it has any.

    A feature that is new starts at zero: it says nothing yet. A language that is new has the random weights that
    any network starts with; one of the model's that is not in `languages` is forgotten.

    Raises:
        ModelError: as `check_start`.
    """
    check_start(model, config)
    old = from_model(model)
    network = BagNetwork(len(vocabulary), len(languages), config)
    row_of = {name: row for row, name in enumerate(model.vocabulary.names)}
    pairs = [(row, row_of[name]) for row, name in enumerate(vocabulary.names) if name in row_of]
    class_of = {name: row for row, name in enumerate(model.languages)}
    known = [(row, class_of[name]) for row, name in enumerate(languages) if name in class_of]
    with torch.no_grad():
        network.bag_weight.zero_()
        _copy(network.bag_weight, old.bag_weight, pairs)
        network.bag_bias.copy_(old.bag_bias)
        for new_layer, old_layer in zip(network.dense, old.dense, strict=True):
            new_layer.load_state_dict(old_layer.state_dict())
        _copy(network.head.weight, old.head.weight, known)
        _copy(network.head.bias, old.head.bias, known)
    return network


def _copy(to: torch.Tensor, of: torch.Tensor, rows: Sequence[tuple[int, int]]) -> None:
    if rows:
        new, old = (torch.tensor(column) for column in zip(*rows, strict=True))
        to[new] = of[old]
