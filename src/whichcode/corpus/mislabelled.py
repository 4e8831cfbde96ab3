"""Labelled blocks of documentation that are, by their form, something else than their author calls them.

Documentation marks a change to a program with the label of the program's language, and shows an answer of a
server with that of the question. A detector that learns from such labels learns to be wrong.
"""

from __future__ import annotations

import json
import re

from whichcode.corpus.fences import Fence, resolve
from whichcode.errors import InputError
from whichcode.languages import find

_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)
_ADDED = re.compile(r"^\+(?!\+)[ \t]*[^\s+]", re.MULTILINE)
_MARKED = re.compile(r"[-+ \t]")
_PROMPT = re.compile(r"\$ \S")

# What is patched in documentation beside programs; the lines of prose may begin with anything.
_DATA = ("css", "graphql", "html", "ini", "json", "scss", "sql", "svelte", "toml", "vue", "xml", "yaml")
_PATCHED = frozenset((*_DATA, "json with comments"))
# Programs whose lines may begin with a plus.
_SYMBOLIC = frozenset({"apl", "befunge", "bqn", "brainfuck", "diff", "factor", "forth", "j", "k", "q", "uiua"})
# Their lines may begin with a dollar sign and a blank.
_DOLLARS = frozenset({"agda", "elm", "haskell", "idris", "nushell", "purescript", "raku", "shellsession"})


def taken_as(fence: Fence) -> str | None:
    """Return the language (folded) that a block is learnt as, or as `resolve` None or the empty string.

    What begins with a prompt is ``shellsession``. A program with hunks, or of which every line begins with a plus,
    a minus or a blank, is ``diff``; where only some lines are marked so, it is of no use. A program that is one
    object of JSON is ``json``.
    """
    language = resolve(fence)
    if not language:
        return language
    if language not in _DOLLARS and _PROMPT.match(fence.text.lstrip("\n")):
        return "shellsession"
    program = _is_program(language)
    if (program or language in _PATCHED) and language not in _SYMBOLIC:
        if _HUNK.search(fence.text):
            return "diff"
        if _ADDED.search(fence.text):
            return "diff" if all(map(_MARKED.match, filter(str.strip, fence.text.split("\n")))) else ""
    return "json" if (program or language in ("graphql", "http")) and _is_object(fence.text) else language


def _is_program(language: str) -> bool:
    try:
        return find(language).type == "programming"
    except InputError:
        return False


def _is_object(text: str) -> bool:
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}") and '"' in text):
        return False
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False
