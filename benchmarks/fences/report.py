"""Counts, tables and a picture of what was measured."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.fences.measure import KINDS, MODES, Record
from benchmarks.fences.sheets import keep, table
from whichcode.atomic import save_figure, write_atomically

THRESHOLDS = [round(0.01 * n, 2) for n in range(30, 100)]
WANTED = 0.97
CAP = 3000
SHEET, SHEET_FROM = 300, 0.75


def capped(records: Iterable[Record]) -> list[Record]:
    """Return at most `CAP` blocks with a known label of each repository, drawn by a seed, and all others."""
    by_repository: dict[str, list[Record]] = defaultdict(list)
    kept = []
    for record in records:
        if record.kind == "known":
            by_repository[record.repository].append(record)
        else:
            kept.append(record)
    for name, several in sorted(by_repository.items()):
        kept += several if len(several) <= CAP else random.Random(name).sample(several, CAP)
    return kept


def point(records: list[Record], mode: str, threshold: float) -> dict[str, Any]:
    """Return what happens to blocks at a threshold: how many are labelled, and how many of these rightly."""
    written = [r for r in records if r.answers[mode][1] >= threshold and r.answers[mode][0] != "text"]
    right = sum(r.right(mode) for r in written)
    strict = sum(r.strictly_right(mode) for r in written)
    return {
        "min_confidence": threshold,
        "blocks": len(records),
        "labelled": len(written),
        "right": right,
        "strictly_right": strict,
        "coverage": _share(len(written), len(records)),
        "precision": _share(right, len(written)),
        "strict_precision": _share(strict, len(written)),
    }


def choose(records: list[Record], mode: str = "answers") -> float:
    """Return the least of `THRESHOLDS` from which on at least `WANTED` of the labels agree with the authors'."""
    chosen = THRESHOLDS[-1]
    for threshold in reversed(THRESHOLDS):
        at = point(records, mode, threshold)
        if at["labelled"] and at["precision"] < WANTED:
            break
        chosen = threshold
    return chosen


def summary(records: list[Record], threshold: float) -> dict[str, Any]:
    """Return the figures of one half of the repositories."""
    known = [record for record in records if record.kind == "known"]
    kinds = {}
    for kind in KINDS:
        those = [record for record in records if record.kind == kind]
        written = point(those, "answers", threshold)["labelled"] if those else 0
        kinds[kind] = {"blocks": len(those), "labelled": written}
    return {
        "kinds": kinds,
        "at_threshold": {mode: point(known, mode, threshold) for mode in MODES},
        "repositories": {
            name: {mode: point(several, mode, threshold) for mode in MODES}
            for name, several in _grouped(known, "repository").items()
        },
        "markups": {
            name: {mode: point(several, mode, threshold) for mode in MODES}
            for name, several in _grouped(known, "markup").items()
        },
        "languages": {
            name: {mode: point(several, mode, threshold) for mode in MODES}
            for name, several in _grouped(known, "language").items()
        },
        "thresholds": {mode: [point(known, mode, at) for at in THRESHOLDS] for mode in MODES},
        "unknown_labels": Counter(r.label.lower() for r in records if r.kind == "unknown label").most_common(20),
    }


def sheet(records: list[Record], mode: str = "answers") -> str:
    """Return `SHEET` answers from `SHEET_FROM` on that the author does not agree with, to be judged, as CSV."""
    wrong = [
        r
        for r in records
        if r.kind == "known"
        and r.answers[mode][1] >= SHEET_FROM
        and r.answers[mode][0] != "text"
        and not r.right(mode)
    ]
    drawn = random.Random("disagreements").sample(wrong, min(SHEET, len(wrong)))
    rows = []
    for r in sorted(drawn, key=lambda r: (r.repository, r.path, r.line)):
        language, confidence = r.answers[mode]
        rows.append([r.repository, r.path, str(r.line), r.label, language, f"{confidence:.3f}", "", ""])
    return table(rows)


def markdown(report: dict[str, Any]) -> str:
    """Return a report as a page of Markdown."""
    threshold = report["min_confidence"]
    lines = [
        "# Labels taken away and put back",
        "",
        f"Detector {report['detector']}, threshold {threshold}. On the tuning half the least from which on at "
        f"least {WANTED:.0%} of the labels agree with the authors' is {report['chosen_on_tuning_half']}.",
        "",
        "An answer agrees with a label that names the same language, or one of the same family of the registry; "
        "strictly: the same language. Coverage is the share of the blocks that get a label.",
    ]
    for half, title in (("report", "The half that is reported on"), ("tuning", "The half that was tuned on")):
        figures = report["halves"].get(half)
        if figures is None:
            continue
        lines += ["", f"## {title}", "", *_table("context", figures["at_threshold"].items())]
        kinds = figures["kinds"]
        lines += ["", "| label of the author | blocks | of which would get a label |", "| --- | ---: | ---: |"]
        lines += [f"| {kind} | {kinds[kind]['blocks']:,} | {kinds[kind]['labelled']:,} |" for kind in KINDS]
        for name, key in (("repository", "repositories"), ("markup", "markups"), ("language", "languages")):
            rows = sorted(figures[key].items(), key=lambda item: -item[1]["answers"]["blocks"])
            lines += ["", *_table(name, [(what, modes["answers"]) for what, modes in rows])]
    lines += ["", "Context: " + "; ".join(f"*{mode}*: {what}" for mode, what in MODES.items()) + "."]
    lines += [
        "Tables by repository, markup and language are of *answers*.",
        "",
        "## Nothing but labels changes",
        "",
    ]
    proof = report["bytes"]
    lines += [f"- {name}: {count:,}" for name, count in sorted(proof["counts"].items())]
    lines += [f"- documents in which more changed: {len(proof['wrong'])}"]
    lines += [
        "",
        "## Repositories",
        "",
        "| repository | commit | half | documents |",
        "| --- | --- | --- | ---: |",
    ]
    lines += [
        f"| {tree['name']} | {tree['commit'][:12]} | {tree['half']} | {tree['counts'].get('documents', 0):,} |"
        for tree in report["trees"]
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, rows: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    head = [
        f"| {name} | blocks | labelled | wrong | coverage | agree | strictly |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    return head + [
        f"| {what} | {p['blocks']:,} | {p['labelled']:,} | {p['labelled'] - p['right']:,} | {p['coverage']:.1%} | "
        f"{p['precision']:.1%} | {p['strict_precision']:.1%} |"
        for what, p in rows
    ]


def plot(report: dict[str, Any], path: Path) -> None:
    """Draw coverage against precision over thresholds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    titles = {"off": "no context", "answers": "all labels taken away", "labels": "the others left"}
    half = report["halves"].get("report") or report["halves"]["tuning"]
    for mode, colour in zip(MODES, ("#888888", "#1f6fb4", "#2a9d5c"), strict=True):
        points = [p for p in half["thresholds"][mode] if p["labelled"] >= 50]
        coverage, precision = [100 * p["coverage"] for p in points], [100 * p["precision"] for p in points]
        axes.plot(coverage, precision, color=colour, label=titles[mode])
        at = half["at_threshold"][mode]
        axes.plot(100 * at["coverage"], 100 * at["precision"], "o", color=colour)
    axes.set_xlabel("blocks that get a label, in %")
    axes.set_ylabel("labels that agree with the authors', in %")
    axes.grid(alpha=0.3)
    axes.legend(title=f"dots: --min-confidence {report['min_confidence']}", loc="lower left")
    save_figure(figure, path)


def write(report: dict[str, Any], records: list[Record], out: Path) -> None:
    """Write report.json, report.md, the picture, and the sheet of disagreements."""
    write_atomically(out / "report.json", json.dumps(report, indent=1) + "\n")
    write_atomically(out / "report.md", markdown(report))
    plot(report, out / "coverage.png")
    keep(out / "disagreements.csv", sheet([r for r in records if r.repository in report["sheet_of"]]))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else 0.0


def _grouped(records: list[Record], attribute: str) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[getattr(record, attribute)].append(record)
    return dict(sorted(groups.items()))
