"""Write the README's tables from the committed reports.

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

from whichcode.evaluation.report import percent, table

ROOT = Path(__file__).resolve().parent.parent
FILES = ["README.md"]
SLOT = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(?:.*?\n)??(<!-- end -->)", re.DOTALL)


def report(name: str) -> dict[str, Any]:
    """Return a committed evaluation report."""
    data: dict[str, Any] = json.loads((ROOT / "reports" / name / "report.json").read_text("utf-8"))
    return data


def by_length() -> str:
    """Return macro recall by length of the packaged models."""
    models = {name: report(name) for name in ("default", "seed")}
    lengths = [c["length"] for c in models["default"]["conditions"]]
    rows = []
    for name, data in models.items():
        cells = {c["length"]: _headline(c) for c in data["conditions"]}
        rows.append([name, *(cells.get(length, "") for length in lengths)])
    errors = {c["length"]: percent(c["expected_calibration_error"]) for c in models["default"]["conditions"]}
    rows.append(["expected calibration error of `default`", *(errors[length] for length in lengths)])
    return table(["lines", *lengths], rows)


def elsewhere() -> str:
    """Return how the packaged models do on real files that no corpus holds."""
    rows = []
    for name in ("default", "seed"):
        condition = report(f"elsewhere-{name}")["conditions"][0]
        rows.append([name, str(condition["texts"]), str(condition["languages"]), _headline(condition)])
    return table(["model", "files", "languages", "macro recall"], rows)


def per_language() -> str:
    """Return recall by language of the default model, at three lengths."""
    conditions = {c["length"]: c for c in report("default")["conditions"]}
    chosen = [length for length in ("1", "5", "3-20", "file") if length in conditions]
    languages = sorted(conditions["file"]["per_language"])
    rows = [
        [language, *(percent(conditions[length]["per_language"][language]["recall"]) for length in chosen)]
        for language in languages
    ]
    return table(["language", *(f"recall, {length}" for length in chosen)], rows)


def _headline(condition: dict[str, Any]) -> str:
    return percent(condition["macro_recall"]["expected"]) if condition["headline"] else "refused"


TABLES = {"by-length": by_length, "elsewhere": elsewhere, "per-language": per_language}


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
                path.write_text(after, "utf-8")
    for name in stale:
        print(f"{name}: {'is out of date' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
