"""The plots of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from whichcode.atomic import save_figure
from whichcode.errors import MissingExtraError


def draw(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw recall by length, reliability and confusions into `folder`; return the PNG files.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("Matplotlib", "evaluate") from error
    conditions = report["conditions"]
    figures: dict[str, Any] = {
        "recall-by-length": _recall(Figure(figsize=(7, 4), layout="constrained"), conditions),
        "reliability": _reliability(
            Figure(figsize=(2.6 * min(len(conditions), 4), 3.1 * -(-len(conditions) // 4)), layout="constrained"),
            conditions,
        ),
        "confusion": _confusion(Figure(figsize=(8, 7.5), layout="constrained"), conditions),
    }
    paths = []
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")
        paths.append(folder / f"{name}.png")
    return paths


def _recall(figure: Any, conditions: Sequence[Mapping[str, Any]]) -> Any:
    axes = figure.subplots()
    names = [c["length"] for c in conditions]
    middle = np.array([100 * c["macro_recall"]["expected"] for c in conditions])
    interval = 100 * np.array([c["macro_recall"]["interval_95"] for c in conditions])
    errors = np.abs(interval.T - middle)
    axes.errorbar(range(len(names)), middle, yerr=errors, marker="o", capsize=3, linestyle="none")
    for x, y in enumerate(middle):
        axes.annotate(f"{y:.1f}", (x, y), xytext=(8, -3), textcoords="offset points", fontsize=9)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.5, len(names) - 0.3)
    axes.set(xlabel="lines", ylabel="macro recall, %", title="Macro recall by length, with 95 % intervals")
    axes.set_ylim(0, 102)
    axes.grid(axis="y", alpha=0.3)
    return figure


def _reliability(figure: Any, conditions: Sequence[Mapping[str, Any]]) -> Any:
    columns = min(len(conditions), 4)
    grid = figure.subplots(-(-len(conditions) // columns), columns, sharex=True, sharey=True, squeeze=False)
    for axes, c in zip(grid.flat, conditions, strict=False):
        points = np.array(c["reliability"])
        axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
        axes.plot(points[:, 0], points[:, 1], marker="o", markersize=3)
        error = 100 * c["expected_calibration_error"]
        axes.set_title(f"{c['length']}: ECE {error:.1f}", fontsize=9)
        # The box and not the data: an aspect of the data is settled after the layout has left room for titles.
        axes.set_box_aspect(1)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    for i in range(len(conditions), grid.size):
        grid.flat[i].set_visible(False)
        grid.flat[i - columns].tick_params(labelbottom=True)
    figure.supxlabel("confidence")
    figure.supylabel("share right")
    return figure


def _confusion(figure: Any, conditions: Sequence[Mapping[str, Any]], most: int = 30) -> Any:
    """Draw the confusions of the condition with most mistakes among languages that are in them."""
    worst = max(conditions, key=lambda c: sum(pair["texts"] for pair in c["confusions"]))
    axes = figure.subplots()
    pairs = worst["confusions"][:most]
    if not pairs:
        axes.text(0.5, 0.5, "nothing is taken for anything else", ha="center")
        axes.set_axis_off()
        return figure
    languages = sorted({pair["language"] for pair in pairs} | {pair["answer"] for pair in pairs})
    matrix = np.full((len(languages), len(languages)), np.nan)
    for pair in pairs:
        matrix[languages.index(pair["language"]), languages.index(pair["answer"])] = 100 * pair["share"]
    image = axes.imshow(matrix, cmap="viridis_r")
    axes.set_xticks(range(len(languages)), languages, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(languages)), languages, fontsize=8)
    axes.set(
        xlabel="answered", ylabel="language", title=f"The most frequent confusions, length: {worst['length']}"
    )
    figure.colorbar(image, label="% of the language's texts", shrink=0.7)
    return figure
