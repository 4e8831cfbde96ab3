"""Look for texts of different parts of a split that are alike, by comparing every pair.

    python tools/check_leaks.py split.parquet --threshold 0.6

`whichcode corpus split` finds near duplicates by hashing, which may miss some. This compares all pairs exactly
(one sparse matrix product of the sets of shingles; SciPy comes with scikit-learn) and prints those that cross.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from whichcode.corpus import read_corpus
from whichcode.corpus.near import shingles_of, tokens_of

ROWS = 256
"""Documents of one block of the product, so that its result stays small."""


def main() -> int:
    """Compare; return 1 if a pair crosses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--threshold", type=float, default=0.6)
    arguments = parser.parse_args()
    documents = read_corpus(arguments.corpus).documents
    sets = [shingles_of(tokens_of(document.text)) for document in documents]
    sizes = np.array([len(shingles) for shingles in sets])
    names, columns = np.unique(np.concatenate(sets), return_inverse=True)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    matrix = csr_matrix((np.ones(len(columns), np.int32), columns, indptr), (len(sets), len(names)))
    highest, crossing = 0.0, 0
    for start in range(0, len(sets), ROWS):
        common = (matrix[start : start + ROWS] @ matrix.T).tocoo()
        for i, j, n in zip(common.row + start, common.col, common.data, strict=True):
            if i < j and documents[i].split != documents[j].split:
                similarity = n / (sizes[i] + sizes[j] - n)
                highest = max(highest, similarity)
                if similarity >= arguments.threshold:
                    crossing += 1
                    print(f"{similarity:.3f}  {documents[i].path} ({documents[i].split})  {documents[j].path}")
    print(f"{crossing} pairs of {len(documents)} texts cross at {arguments.threshold}; the nearest: {highest:.3f}")
    return int(crossing > 0)


if __name__ == "__main__":
    sys.exit(main())
