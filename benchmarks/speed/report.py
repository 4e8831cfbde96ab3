"""The report of a run: every figure as JSON, tables, and two plots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.names import COLOURS, TITLES, in_table
from benchmarks.speed.inputs import LENGTHS
from benchmarks.speed.measure import STAGES
from whichcode.atomic import save_figure, write_atomically
from whichcode.evaluation.report import table


def ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return what the figures are judged by: medians of the rounds' own ratios."""
    snippets, batch, stages, processes = (figures[part] for part in ("snippets", "batch", "stages", "processes"))
    sizes = {name: sum(parts.values()) for name, parts in figures["installed bytes"].items()}
    return {
        "times as fast as Magika, a ten-line snippet": _ratio(
            snippets["magika"]["10"], snippets["whichcode"]["10"]
        ),
        "the same, plain Python": _ratio(snippets["magika"]["10"], snippets["whichcode-pure"]["10"]),
        "batch of files against the same core stopped before the lookup": _ratio(
            batch["files"]["1 thread"], stages["files"][STAGES[0]]
        ),
        "batch of ten-line snippets against the same": _ratio(
            batch["10 lines"]["1 thread"], stages["10 lines"][STAGES[0]]
        ),
        "two threads against one, files": _ratio(
            batch["files"]["2 threads"], batch["files"]["1 thread of two cores"]
        ),
        "two threads against one, ten-line snippets": _ratio(
            batch["10 lines"]["2 threads"], batch["10 lines"]["1 thread of two cores"]
        ),
        "cold start against Magika's program in Rust": _ratio(
            processes["whichcode"]["seconds"], processes["magika-rust"]["seconds"]
        ),
        "peak memory against Magika in Python": _ratio(
            processes["whichcode"]["peak bytes"], processes["magika"]["peak bytes"]
        ),
        "installed size against Magika in Python": sizes["whichcode"] / sizes["magika"],
    }


def _ratio(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    import statistics

    return statistics.median(x / y for x, y in zip(a["rounds"], b["rounds"], strict=True))


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``report.json``, ``report.md``, ``snippets.png`` and ``growth.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "report.json", json.dumps(report, indent=1) + "\n")
    _draw_snippets(report["figures"], folder / "snippets.png")
    _draw_growth(report["figures"], folder / "growth.png")
    write_atomically(folder / "report.md", render(report))


def render(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown."""
    figures = report["figures"]
    about = report["about"]
    digests = [[name, f"`{digest[:16]}`"] for name, digest in sorted(about["inputs"].items())]
    parts = [
        "# Speed",
        f"Processor: {about['processor']}, {about['cores']} cores; {about['system']}; Python {about['python']}. "
        f"whichcode {about['version']}, model {about['model']}; peers: "
        + ", ".join(f"{name} {version}" for name, version in about["peers"].items())
        + f". Medians of {about['rounds']} rounds in which all systems take turns, each process on one core; "
        f"load of the machine at the start {about['load']:.2f}.",
        "## Against what is asked",
        table(["what", "measured"], [[name, f"{value:.3g}"] for name, value in ratios(figures).items()]),
        "## One by one: microseconds a snippet",
        snippets_table(figures),
        "![microseconds a snippet](snippets.png)",
        "## In batch: megabytes of source a second",
        _batch_table(figures),
        "## Whole processes, for one file of ten lines",
        processes_table(figures),
        "## Growth: microseconds for one text",
        _growth_table(figures),
        "![growth](growth.png)",
        "## Installed bytes, with dependencies",
        _sizes_table(figures),
        "## Inputs, by the start of their SHA-256",
        table(["part", "digest"], digests),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def snippets_table(figures: Mapping[str, Any]) -> str:
    """Return microseconds a snippet, by its lines, and how many times whichcode is as fast at ten."""
    ours = figures["snippets"]["whichcode"]["10"]
    rows = [
        [
            in_table(name),
            *(_number(found[str(lines)]["median"]) for lines in LENGTHS),
            "" if name == "whichcode" else f"{_ratio(found['10'], ours):,.3g}",
        ]
        for name, found in figures["snippets"].items()
    ]
    return table(
        ["microseconds a snippet of", *(f"{n} line{'s' * (n > 1)}" for n in LENGTHS), "times whichcode's"], rows
    )


def processes_table(figures: Mapping[str, Any]) -> str:
    """Return time and memory of whole processes."""
    rows = [
        [
            in_table(name),
            f"{1000 * found['seconds']['median']:.0f}",
            f"{found['peak bytes']['median'] / (1 << 20):.0f}",
        ]
        for name, found in figures["processes"].items()
    ]
    return table(["one file, from start to end", "ms", "peak MiB"], rows)


def _batch_table(figures: Mapping[str, Any]) -> str:
    rows = []
    for part, found in figures["batch"].items():
        rows += [[part, name, f"{value['median']:.1f}"] for name, value in found.items()]
        rows += [
            [part, f"one core, stopped after: {name}", f"{value['median']:.1f}"]
            for name, value in figures["stages"][part].items()
        ]
    return table(["texts", "how", "MB/s"], rows)


def _growth_table(figures: Mapping[str, Any]) -> str:
    sizes = list(figures["growth"]["whichcode"])
    rows = [
        [in_table(name), *(_number(found[size]["median"]) if size in found else "" for size in sizes)]
        for name, found in figures["growth"].items()
    ]
    return table(["bytes", *(f"{int(size):,}" for size in sizes)], rows)


def _sizes_table(figures: Mapping[str, Any]) -> str:
    rows = []
    for name, sizes in figures["installed bytes"].items():
        parts = ", ".join(f"{part} {size / 1e6:.1f}" for part, size in sorted(sizes.items(), key=lambda x: -x[1]))
        rows.append([in_table(name), f"{sum(sizes.values()) / 1e6:.1f}", parts])
    return table(["", "MB", "of which"], rows)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _draw_snippets(figures: Mapping[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.6), layout="constrained")
    axes = figure.subplots()
    names = list(figures["snippets"])[::-1]
    for place, name in enumerate(names):
        value = figures["snippets"][name]["10"]["median"]
        axes.barh(place, value, color=COLOURS[name])
        axes.text(value * 1.1, place, _number(value), va="center")
    axes.set_yticks(range(len(names)), [TITLES[name] for name in names])
    axes.set_xscale("log")
    axes.set_xlim(right=axes.get_xlim()[1] * 3)
    axes.set_xlabel("microseconds for a snippet of ten lines (logarithmic)")
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, path)


def _draw_growth(figures: Mapping[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.subplots()
    for name, found in figures["growth"].items():
        sizes = [int(size) for size in found]
        axes.plot(
            sizes,
            [found[str(size)]["median"] / 1000 for size in sizes],
            marker="o",
            color=COLOURS[name],
            label=TITLES[name],
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("bytes of one text")
    axes.set_ylabel("milliseconds")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    save_figure(figure, path)
