"""Lines, windows of lines, un-indentation, and which windows are worth asking about.

A window is a contiguous run of lines. Training and evaluation draw windows from files because users
paste windows: a detector trained on whole files alone has never seen a single line.
"""

from __future__ import annotations

import re

from whichcode.text.tokens import BLANKS

MIN_WORD_CHARACTERS = 4
"""Word characters that a line of a window needs, for windows up to `MAX_REQUIRED_LINES` lines."""

MAX_REQUIRED_LINES = 3
"""A window of many lines needs no more word characters than one of three."""

_WORD = re.compile(r"\w")
_INDENTATION = re.compile(r"[ \t]*")


def split_lines(text: str) -> list[str]:
    r"""Return the lines of `text` without their ends; only ``\n`` ends a line, as after `decode`."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def window(lines: list[str], start: int, count: int) -> str:
    """Return `count` consecutive lines from `start` as one text, un-indented."""
    return dedent("\n".join(lines[start : start + count]))


def dedent(text: str) -> str:
    """Remove the white space that begins every line of `text` that is not blank.

    Differs from `textwrap.dedent` in leaving blank lines as they are, so that no character beyond the
    common indentation changes.
    """
    lines = text.split("\n")
    margin: str | None = None
    for line in lines:
        if not line.strip(BLANKS):
            continue
        indentation = _INDENTATION.match(line).group()  # type: ignore[union-attr]  # matches the empty string
        margin = indentation if margin is None else _common_prefix(margin, indentation)
        if not margin:
            return text
    if not margin:
        return text
    return "\n".join(line.removeprefix(margin) for line in lines)


def is_informative(text: str, comments: tuple[str, ...] = (), word_characters: int = MIN_WORD_CHARACTERS) -> bool:
    """Tell whether a window is worth asking about: neither mostly empty nor all comment.

    It must hold `word_characters` word characters for each of its lines, up to three lines' worth (with 0, as
    for a closing bracket, none are asked for), at most half of its lines may be blank, and at least one line must
    not start with one of `comments` (the comment markers of its language; none means that this is not asked).
    """
    lines = text.split("\n")
    filled = [line.strip(BLANKS) for line in lines if line.strip(BLANKS)]
    if 2 * len(filled) < len(lines):
        return False
    required = word_characters * min(len(lines), MAX_REQUIRED_LINES)
    if sum(1 for _ in zip(_WORD.finditer(text), range(required), strict=False)) < required:
        return False
    return not comments or not all(line.startswith(comments) for line in filled)


def _common_prefix(a: str, b: str) -> str:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return a[:i]
    return min(a, b, key=len)
