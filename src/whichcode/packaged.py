"""Where the files that come with the package are.

A path and not `importlib.resources`: the package is installed as files, and importing that module, or `pathlib`,
costs more time than a detection.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    DATA: Path

FOLDER = os.path.join(os.path.dirname(__file__), "data")  # noqa: PTH118, PTH120  # see above


def __getattr__(name: str) -> Path:
    # The folder as a path, for those who have imported that module anyway.
    if name == "DATA":
        from pathlib import Path

        return Path(FOLDER)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def names(folder: str, suffix: str) -> list[str]:
    """Return the names, without `suffix`, of the files in a folder of the data, sorted."""
    files = os.listdir(f"{FOLDER}/{folder}")  # noqa: PTH208
    return sorted(file.removesuffix(suffix) for file in files if file.endswith(suffix))


def read_data(name: str) -> bytes:
    """Return the content of a file of the data."""
    with open(f"{FOLDER}/{name}", "rb") as file:  # noqa: PTH123
        return file.read()
