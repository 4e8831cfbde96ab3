"""Execute a notebook and write it back with its outputs: what is committed is what came out.

    python tools/execute_notebook.py examples/train-your-own.ipynb

It is run in its own folder by the Python that runs this tool. Times of execution are left out, so that the file
changes only if the notebook or its results do. Needs nbclient, nbformat and ipykernel.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from whichcode.atomic import write_atomically

LIMIT = 120
"""Seconds for one cell."""


def execute(path: Path) -> Any:
    """Return the notebook at `path`, executed from a clean start; raises nbclient's error where a cell fails."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=LIMIT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    # The whichcode that runs this tool, from wherever it was started.
    import whichcode

    found = str(Path(whichcode.__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, [found, os.environ.get("PYTHONPATH")]))
    # Networks as small as an example's are trained no faster by several threads, and slower on a busy machine.
    client.execute(env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"})
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def main(arguments: list[str]) -> None:
    """Execute the notebooks that are named and write them back."""
    import nbformat

    for name in arguments:
        path = Path(name)
        write_atomically(path, nbformat.writes(execute(path)).rstrip("\n") + "\n")
        print(f"executed {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
