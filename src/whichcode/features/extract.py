r"""From a text to the features that are counted, each by name.

The seed counts single tokens. The flagship counts more, all of it readable from the name alone:

* **token n-grams**: ``def``, ``self.``, ``#include <``. Runs of blanks become one space, so that
  ``if (`` and ``if(`` stay apart while ``x  =`` and ``x =`` do not. The text is wrapped in line feeds and
  ``\n`` is a token of its own, so the first n-gram of a line says that it starts one.
* **shape n-grams**: the same with each word replaced by its shape (``a`` lower case, ``Aa`` capitalised,
  ``aA`` camel case, ``0`` a number …): what is left of ``int x = compute(y);`` when the names are unknown.
* **indentation**: by how much a line goes deeper or back, with the token that ended the line before:
  ``:`` and four blanks deeper is Python, ``{`` and a tab deeper is often Go.

Extraction never looks at a vocabulary: the reference is these few lines of plain Python.
"""

from __future__ import annotations

import re
from operator import add
from typing import TYPE_CHECKING

from whichcode.text.tokens import BLANKS, IDENTIFIER, PUNCTUATION, tokenise

if TYPE_CHECKING:
    from whichcode.features.spec import FeatureSpec

SHAPE = "\x01"
"""Marks the name of a shape n-gram; control characters cannot begin a token n-gram of ordinary text."""

INDENT = "\x02"
"""Marks the name of an indentation feature."""

MAX_INDENT = 8
"""Deeper changes of indentation count as this one: columns of aligned arguments are all alike."""


def extract(text: str, spec: FeatureSpec) -> list[str]:
    """Return the names of all features of `text`, one entry an occurrence, in no promised order."""
    if spec.unit == "character":
        return list(text)
    if spec.ngrams == 1 and not spec.shapes and not spec.indentation:
        return tokenise(text)
    collapsed = _BLANK_LINES.sub("\n", _BLANKS.sub(" ", "\n" + text + "\n"))
    spaced = _SPACED_TOKEN.findall(collapsed)
    bare = [token[1:] if token[0] == " " else token for token in spaced]
    features = bare.copy()
    features += _longer_ngrams(bare, spaced, spec.ngrams)
    if spec.shapes:
        shapes = [_shape(token) for token in bare]
        spaced_shapes = [
            " " + shape if token[0] == " " else shape for token, shape in zip(spaced, shapes, strict=True)
        ]
        marked = [SHAPE + shape for shape in shapes]
        features += marked
        features += _longer_ngrams(marked, spaced_shapes, spec.shapes)
    if spec.indentation:
        features += _indentation(text)
    return features


def display(name: str) -> str:
    """Return a feature's name as it is shown to people, on one line."""
    visible = name.replace("\n", "⏎").replace("\t", "⇥").replace("\f", "␌").replace("\v", "␋").replace("\r", "␍")
    if visible == " ":
        return "␠"
    if name.startswith(SHAPE):
        return f"shape {visible[1:]}"
    if name.startswith(INDENT):
        return f"indent {visible[1:]}"
    return visible


_BLANKS = re.compile(r"[ \t\f\v\r]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")
_SPACED_TOKEN = re.compile(rf" ?(?:{IDENTIFIER}|{PUNCTUATION}|\n)")


def _longer_ngrams(first: list[str], following: list[str], longest: int) -> list[str]:
    """Return the n-grams of 2 to `longest` tokens: a name of `first`, then of `following`."""
    ngrams: list[str] = []
    grown = first
    for n in range(1, longest):
        grown = list(map(add, grown, following[n:]))
        ngrams += grown
    return ngrams


_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]+|[0-9][0-9_]*")


def _classify(word: str) -> str:
    if not word.isascii():
        return "ü"
    if "0" <= word[0] <= "9":
        match = _NUMBER.match(word)
        if match is None or match.end() < len(word):
            return "0a"
        return "0x" if word[1:2] in ("x", "X") else "0" if len(word) == 1 else "00"
    core = word.strip("_")
    if not core:
        return "_"
    edge = "_" if word[0] == "_" else ""
    joint = "_" if "_" in core else ""
    if core.islower():
        return edge + ("a_a" if joint else "a")
    if core.isupper():
        return edge + ("A_A" if joint else "A" if len(core) == 1 else "AA")
    if joint:
        return edge + "A_a"
    if core[0].islower():
        return edge + "aA"
    return edge + ("Aa" if core[1:].islower() else "AaA")


# Words repeat, in a text and between texts, so each is classified once; bounded, since words are endless.
_KNOWN_SHAPES: dict[str, str] = {}
_MAX_KNOWN_SHAPES = 1 << 16
_LONGEST_KNOWN = 64


def _shape(token: str) -> str:
    shape = _KNOWN_SHAPES.get(token)
    if shape is None:
        word = token[0] == "_" or token[0].isalnum() or token[0] >= "\x80"
        shape = _classify(token) if word else token
        if len(token) > _LONGEST_KNOWN:
            return shape
        if len(_KNOWN_SHAPES) >= _MAX_KNOWN_SHAPES:
            _KNOWN_SHAPES.clear()
        _KNOWN_SHAPES[token] = shape
    return shape


# Possessive, so that a line of blanks alone costs its length and not its square.
_LINE = re.compile(r"^([ \t]*+)([^ \t\n\r\f\v][^\n]*)", re.MULTILINE)
_LAST_TOKEN = re.compile(rf"(?:{IDENTIFIER}|{PUNCTUATION})\Z")
_LONGEST_LAST_TOKEN = 32
"""Characters; a longer one is no keyword, and an implementation need not keep it."""


def _indentation(text: str) -> list[str]:
    """Return, for each line that is deeper or less deep than the one before, how, and after which token."""
    features: list[str] = []
    before: str | None = None
    last = ""
    for indentation, rest in _LINE.findall(text):
        if before is not None and indentation != before:
            change = _change(before, indentation)
            features.append(INDENT + change)
            # The search begins where it can, and not at the beginning of a line that may be long.
            token = _LAST_TOKEN.search(last.rstrip(BLANKS)[-_LONGEST_LAST_TOKEN - 1 :])
            if token is not None and len(token.group()) <= _LONGEST_LAST_TOKEN:
                features.append(INDENT + token.group() + " " + change)
        before, last = indentation, rest
    return features


def _change(before: str, after: str) -> str:
    if after.startswith(before):
        added = after[len(before) :]
        if added.strip(" ") == "":
            return f">{min(len(added), MAX_INDENT)}"
        return ">\t" if added.strip("\t") == "" else ">?"
    if before.startswith(after):
        return "<\t" if "\t" in before else "<"
    return "?"
