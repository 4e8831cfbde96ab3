"""Processes that time themselves: whichcode and its peers, each pinned to the cores that it is given."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from whichcode.errors import EvaluationError

HERE = Path(__file__).resolve().parent


class Worker:
    """A process that reads a JSON line with texts and answers with seconds.

    Args:
        name: for messages.
        command: that starts it.
        cores: that it may run on; where the system does not let processes be pinned, all.
        environment: added to this process's.
    """

    def __init__(
        self, name: str, command: Sequence[str], cores: set[int], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env=os.environ | {"OMP_NUM_THREADS": "1"} | dict(environment or {}),
            )
        except OSError as error:
            raise EvaluationError(f"{name}: {command[0]} does not start: {error.strerror}") from error
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, cores)

    def seconds(self, asked: Any) -> list[float]:
        """Return what the process answers to a line of JSON; raises `EvaluationError` where it ends instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            answer: list[float] = json.loads(line)
        except (OSError, ValueError) as error:
            raise EvaluationError(f"{self.name}: its process ended; what it said last stands above") from error
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def whichcode(python: str, cores: set[int], *, pure: bool) -> Worker:
    """Return whichcode as `python` has it installed, compiled or in plain Python."""
    name = "whichcode, plain Python" if pure else "whichcode"
    return Worker(name, [python, str(HERE / "time_whichcode.py")], cores, {"WHICHCODE_PURE": "1" if pure else "0"})
