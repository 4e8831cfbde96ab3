"""The report of a built corpus: JSON for programs, Markdown for people."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from whichcode.atomic import write_atomically
from whichcode.corpus.build import Built

THIN = (3, 8)
"""Repositories under which a language cannot be split into training, validation and test, or only just."""

UNKNOWN = 40
"""Unknown labels of blocks that are listed, the most frequent."""


def write_report(out: Path, built: Built) -> tuple[Path, Path]:
    """Write ``NAME.report.json`` and ``NAME.report.md`` beside the corpus `out`; return their paths."""
    report = as_json(built)
    paths = out.with_suffix(".report.json"), out.with_suffix(".report.md")
    write_atomically(paths[0], json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    write_atomically(paths[1], as_markdown(out.name, report))
    return paths


def as_json(built: Built) -> dict[str, Any]:
    """Return the report as JSON values."""
    languages = dict(sorted(built.written.languages.items()))
    return {
        "sha256": built.written.sha256,
        "texts": built.written.texts,
        "bytes": sum(counts["bytes"] for counts in languages.values()),
        "languages": languages,
        "thin": {
            str(most): [name for name, counts in languages.items() if counts["repositories"] < most]
            for most in THIN
        },
        "kinds": dict(sorted(built.written.kinds.items())),
        "repositories": {
            task.repository.repository: {"commit": task.commit, "licence": task.repository.licence}
            for task in built.tasks
        },
        "left out": built.left_out,
        "files skipped": dict(sorted((+built.skipped).items())),
        "texts left out": dict(sorted((+built.selected).items())),
        "unknown labels": dict(Counter(built.unknown).most_common(UNKNOWN)),
        "exams": built.written.exams,
    }


def as_markdown(name: str, report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    languages = report["languages"]
    lines = [
        f"# {name}",
        "",
        f"{report['texts']:,} texts ({report['bytes']:,} bytes) of {len(languages)} languages from "
        f"{len(report['repositories'])} repositories. SHA-256 of labels, texts and origins: `{report['sha256']}`.",
        "",
        _exams(report["exams"]),
        "",
    ]
    for most, names in report["thin"].items():
        lines += [f"Under {most} repositories ({len(names)}): {', '.join(names) or 'none'}.", ""]
    for title, key in (("Files that were not taken", "files skipped"), ("Texts left out again", "texts left out")):
        lines += [f"## {title}", "", "| why | how many |", "| --- | ---: |"]
        lines += [f"| {why} | {count:,} |" for why, count in report[key].items()]
        lines.append("")
    lines += ["## Repositories left out", ""]
    lines += [f"- {why} ({len(names)}): {', '.join(names) or 'none'}" for why, names in report["left out"].items()]
    lines += ["", "## Kinds", "", "| kind | texts |", "| --- | ---: |"]
    lines += [f"| {kind} | {count:,} |" for kind, count in report["kinds"].items()]
    lines += ["", "## Languages", "", "| language | files | fences | repositories | bytes |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    lines += [
        f"| {language} | {n['files']:,} | {n['fences']:,} | {n['repositories']:,} | {n['bytes']:,} |"
        for language, n in languages.items()
    ]
    lines += ["", "## Labels of blocks that are no language", ""]
    lines.append(", ".join(f"`{label}` {count}" for label, count in report["unknown labels"].items()) or "None.")
    return "\n".join(lines) + "\n"


def _exams(exams: dict[str, Any]) -> str:
    if not exams["names"]:
        return "It was held against no exam."
    return (
        f"All {exams['checked']:,} texts were held against the {exams['texts']:,} texts of "
        f"{', '.join(exams['names'])} after writing; {exams['left']} are equal to, similar "
        "to or contained in one."
    )
