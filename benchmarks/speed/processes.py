"""What whole processes cost: time from start to end, peak memory, and the size of what is installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from whichcode.errors import EvaluationError

LAUNCH = """
import os, sys, time
start = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)
])
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - start, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""Starts a command and tells its seconds, peak memory and status. In a small process of its own, since a system
counts the memory of whoever starts a process as that process's own until it runs its program."""

SIZE = """
import importlib.metadata as metadata, re, sys
def closure(name, seen):
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return seen
    files = [file.locate() for file in found.files or () if file.suffix != ".pyc"]
    seen[key] = sum(file.stat().st_size for file in files if file.is_file())
    for needed in found.requires or ():
        if "extra" not in needed.partition(";")[2]:
            closure(re.match(r"[\\w.-]+", needed)[0], seen)
    return seen
print(*(f"{key}={size}" for key, size in closure(sys.argv[1], {}).items()))
"""
"""Run by the interpreter that has a package: the bytes of its files and of what it needs, bytecode aside."""


def run_once(command: Sequence[str], core: int) -> tuple[float, int]:
    """Run a command on one core; return its seconds and its peak resident memory in bytes.

    Raises:
        EvaluationError: it does not start, or fails.
    """
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCH, *command]
    pinned = ["taskset", "-c", str(core), *launcher] if sys.platform == "linux" else launcher
    done = subprocess.run(pinned, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EvaluationError(f"{command[0]} does not start: {done.stderr.strip()[-200:]}")
    seconds, peak, status = done.stdout.split()
    if status != "0":
        raise EvaluationError(f"{' '.join(command)[:200]} ends with status {status}")
    return float(seconds), int(peak) * (1 if sys.platform == "darwin" else 1024)


def installed_bytes(python: str, package: str) -> dict[str, int]:
    """Return the bytes of a package's files and of what it depends on, by package, as `python` has them.

    Raises:
        EvaluationError: it is not installed there.
    """
    done = subprocess.run([python, "-c", SIZE, package], capture_output=True, text=True, check=False)
    sizes = dict(item.split("=") for item in done.stdout.split())
    if package not in sizes:
        raise EvaluationError(f"{package} is not installed for {python}")
    return {name: int(size) for name, size in sizes.items()}
