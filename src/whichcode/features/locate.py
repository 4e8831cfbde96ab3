"""Where in a text each feature was found: `extract` once more, with places.

Detection has no use for places, so it does not pay for them; a test holds the names of both against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from whichcode.features.extract import LINE, SHAPE, indentation_names, shape_of
from whichcode.features.spec import FeatureSpec
from whichcode.text.tokens import IDENTIFIER, PUNCTUATION, TOKEN

Place = tuple[int, int]
"""Start and end, in characters."""


class Located(NamedTuple):
    """One occurrence of a feature: its name, and the tokens or the indentation that it is made of."""

    name: str
    places: tuple[Place, ...]


_WORD_OR_LINE_END = re.compile(f"{IDENTIFIER}|{PUNCTUATION}|\n")


def locate(text: str, spec: FeatureSpec) -> Iterator[Located]:
    """Yield every occurrence of every feature of `text`, the same names as `extract` gives.

    Line ends have no place of their own: an n-gram over a line's end is placed on its other tokens.
    """
    if spec.unit == "character":
        for i, character in enumerate(text):
            yield Located(character, ((i, i + 1),))
        return
    if spec.ngrams == 1 and not spec.shapes and not spec.indentation:
        for match in TOKEN.finditer(text):
            yield Located(match.group(), (match.span(),))
        return
    bare, spaced, places = _tokens(text)
    yield from _ngrams(bare, spaced, places, spec.ngrams)
    if spec.shapes:
        shapes = [shape_of(token) for token in bare]
        after = [" " + shape if token[0] == " " else shape for token, shape in zip(spaced, shapes, strict=True)]
        yield from _ngrams([SHAPE + shape for shape in shapes], after, places, spec.shapes)
    if spec.indentation:
        yield from _indentation(text)


def _tokens(text: str) -> tuple[list[str], list[str], list[Place | None]]:
    """Return the tokens, the same with a space before those that follow a blank, and their places."""
    bare, spaced = ["\n"], ["\n"]
    places: list[Place | None] = [None]
    end = 0
    for match in _WORD_OR_LINE_END.finditer(text):
        token = match.group()
        if token == "\n":
            if bare[-1] != "\n":
                bare.append(token)
                spaced.append(token)
                places.append(None)
        else:
            apart = match.start() > end and bare[-1] != "\n"
            bare.append(token)
            spaced.append(" " + token if apart else token)
            places.append(match.span())
        end = match.end()
    if bare[-1] != "\n":
        bare.append("\n")
        spaced.append("\n")
        places.append(None)
    return bare, spaced, places


def _ngrams(first: list[str], following: list[str], places: list[Place | None], longest: int) -> Iterator[Located]:
    for i, name in enumerate(first):
        here: tuple[Place | None, ...] = (places[i],)
        yield Located(name, tuple(place for place in here if place is not None))
        for j in range(i + 1, min(i + longest, len(first))):
            name += following[j]  # noqa: PLW2901  # grown token by token
            here = (*here, places[j])
            yield Located(name, tuple(place for place in here if place is not None))


def _indentation(text: str) -> Iterator[Located]:
    before: str | None = None
    last = ""
    for match in LINE.finditer(text):
        indentation, rest = match.groups()
        if before is not None and indentation != before:
            # Where nothing is indented any more, the first character of the line shows the change.
            end = match.end(1) if indentation else match.start(2) + 1
            for name in indentation_names(before, indentation, last):
                yield Located(name, ((match.start(), end),))
        before, last = indentation, rest
