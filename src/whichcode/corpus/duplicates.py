"""Exact and near duplicates: which documents must stay on one side of a split.

Code corpora are full of copies, and a copy on both sides of a split makes any detector look better than it
is (Allamanis, "The adverse effects of code duplication in machine learning models of code", 2019,
arXiv:1812.06469). Candidates come from sketches (`near`) and locality-sensitive hashing, as datasketch has it.
Whether a candidate is a near duplicate is then decided on the sets of shingles themselves: an estimate from 128
hash functions is off by several points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whichcode.corpus.document import Document, bare_digest
from whichcode.corpus.near import PERMUTATIONS, shingles_of, similarity, sketch_of, tokens_of
from whichcode.errors import MissingExtraError
from whichcode.parallel import parallel_map

if TYPE_CHECKING:
    from whichcode.corpus.near import Shingles, Sketch

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
    workers: int | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Duplicates:
    """Find exact duplicates (white space aside) and near-duplicate groups among `documents`.

    Groups are the connected components of "near duplicate of": if A is near B and B is near C, the three
    are one group, whatever A and C have in common. They do not depend on the order of the documents.
    `advance` is called after each document; `workers` processes look at texts, all cores where it is None.
    """
    first_with: dict[str, int] = {}
    exact: list[int] = []
    parent = list(range(len(documents)))
    index, empty = _candidate_index()
    shingles: dict[int, Shingles] = {}
    texts = [document.text for document in documents]
    for i, (digest, own, sketch) in enumerate(parallel_map(_fingerprint, None, texts, workers)):
        # What the property would compute, by a process that had the tokens.
        vars(documents[i])["bare_digest"] = digest
        first = first_with.setdefault(documents[i].bare_digest, i)
        exact.append(first)
        if first != i:
            _join(parent, i, first)
        else:
            minhash = _minhash(empty, sketch)
            for other in index.query(minhash):
                theirs = shingles[other]
                # The ratio of the sizes is the most that the similarity can be, and much cheaper.
                if min(len(own), len(theirs)) < threshold * max(len(own), len(theirs)):
                    continue
                if _root(parent, other) != _root(parent, i) and similarity(own, theirs) >= threshold:
                    _join(parent, i, other)
            index.insert(i, minhash, check_duplication=False)
            shingles[i] = own
        advance()
    return Duplicates(tuple(exact), tuple(_root(parent, i) for i in range(len(documents))))


def _fingerprint(_: None, text: str) -> tuple[str, Shingles, Sketch]:
    shingles = shingles_of(tokens_of(text))
    return bare_digest(text), shingles, sketch_of(shingles)


def _minhash(empty: Any, sketch: Sketch) -> Any:
    """Return `empty`, a MinHash, with a sketch of ours for its values."""
    minhash = copy(empty)
    minhash.hashvalues = sketch.astype(empty.hashvalues.dtype)
    return minhash


def _candidate_index() -> tuple[Any, Any]:
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise MissingExtraError("datasketch", "evaluate") from error
    return MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS)), MinHash(num_perm=PERMUTATIONS)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _join(parent: list[int], i: int, j: int) -> None:
    a, b = sorted((_root(parent, i), _root(parent, j)))
    parent[b] = a
