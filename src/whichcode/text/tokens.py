r"""The lexer: a text becomes identifier runs, punctuation runs and single white-space characters.

There is one rule for all languages, since the language is what is asked. Identifier characters are
ASCII letters, digits, the underscore and *every* character beyond ASCII: the classes are then decided
byte by byte in UTF-8 too, without a table of Unicode, so that another implementation can agree exactly.
The tokens of a text, joined, are the text.
"""

from __future__ import annotations

import re

# Both classes are written in ranges of ASCII alone, which compile fast: identifiers as all that is not one of
# the other ASCII characters, so that everything beyond ASCII is among them.
IDENTIFIER = r"[^\x00-/:-@\[-^`{-\x7f]+"
PUNCTUATION = r"[\x00-\x08\x0e-\x1f!-/:-@\[-^`{-\x7f]+"
WHITE_SPACE = r"[ \t\n\r\f\v]"

BLANKS = " \t\r\f\v"
"""White space that does not end a line."""

TOKEN = re.compile(f"{IDENTIFIER}|{PUNCTUATION}|{WHITE_SPACE}")
"""A token, at the place where one begins."""


def tokenise(text: str) -> list[str]:
    """Return the tokens of `text` in order; ``"".join(tokenise(text)) == text``."""
    return TOKEN.findall(text)
