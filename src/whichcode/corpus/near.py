"""Shingles and sketches: what is compared of texts, without keeping the texts themselves.

A text is the set of its shingles of five tokens, white space aside; a sketch is 128 minima of that set under
random hash functions (MinHash; Broder, "On the resemblance and containment of documents", 1997). The builder of
a corpus makes sketches where a file is read, in many processes, and keeps them beside it;
`duplicates.find_duplicates` compares documents that are in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from whichcode.text.tokens import tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint64]
    Sketch = NDArray[np.uint32]

SHINGLE = 5
"""Tokens in a shingle."""

PERMUTATIONS = 128
THRESHOLD = 0.8
"""Estimated Jaccard similarity from which two texts of a corpus are near duplicates."""

BANDS, ROWS = 25, 5
"""Of the hashing that finds candidates: two texts of similarity s are compared with probability
1 - (1 - s^5)^25, which is 0.9999 at 0.8."""

_CHUNK = 4096
_MULTIPLIER = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio, odd (Knuth)."""


def text_key(tokens: Sequence[int]) -> bytes:
    """Return 16 bytes that texts with the same tokens (`tokens_of`) have in common."""
    import numpy as np

    return hashlib.blake2b(np.array(tokens, dtype="<u4").tobytes(), digest_size=16).digest()


def tokens_of(text: str) -> list[int]:
    """Return 32-bit hashes of the tokens of `text` in order, white space left out."""
    return [crc32(token.encode("utf-8", "surrogatepass")) for token in tokenise(text) if token > " "]


def shingles_of(tokens: Sequence[int]) -> Shingles:
    """Return the sorted 64-bit hashes of the runs of five tokens; fewer than five are one run."""
    import numpy as np

    values = np.array(tokens, dtype=np.uint64)
    size = min(SHINGLE, max(len(values), 1))
    hashes = np.zeros(max(len(values) - size + 1, 1), dtype=np.uint64)
    for offset in range(min(size, len(values))):
        # A polynomial hash modulo 2^64.
        hashes = hashes * np.uint64(_MULTIPLIER) + values[offset : offset + len(hashes)]
    return np.unique(hashes)


def sketch_of(shingles: Shingles) -> Sketch:
    """Return the MinHash of a set of shingles: 128 minima of 32 bits.

    Multiply-add-shift hashing (Dietzfelbinger 1996) in NumPy: datasketch hashes each shingle by itself in Python,
    which took longer than all else that is done with a file.
    """
    import numpy as np

    multipliers, addends = _functions()
    minima = np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint64)
    for start in range(0, len(shingles), _CHUNK):
        part = shingles[start : start + _CHUNK]
        hashes = (multipliers[:, None] * part[None, :] + addends[:, None]) >> np.uint64(32)
        minima = np.minimum(minima, hashes.min(axis=1))
    return minima.astype(np.uint32)


def similarity(a: Shingles, b: Shingles) -> float:
    """Return the Jaccard similarity of two sets of shingles, from 0 to 1."""
    import numpy as np

    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


@cache
def _functions() -> tuple[Any, Any]:
    import numpy as np

    generator = np.random.default_rng(1)
    numbers = generator.integers(0, 2**64, size=(2, PERMUTATIONS), dtype=np.uint64)
    return numbers[0] | np.uint64(1), numbers[1]


def first_of_each(sketches: Sequence[bytes], threshold: float = THRESHOLD) -> list[int]:
    """Return for each sketch (the bytes of `sketch_of`) itself, or the earlier one that it is a near copy of.

    A sketch is compared with those alone that are no copies themselves, so that of each group of similar texts
    the first stays.
    """
    import numpy as np

    if not sketches:
        return []
    values = np.frombuffer(b"".join(sketches), dtype="<u4").reshape(len(sketches), PERMUTATIONS)
    bands = _bands(values)
    buckets: dict[int, list[int]] = {}
    firsts = []
    for i in range(len(values)):
        keys = [int(key) for key in bands[i] if key]
        near = sorted({j for key in keys for j in buckets.get(key, ())})
        similar = (j for j in near if np.mean(values[j] == values[i]) >= threshold)
        firsts.append(next(similar, i))
        if firsts[i] == i:
            for key in keys:
                buckets.setdefault(key, []).append(i)
    return firsts


def _bands(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a key for each sketch and band; 0 where no other sketch has the same, as for most."""
    import numpy as np

    keys = np.zeros((len(values), BANDS), dtype=np.uint64)
    for band in range(BANDS):
        key = np.full(len(values), band + 1, dtype=np.uint64)
        for row in range(ROWS):
            key = key * np.uint64(_MULTIPLIER) + values[:, band * ROWS + row]
        _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        keys[:, band] = np.where(counts[inverse] > 1, key, 0)
    return keys
