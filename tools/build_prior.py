"""Count the languages of documentation's fenced blocks, for the prior `documentation`.

    python tools/build_prior.py split.parquet --out src/whichcode/data/priors/documentation.json

The corpus is one of `whichcode corpus split`, of whose training texts the fences count. A repository is one
voice: the weight of a language is the number of repositories with a block of it, and one, to the power 0.75, over
what the model takes its frequency to be already: that of its training windows (`windows.breadth` and `fences` of
the configuration `default`). The mean weight is 1. The power is the one of 0.5, 0.75 and 1 that is right most
often on the blocks of the validation part (docs/trials.md).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

from whichcode.atomic import write_atomically
from whichcode.corpus import read_corpus
from whichcode.model.config import load_config
from whichcode.training.dataset import frequencies

DIGITS = 4
POWER = 0.75


def main() -> int:
    """Count; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.corpus)
    documents = [d for d in corpus.documents if d.split in (None, "train") and d.repository]
    fences: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        if document.kind == "fence":
            fences[document.language].add(str(document.repository))
    if not fences:
        sys.exit(
            f"error: {arguments.corpus}: no text of the kind 'fence'; give a corpus that was built with fences"
        )
    raw = {
        language: (len(fences[language]) + 1) ** POWER / frequency
        for language, frequency in frequencies(documents, load_config("default").windows).items()
    }
    mean = sum(raw.values()) / len(raw)
    prior = {
        "repositories": len(set().union(*fences.values())),
        "others": round(min(raw.values()) / mean, DIGITS),
        "weights": {language: round(raw[language] / mean, DIGITS) for language in sorted(raw)},
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(arguments.out, json.dumps(prior, indent=1) + "\n")
    print(f"blocks of {len(raw)} languages in {prior['repositories']} repositories: {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
