"""Exact and near duplicates: which documents must stay on one side of a split.

Code corpora are full of copies, and a copy on both sides of a split makes any detector look better than it
is (Allamanis, "The adverse effects of code duplication in machine learning models of code", 2019,
arXiv:1812.06469). Candidates come from MinHash over shingles of five tokens (Broder, "On the resemblance and
containment of documents", 1997) and locality-sensitive hashing, as datasketch has them. Whether a candidate
is a near duplicate is then decided on the sets of shingles themselves: an estimate from 128 hash functions
is off by 9 points as often as not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from whichcode.corpus.document import Document
from whichcode.errors import MissingExtraError
from whichcode.text.tokens import tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint32]

SHINGLE = 5
"""Tokens in a shingle."""

THRESHOLD = 0.8
"""Jaccard similarity of shingle sets from which two documents are near duplicates."""

BANDS, ROWS = 32, 4
"""Of the hashing: two documents of similarity s are candidates with probability 1 - (1 - s^4)^32, which is
0.99 at s = 0.6 and 0.9999999 at 0.8."""


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
    are one group, whatever A and C have in common. They do not depend on the order of the documents.
    `advance` is called after each document.
    """
    first_with: dict[str, int] = {}
    exact: list[int] = []
    parent = list(range(len(documents)))
    index = candidate_index()
    shingles: dict[int, Shingles] = {}
    for i, document in enumerate(documents):
        first = first_with.setdefault(document.bare_digest, i)
        exact.append(first)
        if first != i:
            _join(parent, i, first)
        else:
            own = shingle_set(document.text)
            minhash = sketch(own)
            for other in index.query(minhash):
                if _root(parent, other) != _root(parent, i) and similarity(own, shingles[other]) >= threshold:
                    _join(parent, i, other)
            index.insert(i, minhash, check_duplication=False)
            shingles[i] = own
        advance()
    return Duplicates(tuple(exact), tuple(_root(parent, i) for i in range(len(documents))))


def shingle_set(text: str) -> Shingles:
    """Return the hashes of the runs of `SHINGLE` tokens of `text`, white space aside.

    They are uint32 [n], sorted, each once. A text of fewer tokens is one shingle.
    """
    import numpy as np

    values = np.array(
        [crc32(token.encode("utf-8", "surrogatepass")) for token in tokenise(text) if token > " "], dtype=np.uint32
    )
    size = min(SHINGLE, max(len(values), 1))
    shingles = np.zeros(max(len(values) - size + 1, 1), dtype=np.uint32)
    for offset in range(min(size, len(values))):
        # A polynomial hash of the run, modulo 2^32; the odd multiplier is Knuth's golden-ratio constant.
        shingles = shingles * np.uint32(2654435761) + values[offset : offset + len(shingles)]
    return np.unique(shingles)


def similarity(a: Shingles, b: Shingles) -> float:
    """Return the Jaccard similarity of two sets of shingles, from 0 to 1."""
    import numpy as np

    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def sketch(shingles: Shingles) -> Any:
    """Return the MinHash of a set of shingles."""
    from datasketch import MinHash

    minhash = MinHash(num_perm=BANDS * ROWS, seed=1, hashfunc=int)
    minhash.update_batch(shingles.tolist())
    return minhash


def candidate_index() -> Any:
    """Return an empty MinHashLSH for what `sketch` returns.

    Raises:
        MissingExtraError: datasketch is not installed.
    """
    try:
        from datasketch import MinHashLSH
    except ImportError as error:
        raise MissingExtraError("datasketch", "evaluate") from error
    return MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _join(parent: list[int], i: int, j: int) -> None:
    a, b = sorted((_root(parent, i), _root(parent, j)))
    parent[b] = a
