"""The manifest of a corpus: which repositories, at which commit, under which licence, with which labels.

::

    {
      "repositories": [
        {"repository": "owner/name", "commit": "<40 hexadecimal digits>" or null, "licence": "MIT" or null,
         "include": ["src/**"], "exclude": ["**/fixtures/**"], "cap": 60,
         "labels": "names"},
        {"repository": "owner/collection", "licence": "CC0-1.0",
         "labels": "folders", "folders": {"lua/**": "lua", "outputs/*.out": "text/output"}}
      ],
      "caps": {"files": 120}
    }

A list of repositories alone is a manifest too. A commit of null is the newest that the mirror has. Where the
labels come from folders, a file that no pattern matches is left out; where they come from names, ``folders`` may
still say otherwise for some. ``text/KIND`` labels a text that is not code, and says what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from whichcode.errors import CorpusError, InputError
from whichcode.languages import find, fold

KINDS = ("file", "prose", "licence", "changelog", "log", "traceback", "output", "mail")
"""What sort of text a file can be said to be; all but the first are of the class ``text``."""

# `.git` is no part of a name: with it the same repository would be another one to lists of names.
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w-]*/(?!\.\.?$)(?![\w.-]*\.git$)[\w.-]+", re.ASCII | re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of one kind a corpus takes at most.

    Attributes:
        files: files of one language from one repository.
        thin_files: the same where the language has fewer than this many files in all.
        language_files: files of one language.
        fences: fenced blocks of one language from one repository.
        language_fences: fenced blocks of one language.
    """

    files: int = 120
    thin_files: int = 300
    language_files: int = 4000
    fences: int = 60
    language_fences: int = 3000


@dataclass(frozen=True, slots=True)
class Repository:
    """One entry of a manifest.

    Attributes:
        repository: ``owner/name``.
        commit: hexadecimal; None is the newest that the mirror has.
        licence: an SPDX expression, if any is known.
        include: patterns of the paths to take; none takes all.
        exclude: patterns of the paths to leave.
        folders: patterns with the language and kind that they tell, before the files' names.
        leave_out: languages (folded) that its labels do not tell well enough, and that are not taken from it.
        relabel: pairs of languages (folded): what the author of its blocks calls the first is the second.
        names: whether the names tell the language of files that no pattern matches.
        cap: files of one language to take at most, in place of the manifest's cap.
        fences: fenced blocks of one language to take at most, in place of the manifest's cap.
        files_per_author: where it is a collection of files by many authors: how many of a language's files (or
            blocks) are taken to be one author's. An author counts as a repository does where a vocabulary is
            chosen, windows are balanced and a language has too much; a language is as popular as its
            repositories say, and no more for its authors.
    """

    repository: str
    commit: str | None = None
    licence: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    folders: tuple[tuple[str, str, str], ...] = ()
    leave_out: tuple[str, ...] = ()
    relabel: tuple[tuple[str, str], ...] = ()
    names: bool = True
    cap: int | None = None
    fences: int | None = None
    files_per_author: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The repositories of a corpus, in the order of their names, and its caps."""

    repositories: tuple[Repository, ...]
    caps: Caps = field(default_factory=Caps)


def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return whether a path matches one of `patterns`, as a function.

    ``*`` and ``?`` stand for characters other than a slash, ``**`` for any, ``[ab]`` for one of them; a pattern
    that ends with a slash means all below it.
    """
    if not patterns:
        return lambda _path: False
    return re.compile("|".join(f"(?:{_translated(pattern)})" for pattern in patterns)).fullmatch  # type: ignore[return-value]


def _translated(pattern: str) -> str:
    pattern = pattern.lstrip("/") + ("**" if pattern.endswith("/") else "")
    result = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", pattern, re.DOTALL):
        wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        if part in wildcards:
            result += wildcards[part]
        elif len(part) > 2:
            result += "[" + part[1:-1].replace("!", "^", 1).replace("\\", r"\\") + "]"
        else:
            result += re.escape(part)
    return result


def read_manifest(path: str | Path) -> Manifest:
    """Read a manifest.

    Raises:
        CorpusError: it cannot be read, or an entry is wrong; the message names the entry.
    """
    path = Path(path)
    try:
        stored = json.loads(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}: not JSON: {error}") from error
    if isinstance(stored, list):
        stored = {"repositories": stored}
    if not isinstance(stored, dict) or not isinstance(stored.get("repositories"), list):
        raise CorpusError(f"{path}: a manifest is an object with a list 'repositories', or such a list alone")
    unknown = stored.keys() - {"repositories", "caps"}
    if unknown:
        raise CorpusError(f"{path}: a manifest has no {sorted(unknown)[0]!r}; it has 'repositories' and 'caps'")
    if not stored["repositories"]:
        raise CorpusError(f"{path}: the manifest names no repository")
    repositories: dict[str, Repository] = {}
    for number, entry in enumerate(stored["repositories"], start=1):
        repository = _repository(entry, f"{path}: entry {number}")
        key = repository.repository.lower()
        if key in repositories:
            raise CorpusError(f"{path}: entry {number} ({repository.repository}) is listed twice")
        repositories[key] = repository
    return Manifest(tuple(repositories[key] for key in sorted(repositories)), _caps(stored.get("caps", {}), path))


def listed(path: Path) -> list[tuple[int, str]]:
    """Return what a file lists, one a line, and the number of each line.

    A comment is after a ``#`` that begins the line or follows a blank: ``c#`` is a language.

    Raises:
        CorpusError: the file cannot be read.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from error
    return [
        (n, item)
        for n, line in enumerate(lines, start=1)
        if (item := re.split(r"(?<!\S)#", line, maxsplit=1)[0].strip())
    ]


def only(manifest: Manifest, path: Path) -> Manifest:
    """Return the part of `manifest` that a file names: ``owner/name``, one a line, with comments after a ``#``.

    Raises:
        CorpusError: the file cannot be read, names none, or one that the manifest does not list.
    """
    wanted = {name.lower(): name for _, name in listed(path)}
    kept = tuple(one for one in manifest.repositories if one.repository.lower() in wanted)
    unlisted = sorted(wanted.keys() - {one.repository.lower() for one in kept})
    if unlisted:
        names = ", ".join(repr(wanted[name]) for name in unlisted[:3]) + (", …" if len(unlisted) > 3 else "")
        raise CorpusError(f"{path}: the manifest does not list {names}; name what it lists")
    if not kept:
        raise CorpusError(f"{path}: names no repository")
    return Manifest(kept, manifest.caps)


def _repository(entry: Any, where: str) -> Repository:
    if not isinstance(entry, dict):
        raise CorpusError(f"{where} must be an object with 'repository', not {type(entry).__name__}")
    name = entry.get("repository")
    if not isinstance(name, str) or not _REPOSITORY.fullmatch(name):
        raise CorpusError(f"{where}: 'repository' must be owner/name, not {name!r}")
    where = f"{where} ({name})"
    known = {
        "repository",
        "commit",
        "licence",
        "include",
        "exclude",
        "leave_out",
        "relabel",
        "labels",
        "folders",
        "cap",
        "fences",
        "files_per_author",
    }
    unknown = entry.keys() - known
    if unknown:
        raise CorpusError(f"{where}: there is no {sorted(unknown)[0]!r}; an entry has {', '.join(sorted(known))}")
    commit = entry.get("commit")
    if commit is not None and not (isinstance(commit, str) and _COMMIT.fullmatch(commit)):
        raise CorpusError(f"{where}: 'commit' must be 40 hexadecimal digits or null, not {commit!r}")
    licence = entry.get("licence")
    if licence is not None and not (isinstance(licence, str) and licence.strip() and licence.isprintable()):
        raise CorpusError(f"{where}: 'licence' must be an SPDX expression or null, not {licence!r}")
    for option in ("cap", "fences", "files_per_author"):
        value = entry.get(option)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise CorpusError(f"{where}: {option!r} must be a whole number of 1 or more, not {value!r}")
    folders = _folders(entry, where)
    leave_out = _languages(entry.get("leave_out", []), f"{where}: 'leave_out'")
    for _, language, _ in folders:
        if language in leave_out:
            raise CorpusError(f"{where}: {language!r} is in 'folders' and in 'leave_out'; take it out of one")
    relabel = _relabel(entry.get("relabel", {}), f"{where}: 'relabel'")
    for language in (one for pair in relabel for one in pair):
        if language in leave_out:
            raise CorpusError(f"{where}: {language!r} is in 'relabel' and in 'leave_out'; take it out of one")
    if relabel and entry.get("labels", "names") == "folders":
        raise CorpusError(f"{where}: 'relabel' is for blocks, which are read where 'labels' is 'names'")
    return Repository(
        name,
        commit,
        licence,
        _patterns(entry.get("include", []), f"{where}: 'include'"),
        _patterns(entry.get("exclude", []), f"{where}: 'exclude'"),
        folders,
        leave_out,
        relabel,
        entry.get("labels", "names") == "names",
        entry.get("cap"),
        entry.get("fences"),
        entry.get("files_per_author"),
    )


def _patterns(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise CorpusError(f"{where} must be a list of patterns such as 'src/**', not {value!r}")
    for item in value:
        _check_pattern(item, where)
    return tuple(value)


def _check_pattern(pattern: str, where: str) -> None:
    try:
        matcher((pattern,))
    except re.error as error:
        raise CorpusError(f"{where}: {pattern!r} is no pattern: {error}") from error


def _folders(entry: dict[str, Any], where: str) -> tuple[tuple[str, str, str], ...]:
    labels = entry.get("labels", "names")
    folders = entry.get("folders")
    if labels not in ("names", "folders"):
        raise CorpusError(f"{where}: 'labels' must be 'names' or 'folders', not {labels!r}")
    if labels == "names" and folders is None:
        return ()
    if not isinstance(folders, dict) or not folders:
        raise CorpusError(f"{where}: 'folders' must say the language of each pattern, as {{'lua/**': 'lua'}}")
    result = []
    for pattern, language in folders.items():
        if not pattern or not isinstance(language, str):
            raise CorpusError(
                f"{where}: 'folders' must map patterns to languages, not {pattern!r} to {language!r}"
            )
        _check_pattern(pattern, f"{where}: 'folders'")
        name, _, kind = language.partition("/") if language.startswith("text/") else (language, "", "file")
        if kind not in KINDS:
            raise CorpusError(
                f"{where}: 'folders': there is no kind {kind!r} of text; it is one of {', '.join(KINDS)}"
            )
        result.append((pattern, _language(name, f"{where}: 'folders'"), kind))
    return tuple(result)


def _languages(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CorpusError(f"{where} must be a list of languages, not {value!r}")
    return tuple(sorted({_learnt(item, where) for item in value}))


def _relabel(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise CorpusError(f"{where} must map languages to languages, as {{'perl': 'raku'}}, not {value!r}")
    pairs: dict[str, str] = {}
    for wrong, right in value.items():
        key, meant = _learnt(wrong, where), _learnt(right, where)
        if key in pairs:
            raise CorpusError(f"{where}: {key!r} is there twice")
        if key == meant:
            raise CorpusError(f"{where}: {wrong!r} and {right!r} are the same language")
        pairs[key] = meant
    return tuple(sorted(pairs.items()))


def _learnt(name: str, where: str) -> str:
    """Return the language that `name` means, if texts of it are learnt as such."""
    language = _language(name, where)
    if language != find(name).id:
        raise CorpusError(f"{where}: {name!r} is learnt as {language!r}; name that")
    return language


def _language(name: str, where: str) -> str:
    try:
        return fold(find(name).id)
    except InputError as error:
        raise CorpusError(f"{where}: {error}") from error


def _caps(stored: Any, path: Path) -> Caps:
    if not isinstance(stored, dict):
        raise CorpusError(f"{path}: 'caps' must be an object")
    names = [one.name for one in fields(Caps)]
    for name, value in stored.items():
        if name not in names:
            raise CorpusError(f"{path}: 'caps' has no {name!r}; it has {', '.join(names)}")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise CorpusError(f"{path}: the cap {name!r} must be a whole number of 1 or more, not {value!r}")
    return Caps(**stored)
