"""The service as a process of its own, and what it weighs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import whichcode
from whichcode.errors import WhichcodeError

SOURCE = Path(__file__).resolve().parents[2] / "src"
PACKAGE = Path(whichcode.__file__).resolve().parents[1]


@dataclass
class Service:
    """A running service.

    Attributes:
        url: where it answers.
        memory: resident set sizes, ``(seconds since the start, bytes)``.
        status: its exit status, after it was told to stop.
    """

    url: str
    memory: list[tuple[float, int]] = field(default_factory=list)
    status: int | None = None


@contextmanager
def service(*options: str) -> Iterator[Service]:
    """Run ``whichcode serve`` on a free port while the block runs, and weigh it four times a second.

    Raises:
        WhichcodeError: it did not start.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGE), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(
        [sys.executable, "-m", "whichcode", "serve", "--port", "0", *options],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found is None:
            raise WhichcodeError(f"the service did not start: {line.strip()}")
        running = Service(found.group())
        done = threading.Event()
        weigher = threading.Thread(target=_weigh, args=(psutil.Process(process.pid), running.memory, done))
        weigher.start()
        try:
            yield running
        finally:
            done.set()
            weigher.join()
            process.terminate()
            process.communicate(timeout=60)
            running.status = process.returncode
    finally:
        process.kill()


def _weigh(process: psutil.Process, memory: list[tuple[float, int]], done: threading.Event) -> None:
    began = time.monotonic()
    while not done.wait(0.25):
        memory.append((round(time.monotonic() - began, 2), process.memory_info().rss))
