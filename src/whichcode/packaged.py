"""Where the files that come with the package are.

A path and not `importlib.resources`: the package is installed as files, and importing that module costs more
time than a detection.
"""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parent / "data"


def names(folder: str, suffix: str) -> list[str]:
    """Return the names, without `suffix`, of the files in a folder of the data, sorted."""
    return sorted(path.stem for path in (DATA / folder).glob(f"*{suffix}"))
