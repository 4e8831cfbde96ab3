"""Which files a command was given, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from whichcode.cli.answers import FOLDER_ERROR

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
            if path != "-" and os.path.isdir(path):  # noqa: PTH112  # never raises, as Path.is_dir may
                if self.recursive:
                    yield from self._below(path)
                else:
                    yield Found(path, FOLDER_ERROR)
            else:
                yield Found(path)

    def _below(self, folder: str) -> Iterator[Found]:
        # A stack and not recursion: folders may be nested deeper than Python calls.
        pending: list[os.DirEntry[str] | str] = [folder]
        while pending:
            entry = pending.pop()
            if not isinstance(entry, str) and not entry.is_dir(follow_symlinks=False):
                if entry.is_file(follow_symlinks=False):
                    yield Found(entry.path)
                else:
                    self.skipped.special += 1
                continue
            path = entry if isinstance(entry, str) else entry.path
            try:
                inside = sorted(os.scandir(path), key=lambda entry: entry.name, reverse=True)
            except OSError as error:
                yield Found(path, f"cannot be read: {error.strerror}")
                continue
            pending += [inner for inner in inside if not self._skip(inner)]

    def _skip(self, entry: os.DirEntry[str]) -> bool:
        """Tell whether an entry is left out, and count it if so."""
        if entry.name in VERSION_CONTROL:
            self.skipped.version_control += 1
        elif entry.name.startswith("."):
            self.skipped.hidden += 1
        elif entry.is_symlink():
            self.skipped.links += 1
        else:
            return False
        return True
