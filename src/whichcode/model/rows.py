"""The rows of the bag layer as they are added up, int8, however a model file stores them.

In 8 bits they lie there as they are. In 4 bits a byte holds two columns, each a number from -8 to 7 with 8 added,
the first in the lower half, and a row is its step, from 1 to `MOST_STEP`, times these numbers: rows are of very
different sizes, and a step of its own for each makes up for the bits.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whichcode.model.artefact import Tensor

LOWEST, HIGHEST = -8, 7
"""What a number of 4 bits may be."""

MOST_STEP = 15
"""So that every row is of int8: 15 times -8 is -120."""


class Rows:
    """The rows of one model, in the order of its vocabulary; ``rows[3]`` is the fourth, int8 [width] as bytes."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        weight = tensors["bag.weight"]
        self._data = bytes(weight.data)
        self._bytes = weight.shape[1]
        self._steps = bytes(tensors["bag.step"].data) if "bag.step" in tensors else None

    def __getitem__(self, row: int) -> bytes:
        data = self._data[row * self._bytes : (row + 1) * self._bytes]
        if self._steps is None:
            return data
        lower, upper = _halves(self._steps[row])
        values = bytearray(2 * len(data))
        values[::2], values[1::2] = data.translate(lower), data.translate(upper)
        return bytes(values)


@cache
def _halves(step: int) -> tuple[bytes, bytes]:
    """Return the int8 that the lower and the upper half of each byte stand for, in a row of `step`."""
    return (
        bytes(step * ((byte & 15) + LOWEST) % 256 for byte in range(256)),
        bytes(step * ((byte >> 4) + LOWEST) % 256 for byte in range(256)),
    )
