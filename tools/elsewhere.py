"""Write the real files that `reports/elsewhere.tsv` names into a corpus to evaluate on.

    python tools/elsewhere.py MIRRORS --out elsewhere

MIRRORS holds a git directory for each repository in the table, as ``whichcode corpus clone`` writes them
(``owner+name.git``; see `whichcode.corpus.git.find_mirror`). The output has one folder for each language. A
repository or file that is not there is an error, so that a report is always of the whole table.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from pathlib import Path

from whichcode.corpus.git import find_mirror

TABLE = Path(__file__).parent.parent / "reports" / "elsewhere.tsv"


def main() -> int:
    """Write the files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        directory = find_mirror(arguments.mirrors, row["repository"])
        if directory is None:
            sys.exit(f"error: {arguments.mirrors}: no git directory of {row['repository']}; clone it there")
        name = f"{row['commit']}:{row['path']}"
        shown = subprocess.run(["git", "--git-dir", directory, "show", name], capture_output=True, check=False)
        if shown.returncode:
            sys.exit(f"error: {directory}: {name} cannot be read: {shown.stderr.decode(errors='replace').strip()}")
        target = arguments.out / row["language"] / f"{row['repository']}/{row['path']}".replace("/", "+")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(shown.stdout)
    print(f"wrote {len(rows)} files of {len({row['language'] for row in rows})} languages to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
