"""Count what documentation calls each language, for the labels that `whichcode fences` writes.

    PYTHONPATH=. python tools/build_fence_labels.py DIR... --out src/whichcode/data/fence-labels.json

Each DIR is a folder with documents or a git directory, as `python -m benchmarks.fences` takes them. A repository
is one voice for each label that it has. The most common label of a language is written where at least three
repositories have it; the registry names the others. Repositories that are held out are refused.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.fences.trees import is_held_out, open_tree
from whichcode.atomic import write_atomically
from whichcode.corpus.fences import clean_label
from whichcode.errors import WhichcodeError
from whichcode.fences import blocks, decode, markup_of
from whichcode.fences.labels import language_of

LEAST = 3
"""Repositories that must have a label."""


def main() -> int:
    """Count; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    voices: dict[str, Counter[str]] = defaultdict(Counter)
    trees = [open_tree(path) for path in arguments.trees]
    for tree in trees:
        if is_held_out(tree.name):
            print(
                f"error: {tree.name}: is held out, nothing packaged may come of it; leave it out", file=sys.stderr
            )
            return 1
    for tree in trees:
        said = set()
        for name, data in tree.documents():
            try:
                found = blocks(decode(data), str(markup_of(name)))
            except WhichcodeError:
                continue
            said |= {
                (language, clean_label(block.label))
                for block in found
                if block.label and (language := language_of(block.label, block.text))
            }
        for language, label in said:
            # A label that means something else for another text, as `bash` with prompts, is nobody's name.
            if language_of(label) in (language, "") and " " not in label:
                voices[language][label] += 1
    labels = {}
    for language, counts in sorted(voices.items()):
        label, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= LEAST:
            labels[language] = label
    write_atomically(
        arguments.out, json.dumps({"repositories": len(arguments.trees), "labels": labels}, indent=1) + "\n"
    )
    print(f"labels of {len(labels)} languages: {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
