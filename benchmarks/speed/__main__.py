"""``python -m benchmarks.speed``: measure whichcode and its peers in one run, and write the report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import whichcode
from benchmarks.exam.systems import describe, peer
from benchmarks.measuring import machine
from benchmarks.speed.inputs import read_inputs
from benchmarks.speed.measure import ONE_BY_ONE, Places, measure
from benchmarks.speed.report import write_report
from whichcode.atomic import check_writable
from whichcode.detector import default_detector
from whichcode.errors import WhichcodeError


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    p.add_argument("texts", nargs="+", type=Path, help="corpora (Parquet, JSONL or folders) to draw texts from")
    p.add_argument("--out", type=Path, required=True, metavar="DIR", help="for the report")
    p.add_argument("--python", required=True, metavar="PROGRAM", help="of an environment that has whichcode alone")
    p.add_argument("--peers-python", required=True, metavar="PROGRAM", help="with the peers in Python")
    p.add_argument("--node", default="node", metavar="PROGRAM", help="Node.js")
    p.add_argument("--node-modules", type=Path, required=True, metavar="DIR", help="of the peers in JavaScript")
    p.add_argument("--snippets", type=int, default=200, metavar="N", help="texts of each length [200]")
    p.add_argument("--rounds", type=int, default=5, metavar="N", help="[5]")
    return p


def main() -> int:
    """Measure; return the exit status."""
    options = parser().parse_args()
    if options.rounds < 1 or options.snippets < 1:
        parser().error("--rounds and --snippets are 1 or more")
    try:
        check_writable(options.out)
        inputs = read_inputs(options.texts, options.snippets)
        places = Places(options.python, options.peers_python, options.node, options.node_modules)
        about = _about(options, inputs.digests)
        figures = measure(inputs, places, rounds=options.rounds, say=_say)
        write_report({"about": about, "figures": figures}, options.out)
    except WhichcodeError as error:
        print(f"benchmarks.speed: {error}", file=sys.stderr)
        return 1
    _say(f"wrote {options.out}/report.md")
    return 0


def _about(options: argparse.Namespace, digests: dict[str, str]) -> dict[str, Any]:
    peers = {
        name: describe(
            peer(name, python=options.peers_python, node=options.node, node_modules=options.node_modules)
        ).version
        for name in ONE_BY_ONE[2:]
    }
    return machine() | {
        "version": whichcode.__version__,
        "model": default_detector().model.id,
        "peers": peers,
        "rounds": options.rounds,
        "snippets": options.snippets,
        "inputs": digests,
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
