"""Write the tables of the README, the model card and docs/scale.md from the committed reports.

Usage: python tools/readme_tables.py [--check]

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; what is between is replaced. With --check
nothing is written and the exit status is 1 if a table is not what the reports say.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.names import in_table  # noqa: E402
from benchmarks.scale.report import labelling_table  # noqa: E402
from benchmarks.speed.report import processes_table, snippets_table  # noqa: E402
from whichcode.atomic import write_atomically  # noqa: E402
from whichcode.detector import default_detector  # noqa: E402
from whichcode.evaluation.report import calibration, percent, table  # noqa: E402

FILES = ["README.md", "docs/model-card.md", "docs/scale.md"]
EXAM_LENGTHS = ("1", "3", "5", "10", "20", "file")
SLOT = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(?:.*?\n)??(<!-- end -->)", re.DOTALL)


def report(name: str) -> dict[str, Any]:
    """Return a committed evaluation report."""
    data: dict[str, Any] = json.loads((ROOT / "reports" / name / "report.json").read_text("utf-8"))
    return data


def exam() -> str:
    """Return macro recall of whichcode and its peers on the exam's 40 languages."""
    told = report("exam")
    rows = [
        [in_table(system), *(percent(c["macro_recall"]["expected"]) if c else "" for c in conditions)]
        for system, conditions in _exam(told)
    ]
    return table(["lines", *EXAM_LENGTHS], rows)


def exam_confidence() -> str:
    """Return calibration error and what sure answers are worth, of the systems that tell a probability."""
    told = report("exam")
    rows = []
    for system, conditions in _exam(told):
        if told["systems"][system]["probabilities"]:
            errors = [calibration(c) if c else "" for c in conditions]
            rows.append([f"{in_table(system)}: expected calibration error (by chance)", *errors])
            sure = [_sure(c) for c in conditions]
            rows.append([f"{in_table(system)}: right at 0.9 and more (share of answers)", *sure])
    return table(["lines", *EXAM_LENGTHS], rows)


def by_length() -> str:
    """Return the figures of the default model by length, on validation texts."""
    conditions = report("default")["conditions"]
    rows = [
        ["macro recall", *map(_headline, conditions)],
        ["within families", *(percent(c["within_families"]) for c in conditions)],
        ["micro accuracy", *(percent(c["micro_accuracy"]["expected"]) for c in conditions)],
        ["expected calibration error (by chance)", *map(calibration, conditions)],
        ["right at 0.9 and more (share of answers)", *(_sure(c) for c in conditions)],
        ["languages", *(str(c["languages"]) for c in conditions)],
        ["texts", *(f"{c['texts']:,}" for c in conditions)],
    ]
    return table(["lines", *(c["length"] for c in conditions)], rows)


def text() -> str:
    """Return how often the default model answers `text` to what is not code, by kind, and to code."""
    conditions = [c for c in report("default")["conditions"] if c["length"] in ("1", "5", "10", "20", "file")]
    kinds = sorted({kind for c in conditions for kind in c["text"]["kinds"]})
    rows = [[kind, *(_answered(c["text"]["kinds"].get(kind)) for c in conditions)] for kind in kinds]
    rows.append(["code, wrongly", *(_answered(c["text"]["code"]) for c in conditions)])
    rows.append(
        ["code but Markdown and its like, wrongly", *(_answered(c["text"]["no_prose"]) for c in conditions)]
    )
    return table(["answered `text` (of how many texts)", *(c["length"] for c in conditions)], rows)


def seed() -> str:
    """Return the figures of the seed's configuration by length, on the texts that it was made for."""
    conditions = report("seed")["conditions"]
    return table(["lines", *(c["length"] for c in conditions)], [["seed", *map(_headline, conditions)]])


def speed() -> str:
    """Return what one snippet costs each system, and what whole processes do."""
    figures = report("speed")["figures"]
    return snippets_table(figures).rstrip("\n") + "\n\n" + processes_table(figures).rstrip("\n")


def scale() -> str:
    """Return the speed of labelling, and what follows for a large corpus."""
    return labelling_table(report("scale"))


def per_language() -> str:
    """Return recall by language of the default model, on validation texts and on the exam's."""
    conditions = {c["length"]: c["per_language"] for c in report("default")["conditions"]}
    chosen = [length for length in ("1", "5", "20", "file", "fence") if length in conditions]
    exam = {
        part: told["scopes"]["all"]["recall"] for part, told in report("exam-all")["figures"]["whichcode"].items()
    }
    rows = []
    for name in default_detector().languages:
        samples = [exam[part][name] for part in ("highlightjs", "rouge") if name in exam[part]]
        rows.append(
            [
                name,
                *(percent(conditions[c][name]["recall"]) if name in conditions[c] else "" for c in chosen),
                str(conditions["file"].get(name, {}).get("texts", 0)),
                *(percent(exam[part][name]) if name in exam[part] else "" for part in ("smola-5", "smola-file")),
                percent(sum(samples) / len(samples)) if samples else "",
            ]
        )
    return table(["language", *chosen, "files", "exam, 5", "exam, file", "samples"], rows)


def _exam(told: dict[str, Any]) -> list[tuple[str, list[dict[str, Any] | None]]]:
    parts = [f"smola-{length}" for length in EXAM_LENGTHS]
    return [
        (system, [figures[part]["scopes"].get("40") if part in figures else None for part in parts])
        for system, figures in told["figures"].items()
    ]


def _sure(condition: dict[str, Any] | None) -> str:
    if condition is None or condition["confident"]["accuracy"] is None:
        return ""
    return f"{percent(condition['confident']['accuracy'])} ({percent(condition['confident']['share'])})"


def _answered(figures: dict[str, Any] | None) -> str:
    return f"{percent(figures['answered_text'])} ({figures['texts']:,})" if figures else ""


def _headline(condition: dict[str, Any]) -> str:
    return percent(condition["macro_recall"]["expected"]) if condition["headline"] else "refused"


TABLES = {
    "exam": exam,
    "exam-confidence": exam_confidence,
    "by-length": by_length,
    "text": text,
    "seed": seed,
    "per-language": per_language,
    "speed": speed,
    "scale": scale,
}


def main() -> int:
    """Rewrite, or check, every file that has a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a table is out of date")
    check = parser.parse_args().check
    stale = []
    for name in FILES:
        path = ROOT / name
        if not path.exists():
            continue
        before = path.read_text("utf-8")
        after = SLOT.sub(lambda match: match[1] + TABLES[match[2]]() + "\n" + match[3], before)
        if before != after:
            stale.append(name)
            if not check:
                write_atomically(path, after)
    for name in stale:
        print(f"{name}: {'is out of date' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
