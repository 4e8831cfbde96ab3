"""Asking a study's results for one variant, and writing several seeds as one figure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

Results = Mapping[str, Any]

UNIT_NAMES = {"character": "characters", "token": "tokens"}
HEAD_NAMES = {"relu": "ReLU", "linear": "linear"}


def of_cell(
    results: Results, unit: str, head: str, weights: str = "raw", *, l2: bool = False, pad: bool = False
) -> list[Mapping[str, Any]]:
    """Return the runs of one variant, by seed."""
    wanted = (unit, head, weights, l2, pad)
    return [
        run
        for run in results["runs"]
        if (run["unit"], run["head"], run["weights"], run["l2"] > 0, run["pad"]) == wanted
    ]


def at_epoch(runs: Sequence[Mapping[str, Any]], epoch: int, name: str) -> list[float]:
    """Return a figure of the validation windows after `epoch` (from 1; the last if there are fewer)."""
    return [float(run["epochs"][min(epoch, len(run["epochs"])) - 1][name]) for run in runs]


def at_iteration(runs: Sequence[Mapping[str, Any]], iteration: int, name: str) -> list[float]:
    """Return a figure of the training batch of `iteration` (from 1); nothing where it was not reached."""
    return [
        float(run["iterations"][name][iteration - 1]) for run in runs if iteration <= len(run["iterations"][name])
    ]


LOG_LINES = 5
"""Batches at the end of an epoch whose mean stands for the log's last lines."""


def at_end_of_first_epoch(results: Results, runs: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """Return a figure of the last full training batches of the first epoch, their mean.

    The last batch of an epoch is a short one, so it is left out where there are others.
    """
    end = max(results["setup"]["batches"] - 1, 1)
    return [fmean(run["iterations"][name][max(end - LOG_LINES, 0) : end]) for run in runs]


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Write several seeds' figures: the first seed's, and the range where it differs when printed."""
    if not values:
        return ""
    first, low, high = (f"{value:.{digits}f}" for value in (values[0], min(values), max(values)))
    return first if low == high else f"{first} ({low}-{high})"


def percents(values: Sequence[float]) -> str:
    """Write shares in percent, as `spread` does."""
    shares = [100 * value for value in values]
    whole = min(shares) == max(shares) and round(shares[0], 1).is_integer()
    return spread(shares, 0 if whole else 1) + " %"


def fallen(run: Mapping[str, Any], most: float) -> int | None:
    """Return the first epoch after a collapse with at most that share of uniform predictions, or None."""
    uniform = [epoch["uniform"] for epoch in run["epochs"]]
    start = next((i for i, share in enumerate(uniform) if share > most), len(uniform))
    return next((i + 1 for i, share in enumerate(uniform) if i > start and share <= most), None)


def gap(runs: Sequence[Mapping[str, Any]]) -> float:
    """Return the most, over epochs and seeds, by which `in_top_k` exceeds the accuracy with ties at random."""
    return max(float(epoch["in_top_k"] - epoch["expected"]) for run in runs for epoch in run["epochs"])


def collapsed(runs: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether every run gives uniform predictions for most snippets after its first epoch."""
    return min(at_epoch(runs, 1, "uniform")) > 0.5


_ITEM = re.compile(r"(?:- |\d+\. )")


def fill(markdown: str, width: int = 110) -> str:
    """Break the lines of paragraphs and list items anew; leave headings, tables, images and code alone."""
    code = False
    blocks = []
    for block in markdown.split("\n\n"):
        code ^= block.startswith("```")
        blocks.append(block if code or block.startswith(("#", "|", "!", "```")) else _fill_block(block, width))
        code ^= block.endswith("\n```")
    return "\n\n".join(blocks)


def _fill_block(block: str, width: int) -> str:
    items: list[list[str]] = [[]]
    for line in block.split("\n"):
        if _ITEM.match(line):
            items.append([])
        items[-1].append(line.strip())
    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    filled = []
    for item in items:
        text = " ".join(item)
        mark = _ITEM.match(text)
        wrapper.subsequent_indent = " " * len(mark.group()) if mark else ""
        filled += wrapper.wrap(text)
    return "\n".join(filled)
