"""The benchmark of speed: what it draws, how it runs processes, and what it makes of figures."""

import json
import sys

import pytest

from benchmarks.names import in_table
from benchmarks.speed.inputs import LENGTHS, SIZES, read_inputs
from benchmarks.speed.measure import ONE_BY_ONE, STAGES
from benchmarks.speed.processes import installed_bytes, run_once
from benchmarks.speed.report import ratios, render, write_report
from benchmarks.speed.workers import Worker, whichcode
from whichcode.core import is_compiled
from whichcode.errors import EvaluationError


def write_texts(folder, number=6):
    for i in range(number):
        lines = [f"value_{i}_{j} = compute({j}) + {i}" for j in range(120)]
        (folder / "python").mkdir(exist_ok=True)
        (folder / "python" / f"{i}.py").write_text("\n".join(lines), "utf-8")
    return folder


def test_inputs_depend_on_the_texts_alone(tmp_path):
    first, again = (read_inputs([write_texts(tmp_path)], 5) for _ in range(2))
    assert first == again
    assert {lines: {len(text.split("\n")) for text in texts} for lines, texts in first.snippets.items()} == {
        lines: {lines} for lines in LENGTHS
    }
    assert [len(first.grown[size].encode()) for size in SIZES] == list(SIZES)
    assert len(set(first.digests.values())) == len(first.digests) == len(LENGTHS) + 1 + len(SIZES)
    with pytest.raises(EvaluationError, match="only 6 files have 1 lines"):
        read_inputs([tmp_path], 7)


def test_processes_are_measured_for_themselves():
    seconds, small = run_once([sys.executable, "-I", "-S", "-c", "pass"], 0)
    _, large = run_once([sys.executable, "-I", "-S", "-c", "b'x' * 80_000_000"], 0)
    assert seconds > 0.001
    assert large - small > 70_000_000
    with pytest.raises(EvaluationError, match="ends with status 3"):
        run_once([sys.executable, "-c", "raise SystemExit(3)"], 0)
    with pytest.raises(EvaluationError, match="does not start"):
        run_once(["/nowhere/at/all"], 0)


def test_sizes_are_of_what_is_needed():
    sizes = installed_bytes(sys.executable, "hypothesis")
    assert sizes["hypothesis"] > 100_000
    assert "sortedcontainers" in sizes
    with pytest.raises(EvaluationError, match="not installed"):
        installed_bytes(sys.executable, "no-such-package")


def test_workers_answer_with_seconds():
    worker = whichcode(sys.executable, {0}, pure=True)
    try:
        assert all(s > 0 for s in worker.seconds({"how": "one", "texts": ["x = 1", "print()"]}))
        assert len(worker.seconds({"how": "batch", "texts": ["x = 1"] * 3, "threads": 1})) == 1
    finally:
        worker.close()
    if is_compiled():
        worker = whichcode(sys.executable, {0}, pure=False)
        assert len(worker.seconds({"how": "stage", "texts": ["x = 1"], "stage": 0})) == 1
        worker.close()
    broken = Worker("broken", [sys.executable, "-c", "pass"], {0})
    with pytest.raises(EvaluationError, match="broken: its process ended"):
        broken.seconds(["x"])


def figures():
    """Figures in which whichcode takes 2 and everything else 10."""

    def value(x):
        return {"rounds": [x, x, x], "median": x}

    def each(ours, theirs, keys):
        return {n: {k: value(ours if n.startswith("whichcode") else theirs) for k in keys} for n in ONE_BY_ONE}

    threads = {"1 thread": 8.0, "2 threads on one core": 8.0, "2 threads": 15.0, "1 thread of two cores": 7.5}
    processes = ("python", "whichcode", "whichcode-pure", "magika-rust", "magika")
    return {
        "snippets": each(2.0, 10.0, [str(n) for n in LENGTHS]),
        "growth": each(2.0, 10.0, [str(n) for n in SIZES]),
        "batch": {part: {k: value(v) for k, v in threads.items()} for part in ("10 lines", "files")},
        "stages": {part: {k: value(16.0) for k in STAGES[:-1]} for part in ("10 lines", "files")},
        "processes": {n: {"seconds": value(0.1), "peak bytes": value(1 << 25)} for n in processes},
        "installed bytes": {"whichcode": {"whichcode": 10, "click": 2}, "magika": {"magika": 100, "numpy": 20}},
    }


def test_reports_say_what_figures_say(tmp_path):
    told = ratios(figures())
    assert told["times as fast as Magika, a ten-line snippet"] == 5
    assert told["batch of files against the same core stopped before the lookup"] == 0.5
    assert told["two threads against one, files"] == 2
    assert told["installed size against Magika in Python"] == pytest.approx(0.1)
    about = {
        "processor": "a processor", "cores": 2, "system": "Linux", "python": "3", "version": "0", "model": "m",
        "peers": {"magika": "1"}, "rounds": 3, "snippets": 5, "inputs": {"10 lines": "ab" * 32}, "load": 0.5,
    }  # fmt: skip
    write_report({"about": about, "figures": figures()}, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["figures"] == figures()
    text = render({"about": about, "figures": figures()})
    assert (tmp_path / "report.md").read_text("utf-8") == text
    assert all(in_table(name) in text for name in ONE_BY_ONE)
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "report.md", "snippets.png", "growth.png"}
