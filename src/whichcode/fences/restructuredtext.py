"""Code blocks of reStructuredText, with the place of each label.

docutils says where literal blocks and directives are. Directives that it does not know, Sphinx's above all, are
read as boxes of more reStructuredText. ``.. code-block::`` without a language gets one; a literal block becomes a
``code-block`` by a change of the line that ends in ``::``, which must leave the document's tree as it was:

    Like this::                Like this:
                      ->
        x = 1                  .. code-block:: python

                                   x = 1
"""

from __future__ import annotations

import re

from whichcode.fences.block import Block, Lines, Slot, apply
from whichcode.fences.doctree import read_tree

_DIRECTIVE = re.compile(r"(?:.*\s)?\.\. ([\w:.+-]+)::")
_BARE = re.compile(r"(.*?)\.\. (?:code-block|sourcecode|code)::[ \t]*$")
_MARKERS = re.compile(r"\s*(?:(?:[-*+•‣⁃]|\(?(?:\d+|[a-zA-Z#]|[ivxlcdm]+|[IVXLCDM]+)[.)])\s+|:[^:`]+:\s+)*")


def restructuredtext_blocks(text: str) -> list[Block]:
    """Return the code blocks of a reStructuredText document.

    Args:
        text: from `whichcode.fences.block.decode`.

    Raises:
        MissingExtraError: docutils is not installed.
    """
    if "::" not in text:
        return []
    lines = Lines.of(text)
    reading = read_tree(text)
    defaults = sorted(reading.defaults)
    found = []
    for number, label, content in reading.directives:
        slot = None if label else _bare_slot(lines, number)
        found.append(Block(number, label or _default(defaults, number), content, slot))
    for first, content in reading.literals:
        opening = _opening(lines.lines, first)
        if opening is not None:
            slot = _literal_slot(lines, opening, first)
            found.append(Block(opening, _default(defaults, opening), content, slot))
    found = sorted((block for block in found if block.text.strip()), key=lambda block: block.line)
    slots = [block.slot for block in found if block.slot is not None and not block.label]
    good = set(_harmless(text, slots, reading.tree))
    return [Block(b.line, b.label, b.text, b.slot if b.slot in good else None) for b in found]


def _harmless(text: str, slots: list[Slot], tree: str) -> list[Slot]:
    """Return those of `slots` in which a label leaves the document's tree as it is."""
    if not slots or read_tree(apply(text, [(slot, "text") for slot in slots])).tree == tree:
        return slots
    if len(slots) == 1:
        return []
    middle = len(slots) // 2
    return _harmless(text, slots[:middle], tree) + _harmless(text, slots[middle:], tree)


def _default(defaults: list[tuple[int, str]], line: int) -> str:
    return next((label for at, label in reversed(defaults) if at < line), "")


def _bare_slot(lines: Lines, number: int) -> Slot | None:
    line = lines.lines[number - 1] if number <= len(lines.lines) else ""
    if not _BARE.match(line):
        return None
    end = lines.starts[number - 1] + len(line.rstrip())
    return Slot(end, end, " ")


def _opening(lines: list[str], first: int) -> int | None:
    """Return the number of the line that ends in ``::`` before the content that starts at line `first`."""
    number = first - 1
    while number > 0 and not lines[number - 1].strip():
        number -= 1
    line = lines[number - 1] if number > 0 else ""
    return number if line.rstrip().endswith("::") and not _DIRECTIVE.match(line) else None


def _literal_slot(lines: Lines, number: int, first: int) -> Slot | None:
    """Return where a literal block gets its directive; None for quoted blocks, which have no indentation."""
    line, start = lines.lines[number - 1], lines.starts[number - 1]
    stripped = line.rstrip()
    content = lines.lines[first - 1] if first <= len(lines.lines) else ""
    marker = _MARKERS.match(stripped)
    # The text of a list's item starts behind its mark, and so does a directive in it.
    lead = marker[0] if marker and not stripped[: len(marker[0])].endswith("::") else ""
    column, newline = len(lead.expandtabs(8)), lines.newline
    if stripped[len(lead) :] == "::":
        above = lines.lines[number - 2].strip() if number > 1 else ""
        if above and not lead.strip():
            # Right below a paragraph's line the directive would be more of its text.
            slot = Slot(start, start + len(line), f"{newline}{lead}.. code-block:: ")
        else:
            slot = Slot(start + len(lead), start + len(line), ".. code-block:: ")
    else:
        text = stripped[:-2]
        # One colon stays where it follows a word at once, as docutils shows it.
        colon = ":" if text == text.rstrip() else ""
        directive = f"{colon}{newline}{newline}{' ' * column}.. code-block:: "
        slot = Slot(start + len(text.rstrip()), start + len(line), directive)
    indented = len(content.expandtabs(8)) - len(content.expandtabs(8).lstrip())
    return slot if indented > column else None
