"""Sheets for a person to judge: labels that would be written, drawn by a seed, without the blocks' texts."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.fences.measure import read
from benchmarks.fences.trees import Tree
from whichcode.atomic import write_atomically
from whichcode.fences import Labeller

EACH, MOST = 10, 100
"""Rows of `unlabelled` from each repository, and in all."""

KEPT = 6
"""Columns that say which block a row is about and what was answered; a verdict and a reason follow."""


def unlabelled(trees: list[Tree], labeller: Labeller) -> str:
    """Return labels for blocks that have none, as CSV: `EACH` of each tree at most."""
    by_tree: dict[str, list[list[str]]] = defaultdict(list)
    for tree in trees:
        for path, line, language, confidence in _answers(tree, labeller):
            by_tree[tree.name].append([tree.name, path, str(line), "", language, f"{confidence:.3f}", "", ""])
    rows = []
    for name, several in sorted(by_tree.items()):
        rows += random.Random(name).sample(several, min(EACH, len(several)))
    return table(sorted(random.Random("unlabelled").sample(rows, min(MOST, len(rows)))))


def _answers(tree: Tree, labeller: Labeller) -> Iterator[tuple[str, int, str, float]]:
    for document, context in read(tree, Counter()):
        for answer in labeller.unlabelled(document.blocks, context):
            if answer.label:
                yield document.path, answer.block.line, answer.language, answer.confidence


def table(rows: list[list[str]]) -> str:
    """Return the rows of a sheet as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["repository", "file", "line", "author", "ours", "confidence", "verdict", "reason"])
    writer.writerows(rows)
    return buffer.getvalue()


def keep(path: Path, fresh: str) -> Path:
    """Write a sheet, unless the one at `path` has the same rows: then its verdicts stay; return what was written.

    A sheet with other rows is written beside it, as ``….new.csv``.
    """
    if path.exists():
        if _asked(path.read_text("utf-8")) == _asked(fresh):
            return path
        path = path.with_suffix(".new.csv")
    write_atomically(path, fresh)
    return path


def _asked(text: str) -> list[list[str]]:
    return [row[:KEPT] for row in csv.reader(io.StringIO(text))]
