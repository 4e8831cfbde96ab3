"""Take the labels of documentation's code blocks away and put them back.

    python -m benchmarks.fences run DIR... --out reports/fences

Each DIR is a folder with documents, or a git directory without a work tree; a folder called ``owner+name`` (or the
folder ``repo`` in it) is that repository. Repositories are in one of two halves by a hash of their names;
those that are held out are never in the half that is tuned on.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.fences import report as reports
from benchmarks.fences.measure import Record
from benchmarks.fences.one import one
from benchmarks.fences.sheets import keep, unlabelled
from benchmarks.fences.trees import open_tree, refuse_known
from whichcode.atomic import check_writable
from whichcode.detector import Detector, default_detector
from whichcode.errors import WhichcodeError
from whichcode.fences import MIN_CONFIDENCE, Labeller
from whichcode.parallel import parallel_map
from whichcode.progress import progress

MANIFEST = Path(__file__).resolve().parents[2] / "corpora" / "manifest.json"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks.fences",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True)
    r = commands.add_parser(
        "run", help="measure, and write report.json, report.md, coverage.png, disagreements.csv"
    )
    r.add_argument("trees", type=Path, nargs="+", metavar="DIR")
    r.add_argument("--out", type=Path, required=True, metavar="DIR")
    r.add_argument("--model", default="default", help="a packaged model's name or a file")
    r.add_argument("--min-confidence", type=float, default=MIN_CONFIDENCE, metavar="SHARE")
    r.add_argument("--workers", type=int, default=1, help="processes; a tree is done by one")
    r.set_defaults(command=_run)
    u = commands.add_parser("unlabelled", help="write a sheet of labels for blocks without one: unlabelled.csv")
    u.add_argument("trees", type=Path, nargs="+", metavar="DIR")
    u.add_argument("--out", type=Path, required=True, metavar="DIR")
    u.set_defaults(command=_unlabelled)
    return top


def _unlabelled(options: argparse.Namespace) -> None:
    check_writable(options.out)
    trees = [open_tree(path) for path in options.trees]
    refuse_known(trees, MANIFEST)
    # Those of the other half were looked at while the threshold was chosen.
    trees = sorted((tree for tree in trees if tree.half == "report"), key=lambda tree: tree.name.lower())
    written = keep(options.out / "unlabelled.csv", unlabelled(trees, Labeller(default_detector())))
    print(f"written: {written}", file=sys.stderr)


def _run(options: argparse.Namespace) -> None:
    check_writable(options.out)
    detector = default_detector() if options.model == "default" else Detector.load(options.model)
    trees = [open_tree(path) for path in options.trees]
    refuse_known(trees, MANIFEST)
    trees.sort(key=lambda tree: tree.name.lower())
    print(f"{len(trees)} trees, model {detector.model.id}", file=sys.stderr)
    records: list[Record] = []
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    described = []
    with progress("trees", len(trees)) as done:
        results = parallel_map(one, detector, trees, options.workers, few=1, chunk=1)
        for tree, (found, read, proven, failures) in zip(trees, results, strict=True):
            records += found
            counts.update(proven)
            wrong += failures
            described.append(
                {"name": tree.name, "commit": tree.commit, "half": tree.half, "counts": dict(sorted(read.items()))}
            )
            done(1)
    kept = reports.capped(records)
    half_of = {tree.name: tree.half for tree in trees}
    measured = sorted(set(half_of.values()) - {"set aside"})
    halves = {half: [r for r in kept if half_of[r.repository] == half] for half in measured}
    tuning = [record for record in halves.get("tuning", []) if record.kind == "known"]
    result: dict[str, Any] = {
        "detector": detector.model.id,
        "min_confidence": options.min_confidence,
        "chosen_on_tuning_half": reports.choose(tuning) if tuning else None,
        "cap": reports.CAP,
        "trees": described,
        "sheet_of": sorted(name for name, half in half_of.items() if half == "report"),
        "halves": {half: reports.summary(several, options.min_confidence) for half, several in halves.items()},
        "bytes": {"counts": dict(sorted(counts.items())), "wrong": wrong},
    }
    reports.write(result, kept, options.out)
    print(f"written: {options.out}", file=sys.stderr)
    if wrong:
        raise WhichcodeError(f"in {len(wrong)} documents more than labels changed, the first: {wrong[0]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except WhichcodeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
