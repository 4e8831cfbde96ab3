"""Files of a source: from a folder, or from a git directory without a work tree."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from whichcode.corpus.git import is_git
from whichcode.errors import CorpusError


def read_tree(source: Path, below: str = "") -> dict[str, bytes]:
    """Return the content of each file in `below`, by its path in `source`, paths in sorted order.

    `source` is a folder, or a git directory, of which the commit at HEAD is read.

    Raises:
        CorpusError: it is neither, git cannot read it, or there are no files.
    """
    if is_git(source):
        files = _from_git(source, below)
    elif source.is_dir():
        files = {
            path.relative_to(source).as_posix(): path.read_bytes()
            for path in (source / below).rglob("*")
            if path.is_file() and ".git" not in path.relative_to(source).parts
        }
    else:
        raise CorpusError(f"{source}: not a folder and not a git directory; give a clone of the repository")
    if not files:
        raise CorpusError(f"{source}: no files in {below or 'it'}; give a clone of the repository")
    return dict(sorted(files.items()))


def commit(source: Path) -> str | None:
    """Return the commit at HEAD of a git directory or of a clone, None for a folder without git."""
    if not ((source / ".git").exists() or (source / "HEAD").is_file()):
        return None
    done = subprocess.run(
        ["git", "-C", str(source), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _from_git(source: Path, below: str) -> dict[str, bytes]:
    command = ["git", "-C", str(source), "archive", "--format=tar", "HEAD", *([below] if below else [])]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CorpusError(f"{source}: git cannot read {below or 'it'} ({told[-1] if told else 'no reason given'})")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            if member.isfile():
                content = archive.extractfile(member)
                files[member.name] = content.read() if content else b""
    return files
