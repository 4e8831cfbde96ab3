"""What several benchmarks tell: the machine, and a figure's value in every round."""

from __future__ import annotations

import os
import platform
import statistics
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Return what the figures were measured on; call it first, since ``load`` is that of the minute before."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def note(place: dict[str, Any], name: str, value: float) -> None:
    """Add one round's value to the figure called `name` in `place`, which has all rounds' and their median."""
    found = place.setdefault(name, {"rounds": []})
    found["rounds"].append(value)
    found["median"] = statistics.median(found["rounds"])
