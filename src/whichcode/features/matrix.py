"""The bags of many texts as one sparse matrix, for training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whichcode.core import index_of
from whichcode.features.bag import Damping, bag, damp
from whichcode.features.extract import extract
from whichcode.features.spec import FeatureSpec
from whichcode.features.vocabulary import Vocabulary

Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class BagMatrix:
    """A CSR matrix [rows, columns] of counts: row r's are at ``indptr[r]:indptr[r + 1]``.

    Attributes:
        indptr: int64 [rows + 1].
        indices: integers [entries], columns (vocabulary rows), rising within a row.
        data: integers [entries], counts, 1 or more.
        columns: size of the vocabulary.
    """

    indptr: NDArray[np.int64]
    indices: Integers
    data: Integers
    columns: int

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: NDArray[np.int64]) -> BagMatrix:
        """Return the matrix of `rows` (int64 [n]), in that order."""
        lengths = self.indptr[rows + 1] - self.indptr[rows]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        # Entry e of the result is entry e - indptr[its row] of that row's run in this matrix.
        entries = np.repeat(self.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return BagMatrix(indptr, self.indices[entries], self.data[entries], self.columns)

    def narrowed(self) -> BagMatrix:
        """Return the same matrix in the narrowest integers that hold it: what millions of rows are kept in."""
        largest = int(self.data.max(initial=0))
        return BagMatrix(
            self.indptr,
            self.indices.astype(np.min_scalar_type(max(self.columns - 1, 0))),
            self.data.astype(np.min_scalar_type(largest)),
            self.columns,
        )

    def weights(self, damping: Damping, *, normalise: bool) -> NDArray[np.float32]:
        """Return the weights of the entries, float32 [entries], as the network is given them.

        The integers of `whichcode.features.bag.damp`, divided by the Euclidean length of their row where
        `normalise` says so.
        """
        distinct, inverse = np.unique(self.data, return_inverse=True)
        integers = np.array([damp(int(count), damping) for count in distinct], dtype=np.float64)[inverse]
        if normalise:
            rows = np.repeat(np.arange(len(self)), np.diff(self.indptr))
            lengths = np.sqrt(np.bincount(rows, weights=integers * integers, minlength=len(self)))
            integers = integers / np.maximum(lengths, 1e-12)[rows]
        return integers.astype(np.float32)

    def dense(self) -> NDArray[np.int32]:
        """Return the counts as an int32 array [rows, columns]; for small matrices."""
        result = np.zeros((len(self), self.columns), dtype=np.int32)
        result[np.repeat(np.arange(len(self)), np.diff(self.indptr)), self.indices] = self.data
        return result


def bag_matrix(texts: Iterable[str], vocabulary: Vocabulary, spec: FeatureSpec) -> BagMatrix:
    """Return the bags of `texts`, one row each; by the compiled core where it is there."""
    compiled = index_of(vocabulary, spec)
    if compiled is not None:
        indptr, indices, data = compiled.matrix(texts)
        return BagMatrix(
            indptr=np.frombuffer(indptr, np.int64).copy(),
            indices=np.frombuffer(indices, np.int32).copy(),
            data=np.frombuffer(data, np.int32).copy(),
            columns=len(vocabulary),
        )
    index = vocabulary.index
    bags = [bag(extract(text, spec), index) for text in texts]
    return BagMatrix(
        indptr=np.concatenate(
            [np.zeros(1, np.int64), np.cumsum([len(counts) for counts in bags], dtype=np.int64)]
        ),
        indices=np.array([row for counts in bags for row in counts], dtype=np.int32),
        data=np.array([n for counts in bags for n in counts.values()], dtype=np.int32),
        columns=len(vocabulary),
    )


def stack(matrices: Iterable[BagMatrix], columns: int) -> BagMatrix:
    """Return the rows of `matrices` under each other; all have `columns` columns.

    They are taken one by one and kept in blocks of `BLOCK` entries, which are given up one by one as the whole is
    put together: of a generator of matrices no more memory is needed than for the result and two blocks.
    """
    lengths, indices, data = _Column(), _Column(), _Column()
    for matrix in matrices:
        lengths.append(np.diff(matrix.indptr))
        indices.append(matrix.indices)
        data.append(matrix.data)
    return BagMatrix(
        indptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths.joined(np.int64))]),
        indices=indices.joined(np.int32),
        data=data.joined(np.int32),
        columns=columns,
    )


BLOCK = 1 << 24
"""Entries that `stack` puts together at a time: large, so that the system gets their memory back."""


class _Column:
    """Numbers in pieces of any length, joined a block at a time."""

    def __init__(self) -> None:
        self.blocks: list[Integers] = []
        self.pieces: list[Integers] = []
        self.waiting = 0

    def append(self, piece: Integers) -> None:
        self.pieces.append(piece)
        self.waiting += len(piece)
        if self.waiting >= BLOCK:
            self._close()

    def _close(self) -> None:
        if self.pieces:
            self.blocks.append(np.concatenate(self.pieces))
        self.pieces, self.waiting = [], 0

    def joined(self, empty: type[np.integer[Any]]) -> Integers:
        """Return all of them in one array, of type `empty` if there are none; they are gone from here then."""
        self._close()
        if not self.blocks:
            return np.zeros(0, empty)
        whole = np.empty(sum(map(len, self.blocks)), np.result_type(*self.blocks))
        end = len(whole)
        while self.blocks:
            block = self.blocks.pop()
            whole[end - len(block) : end] = block
            end -= len(block)
        return whole
