"""The network's prediction in plain Python: from a bag to logits, temperature and probabilities.

The first layer is a sum of int8 rows, one for each feature found, weighted by integers. A row is widened
once into one long Python integer with 32 bits a column; adding and scaling such integers is one call into
C for all columns, and exact: it makes plain Python fast enough to need nothing else.
"""

from __future__ import annotations

import math
import sys
from array import array
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING

from whichcode.core import network_of
from whichcode.features.bag import bag, damp, norm
from whichcode.model.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whichcode.core._core import Network
    from whichcode.model.artefact import Model


def _sum_of_products(p: Sequence[float], q: Sequence[float]) -> float:
    return float(sum(map(mul, p, q)))


# One call into C from Python 3.12 on.
_dot: Callable[[Sequence[float], Sequence[float]], float] = getattr(math, "sumprod", _sum_of_products)

_BIAS = 128
"""Added to each int8 so that columns are never negative and do not borrow from each other."""

# The sign bit turned over: v + 128 for every int8 v, as an unsigned byte.
_FLIP = bytes((b + _BIAS) % 256 for b in range(256))

_LANE_BYTES = 4
_LANE_LIMIT = (1 << 32) // 256
"""Sum of weights up to which no column can overflow its 32 bits."""


class Predictor:
    """Answers with one model; holds no state but the model, so threads may share it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._width = model.settings["network"]["width"]
        self._calibration = tuple(model.tensors["calibration"].floats())

    # What only the plain Python needs is made when it is asked for first.

    @cached_property
    def compiled(self) -> Network | None:
        """The same network in the compiled core, where that is there."""
        return network_of(self.model)

    @cached_property
    def rows(self) -> Rows:
        """The int8 rows."""
        return Rows(self.model.tensors)

    @cached_property
    def scale(self) -> list[float]:
        """What the columns' sums are multiplied by, [width]."""
        return self.model.tensors["bag.scale"].floats()

    @cached_property
    def bias(self) -> list[float]:
        """The bag layer's bias, [width]."""
        return self.model.tensors["bag.bias"].floats()

    @cached_property
    def dense(self) -> list[tuple[list[list[float]], list[float]]]:
        """Weights and biases of the hidden layers."""
        return [self._layer(f"dense.{i}") for i in range(len(self.model.settings["network"]["hidden"]))]

    @cached_property
    def head_layer(self) -> tuple[list[list[float]], list[float]]:
        """Weights and biases of the head."""
        return self._layer("head")

    def _layer(self, name: str) -> tuple[list[list[float]], list[float]]:
        tensors = self.model.tensors
        return tensors[f"{name}.weight"].float_rows(), tensors[f"{name}.bias"].floats()

    def bag(self, text: str) -> dict[int, int]:
        """Return ``{vocabulary row: count}`` for the features of `text`."""
        from whichcode.features.extract import (
            extract,  # its patterns take time to compile, and the core needs none
        )

        return bag(extract(text, self.model.config.features), self.model.vocabulary.index)

    def weights(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Return ``{vocabulary row: integer weight}``: the counts, damped."""
        damping = self.model.settings["weights"]["damping"]
        return {row: damp(count, damping) for row, count in counts.items()}

    def bag_sums(self, weights: Mapping[int, int]) -> list[int]:
        """Return the weighted sums of the int8 rows, one exact integer for each column."""
        width, rows = self._width, self.rows
        totals = [0] * width
        packed = weight_sum = 0
        lane = bytearray(_LANE_BYTES * width)
        for row, weight in weights.items():
            if weight_sum + weight > _LANE_LIMIT:
                self._unpack(packed, weight_sum, totals)
                packed = weight_sum = 0
                if weight > _LANE_LIMIT:  # a count of more than 16 million; the long way round
                    values = array("b", rows[row])
                    totals = [total + weight * value for total, value in zip(totals, values, strict=True)]
                    continue
            lane[::_LANE_BYTES] = rows[row].translate(_FLIP)
            packed += weight * int.from_bytes(lane, "little")
            weight_sum += weight
        self._unpack(packed, weight_sum, totals)
        return totals

    def _unpack(self, packed: int, weight_sum: int, totals: list[int]) -> None:
        columns = array("I", packed.to_bytes(_LANE_BYTES * self._width, sys.byteorder))
        if sys.byteorder == "big":
            columns.reverse()
        offset = _BIAS * weight_sum
        for i, column in enumerate(columns):
            totals[i] += column - offset

    def bag_factor(self, weights: Mapping[int, int]) -> float:
        """Return what the sums of rows are multiplied by: 1, or 1 over the bag's Euclidean length."""
        return 1.0 / norm(weights.values()) if self.model.settings["weights"]["normalise"] else 1.0

    def bag_layer(self, weights: Mapping[int, int]) -> list[float]:
        """Return the bag layer before its activation, [width]."""
        factor = self.bag_factor(weights)
        return [
            bias + factor * scale * total
            for bias, scale, total in zip(self.bias, self.scale, self.bag_sums(weights), strict=True)
        ]

    def head(self, layer: Sequence[float]) -> list[float]:
        """Return the logits [languages] for a bag layer before its activation."""
        activations = [elu(value) for value in layer]
        for rows, biases in self.dense:
            activations = [elu(bias + _dot(row, activations)) for row, bias in zip(rows, biases, strict=True)]
        rows, biases = self.head_layer
        logits = [bias + _dot(row, activations) for row, bias in zip(rows, biases, strict=True)]
        if self.model.settings["network"]["head"] == "relu":
            return [max(logit, 0.0) for logit in logits]
        return logits

    def logits(self, text: str) -> tuple[list[float], int]:
        """Return the uncalibrated logits [languages] and the number of distinct features found."""
        counts = self.bag(text)
        return self.head(self.bag_layer(self.weights(counts))), len(counts)

    def temperature(self, evidence: int) -> float:
        """Return what the logits are divided by when `evidence` distinct features were found.

        T = exp(a + b ln(1 + evidence)): temperature scaling (Guo et al., "On calibration of modern neural
        networks", 2017, arXiv:1706.04599) with the one temperature made a function of the evidence.
        """
        a, b = self._calibration
        return math.exp(a + b * math.log1p(evidence))

    def calibrated(self, text: str) -> list[float]:
        """Return the calibrated logits [languages] of `text`; their softmax is the answer."""
        if self.compiled is not None:
            return self.compiled.logits(text)
        return self.reference(text)

    def reference(self, text: str) -> list[float]:
        """Return what `calibrated` does, by this module alone."""
        logits, evidence = self.logits(text)
        temperature = self.temperature(evidence)
        return [logit / temperature for logit in logits]


def elu(value: float) -> float:
    """Return the exponential linear unit with alpha 1 (Clevert et al., 2015, arXiv:1511.07289)."""
    return value if value > 0 else math.expm1(value)


def softmax(logits: Sequence[float]) -> list[float]:
    """Return the probabilities of `logits`, stable for large ones; minus infinity becomes 0."""
    highest = max(logits)
    exponentials = [math.exp(logit - highest) for logit in logits]
    total = math.fsum(exponentials)
    return [value / total for value in exponentials]
