"""One run: every system is asked in turn, round after round, so that a slow minute is slow for all."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.exam.systems import peer
from benchmarks.measuring import note
from benchmarks.speed.inputs import Inputs
from benchmarks.speed.processes import installed_bytes, run_once
from benchmarks.speed.workers import Worker, whichcode
from whichcode.errors import EvaluationError

ONE_BY_ONE = ("whichcode", "whichcode-pure", "magika", "vscode", "highlightjs-common", "flourite", "pygments")
"""Systems that are asked snippet by snippet."""

SLOW = {
    "whichcode-pure": 100_000,
    "highlightjs-common": 10_000,
    "flourite": 10_000,
    "pygments": 100_000,
    "vscode": 100_000,
}
"""Largest text, in bytes, that a system gets where time is shown to grow: beyond, it takes seconds."""

STAGES = ("names hashed", "looked up", "rows added up", "logits", "answers")


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is installed.

    Attributes:
        python: an interpreter of an environment that has whichcode and nothing else.
        peers_python: one that has the peers in Python.
        node: the program Node.js.
        node_modules: the folder where npm put the peers in JavaScript.
    """

    python: str
    peers_python: str
    node: str
    node_modules: Path

    def beside(self, python: str, name: str) -> str:
        """Return a program that lies beside an interpreter."""
        path = Path(python).parent / name
        if not path.exists():
            raise EvaluationError(f"{path} is missing; benchmarks/README.md says what to install")
        return str(path)


def measure(inputs: Inputs, places: Places, *, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return all figures: for each its value in every round, and the median.

    Raises:
        EvaluationError: something that is to be measured is not installed or fails.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0, 1]
    one, two = {cores[-1]}, set(cores[-2:])
    with ExitStack() as stack:

        def opened(worker: Worker) -> Worker:
            stack.callback(worker.close)
            return worker

        workers = {
            "whichcode": opened(whichcode(places.python, one, pure=False)),
            "whichcode-pure": opened(whichcode(places.python, one, pure=True)),
        }
        for name in ONE_BY_ONE[2:]:
            found = peer(name, python=places.peers_python, node=places.node, node_modules=places.node_modules)
            workers[name] = opened(Worker(name, [*found.command, "--time"], one, dict(found.environment)))
        pair = opened(whichcode(places.python, two, pure=False))
        say("warming up")
        for name, worker in workers.items():
            _ask(name, worker, inputs.snippets[10][:20])
        figures: dict[str, Any] = {"snippets": {}, "batch": {}, "stages": {}, "growth": {}, "processes": {}}
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}: snippet by snippet")
            for lines, snippets in inputs.snippets.items():
                for name, worker in workers.items():
                    mean = statistics.fmean(_ask(name, worker, snippets))
                    note(figures["snippets"].setdefault(name, {}), str(lines), 1e6 * mean)
            say(f"round {number + 1} of {rounds}: in batch")
            for part, texts in (("10 lines", inputs.snippets[10]), ("files", inputs.files)):
                _batch(figures, part, texts, workers, pair)
            say(f"round {number + 1} of {rounds}: growing texts")
            for name, worker in workers.items():
                for size, text in inputs.grown.items():
                    if size <= SLOW.get(name, size):
                        seconds = _ask(name, worker, [text])[0]
                        note(figures["growth"].setdefault(name, {}), str(size), 1e6 * seconds)
    with _file(inputs.snippets[10][0]) as path:
        for number in range(rounds * 3):
            say(f"whole processes, {number + 1} of {rounds * 3}")
            for name, command, environment in _commands(places, path):
                with _environment(environment):
                    seconds, peak = run_once(command, next(iter(one)))
                found = figures["processes"].setdefault(name, {})
                note(found, "seconds", seconds)
                note(found, "peak bytes", peak)
    figures["installed bytes"] = {
        "whichcode": installed_bytes(places.python, "whichcode"),
        "magika": installed_bytes(places.peers_python, "magika"),
    }
    return figures


def _ask(name: str, worker: Worker, texts: Sequence[str]) -> list[float]:
    asked = {"how": "one", "texts": list(texts)} if name.startswith("whichcode") else list(texts)
    return worker.seconds(asked)


def _batch(figures: dict[str, Any], part: str, texts: list[str], workers: dict[str, Worker], pair: Worker) -> None:
    """Note megabytes a second: in batch on one core and two, and of the core stopped at each stage."""
    size = sum(len(text.encode()) for text in texts)
    # Some hundred milliseconds each, so that a tick of the system's clock is lost in them.
    texts = texts * max(1, 4_000_000 // size)
    size = sum(len(text.encode()) for text in texts)
    threads = (("1 thread", workers["whichcode"], 1), ("2 threads on one core", workers["whichcode"], 2))
    for name, worker, number in (*threads, ("2 threads", pair, 2), ("1 thread of two cores", pair, 1)):
        (seconds,) = worker.seconds({"how": "batch", "texts": texts, "threads": number})
        note(figures["batch"].setdefault(part, {}), name, size / seconds / 1e6)
    for stage, name in enumerate(STAGES[:-1]):
        (seconds,) = workers["whichcode"].seconds({"how": "stage", "texts": texts, "stage": stage})
        note(figures["stages"].setdefault(part, {}), name, size / seconds / 1e6)


def _commands(places: Places, path: str) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    ours = places.beside(places.python, "whichcode")
    yield "python", [places.python, "-c", "pass"], {}
    yield "whichcode", [ours, path], {"WHICHCODE_PURE": "0"}
    yield "whichcode-pure", [ours, path], {"WHICHCODE_PURE": "1"}
    yield "magika-rust", [places.beside(places.peers_python, "magika"), path], {}
    code = "import magika, pathlib, sys; magika.Magika().identify_path(pathlib.Path(sys.argv[1]))"
    yield "magika", [places.peers_python, "-c", code, path], {}


@contextmanager
def _file(text: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snippet.txt"
        path.write_text(text, "utf-8")
        yield str(path)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
