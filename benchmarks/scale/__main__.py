"""``python -m benchmarks.scale``: measure labelling and the making of training windows, and write the report."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import whichcode
from benchmarks.measuring import machine, note
from benchmarks.scale.report import render
from whichcode.atomic import check_writable, write_atomically
from whichcode.corpus.readers import read_corpora
from whichcode.errors import EvaluationError, WhichcodeError

PER_LANGUAGE = 200
LARGEST = 1_000_000
"""Bytes; what is larger in a corpus is no source that somebody wrote."""


def main() -> int:
    """Measure; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("texts", nargs="+", type=Path, help="corpora (Parquet, JSONL or folders)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for the report")
    parser.add_argument(
        "--megabytes", type=int, default=200, help="of texts, repeated where there are fewer [200]"
    )
    parser.add_argument("--rounds", type=int, default=3, help="[3]")
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out")
    options = parser.parse_args()
    try:
        check_writable(options.out)
        about = machine() | {"version": whichcode.__version__, "rounds": options.rounds}
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "texts.parquet"
            size, rows = _write_texts(options.texts, source, options.megabytes * 1_000_000)
            report = {
                "about": about | {"bytes": size, "rows": rows},
                "label": _label(source, size, options.rounds),
                "windows": _windows(options.texts, options.rounds),
            }
            if not options.no_spark:
                report["spark"] = _spark(source, size, options.rounds)
        write_atomically(options.out / "report.json", json.dumps(report, indent=1, sort_keys=True) + "\n")
        write_atomically(options.out / "report.md", render(report))
    except WhichcodeError as error:
        print(f"benchmarks.scale: {error}", file=sys.stderr)
        return 1
    return 0


def _write_texts(paths: list[Path], to: Path, size: int) -> tuple[int, int]:
    """Write about `size` bytes of texts; return how many bytes and rows they are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [document.text.encode() for document in read_corpora(paths).documents]
    texts = [text for text in texts if len(text) <= LARGEST]
    if not texts:
        raise EvaluationError("there are no texts")
    written = rows = 0
    with pq.ParquetWriter(to, pa.schema([("content", pa.binary())]), compression="zstd") as writer:
        while written < size:
            writer.write_table(pa.table({"content": pa.array(texts, pa.binary())}), row_group_size=2000)
            written += sum(map(len, texts))
            rows += len(texts)
    return written, rows


def _label(source: Path, size: int, rounds: int) -> dict[str, Any]:
    """Return megabytes a second of the whole command, by threads, start and joining of parts included."""
    figures: dict[str, Any] = {}
    for _ in range(rounds):
        for threads in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", "whichcode", "label", str(source), "--without-text"]
                command += ["--out", f"{folder}/out.parquet", "--threads", str(threads)]
                seconds = _timed(lambda command=command: subprocess.run(command, check=True, capture_output=True))
            note(figures, f"{threads} thread{'s' * (threads > 1)}", size / seconds / 1e6)
    return figures


def _windows(paths: list[Path], rounds: int) -> dict[str, Any]:
    """Return windows a second that are drawn and counted for training, in all cores."""
    from whichcode.detector import default_detector
    from whichcode.training.dataset import build_dataset

    model = default_detector().model
    # A sample of what the packaged detector learns from: its configuration, with fewer windows.
    config = replace(model.config, windows=replace(model.config.windows, per_language=PER_LANGUAGE))
    documents = [d for d in read_corpora(paths).documents if len(d.text) <= LARGEST]
    languages = sorted({document.language for document in documents})
    figures: dict[str, Any] = {}
    for _ in range(rounds):
        made = 0

        def work() -> None:
            nonlocal made
            made = len(build_dataset(documents, languages, model.vocabulary, config, seed=0, comments={}).epoch)

        seconds = _timed(work)
        note(figures, "windows a second", made / seconds)
    return figures | {"windows": made}


def _spark(source: Path, size: int, rounds: int) -> dict[str, Any]:
    """Return megabytes a second of a local Spark with one and two cores, once it runs."""
    from pyspark.sql import SparkSession, functions

    from whichcode.integrations.spark import with_language

    figures: dict[str, Any] = {}
    os.environ["PYSPARK_PYTHON"] = sys.executable
    for cores in (1, 2):
        spark = SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false")
        spark = spark.config("spark.ui.showConsoleProgress", "false").getOrCreate()
        # Many small tasks, so that all cores have work to the end.
        frame = spark.read.parquet(str(source)).repartition(8 * cores).cache()
        frame.count()

        def work(frame: Any = frame) -> None:
            labelled = with_language(frame, "content")
            labelled.agg(functions.count("language"), functions.sum("confidence")).collect()

        work()
        for _ in range(rounds):
            note(figures, f"{cores} core{'s' * (cores > 1)}", size / _timed(work) / 1e6)
        spark.stop()
    return figures


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
