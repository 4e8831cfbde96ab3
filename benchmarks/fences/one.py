"""All that is done with one tree, in a process of its own."""

from __future__ import annotations

from collections import Counter

from benchmarks.fences.measure import Record, measure
from benchmarks.fences.proof import check
from benchmarks.fences.trees import Tree
from whichcode.detector import Detector
from whichcode.fences import Labeller


def one(detector: Detector, tree: Tree) -> tuple[list[Record], Counter[str], Counter[str], list[str]]:
    """Return the records of one tree, what was read, what the proof counted, and where it failed."""
    read: Counter[str] = Counter()
    proven: Counter[str] = Counter()
    records = list(measure(tree, Labeller(detector), read))
    failures = check(tree, Labeller(detector, 0.0, text=True), proven)
    return records, read, proven, failures
