"""Windows of raw lines: what a detector is asked about when somebody pastes a few lines of a file."""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from random import Random

from whichcode.text.snippets import MAX_REQUIRED_LINES, MIN_WORD_CHARACTERS, split_lines

LENGTHS = (1, 3, 5, 10, 20)
DRAWS = 10
SEED = 0

ATTEMPTS = 100
"""Draws for one window before its file is taken to have none with enough word characters."""

_WORD = re.compile(r"\w")


def draw_raw_windows(text: str, lines: int, *, draws: int = DRAWS, seed: int = SEED) -> list[str]:
    """Return up to `draws` windows of `lines` consecutive lines of `text`, indented as they are there.

    Starts are uniform, with replacement, so that a short file gives one window several times. A window with
    fewer than 4 word characters for each of its lines (for 3 lines at most) is drawn again. A text of fewer
    lines has no windows. Windows depend on the text, `lines` and `seed` alone.
    """
    rows = split_lines(text)
    if len(rows) < lines:
        return []
    # Python seeds from a string by SHA-512, alike everywhere; the digest, so that no two files share draws.
    random = Random(f"{seed}:{lines}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}")
    windows = []
    for _ in range(draws):
        for _ in range(ATTEMPTS):
            start = random.randint(0, len(rows) - lines)
            window = "\n".join(rows[start : start + lines])
            if has_enough_words(window, lines):
                windows.append(window)
                break
    return windows


def has_enough_words(text: str, lines: int) -> bool:
    """Tell whether `text` holds 4 word characters for each of `lines` lines, for 3 lines at most."""
    required = MIN_WORD_CHARACTERS * min(lines, MAX_REQUIRED_LINES)
    return sum(1 for _ in islice(_WORD.finditer(text), required)) == required
