"""Exact and near duplicates: which documents must stay on one side of a split.

Code corpora are full of copies, and a copy on both sides of a split makes any detector look better than it
is (Allamanis, "The adverse effects of code duplication in machine learning models of code", 2019,
arXiv:1812.06469). Near duplicates are found with MinHash over shingles of five tokens (Broder, "On the
resemblance and containment of documents", 1997) and locality-sensitive hashing, as datasketch has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from whichcode.corpus.document import Document
from whichcode.errors import MissingExtraError
from whichcode.text.tokens import tokenise

SHINGLE = 5
"""Tokens in a shingle."""

THRESHOLD = 0.8
"""Estimated Jaccard similarity of shingle sets from which two documents are near duplicates."""

PERMUTATIONS = 128
"""Hash functions of a MinHash; the standard error of the estimate is about 1/sqrt(128) = 9 points."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of documents that are copies of each other.

    Attributes:
        exact: for each document the first document with the same text (itself where there is none before).
        group: for each document the first document of its near-duplicate group.
    """

    exact: tuple[int, ...]
    group: tuple[int, ...]

    @property
    def exact_count(self) -> int:
        """Documents whose text an earlier document has."""
        return sum(1 for i, first in enumerate(self.exact) if first != i)

    @property
    def near_count(self) -> int:
        """Documents that are near duplicates of an earlier one, without the exact ones."""
        return sum(1 for i, first in enumerate(self.group) if first != i) - self.exact_count


def find_duplicates(
    documents: Sequence[Document],
    *,
    threshold: float = THRESHOLD,
    advance: Callable[[], None] = lambda: None,
) -> Duplicates:
    """Find exact duplicates (white space aside) and near-duplicate groups among `documents`.

    Groups are the connected components of "near duplicate of": if A is near B and B is near C, the three
    are one group, whatever A and C have in common. `advance` is called after each document.
    """
    first_with: dict[tuple[int, ...], int] = {}
    exact: list[int] = []
    parent = list(range(len(documents)))
    index = _lsh(threshold)
    sketches: dict[int, Any] = {}
    for i, document in enumerate(documents):
        tokens = [
            crc32(token.encode("utf-8", "surrogatepass")) for token in tokenise(document.text) if token > " "
        ]
        key = tuple(tokens)
        first = first_with.setdefault(key, i)
        exact.append(first)
        if first != i:
            _join(parent, i, first)
        else:
            sketch = _sketch(tokens)
            for other in index.query(sketch):
                if sketches[other].jaccard(sketch) >= threshold:
                    _join(parent, i, other)
            index.insert(i, sketch, check_duplication=False)
            sketches[i] = sketch
        advance()
    return Duplicates(tuple(exact), tuple(_root(parent, i) for i in range(len(documents))))


def _sketch(tokens: list[int]) -> Any:
    """Return the MinHash of the shingles of `tokens` (32-bit token hashes); short texts are one shingle."""
    import numpy as np
    from datasketch import MinHash

    values = np.array(tokens, dtype=np.uint32)
    size = min(SHINGLE, max(len(values), 1))
    shingles = np.zeros(max(len(values) - size + 1, 1), dtype=np.uint32)
    for offset in range(min(size, len(values))):
        # A polynomial hash of the run, modulo 2^32; the odd multiplier is Knuth's golden-ratio constant.
        shingles = shingles * np.uint32(2654435761) + values[offset : offset + len(shingles)]
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int)
    sketch.update_batch(np.unique(shingles).tolist())
    return sketch


def _lsh(threshold: float) -> Any:
    try:
        from datasketch import MinHashLSH
    except ImportError as error:
        raise MissingExtraError("datasketch", "evaluate") from error
    return MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _join(parent: list[int], i: int, j: int) -> None:
    a, b = sorted((_root(parent, i), _root(parent, j)))
    parent[b] = a
