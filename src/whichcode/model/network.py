"""The network in PyTorch, for training; `predict` is the same in plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name everybody gives it

from whichcode.features.matrix import BagMatrix
from whichcode.model.artefact import Model
from whichcode.model.config import Config
from whichcode.model.rows import Rows


class BagNetwork(nn.Module):
    """Bag layer (ELU), dense layers (ELU), dropout, head: logits of a batch of bags.

    The bag layer is a dense layer on count vectors, computed as a weighted sum of the rows of the features
    that are there, which is what the dense product is without its zeros.

    Args:
        vocabulary: features V.
        languages: classes K.
        config: widths, dropout and the head's activation.
    """

    def __init__(self, vocabulary: int, languages: int, config: Config) -> None:
        super().__init__()
        network = config.network
        self.config = config
        self.bag_weight = nn.Parameter(torch.empty(vocabulary, network.width))
        self.bag_bias = nn.Parameter(torch.zeros(network.width))
        widths = [network.width, *network.hidden]
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.head = nn.Linear(widths[-1], languages)
        # Glorot's uniform initialisation and zero biases, as TensorFlow 1 gave the published layers.
        nn.init.xavier_uniform_(self.bag_weight)
        for layer in [*self.dense, self.head]:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, indices: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
        """Return logits [rows, K].

        Args:
            indices: int64 [entries], vocabulary rows.
            offsets: int64 [rows], where each row's entries begin.
            weights: float32 [entries].
        """
        network = self.config.network
        if self.training and network.feature_dropout:
            weights = F.dropout(weights, network.feature_dropout)
        layer = F.embedding_bag(indices, self.bag_weight, offsets, mode="sum", per_sample_weights=weights)
        activations = F.elu(layer + self.bag_bias)
        for dense in self.dense:
            activations = F.elu(dense(activations))
        activations = F.dropout(activations, network.dropout, training=self.training)
        logits: Tensor = self.head(activations)
        return logits.relu() if network.head == "relu" else logits

    def of(self, bags: BagMatrix) -> Tensor:
        """Return logits [rows, K] for the counts `bags`."""
        logits: Tensor = self(*inputs(bags, self.config))
        return logits

    def l2(self) -> Tensor:
        """Return half the sum of squared weights (not biases) that the L2 term covers."""
        layers = [self.head.weight, *(layer.weight for layer in self.dense)]
        if self.config.training.l2_bag_layer:
            layers.append(self.bag_weight)
        return 0.5 * torch.stack([layer.square().sum() for layer in layers]).sum()  # type: ignore[operator]


def inputs(bags: BagMatrix, config: Config) -> tuple[Tensor, Tensor, Tensor]:
    """Return `BagNetwork.forward`'s arguments for the counts `bags`."""
    weights = bags.weights(config.weights.damping, normalise=config.weights.normalise)
    return (
        torch.from_numpy(bags.indices.astype(np.int64)),
        torch.from_numpy(bags.indptr[:-1]),
        torch.from_numpy(weights),
    )


def from_model(model: Model) -> BagNetwork:
    """Return the network with a model's weights as they are stored (rows times their scales)."""
    network = BagNetwork(len(model.vocabulary), len(model.languages), model.config)

    def floats(name: str) -> Tensor:
        tensor = model.tensors[name]
        return torch.from_numpy(np.frombuffer(tensor.data, dtype="<f4").reshape(tensor.shape).copy())

    rows, names = Rows(model.tensors), range(len(model.vocabulary))
    integers = np.frombuffer(b"".join(rows[i] for i in names), dtype=np.int8).reshape(
        -1, model.config.network.width
    )
    state = {
        "bag_weight": torch.from_numpy(integers.astype(np.float32)) * floats("bag.scale"),
        "bag_bias": floats("bag.bias"),
        "head.weight": floats("head.weight"),
        "head.bias": floats("head.bias"),
    }
    for i in range(len(model.config.network.hidden)):
        state[f"dense.{i}.weight"] = floats(f"dense.{i}.weight")
        state[f"dense.{i}.bias"] = floats(f"dense.{i}.bias")
    network.load_state_dict(state)
    return network.eval()
