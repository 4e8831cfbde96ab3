"""The language of a file, from its name and, where the name is shared, from rules on its content.

Nothing here is statistical: a label is what a name or a pattern says, else what most files of the extension are
in the same repository, else there is none. Names come from the registry, rules from ``label-rules.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from whichcode.corpus.prose import text_kind
from whichcode.languages import fold, languages
from whichcode.packaged import DATA

LOOKED_AT = 50_000
"""Characters from the start of a text that the rules are matched against."""

MAJORITY = 0.8
"""Share of a repository's decided files of one extension that settles the undecided ones."""

MAJORITY_OF = 5
"""Decided files below which there is no majority."""


@dataclass(frozen=True, slots=True)
class Label:
    """A language (folded, a canonical id) and what sort of text it is (``file`` for all but class text)."""

    language: str
    kind: str = "file"


@dataclass(frozen=True, slots=True)
class Rule:
    """A language, and the patterns that say so."""

    language: str
    any: tuple[re.Pattern[str], ...] = ()
    all: tuple[re.Pattern[str], ...] = ()
    none: tuple[re.Pattern[str], ...] = ()

    def holds(self, text: str) -> bool:
        """Tell whether `text` is as the patterns say."""
        return (
            (not self.any or any(pattern.search(text) for pattern in self.any))
            and all(pattern.search(text) for pattern in self.all)
            and not any(pattern.search(text) for pattern in self.none)
        )


@dataclass(frozen=True, slots=True)
class Named:
    """What a file's name says.

    Attributes:
        label: where it says all.
        extension: where the content has to decide: the extension whose rules are asked; empty for files without
            a known one, of which a ``#!`` line may tell.
        languages: what it may be, as far as names tell; empty if anything.
        ignored: the name says that the file is of no use.
    """

    label: Label | None = None
    extension: str = ""
    languages: frozenset[str] = frozenset()
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class _Contents:
    rules: tuple[Rule, ...]
    default: str | None
    vote: frozenset[str]


IGNORED = Named(ignored=True)


def by_name(path: str) -> Named:
    """Return what the name of the file at `path` says of its language."""
    name = path.rsplit("/", 1)[-1]
    for pattern, named in _names():
        if pattern.search(name):
            return named
    if name in _filenames():
        return _filenames()[name]
    return _by_extension(name.lower())


def by_content(named: Named, path: str, text: str) -> Label | None:
    """Return the language of a file whose content is `text`, or None where no rule decides.

    A label whose language is empty means that the file is of no use.
    """
    start = text[:LOOKED_AT]
    label = named.label
    if label is None or (label.language == "text" and start.startswith("#!")):
        label = _from_rules(named, path, start)
    if label is None:
        return None
    if label.language == "text":
        return label if label.kind != "?" else Label("text" if (kind := text_kind(start)) else "", kind or "file")
    for rule, instead in _requirements():
        if rule.language == label.language and not rule.holds(start):
            return Label(instead)
    return label


def _from_rules(named: Named, path: str, start: str) -> Label | None:
    interpreter = _from_shebang(start)
    if interpreter is not None and (not named.languages or interpreter in named.languages):
        return Label(interpreter)
    contents = _contents().get(named.extension)
    if contents is None:
        return None
    for rule in contents.rules:
        if rule.holds(start):
            return Label(fold(rule.language))
    if contents.default is None:
        return None
    return Label(fold(contents.default), "?" if contents.default == "text" else "file")


def majority(extension: str, decided: Counter[str], by_names: Mapping[str, int]) -> str | None:
    """Return the language of most files of `extension` in a repository, if it is clear.

    Args:
        extension: as `Named.extension`.
        decided: files of that extension that rules decided, by language.
        by_names: files of the repository that names decided, by language; counted where the rules of the
            extension say so (a header is of the language of the sources beside it).
    """
    votes = Counter({language: count for language, count in decided.items() if language})
    contents = _contents().get(extension)
    if contents is not None:
        for language in contents.vote:
            votes[language] += by_names.get(language, 0)
    if votes.total() < MAJORITY_OF:
        return None
    language, count = max(votes.items(), key=lambda item: (item[1], item[0]))
    return language if count >= MAJORITY * votes.total() else None


def _from_shebang(start: str) -> str | None:
    if not start.startswith("#!"):
        return None
    words = start[2:].split("\n", 1)[0].split()
    if words and words[0].rsplit("/", 1)[-1] == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if not words:
        return None
    program = words[0].rsplit("/", 1)[-1]
    interpreters = _interpreters()
    return interpreters.get(program) or interpreters.get(re.sub(r"[\d.]+$", "", program))


def _by_extension(name: str) -> Named:
    start = name.find(".", 1)
    while start != -1:
        named = _extensions().get(name[start:])
        if named is not None:
            return named
        start = name.find(".", start + 1)
    if name.startswith(".") and name in _extensions():
        return _extensions()[name]
    return Named() if "." not in name else IGNORED


@cache
def rules() -> dict[str, Any]:
    """Return the file of rules."""
    return tomllib.loads((DATA / "label-rules.toml").read_text(encoding="utf-8"))


@cache
def _names() -> list[tuple[re.Pattern[str], Named]]:
    return [
        (
            re.compile(entry["pattern"]),
            _named(entry["language"], entry.get("kind", "file")),
        )
        for entry in rules()["name"]
    ]


def _named(language: str, kind: str) -> Named:
    if language == "?":
        return Named()
    return Named(Label(fold(language), kind)) if language else IGNORED


@cache
def _filenames() -> dict[str, Named]:
    holders: dict[str, set[str]] = {}
    for language in languages():
        for name in language.filenames:
            holders.setdefault(name, set()).add(fold(language.id))
    return {name: Named(_plain(min(several))) for name, several in holders.items() if len(several) == 1}


@cache
def _extensions() -> dict[str, Named]:
    holders: dict[str, set[str]] = {}
    for language in languages():
        for extension in language.extensions:
            holders.setdefault(extension.lower(), set()).add(fold(language.id))
    for extension in _contents():
        holders.setdefault(extension, set())
    named = {}
    for extension, several in holders.items():
        if extension in _contents() or len(several) > 1:
            named[extension] = Named(extension=extension, languages=_possible(extension, several))
        else:
            named[extension] = Named(_plain(min(several)))
    for extension, language in rules()["extensions"].items():
        if not language:
            named[extension] = IGNORED
        elif language != "?":
            named[extension] = Named(_plain(fold(language)))
    return named


def _plain(language: str) -> Label:
    """Return the label of a language that a name settles; what sort of text it is, the content tells."""
    return Label(language, "?" if language == "text" else "file")


def _possible(extension: str, languages: set[str]) -> frozenset[str]:
    contents = _contents().get(extension)
    if contents is None:
        return frozenset(languages)
    told = {fold(rule.language) for rule in contents.rules} | {fold(contents.default or "")}
    return frozenset((languages | told | contents.vote) - {""})


@cache
def _contents() -> dict[str, _Contents]:
    result = {}
    for entry in rules()["content"]:
        contents = _Contents(
            tuple(_rule(rule) for rule in entry["rules"]), entry.get("default"), frozenset(entry.get("vote", ()))
        )
        result.update(dict.fromkeys(entry["extensions"], contents))
    return result


@cache
def _requirements() -> list[tuple[Rule, str]]:
    return [(_rule(entry), entry["instead"]) for entry in rules()["require"]]


def _rule(stored: dict[str, Any]) -> Rule:
    def compiled(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.MULTILINE) for pattern in stored.get(key, ()))

    return Rule(stored["language"], compiled("any"), compiled("all"), compiled("none"))


@cache
def _interpreters() -> dict[str, str]:
    holders: dict[str, set[str]] = {}
    for language in languages():
        for interpreter in language.interpreters:
            holders.setdefault(interpreter, set()).add(fold(language.id))
    owners: dict[str, str] = rules()["interpreters"]
    return {program: min(several) for program, several in holders.items() if len(several) == 1} | owners
