"""What each feature of a text added for one language against another.

Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017,
arXiv:1703.01365) along the straight path from an empty bag to the text's. The bag enters the network
through a sum of rows, so the path's gradient is needed for the sum only, whatever the number of features,
and the attributions add up to the whole difference (their "completeness"), up to the rule's error.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING

from whichcode.model.predict import elu

if TYPE_CHECKING:
    from whichcode.model.predict import Predictor

STEPS = 32
"""Points of the midpoint rule on the path."""


def attribute(predictor: Predictor, counts: Mapping[int, int], a: int, b: int) -> dict[int, float]:
    """Return ``{vocabulary row: contribution}`` to calibrated logit `a` minus calibrated logit `b`.

    `counts` is the bag as `Predictor.bag` returns it.
    """
    weights = predictor.weights(counts)
    factor = predictor.bag_factor(weights)
    sums = predictor.bag_sums(weights)
    gradient = [0.0] * len(sums)
    for step in range(STEPS):
        share = (step + 0.5) / STEPS
        layer = [
            bias + share * factor * scale * total
            for bias, scale, total in zip(predictor.bias, predictor.scale, sums, strict=True)
        ]
        for i, value in enumerate(_gradient(predictor, layer, a, b)):
            gradient[i] += value / STEPS
    temperature = predictor.temperature(len(counts))
    per_unit = [g * scale * factor / temperature for g, scale in zip(gradient, predictor.scale, strict=True)]
    return {
        row: weight
        * math.fsum(g * value for g, value in zip(per_unit, array("b", predictor.rows[row]), strict=True))
        for row, weight in weights.items()
    }


def _gradient(predictor: Predictor, layer: list[float], a: int, b: int) -> list[float]:
    """Return the derivative of logit `a` minus logit `b` with respect to the bag layer, [width]."""
    activations = [elu(value) for value in layer]
    slopes = [[_elu_slope(value) for value in layer]]
    for rows, biases in predictor.dense:
        layer = [
            bias + math.fsum(w * x for w, x in zip(row, activations, strict=True))
            for row, bias in zip(rows, biases, strict=True)
        ]
        slopes.append([_elu_slope(value) for value in layer])
        activations = [elu(value) for value in layer]
    rows, biases = predictor.head_layer
    gradient = [0.0] * len(activations)
    for row, bias, sign in ((rows[a], biases[a], 1.0), (rows[b], biases[b], -1.0)):
        if predictor.model.config.network.head == "relu":
            logit = bias + math.fsum(w * x for w, x in zip(row, activations, strict=True))
            if logit <= 0:
                continue
        gradient = [g + sign * w for g, w in zip(gradient, row, strict=True)]
    for (rows, _), slope in zip(reversed(predictor.dense), reversed(slopes), strict=False):
        through = [g * s for g, s in zip(gradient, slope, strict=True)]
        gradient = [
            math.fsum(t * row[j] for t, row in zip(through, rows, strict=True)) for j in range(len(rows[0]))
        ]
    return [g * s for g, s in zip(gradient, slopes[0], strict=True)]


def _elu_slope(value: float) -> float:
    return 1.0 if value > 0 else math.exp(value)
