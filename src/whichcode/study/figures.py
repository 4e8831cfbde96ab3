"""The study's pictures, drawn from the results alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from whichcode.atomic import save_figure
from whichcode.errors import MissingExtraError
from whichcode.study import published
from whichcode.study.results import UNIT_NAMES, Results, of_cell

RELU, LINEAR, CHANCE = "#c8401f", "#1f6aa8", "#777777"
HEADS = {"relu": (RELU, "ReLU on the logits"), "linear": (LINEAR, "linear logits")}


def draw(results: Results, folder: Path, prefix: str) -> dict[str, str]:
    """Draw every figure into `folder`; return their file names by their short names.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("Matplotlib", "evaluate") from error
    painters: dict[str, tuple[Callable[[Any, Results], None], tuple[float, float]]] = {
        "logs": (_logs, (10, 4.2)),
        "distributions": (_distributions, (10, 5.6)),
        "ratchet": (_ratchet, (10, 4.2)),
        "grid": (_grid, (10, 6.6)),
        "recovery": (_recovery, (10, 3.8)),
    }
    names = {}
    for short, (paint, size) in painters.items():
        figure = Figure(figsize=size, layout="constrained")
        paint(figure, results)
        names[short] = f"{prefix}-{short}.png"
        save_figure(figure, folder / names[short])
    return names


def _logs(figure: Any, results: Results) -> None:
    """Draw loss, and the two accuracies, over the iterations of the first two epochs."""
    left, right = figure.subplots(1, 2)
    classes = len(results["corpus"]["languages"])
    length = 2 * results["setup"]["batches"]
    for head, (colour, name) in HEADS.items():
        for n, run in enumerate(of_cell(results, "character", head)):
            seen = {key: values[:length] for key, values in run["iterations"].items()}
            x = np.arange(1, len(seen["loss"]) + 1)
            strong: dict[str, Any] = {"color": colour, "alpha": 1.0 if n == 0 else 0.3, "linewidth": 1.6}
            left.plot(x, seen["loss"], label=name if n == 0 else None, **strong)
            right.plot(x, seen["in_top_k"], label=f"{name}: in_top_k" if n == 0 else None, **strong)
            if head == "relu":
                label = f"{name}: argmax" if n == 0 else None
                right.plot(x, seen["argmax"], linestyle=(0, (2, 1)), label=label, **strong)
    if results["corpus"]["published"]:
        for head, log in (("relu", published.RELU), ("linear", published.LINEAR)):
            style = {"marker": "o", "linestyle": "none", "color": HEADS[head][0], "markerfacecolor": "white"}
            points = {i: values for i, values in log.items() if i <= length}
            for axes, column in ((left, 0), (right, 1)):
                label = "as published" if head == "relu" else None
                axes.plot([*points], [v[column] for v in points.values()], markersize=5, label=label, **style)
    left.axhline(math.log(classes), color=CHANCE, linewidth=1, linestyle="--", zorder=0)
    left.text(length, math.log(classes) * 0.96, f"ln {classes}", color=CHANCE, ha="right", va="top", fontsize=9)
    right.axhline(1 / classes, color=CHANCE, linewidth=1, linestyle="--", zorder=0)
    right.text(length * 1.055, 1 / classes, f"1/{classes}", color=CHANCE, va="center", fontsize=9)
    left.set(xlabel="iteration", ylabel="loss", title="Loss of the batch", yscale="log")
    ticks = [2, 3, 5, 10]
    left.set_yticks(ticks, [str(tick) for tick in ticks])
    left.minorticks_off()
    right.set(xlabel="iteration", ylabel="accuracy", title="Accuracy of the batch", ylim=(0, 1.03))
    left.legend(frameon=False, fontsize=9)
    right.legend(frameon=False, fontsize=9, loc="center right", bbox_to_anchor=(1, 0.72))
    _clean(left, right)


def _distributions(figure: Any, results: Results) -> None:
    """Draw ridgelines of the predicted probabilities over training, as TensorBoard draws histograms."""
    grid = figure.subplots(1, 2, sharey=True)
    classes, batches = len(results["corpus"]["languages"]), results["setup"]["batches"]
    for axes, (head, (colour, name)) in zip(grid, HEADS.items(), strict=True):
        histograms = np.array(results["histograms"][head], dtype=float)
        edges = np.linspace(0, 1, histograms.shape[1] + 1)
        shares = histograms / histograms.sum(axis=1, keepdims=True)
        # The last batch of an epoch is a short one, and its histogram rough.
        full = [i for i in range(len(shares)) if (i + 1) % batches or batches == 1]
        steps = [full[i] for i in np.unique(np.linspace(0, len(full) - 1, min(len(full), 16)).astype(int))]
        for place, step in enumerate(steps):
            # A root, since nearly all of a collapsed model's mass is in one bin; steps, since it is one bin.
            heights = -place + 3.2 * np.sqrt(shares[step])
            shade = 0.35 + 0.6 * place / max(len(steps) - 1, 1)
            axes.stairs(
                heights,
                edges,
                baseline=-place,
                fill=True,
                facecolor=_towards_white(colour, shade),
                edgecolor="white",
                linewidth=0.8,
                zorder=place,
            )
            axes.axhline(-place, color=_towards_white(colour, shade), linewidth=0.8, zorder=place)
        axes.text(1 / classes, 3.3, f"1/{classes}", fontsize=9, ha="center", va="bottom")
        axes.plot([1 / classes] * 2, [3.2, 1.0], color="black", linewidth=0.8, linestyle=":")
        axes.set(title=name, xlabel="predicted probability of a class", xlim=(0, 1))
        axes.set_ylim(-len(steps) + 0.6, 4.2)
        shown = range(0, len(steps), 3)
        axes.set_yticks([-p for p in shown], [str(steps[p] + 1) for p in shown])
        _clean(axes)
        axes.grid(visible=False)
    grid[0].set_ylabel("iteration, downwards")


def _ratchet(figure: Any, results: Results) -> None:
    """Draw the median logit of each class before the activation, over the first iterations."""
    grid = figure.subplots(1, 2, sharey=True)
    languages = results["corpus"]["languages"]
    for axes, (head, (_, name)) in zip(grid, HEADS.items(), strict=True):
        run = of_cell(results, "character", head)[0]
        logits = np.array(run["class_logits"])[: 2 * results["setup"]["batches"]]
        x = np.arange(1, len(logits) + 1)
        axes.axhspan(-1000, 0, color="#eeeeee", zorder=0)
        axes.axhline(0, color="black", linewidth=0.8)
        few = len(languages) <= 10
        for c, language in enumerate(languages):
            axes.plot(x, logits[:, c], linewidth=1.5, color=f"C{c % 10}", label=language if few else None)
        axes.set(title=name, xlabel="iteration")
        _clean(axes)
    low = min(np.min(of_cell(results, "character", head)[0]["class_logits"]) for head in HEADS)
    high = max(np.max(of_cell(results, "character", head)[0]["class_logits"]) for head in HEADS)
    grid[0].set_ylim(1.08 * min(low, -0.1), 1.15 * max(high, 0.1))
    grid[0].set_ylabel("median logit before the activation")
    if len(languages) <= 10:
        grid[1].legend(frameon=False, fontsize=9, ncols=2, loc="lower right")
    grid[0].text(
        0.02,
        0.03,
        "grey: a ReLU gives 0, with gradient 0",
        transform=grid[0].transAxes,
        ha="left",
        fontsize=9,
        color="#555555",
    )


def _grid(figure: Any, results: Results) -> None:
    """Draw validation accuracies after each epoch: what is counted by how it is weighed."""
    grid = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, unit in zip(grid, ("character", "token"), strict=True):
        for axes, weights in zip(row, ("raw", "damped"), strict=True):
            for head, (colour, name) in HEADS.items():
                for n, run in enumerate(of_cell(results, unit, head, weights)):
                    alpha = 1.0 if n == 0 else 0.35
                    epochs = run["epochs"][: results["setup"]["epochs"]]
                    x = np.arange(1, len(epochs) + 1)
                    honest = [epoch["expected"] for epoch in epochs]
                    drawn: dict[str, Any] = {"color": colour, "alpha": alpha, "marker": _marker(x)}
                    axes.plot(x, honest, label=f"{name}: honest" if n == 0 else None, **drawn)
                    if head == "relu":
                        told = [epoch["in_top_k"] for epoch in epochs]
                        label = f"{name}: in_top_k" if n == 0 else None
                        axes.plot(x, told, linestyle=(0, (2, 1)), label=label, **drawn)
                        axes.fill_between(x, honest, told, color=colour, alpha=0.07, linewidth=0)
            axes.set_title(f"{UNIT_NAMES[unit]}, {weights} counts", fontsize=11)
            _clean(axes)
    grid[0, 0].set_ylim(0, 1.03)
    grid[0, 1].legend(frameon=False, fontsize=9, loc="lower right")
    figure.supxlabel("epoch", fontsize=10)
    figure.supylabel("accuracy on the validation windows", fontsize=10)


def _recovery(figure: Any, results: Results) -> None:
    """Draw one panel a seed: how the collapsed model comes back."""
    runs = of_cell(results, "character", "relu")
    grid = figure.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for axes, run in zip(grid, runs, strict=True):
        x = np.arange(1, len(run["epochs"]) + 1)
        series = {key: [epoch[key] for epoch in run["epochs"]] for key in ("uniform", "in_top_k", "expected")}
        axes.fill_between(x, 0, series["uniform"], color="#dddddd", linewidth=0, label="uniform predictions")
        drawn: dict[str, Any] = {"color": RELU, "marker": _marker(x)}
        axes.plot(x, series["in_top_k"], linestyle=(0, (2, 1)), label="in_top_k", **drawn)
        axes.plot(x, series["expected"], label="honest accuracy", **drawn)
        axes.set(title=f"seed {run['seed']}", xlabel="epoch", ylim=(0, 1.03))
        _clean(axes)
    grid[0].set_ylabel("share of validation windows")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def _marker(x: Any) -> str:
    """Return what marks the points of a line over `x`: one point alone would make no line."""
    return "o" if len(x) == 1 else ""


def _clean(*many: Any) -> None:
    for axes in many:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)


def _towards_white(colour: str, strength: float) -> tuple[float, float, float]:
    """Return `colour` mixed with white: all of it at a strength of 1."""
    red, green, blue = (1 - strength * (1 - int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue
