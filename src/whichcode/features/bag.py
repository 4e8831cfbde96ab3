"""The bag of one text: which features of the vocabulary it holds, how often, with what weight.

Weights are integers by design: the sum of int8 rows weighted by integers is exact, so that every
implementation of the network's first layer agrees to the last bit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

Damping = Literal["count", "log", "sqrt", "presence"]

UNIT = 16
"""What a damped weight of 1 is as an integer; the sixteenth part is finer than the data can tell."""


@cache
def damp(count: int, damping: Damping) -> int:
    """Return the integer weight of a feature that occurs `count` (at least 1) times.

    ``count`` is the count itself, as published; ``log`` is 1 + ln(count) and ``sqrt`` its root, both in
    sixteenths (`UNIT`), rounded; ``presence`` is always 1. Sublinear term frequency: Manning, Raghavan
    and Schütze, Introduction to Information Retrieval (2008), section 6.4.1.
    """
    if damping == "count":
        return count
    if damping == "log":
        return round(UNIT * (1.0 + math.log(count)))
    if damping == "sqrt":
        return round(UNIT * math.sqrt(count))
    return 1


def bag(features: Iterable[str], index: Mapping[str, int]) -> dict[int, int]:
    """Return ``{vocabulary row: count}`` for the features that `index` knows, rows in rising order."""
    known = Counter(row for row in map(index.get, features) if row is not None)
    return dict(sorted(known.items()))


def norm(weights: Iterable[int]) -> float:
    """Return the Euclidean length of a bag's integer weights; 1.0 for an empty bag."""
    return math.sqrt(sum(w * w for w in weights)) or 1.0
