"""How much each token of a text added, so that a page can colour the text itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict

from whichcode.detector import Detector, prepare
from whichcode.explanation import Explanation
from whichcode.features.locate import locate

LEAST = 0.0005
"""Natural-log odds; a token that added less is not worth a span."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def spans(detector: Detector, text: str, explanation: Explanation) -> list[list[float]]:
    """Return ``[start, end, added]`` for the tokens of `text`, in characters, in their order.

    What a feature added is shared out equally among its occurrences, and of each among its tokens. What has no
    place, such as a line's end alone, is in no span.
    """
    each = {c.feature: c.added / c.count for c in explanation.contributions}
    prepared = prepare(text)
    added: defaultdict[tuple[int, int], float] = defaultdict(float)
    for name, places in locate(prepared, detector.model.config.features):
        share = each.get(name)
        if share is not None:
            for place in places:
                added[place] += share / len(places)
    starts, shifts = _lines(text, prepared)
    found: list[list[float]] = []
    for (start, end), value in sorted(added.items()):
        if abs(value) >= LEAST:
            shift = shifts[bisect_right(starts, start) - 1]
            found.append([start + shift, end + shift, round(value, 4)])
    return found


def _lines(text: str, prepared: str) -> tuple[list[int], list[int]]:
    """Return where each line of `prepared` starts, and how much further on its characters are in `text`.

    To prepare a text is to drop its byte-order mark, to make line ends line feeds, and to drop what the beginnings
    of all lines share: lines stay lines.
    """
    mark = 1 if text.startswith("\ufeff") else 0
    ends = [mark, *(match.end() for match in _LINE_END.finditer(text))]
    lengths = [len(line) for line in _LINE_END.split(text[mark:])]
    starts, shifts, offset = [], [], 0
    for line, start, length in zip(prepared.split("\n"), ends, lengths, strict=True):
        starts.append(offset)
        shifts.append(start + length - len(line) - offset)
        offset += len(line) + 1
    return starts, shifts
