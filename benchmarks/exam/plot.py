"""The plot of the exam: macro recall by length, one line a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.names import COLOURS, TITLES
from whichcode.atomic import save_figure
from whichcode.errors import MissingExtraError

DASHED = {"highlightjs"}
"""The lines that share their colour with another one."""


def draw_recall(figures: Mapping[str, Any], parts: Sequence[str], scope: str, title: str, path: Path) -> bool:
    """Draw macro recall over `scope` in `parts`, shortest first, into the PNG file `path`.

    Args:
        figures: of the report.
        parts: those that the horizontal axis shows.
        scope: which languages.
        title: of the plot.
        path: of the file.

    Returns:
        Whether there was anything to draw.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("Matplotlib", "evaluate") from error
    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.subplots()
    drawn = 0
    for system, colour in COLOURS.items():
        scored = figures.get(system, {})
        points = [
            (place, scored[part]["scopes"][scope]["macro_recall"])
            for place, part in enumerate(parts)
            if scope in scored.get(part, {}).get("scopes", {})
        ]
        if not points:
            continue
        drawn += 1
        places = [place for place, _ in points]
        middle = [100 * recall["expected"] for _, recall in points]
        low, high = ([100 * recall["interval_95"][i] for _, recall in points] for i in (0, 1))
        width = 2.6 if system == "whichcode" else 1.6
        style = "--" if system in DASHED else "-"
        axes.plot(
            places, middle, color=colour, linestyle=style, linewidth=width, marker="o", markersize=4,
            label=TITLES[system],
        )  # fmt: skip
        axes.fill_between(places, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.set_xticks(range(len(parts)), [part.removeprefix("smola-") for part in parts])
    axes.set(xlabel="lines", ylabel="macro recall, %", title=title, ylim=(0, 100))
    axes.grid(axis="y", alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if drawn:
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        save_figure(figure, path)
    return bool(drawn)
