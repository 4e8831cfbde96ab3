"""Build the counts that `whichcode study relu` trains on.

    python tools/build_study_data.py CORPUS.parquet --out src/whichcode/data/study

CORPUS.parquet has the columns `language` and `content`: the 173 files of 7 languages at commit 9ef86db of
github.com/maxim5/code-inspector (Apache-2.0), the corpus that the published detector was trained with. The
output, `characters.counts` and `tokens.counts`, holds counts alone. The same corpus gives the same bytes
with the same version of liblzma.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from whichcode.atomic import write_atomically
from whichcode.corpus.document import SPLITS
from whichcode.corpus.readers import read_corpus
from whichcode.corpus.splits import split_corpus
from whichcode.errors import WhichcodeError
from whichcode.study.data import UNITS, WINDOWS_SEED, from_corpus
from whichcode.study.storage import encode

MOST_BYTES = 3_000_000
"""Both files together; they come with every installation."""


def main() -> int:
    """Build both files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    corpus = split_corpus(read_corpus(arguments.corpus), seed=WINDOWS_SEED)
    files = ", ".join(f"{len(corpus.part(split))} to {split}" for split in SPLITS)
    print(f"{len(corpus.documents)} files in {len(set(corpus.groups))} groups: {files}")
    total = 0
    for unit in UNITS:
        study = from_corpus(corpus, unit)
        data = encode(study)
        total += len(data)
        windows = ", ".join(f"{len(study.parts[split].labels):,} to {split}" for split in SPLITS)
        print(f"{unit}s: {windows}; vocabulary {len(study.vocabulary):,}; {len(data):,} bytes")
        write_atomically(arguments.out / f"{unit}s.counts", data)
    if total > MOST_BYTES:
        print(f"error: {total:,} bytes together, over {MOST_BYTES:,}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WhichcodeError as error:
        sys.exit(f"error: {error}")
