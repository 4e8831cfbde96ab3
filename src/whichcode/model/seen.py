"""What a model was trained or tuned on, so that it can be told which texts it has seen: starts of their digests.

Sorted as whole numbers, they are stored as differences, each in LEB128 (seven bits a byte, the lowest first, the
highest bit set where more follow; DWARF 5, section 7.6): half a million starts are 8,600 apart, which takes two
bytes or three where they themselves take four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whichcode.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable

SEEN_BYTES = 4
"""Of a text's digest are kept: of a million texts one in 4,000 would be taken for a seen one by chance."""

_LIMIT = 1 << 8 * SEEN_BYTES


def start_of(digest: str) -> bytes:
    """Return what is kept of a digest in hexadecimal."""
    return bytes.fromhex(digest)[:SEEN_BYTES]


def encode(starts: Iterable[bytes]) -> bytes:
    """Return starts, `SEEN_BYTES` each and in any order, as they are stored."""
    data = bytearray()
    before = 0
    for value in sorted({int.from_bytes(start, "big") for start in starts}):
        difference, before = value - before, value
        while difference > 127:
            data.append(difference & 127 | 128)
            difference >>= 7
        data.append(difference)
    return bytes(data)


def decode(data: bytes) -> frozenset[bytes]:
    """Return the starts that `encode` stored.

    Raises:
        ModelError: the bytes break off, lead beyond what `SEEN_BYTES` hold, or are not what `encode` writes.
    """
    starts: list[int] = []
    value = difference = shift = 0
    for byte in data:
        difference |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            if (shift > 7 and not byte) or (starts and not difference):
                raise ModelError("tensor 'seen' is not as it is written; the file is damaged")
            value += difference
            starts.append(value)
            difference = shift = 0
        if value >= _LIMIT or shift > 8 * (SEEN_BYTES + 1):
            raise ModelError("tensor 'seen' goes beyond what a start of a digest can be; the file is damaged")
    if shift:
        raise ModelError("tensor 'seen' breaks off; the file is damaged")
    return frozenset(start.to_bytes(SEEN_BYTES, "big") for start in starts)
