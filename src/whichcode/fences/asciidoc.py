"""Code blocks of AsciiDoc, with the place of each label.

Blocks are read as for the corpus (`whichcode.corpus.listings`). ``[source]`` becomes ``[source,lang]``; a
listing without a style gets such a line.
"""

from __future__ import annotations

from whichcode.corpus.listings import Listing, listings
from whichcode.fences.block import Block, Lines, Slot


def asciidoc_blocks(text: str) -> list[Block]:
    """Return the code blocks of an AsciiDoc document; those that include files are not known and left out.

    Args:
        text: from `whichcode.fences.block.decode`.
    """
    source = Lines.of(text)
    return [
        Block(found.line + 1, found.label, found.text, None if found.label else _slot(source, found))
        for found in listings(source.lines)
    ]


def _slot(source: Lines, found: Listing) -> Slot | None:
    """Return where the label of a block without one goes."""
    if not found.whole:
        return None
    start = source.starts[found.line]
    if found.mark == "```":
        return Slot(start + 3, start + 3)
    if found.source is not None:
        return _behind_style(source.lines[found.source], source.starts[found.source])
    return Slot(start, start, "[source,", "]" + source.newline) if found.mark else None


def _behind_style(line: str, start: int) -> Slot:
    """Return the place of the language in a line ``[source]``, which starts at character `start`."""
    head, comma, rest = line.rstrip()[1:-1].partition(",")
    if comma and not rest.partition(",")[0].strip():
        at = start + len(head) + 2
        return Slot(at, at)
    at = start + 1 + len(head.rstrip())
    return Slot(at, at, ",")
