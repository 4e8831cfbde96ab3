"""Put load on `whichcode serve`: ``python -m benchmarks.load --out reports/load``."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.load.client import Request, detect_requests, explain_requests, put_load
from benchmarks.load.report import write_report
from benchmarks.load.service import SOURCE, service
from benchmarks.measuring import machine
from whichcode import __version__
from whichcode.atomic import check_writable
from whichcode.detector import default_detector
from whichcode.errors import WhichcodeError

LINES = 20
LEVELS = (1, 2, 4, 8, 16, 32, 64)
SOAK = 5
"""How many times as long the last step lasts."""
OVERLOAD = ("--threads", "1", "--queue", "4")
OVERLOADERS, OVERLOAD_TEXTS = 64, 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="for report.json, report.md and a plot"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="of each step of the load; default: 4")
    options = parser.parse_args(arguments)
    if not options.seconds > 0:
        parser.error("--seconds must be above 0")
    try:
        check_writable(options.out)
        report = measure(options.seconds)
        report["command"] = f"python -m benchmarks.load --out {options.out} --seconds {options.seconds:g}"
        write_report(report, options.out)
    except WhichcodeError as error:
        print(f"benchmarks.load: {error}", file=sys.stderr)
        return 1
    return 0


def measure(seconds: float) -> dict[str, Any]:
    """Return the report of a run with steps of `seconds` each."""
    texts = _texts()
    one, hundred = detect_requests(texts, 1), detect_requests(texts, 100)
    here = machine()
    runs: list[dict[str, Any]] = []
    steps: list[tuple[str, list[Request], int, int]] = [
        *(("one text", one, level, 1) for level in LEVELS),
        ("100 texts", hundred, 4, 100),
        ("explain", explain_requests(texts), 2, 1),
        ("one text", one, 8, 1),
    ]
    _say(f"{len(steps)} steps of {seconds:g} s, the last {SOAK} times as long, then one of overload")
    with service() as running:
        weighed: list[int] = []
        for what, requests, level, size in steps:
            before = _figure(running.url, "process_cpu_seconds_total")
            # The last step is longer, so that a leak would show.
            length = seconds * (SOAK if len(runs) == len(steps) - 1 else 1)
            outcome = asyncio.run(put_load(running.url, requests, level, length))
            spent = _figure(running.url, "process_cpu_seconds_total") - before
            runs.append({"what": what, **outcome.record(level, size)})
            runs[-1]["processor_ms_per_request"] = round(1000 * spent / runs[-1]["requests"], 2)
            _say(f"{what}, {level} clients: {runs[-1]['answers_per_second']:g} answers/s")
            weighed.append(len(running.memory))
        counted = _counted(running.url)
    samples = running.memory
    many = detect_requests(texts, OVERLOAD_TEXTS)
    with service(*OVERLOAD) as crowded:
        outcome = asyncio.run(put_load(crowded.url, many, OVERLOADERS, seconds))
        overload = outcome.record(OVERLOADERS, OVERLOAD_TEXTS)
        overload |= {"options": " ".join(OVERLOAD), "counted": _counted(crowded.url)}
    # The last step repeats an earlier one, to see whether it became slower; the plot has each level once.
    runs[-1]["what"] = "one text, again"
    return {
        "model": default_detector().model.id,
        "version": __version__,
        "compiled": default_detector()._predictor.compiled is not None,
        "machine": {
            "cores": here["cores"],
            "processor": here["processor"],
            "python": here["python"],
            "load_before": round(here["load"], 2),
        },
        "lines": LINES,
        "mean_characters": round(statistics.mean(map(len, texts))),
        "runs": runs,
        "counted": counted,
        "overload": overload,
        "memory": {
            "first_mib": _weight(samples[: max(weighed[0], 1)]),
            "before_last_mib": _weight(samples[: max(weighed[-2], 1)]),
            "last_mib": _weight(samples),
            "most_mib": round(max(size for _, size in samples) / 2**20, 1),
            "samples": samples,
        },
        "exit_statuses": [running.status, crowded.status],
    }


def _texts() -> list[str]:
    """Return windows of this project's own files: Python, Cython, JavaScript, CSS, HTML and Markdown."""
    root = SOURCE.parent
    files = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.pyx"), *SOURCE.rglob("static/*"), *root.glob("*.md")]
    texts = []
    for path in sorted(files):
        lines = path.read_text("utf-8").splitlines()
        texts += ["\n".join(lines[start : start + LINES]) for start in range(0, len(lines) - LINES + 1, LINES)]
    return texts


def _counted(url: str) -> int:
    """Return how many requests for detection and explanation the service has counted itself."""
    name = "whichcode_requests_total{path="
    return round(_figure(url, name + '"/v1/detect"') + _figure(url, name + '"/v1/explain"'))


def _figure(url: str, name: str) -> float:
    """Return the sum of the service's own figures that begin with `name`."""
    lines = httpx.get(url + "/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def _weight(samples: Sequence[tuple[float, int]]) -> float:
    """Return the median of the last second, in MiB."""
    return round(statistics.median(size for _, size in samples[-4:]) / 2**20, 1)


def _say(sentence: str) -> None:
    print(f"benchmarks.load: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
