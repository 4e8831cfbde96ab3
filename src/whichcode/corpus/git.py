"""Reading a git directory without a work tree, through libgit2.

A mirror may be bare or a clone's ``.git``, shallow, and may lack objects (huge files, for example): what is
missing is skipped and counted, never an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whichcode.errors import CorpusError, MissingExtraError

_LFS = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit: its path with slashes, and its object's name (40 hexadecimal digits)."""

    path: str
    object: str


@dataclass
class Mirror:
    """A git directory that is read.

    Attributes:
        path: of the git directory.
        skipped: what was met and left out: ``link``, ``submodule``, ``missing object``, ``missing folder``,
            ``large file storage``, ``odd name``.
    """

    path: Path
    skipped: Counter[str] = field(default_factory=Counter)
    _repository: Any = None

    @classmethod
    def open(cls, path: Path) -> Mirror:
        """Open the git directory at `path`.

        Raises:
            CorpusError: libgit2 cannot read it.
        """
        pygit2 = _pygit2()
        # libgit2 refuses folders of other users, since their configuration could name programs to run; reading
        # objects runs none. The switch is put back for whatever else the process does with libgit2.
        before = pygit2.settings.owner_validation
        pygit2.settings.owner_validation = False
        try:
            return cls(path, _repository=pygit2.Repository(str(path)))
        except pygit2.GitError as error:
            raise CorpusError(f"{path}: not a git directory that can be read ({error})") from error
        finally:
            pygit2.settings.owner_validation = before

    def resolve(self, commit: str | None) -> str:
        """Return the name of `commit`, or of the one that HEAD is at.

        Raises:
            CorpusError: the mirror lacks it.
        """
        pygit2 = _pygit2()
        try:
            found = self._repository.revparse_single(commit or "HEAD").peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            wanted = f"the commit {commit}" if commit else "a commit at HEAD"
            raise CorpusError(f"{self.path}: there is not {wanted}") from error
        return str(found.id)

    def entries(self, commit: str) -> Iterator[Entry]:
        """Yield the files of `commit`, folders in git's order, without links and submodules."""
        try:
            pending = [("", self._repository[commit].tree)]
        except (KeyError, _pygit2().GitError):
            self.skipped["missing folder"] += 1
            return
        while pending:
            folder, tree = pending.pop()
            try:
                children = list(tree)
            except (KeyError, _pygit2().GitError):
                self.skipped["missing folder"] += 1
                continue
            for child in children:
                try:
                    path = folder + child.raw_name.decode()
                except UnicodeDecodeError:
                    self.skipped["odd name"] += 1
                    continue
                mode = child.filemode
                if mode == 0o040000:
                    pending.append((path + "/", child))
                elif mode == 0o120000:
                    self.skipped["link"] += 1
                elif mode == 0o160000:
                    self.skipped["submodule"] += 1
                else:
                    yield Entry(path, str(child.id))

    def size(self, entry: Entry) -> int | None:
        """Return the size of a file in bytes; None, and one more missing object, where the mirror lacks it."""
        try:
            header = self._repository.odb.read_header(entry.object)
        except (KeyError, _pygit2().GitError):
            self.skipped["missing object"] += 1
            return None
        return int(header[1])

    def read(self, entry: Entry) -> bytes | None:
        """Return the content of a file; None where it is missing or only a pointer to large file storage."""
        try:
            _, data = self._repository.odb.read(entry.object)
        except (KeyError, _pygit2().GitError):
            self.skipped["missing object"] += 1
            return None
        if data.startswith(_LFS):
            self.skipped["large file storage"] += 1
            return None
        return bytes(data)


def find_mirror(mirrors: Path, repository: str) -> Path | None:
    """Return the git directory of ``owner/name`` below `mirrors`, upper and lower case alike, or None.

    Looked for are the folders ``owner+name``, ``owner+name.git``, ``owner/name`` and ``owner/name.git``, and in
    each of them the folder itself, ``repo``, ``.git`` and ``repo/.git``.
    """
    flat = repository.replace("/", "+")
    owner, name = repository.split("/")
    for folder in (flat, f"{flat}.git", f"{owner}/{name}", f"{owner}/{name}.git"):
        base = _ignoring_case(mirrors, folder)
        for inner in ("", "repo", ".git", "repo/.git"):
            if base is not None and is_git(base / inner):
                return base / inner
    return None


def is_git(path: Path) -> bool:
    """Tell whether a folder is a git directory."""
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


def _ignoring_case(root: Path, relative: str) -> Path | None:
    path = root
    for part in relative.split("/"):
        if (path / part).is_dir():
            path /= part
            continue
        pattern = re.compile(re.escape(part), re.IGNORECASE)
        matches = [p for p in path.iterdir() if pattern.fullmatch(p.name)] if path.is_dir() else []
        if not matches:
            return None
        path = min(matches)
    return path


def _pygit2() -> Any:
    try:
        import pygit2
    except ImportError as error:
        raise MissingExtraError("pygit2", "corpus") from error
    return pygit2
