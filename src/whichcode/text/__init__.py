"""From bytes to clean text, from text to tokens, lines and windows. Standard library alone."""

from whichcode.text.decode import DEFAULT_MAX_BYTES, decode
from whichcode.text.snippets import dedent, is_informative, split_lines, window
from whichcode.text.tokens import tokenise

__all__ = ["DEFAULT_MAX_BYTES", "decode", "dedent", "is_informative", "split_lines", "tokenise", "window"]
