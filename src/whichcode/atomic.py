"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

from whichcode.errors import WhichcodeError


def write_atomically(path: str | Path, content: bytes | str, *, mode: int | None = None) -> None:
    """Write `content` to a temporary file beside `path`, then rename it; a `str` is written in UTF-8.

    Args:
        path: where it goes.
        content: what is written.
        mode: the file's permissions; None for those of any new file.

    Raises:
        WhichcodeError: it cannot be written; what was at `path` is then as it was.
    """
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name may be as long as names can be, and this one is longer.
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        # mkstemp makes private files; a result is as readable as any other file that the user writes.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask if mode is None else mode)  # noqa: PTH101  # a path as text all along
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise WhichcodeError(f"{path}: cannot be written: {error.strerror}") from error


def check_writable(folder: Path) -> None:
    """Make `folder` where it is missing and try a file in it, so that long work does not fail at its end.

    Raises:
        WhichcodeError: nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise WhichcodeError(f"{folder}: cannot be written to: {error.strerror}") from error


def save_figure(figure: Any, path: Path) -> None:
    """Write a Matplotlib figure as a PNG file, without the time and version that would make it differ."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144, metadata={"Software": None})
    write_atomically(path, buffer.getvalue())
