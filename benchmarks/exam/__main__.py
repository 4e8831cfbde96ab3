"""The exam's command line: ``python -m benchmarks.exam build`` and ``python -m benchmarks.exam run``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.exam.build import INDEX, build, differences, read_index, write_index
from benchmarks.exam.report import write_report
from benchmarks.exam.run import Selection, run
from benchmarks.exam.systems import SYSTEMS, peer
from whichcode.atomic import check_writable
from whichcode.detector import Detector
from whichcode.errors import WhichcodeError


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.exam", description=__doc__)
    commands = top.add_subparsers(required=True)
    b = commands.add_parser("build", help="make the exam's texts from public sources")
    b.add_argument("--smola", type=Path, metavar="FILE", help="Parquet or JSONL: language, path, content")
    b.add_argument("--highlightjs", type=Path, metavar="DIR", help="clone of highlightjs/highlight.js")
    b.add_argument("--rouge", type=Path, metavar="DIR", help="of rouge-ruby/rouge")
    b.add_argument("--mxeval", type=Path, metavar="DIR", help="of amazon-science/mxeval")
    b.add_argument("--hello-world", type=Path, metavar="DIR", help="of leachim6/hello-world")
    b.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the texts are written")
    b.add_argument("--update-index", action="store_true", help=f"record the digests in {INDEX.name}, for a commit")
    b.set_defaults(command=_build)
    r = commands.add_parser("run", help="put the exam to detectors, and write tables")
    r.add_argument("--exam", type=Path, required=True, metavar="DIR", help="what build wrote")
    r.add_argument("--systems", type=_systems, default=",".join(SYSTEMS), help=f"some of {','.join(SYSTEMS)}")
    r.add_argument("--out", type=Path, required=True, metavar="DIR", help="for report.json, report.md and plots")
    r.add_argument("--model", default="default", help="whichcode's: a packaged model's name or a file")
    r.add_argument("--answers", type=Path, metavar="DIR", help="the peers' raw answers; default: in --exam")
    r.add_argument("--parts", type=_names, help="these parts only, with commas between them")
    r.add_argument("--draws", type=_positive, help="windows of each file; default: all that the exam has")
    r.add_argument(
        "--fewer", type=_fewer, action="append", default=[], metavar="SYSTEM=N", help="--draws for one system"
    )
    r.add_argument("--only-40", action="store_true", help="texts in the 40 languages only")
    r.add_argument("--limit", type=_positive, metavar="N", help="a trial: at most N texts of each part")
    r.add_argument("--peers-python", default=sys.executable, metavar="PROGRAM", help="with the peers in Python")
    r.add_argument("--node", default="node", metavar="PROGRAM", help="Node.js")
    r.add_argument("--node-modules", type=Path, default=Path("node_modules"), metavar="DIR", help="of the peers")
    r.set_defaults(command=_run)
    return top


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _systems(text: str) -> list[str]:
    names = _names(text)
    for name in names:
        if name not in SYSTEMS:
            raise argparse.ArgumentTypeError(f"no system {name!r}; there are {', '.join(SYSTEMS)}")
    if not names:
        raise argparse.ArgumentTypeError(f"no system is named; there are {', '.join(SYSTEMS)}")
    return [name for name in SYSTEMS if name in names]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _fewer(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    (system,) = _systems(name)
    return system, _positive(number)


def _run(options: argparse.Namespace) -> None:
    check_writable(options.out)
    peers = [
        peer(name, python=options.peers_python, node=options.node, node_modules=options.node_modules)
        for name in options.systems
        if name != "whichcode"
    ]
    report = run(
        options.exam,
        peers,
        Detector.load(options.model) if "whichcode" in options.systems else None,
        selection=Selection(options.parts, options.draws, dict(options.fewer), options.only_40, options.limit),
        answers=options.answers or options.exam / "answers",
        log=_log,
    )
    for path in write_report(report, options.out):
        _log(f"wrote {path}")


def _build(options: argparse.Namespace) -> None:
    given = {name: getattr(options, name) for name in ("smola", "highlightjs", "rouge", "mxeval", "hello_world")}
    if not any(given.values()):
        raise WhichcodeError("no source is given: name at least --smola FILE")
    index = build(options.out, **given, log=_log)
    if options.update_index:
        parts = (read_index(INDEX)["parts"] if INDEX.exists() else {}) | index["parts"]
        write_index(INDEX, index | {"parts": parts})
        _log(f"wrote {INDEX}")
        return
    other = differences(index, read_index(INDEX))
    if other:
        raise WhichcodeError(
            f"{', '.join(other)}: not the texts that {INDEX.name} describes; the source is of another version"
        )
    _log(f"every part is what {INDEX.name} describes")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except WhichcodeError as error:
        _log(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _log("interrupted; the answers so far are kept, and the same command goes on from there")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
