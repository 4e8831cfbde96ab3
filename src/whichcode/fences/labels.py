"""Which label a language gets, and when two labels agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from whichcode.corpus.fences import Fence, clean_label, resolve
from whichcode.errors import InputError
from whichcode.fences.block import Block
from whichcode.languages import families, find, fold
from whichcode.packaged import DATA

STYLES = ("document", "alias", "canonical")


def language_of(label: str, text: str = "x\n") -> str | None:
    """Return the language (folded) that `label` calls `text`.

    None means that nobody knows the label, the empty string that it names no language.

    A session with prompts is ``shellsession`` whatever its label says (`whichcode.corpus.fences.resolve`).
    """
    name = clean_label(label)
    return resolve(Fence(name, text, 0)) if name else None


def written(label: str) -> str:
    """Return the language's part of a label as its author wrote it: ``Python`` of ``Python title="x"``."""
    name = clean_label(label)
    at = label.lower().find(name)
    return label[at : at + len(name)] if name and at >= 0 else name


def agree(a: str, b: str) -> bool:
    """Tell whether two languages (canonical ids) are one, of one group, or of one family of the registry."""
    if a == b or fold(a) == fold(b):
        return True
    return b in _relatives().get(a, ())


NESTED = (
    frozenset({"javascript", "typescript", "tsx"}),
    frozenset({"json", "json with comments", "json5"}),
    frozenset({"css", "scss", "less"}),
    frozenset({"c", "c++"}),
)
"""Languages of which one holds another: a text that may be either is shown well under the label of both."""


def nested(language: str) -> frozenset[str]:
    """Return the languages that `language` holds or is held by, and itself."""
    return next((those for those in NESTED if language in those), frozenset({language}))


@cache
def _relatives() -> dict[str, frozenset[str]]:
    relatives: dict[str, set[str]] = {}
    for family in families():
        for language in family.languages:
            relatives.setdefault(language, set()).update(family.languages)
    return {language: frozenset(others) for language, others in relatives.items()}


Usage = Mapping[str, Counter[str]]
"""Labels as they are written, by language, with how often."""


def usage(blocks: Iterable[Block]) -> dict[str, Counter[str]]:
    """Return which labels blocks have for each language."""
    found: dict[str, Counter[str]] = {}
    for block in blocks:
        if block.label and (language := language_of(block.label, block.text)):
            found.setdefault(language, Counter())[written(block.label)] += 1
    return found


def choose(language: str, style: str = "document", usages: Iterable[Usage] = ()) -> str:
    """Return the label that a block in `language` (a canonical id) gets.

    Args:
        language: what it is in.
        style: ``document``: what the first of `usages` that has the language calls it most often, else its alias;
            ``alias``: what most documentation calls it; ``canonical``: its id in the registry, with
                hyphens for spaces.
        usages: labels of the document, of its folder: the nearest first.

    Raises:
        InputError: there is no such style.
    """
    if style not in STYLES:
        raise InputError(f"no style {style!r}; there are {', '.join(STYLES)}")
    if style == "canonical":
        name = language.replace(" ", "-")
        # An id that could not be read back, as that of Cap'n Proto, is no label.
        return name if clean_label(name) == name else alias(language)
    if style == "document":
        for known in usages:
            if counts := known.get(language):
                # Of labels that are as common the first in the alphabet: the order of files must not matter.
                return min(counts, key=lambda label: (-counts[label], label))
    return alias(language)


_TOOLS = ("cask", "eask")
"""Aliases that the registry has for a tool's files: nobody calls Emacs Lisp so."""


@cache
def alias(language: str) -> str:
    """Return what most documentation calls `language`; where none is known to, a name without spaces."""
    common = _common().get(language)
    if common is not None:
        return common
    # Spaces end a label, and other marks mean something to some renderer.
    known = find(language)
    extensions = [extension[1:] for extension in known.extensions]
    aliases = [one for one in known.aliases if one not in _TOOLS]
    names = [language, *aliases, language.replace(" ", "-"), *extensions]
    return next(name for name in names if clean_label(name) == name and language_of(name) == language)


@cache
def _common() -> dict[str, str]:
    labels: dict[str, str] = json.loads((DATA / "fence-labels.json").read_bytes())["labels"]
    return labels
