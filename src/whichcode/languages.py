"""The registry of languages: canonical ids, what else people call them, and what they are confused with.

A language is known by its canonical id, which is Linguist's name for it in lower case (``"c++"``,
``"visual basic .net"``). Every function that takes the name of a language accepts what `find` accepts.
The registry is read from a file of the package when it is first asked for, and once.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from whichcode.errors import InputError
from whichcode.packaged import read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Language(NamedTuple):
    """A language of the registry.

    Attributes:
        id: its canonical id, Linguist's name in lower case.
        name: the name to show.
        type: what its texts are: "programming", "markup", "data" or "prose".
        group: the canonical id of the language that it is a dialect or part of, if any.
        aliases: other names, in lower case.
        extensions: of its files, each with its dot, the usual one first.
        filenames: whole names of its files, such as ``Makefile``.
        interpreters: programs that a ``#!`` line names for it.
        comments: how a line that is only a comment starts; empty where whichcode does not know.
    """

    id: str
    name: str
    type: str
    group: str | None = None
    aliases: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


class Family(NamedTuple):
    """Languages of which one holds another, or which a short text alone often cannot tell apart.

    Attributes:
        reason: why, in a sentence.
        languages: their canonical ids.
    """

    reason: str
    languages: tuple[str, ...]


def languages() -> tuple[Language, ...]:
    """Return every language of the registry, in the order of their ids."""
    return _languages()


@cache
def families() -> tuple[Family, ...]:
    """Return the families of languages that nest or are hard to tell apart."""
    return tuple(Family(entry["reason"], tuple(entry["languages"])) for entry in _stored()["families"])


def find(name: str) -> Language:
    """Return the language that `name` means, in upper or lower case.

    `name` is a canonical id or display name (with spaces or hyphens), else an alias (``"js"``), else an
    extension with or without its dot (``".rb"``), if that extension belongs to one language or to one of
    several for almost everyone, as ``.h`` does to C.

    Raises:
        InputError: no language is called so, or an extension does not settle which.
    """
    key = " ".join(name.lower().split())
    if key in _names():
        return _names()[key]
    candidates = _extensions().get(key) or _extensions().get("." + key) or ()
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        ids = ", ".join(language.id for language in candidates)
        raise InputError(f"{name!r} is an extension of several languages ({ids}); name one of them")
    meant = {called: language.id for called, language in _names().items()}
    raise InputError(
        f"{name!r} is not the name of a language{suggestion(key, meant)} (`whichcode languages` lists them all)"
    )


def resolve(names: Iterable[str]) -> list[str]:
    """Return the canonical ids of the languages that `names` mean, each once, in the order given.

    Raises:
        InputError: `find` knows no language by one of the names, or `names` is a single string.
    """
    if isinstance(names, str):
        raise InputError(f"a list of names is wanted, not the single string {names!r}: write [{names!r}]")
    return list(dict.fromkeys(find(name).id for name in names))


def fold(language: str) -> str:
    """Return what a corpus labels texts of `language` (a canonical id) as: its group, or itself.

    Dialects that a text alone rarely tells apart are one class; those that people name are kept apart.
    """
    folded: str = _stored()["folds"].get(language, language)
    return folded


def comment_markers(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return how lines that are only comments start in each language of `names`, by the name given.

    A name that `find` does not know has no markers: labelled texts may bring labels of their own.
    """
    markers: dict[str, tuple[str, ...]] = {}
    for name in names:
        try:
            markers[name] = find(name).comments
        except InputError:
            markers[name] = ()
    return markers


# The file, read and indexed in steps, so that nobody waits for an index that they do not use.


@cache
def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(read_data("languages.json"))
    return stored


@cache
def _languages() -> tuple[Language, ...]:
    return tuple(
        Language(
            key,
            facts["name"],
            facts["type"],
            facts.get("group"),
            tuple(facts.get("aliases", ())),
            tuple(facts.get("extensions", ())),
            tuple(facts.get("filenames", ())),
            tuple(facts.get("interpreters", ())),
            tuple(facts.get("comments", ())),
        )
        for key, facts in _stored()["languages"].items()
    )


@cache
def _names() -> dict[str, Language]:
    """Return the languages by id and alias, and by id with hyphens for spaces; ids come before aliases."""
    names = {language.id: language for language in _languages()}
    for language in _languages():
        for alias in language.aliases:
            names.setdefault(alias, language)
    for language in _languages():
        names.setdefault(language.id.replace(" ", "-"), language)
    return names


@cache
def _extensions() -> dict[str, tuple[Language, ...]]:
    """Return whom each extension may mean: its owner alone where it has one."""
    holders: dict[str, list[Language]] = {}
    for language in _languages():
        for extension in dict.fromkeys(map(str.lower, language.extensions)):
            holders.setdefault(extension, []).append(language)
    extensions = {extension: tuple(several) for extension, several in holders.items()}
    for extension, owner in _stored()["owners"].items():
        extensions[extension] = (_names()[owner],)
    return extensions


def suggestion(name: str, meant: Mapping[str, str]) -> str:
    """Return the end of an error about `name`: what the keys of `meant` nearest to it mean, if any is near."""
    import difflib

    close = difflib.get_close_matches(name, meant, n=5, cutoff=0.6)
    ids = list(dict.fromkeys(meant[match] for match in close))[:3]
    return "; did you mean " + " or ".join(map(repr, ids)) + "?" if ids else ""
