"""Windows of lines drawn from documents, by fixed seeds: the same ones on any machine."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from random import Random

from whichcode.corpus.document import Document
from whichcode.text.snippets import MIN_WORD_CHARACTERS, dedent, is_informative, split_lines, window

ATTEMPTS = 20
"""Draws for one window before its document is taken to have none worth asking about."""


def draw_windows(
    document: Document,
    count: int,
    *,
    min_lines: int,
    max_lines: int,
    seed: int,
    comments: Sequence[str] = (),
    log_uniform: bool = False,
    sign: re.Pattern[str] | None = None,
    bare: bool = False,
) -> list[str]:
    """Return up to `count` un-indented windows of `min_lines` to `max_lines` lines from `document`.

    Lengths are uniform, or uniform in their logarithm; starts are uniform. A length beyond the document's
    is cut to it, unless even `min_lines` is: a document shorter than that has no windows. Windows that are
    mostly empty or all comment (`is_informative`), or in which `sign` is not found, are drawn again,
    `ATTEMPTS` times; with `bare` those with hardly a word are taken.
    """
    lines = split_lines(document.text)
    if len(lines) < min_lines:
        return []
    # Python seeds from a string by SHA-512, alike everywhere.
    random = Random(f"{seed}:{min_lines}:{max_lines}:{document.digest}")
    markers = tuple(comments)
    words = 0 if bare else MIN_WORD_CHARACTERS
    windows = []
    for _ in range(count):
        for _ in range(ATTEMPTS):
            if log_uniform:
                length = int(math.exp(random.uniform(math.log(min_lines), math.log(max_lines + 1))))
            else:
                length = random.randint(min_lines, max_lines)
            length = min(length, len(lines))
            start = random.randint(0, len(lines) - length)
            text = window(lines, start, length)
            # A patch's context begins with a blank, and is no list for having lost it: the lines as they are.
            if is_informative(text, markers, words) and (
                sign is None or sign.search("\n".join(lines[start : start + length]))
            ):
                windows.append(text)
                break
    return windows


def whole(document: Document, max_characters: int) -> str:
    """Return the start of `document`, cut at a line's end and un-indented."""
    text = document.text
    if len(text) > max_characters:
        end = text.rfind("\n", 0, max_characters)
        text = text[: end if end > 0 else max_characters]
    return dedent(text)
