"""Count the languages of documentation's fenced blocks, for the prior `documentation`.

    python tools/build_prior.py corpus.parquet --out src/whichcode/data/priors/documentation.json

The corpus is one of `whichcode corpus build`; of its texts the fences count. A repository is one voice: the
weight of a language is the mean over repositories of its share of their fences, with one fence of every
language added to each, relative to the mean of all languages. Of languages without a fence the weight is
`others`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from whichcode.atomic import write_atomically
from whichcode.corpus import read_corpus

DIGITS = 4


def main() -> int:
    """Count; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.corpus)
    repositories: dict[str, Counter[str]] = defaultdict(Counter)
    for document in corpus.documents:
        if document.kind == "fence" and document.repository:
            repositories[document.repository][document.language] += 1
    if not repositories:
        sys.exit(
            f"error: {arguments.corpus}: no text of the kind 'fence'; give a corpus that was built with fences"
        )
    languages = corpus.languages
    shares = {
        language: sum((c[language] + 1) / (c.total() + len(languages)) for c in repositories.values())
        for language in languages
    }
    mean = sum(shares.values()) / len(shares)
    seen = {language for counts in repositories.values() for language in counts}
    prior = {
        "fences": sum(counts.total() for counts in repositories.values()),
        "repositories": len(repositories),
        "others": round(min(shares.values()) / mean, DIGITS),
        "weights": {language: round(shares[language] / mean, DIGITS) for language in sorted(seen)},
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(arguments.out, json.dumps(prior, indent=1) + "\n")
    print(
        f"{prior['fences']} fences of {len(seen)} languages in {len(repositories)} repositories: {arguments.out}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
