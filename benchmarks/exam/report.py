"""The exam's report: JSON for programs, Markdown and a plot for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.exam.plot import draw_recall
from benchmarks.exam.run import ALL, FORTY
from benchmarks.names import TITLES
from whichcode.atomic import write_atomically
from whichcode.evaluation.report import calibration, percent, rounded, table

SOURCES = {
    "highlightjs": "highlight.js's samples",
    "rouge": "Rouge's demonstrations",
    "mxeval": "mxeval's functions",
    "hello-world": "hello-world",
}

Report = Mapping[str, Any]
Cell = Callable[[Mapping[str, Any]], str]


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write ``report.json``, ``report.md`` and the plots into `folder`; return their paths."""
    plots = []
    for scope, title in ((FORTY, "the 40 languages"), (ALL, "all languages")):
        path = folder / f"recall-{scope}.png"
        heading = f"Macro recall by length, {title}"
        if scope in report["scopes"] and draw_recall(report["figures"], _windows(report), scope, heading, path):
            plots.append(path)
    paths = [folder / "report.json", folder / "report.md"]
    write_atomically(paths[0], json.dumps(rounded(report), indent=1) + "\n")
    write_atomically(paths[1], render(report, [path.name for path in plots]))
    return paths + plots


def render(report: Report, plots: Sequence[str] = ()) -> str:
    """Return the report as Markdown."""
    scopes = report["scopes"]
    windows = _windows(report)
    parts = ["# The exam", _about(report), "## Macro recall by length"]
    parts += [f"![{Path(name).stem.replace('-', ' ')}]({name})" for name in plots]
    for scope in scopes:
        parts += [f"### {_title(scope)}", _asked(report, windows, scope), _table(report, windows, scope, _recall)]
    others = [part for part in report["exam"]["parts"] if part in SOURCES]
    if others:
        parts += ["## Other texts", _others(others)]
        for scope in scopes:
            parts += [f"### {_title(scope)}, other texts", _table(report, others, scope, _recall)]
    for scope in (FORTY, ALL):
        if scope in scopes:
            parts += [f"## Beside strict accuracy: {_title(scope).lower()}"]
            for told, cell, probabilities in _BESIDE:
                rows = _table(report, windows, scope, cell, probabilities=probabilities)
                parts += [told, rows] if rows else []
    return "\n\n".join(parts) + "\n"


def _title(scope: str) -> str:
    return {FORTY: "The 40 languages", ALL: "All languages"}.get(scope) or f"The languages of {TITLES[scope]}"


def _windows(report: Report) -> list[str]:
    return [part for part in report["exam"]["parts"] if part.startswith("smola-")]


def _about(report: Report) -> str:
    exam, asked = report["exam"], report["asked"]
    lines = [
        f"- {TITLES[name]} {system['version']}, {system['languages']} languages of the registry"
        + ("" if system["probabilities"] else "; its scores are no probabilities")
        for name, system in report["systems"].items()
    ]
    lines.append(
        "- texts: " + ("as `benchmarks/exam.json` describes them" if exam["as_committed"] else
        "**not those that `benchmarks/exam.json` describes**")
    )  # fmt: skip
    lines.append(f"- windows: {asked['draws']} draws a file, of raw lines, seed {exam['seed']}")
    lines += [f"- {TITLES[name]}: {n} draws a file only" for name, n in asked["fewer"].items()]
    if asked["limit"] is not None:
        lines.append(f"- **a trial: {asked['limit']} texts of each part at most**")
    if asked["only_40"]:
        lines.append("- only texts in the 40 languages were asked")
    for name, parts in report["figures"].items():
        slow = {part: found["timeouts"] for part, found in parts.items() if found["timeouts"]}
        if slow:
            told = ", ".join(f"{count} of {part}" for part, count in slow.items())
            lines.append(f"- {TITLES[name]} had no answer within its time limit to {told}; these count as wrong")
    lines.append(
        "- figures in percent, languages weighted equally; a wrong answer and none are the same; in brackets the "
        "95 % interval over resampled files. Ties of whichcode get the expected credit; the row below it has them "
        "all wrong and all right. A peer breaks its ties itself."
    )
    return "\n".join(lines)


def _asked(report: Report, parts: Sequence[str], scope: str) -> str:
    """Return in words how many languages of `scope` the texts of `parts` are in."""
    most = max(
        (
            scored[part]["scopes"][scope]["languages"]
            for scored in report["figures"].values()
            for part in parts
            if scope in scored.get(part, {"scopes": {}})["scopes"]
        ),
        default=0,
    )
    return f"{most} languages have texts here."


def _others(parts: Sequence[str]) -> str:
    told = {
        "highlightjs": "the samples that highlight.js tests its own detection with, one or two for each grammar",
        "rouge": "Rouge's demonstration of each lexer, a few lines each",
        "mxeval": "200 functions in each of 13 languages that solve the same tasks",
        "hello-world": "programs that say hello, most of them one line, many in languages hardly anybody uses",
    }
    return "\n".join(f"- {SOURCES[part]}: {told[part]}" for part in parts)


def _table(report: Report, parts: Sequence[str], scope: str, cell: Cell, *, probabilities: bool = False) -> str:
    rows = []
    for name, system in report["systems"].items():
        if probabilities and not system["probabilities"]:
            continue
        scored = [report["figures"][name].get(part, {"scopes": {}})["scopes"].get(scope) for part in parts]
        if not any(scored):
            continue
        rows.append([TITLES[name], *("" if figures is None else cell(figures) for figures in scored)])
        if name == "whichcode" and cell is _recall:
            rows.append(["ties wrong-right", *("" if figures is None else _bounds(figures) for figures in scored)])
    if not rows:
        return ""
    heads = [SOURCES.get(part, part.removeprefix("smola-")) for part in parts]
    return table(["lines" if set(parts) <= set(_windows(report)) else "texts", *heads], rows)


def _recall(figures: Mapping[str, Any]) -> str:
    if not figures.get("headline", True):
        return "refused"
    recall = figures["macro_recall"]
    low, high = recall["interval_95"]
    middle = f"**{percent(recall['expected'])}**"
    # Where most languages have one file, resampling files changes nothing, and the interval would be a lie.
    return f"{middle} ({percent(low)}-{percent(high)})" if figures["files"] >= 2 * figures["languages"] else middle


def _bounds(figures: Mapping[str, Any]) -> str:
    recall = figures["macro_recall"]
    return f"{percent(recall['pessimistic'])}-{percent(recall['optimistic'])}"


def _abstention(figures: Mapping[str, Any]) -> str:
    own = percent(figures["abstained"])
    if figures["would_abstain"] == figures["abstained"]:
        return own
    return f"{own} ({percent(figures['would_abstain'])})"


def _confident(figures: Mapping[str, Any]) -> str:
    certain = figures["confident"]
    right = "none" if certain["accuracy"] is None else percent(certain["accuracy"])
    return f"{right} ({percent(certain['share'])})"


_BESIDE: tuple[tuple[str, Cell, bool], ...] = (
    (
        "Macro recall where a language of the same family in the registry counts as right:",
        lambda figures: percent(figures["within_families"]),
        False,
    ),
    (
        "No answer, or `text` (in brackets: the system as it comes, with its own thresholds):",
        _abstention,
        False,
    ),
    ("Of the answers at 0.9 or more so many are right (in brackets: their share of all):", _confident, True),
    (
        "Expected calibration error of the top label in points, 15 bins of equal weight (in brackets: what "
        "probabilities that are exact where each language is asked about as often would show by chance):",
        calibration,
        True,
    ),
)
"""What stands beside strict accuracy: its caption, its cell, whether it needs probabilities."""
