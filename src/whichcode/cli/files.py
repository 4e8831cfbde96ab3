"""Which files a command was given, and what is in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", ".pijul", "CVS", "_darcs"})


@dataclass
class Skipped:
    """What a recursive walk left out, counted."""

    hidden: int = 0
    version_control: int = 0
    links: int = 0
    special: int = 0

    def sentence(self) -> str | None:
        """Return what to tell the user, or None where nothing was left out."""
        counts = [
            (self.hidden, "hidden file or folder", "hidden files and folders"),
            (self.version_control, "version-control folder", "version-control folders"),
            (self.links, "symbolic link", "symbolic links"),
            (self.special, "special file", "special files"),
        ]
        parts = [f"{n} {one if n == 1 else many}" for n, one, many in counts if n]
        return f"skipped {', '.join(parts)}" if parts else None


@dataclass
class Found:
    """One file to answer for, or why there is none."""

    path: str
    error: str | None = None


@dataclass
class Walk:
    """Yields the files that the paths of a command line mean, in sorted order below folders."""

    paths: Sequence[str]
    recursive: bool
    skipped: Skipped = field(default_factory=Skipped)

    def __iter__(self) -> Iterator[Found]:
        """Yield files and errors in the order of the command line."""
        for path in self.paths:
            if path != "-" and Path(path).is_dir():
                if self.recursive:
                    yield from self._below(path)
                else:
                    yield Found(path, "is a folder; use -r to answer for the files in it")
            else:
                yield Found(path)

    def _below(self, folder: str) -> Iterator[Found]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Found(folder, f"cannot be read: {error.strerror}")
            return
        for entry in entries:
            if entry.name in VERSION_CONTROL:
                self.skipped.version_control += 1
            elif entry.name.startswith("."):
                self.skipped.hidden += 1
            elif entry.is_symlink():
                self.skipped.links += 1
            elif entry.is_dir(follow_symlinks=False):
                yield from self._below(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield Found(entry.path)
            else:
                self.skipped.special += 1


def read(path: str, max_bytes: int) -> bytes:
    """Return the first bytes of a file, or of standard input for ``-``: one more than `max_bytes`.

    The one more tells the decoder that the text goes on. Raises `OSError` as `open` does.
    """
    if path == "-":
        return sys.stdin.buffer.read(max_bytes + 1)
    with Path(path).open("rb") as file:
        return file.read(max_bytes + 1)


def shown(path: str) -> str:
    """Return a path for people, on one line and encodable."""
    return click.format_filename(path).replace("\n", "\\n").replace("\r", "\\r")
