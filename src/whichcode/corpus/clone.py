"""Getting the repositories of a manifest with the git program."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from whichcode.corpus.git import Mirror, find_mirror
from whichcode.corpus.manifest import Manifest, Repository
from whichcode.errors import CorpusError, WhichcodeError
from whichcode.progress import progress

FROM = "https://github.com/{repository}.git"


def clone_corpus(
    manifest: Manifest, mirrors: Path, *, address: str = FROM, log: Callable[[str], None]
) -> tuple[int, dict[str, str]]:
    """Get every repository that is not in `mirrors` yet at its commit, without history.

    Each comes into a folder ``owner+name.git`` under a temporary name, and is renamed when it is whole.

    Returns:
        How many were got, and why others were not, by repository.

    Raises:
        WhichcodeError: there is no git program, or `mirrors` cannot be written to.
    """
    git = shutil.which("git")
    if git is None:
        raise WhichcodeError("this needs the program git, which is not installed or not on the PATH")
    try:
        mirrors.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CorpusError(f"{mirrors}: cannot be written to: {error.strerror}") from error
    todo = [one for one in manifest.repositories if not _is_there(mirrors, one)]
    log(
        f"{len(manifest.repositories)} repositories, of which {len(manifest.repositories) - len(todo)} are there; "
        "getting the rest"
    )
    failures = {}
    with progress("getting", len(todo)) as advance:
        for one in todo:
            wrong = _clone(git, one, mirrors, address.replace("{repository}", one.repository))
            if wrong is not None:
                failures[one.repository] = wrong
            advance(1)
    return len(todo) - len(failures), failures


def _is_there(mirrors: Path, repository: Repository) -> bool:
    mirror = find_mirror(mirrors, repository.repository)
    if mirror is None:
        return False
    try:
        Mirror.open(mirror).resolve(repository.commit)
    except CorpusError:
        return False
    return True


def _clone(git: str, repository: Repository, mirrors: Path, address: str) -> str | None:
    """Get one repository; return what went wrong, or None."""
    target = mirrors / f"{repository.repository.replace('/', '+')}.git"
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    steps = [
        ["init", "--quiet", "--bare", "--initial-branch=main", str(part)],
        [
            "--git-dir",
            str(part),
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--",
            address,
            repository.commit or "HEAD",
        ],
        ["--git-dir", str(part), "update-ref", "refs/heads/main", "FETCH_HEAD"],
    ]
    # A private or missing repository is an error here, never a question to the user.
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    for step in steps:
        done = subprocess.run([git, *step], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(part, ignore_errors=True)
            told = [line for line in done.stderr.splitlines() if line.strip()]
            return told[0] if told else f"git {step[0]} ended with status {done.returncode}"
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    return None
