"""Documentation trees: folders, or git directories without a work tree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from whichcode.corpus.exams import name_digest, read_refused
from whichcode.corpus.git import Mirror, is_git
from whichcode.corpus.manifest import read_manifest
from whichcode.errors import InputError
from whichcode.fences.document import markup_of
from whichcode.packaged import DATA


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository's documentation.

    Attributes:
        name: ``owner/name`` where its folder is called ``owner+name``.
        commit: empty for a folder without git.
        path: of the folder or git directory.
    """

    name: str
    commit: str
    path: Path

    @property
    def half(self) -> str:
        """Which half of the repositories it is in: ``tuning`` or ``report``, by a hash of its name.

        Nothing is tuned on a repository that is held out: one of the first half is ``set aside`` instead.
        """
        if hashlib.sha256(self.name.lower().encode()).digest()[0] % 2:
            return "report"
        return "set aside" if is_held_out(self.name) else "tuning"

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Yield paths, with slashes and in order, and contents; hidden files and what is missing are left out."""
        if is_git(self.path):
            mirror = Mirror.open(self.path)
            for entry in sorted(mirror.entries(self.commit), key=lambda entry: entry.path):
                if _wanted(entry.path) and (data := mirror.read(entry)) is not None:
                    yield entry.path, data
            return
        for path in sorted(self.path.rglob("*")):
            name = path.relative_to(self.path).as_posix()
            if _wanted(name) and path.is_file() and not path.is_symlink():
                yield name, path.read_bytes()


def open_tree(path: Path) -> Tree:
    """Return the tree at `path`.

    Raises:
        InputError: there is no folder.
        CorpusError: it is a git directory that cannot be read.
    """
    if not path.is_dir():
        raise InputError(f"{path}: is not a folder")
    folder = path.resolve()
    while folder.name in ("repo", ".git"):
        folder = folder.parent
    commit = Mirror.open(path).resolve(None) if is_git(path) else ""
    return Tree(folder.name.removesuffix(".git").replace("+", "/", 1), commit, path)


def is_held_out(name: str) -> bool:
    """Tell whether nothing that is packaged may come of a repository (``owner/name``): exams are made of it."""
    return name_digest(name) in _held_out()


@cache
def _held_out() -> frozenset[str]:
    return read_refused([DATA / "heldout.sha256"])


def refuse_known(trees: list[Tree], manifest: Path) -> None:
    """Make sure that the detector has not learnt from any of `trees`.

    Raises:
        InputError: it has.
    """
    known = {entry.repository.lower() for entry in read_manifest(manifest).repositories}
    for tree in trees:
        if tree.name.lower() in known:
            raise InputError(f"{tree.name}: the detector learnt from it ({manifest}); leave it out")


def _wanted(path: str) -> bool:
    return markup_of(path) is not None and not any(part.startswith(".") for part in path.split("/"))
