"""Documents: their markup, their blocks, and writing labels into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from whichcode.corpus.fences import READERS
from whichcode.errors import InputError
from whichcode.fences.asciidoc import asciidoc_blocks
from whichcode.fences.block import Block, apply
from whichcode.fences.markdown import markdown_blocks
from whichcode.fences.restructuredtext import restructuredtext_blocks

EXTENSIONS = {**READERS, ".mdx": "mdx"}


def _mdx(text: str) -> list[Block]:
    return markdown_blocks(text, mdx=True)


_READERS: Mapping[str, Callable[[str], list[Block]]] = {
    "markdown": markdown_blocks,
    "mdx": _mdx,
    "restructuredtext": restructuredtext_blocks,
    "asciidoc": asciidoc_blocks,
}

MARKUPS = tuple(_READERS)


def markup_of(path: str) -> str | None:
    """Return the markup of the document at `path` by its extension; None if it has no blocks that we know of."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return EXTENSIONS.get(name[name.rfind(".") :]) if "." in name else None


def blocks(text: str, markup: str) -> list[Block]:
    """Return the blocks of a document in the order of their lines, without blank ones.

    Args:
        text: the document, as `whichcode.fences.block.decode` gives it.
        markup: one of `MARKUPS`.

    Raises:
        InputError: there is no such markup.
        MissingExtraError: the library that reads it is not installed.
    """
    if markup not in _READERS:
        raise InputError(f"no markup {markup!r}; there are {', '.join(MARKUPS)}")
    return _READERS[markup](text)


def write_labels(text: str, markup: str, labels: Mapping[int, str]) -> str:
    """Return the document with labels written, after having made sure that it holds the same blocks.

    Args:
        text: the document.
        markup: one of `MARKUPS`.
        labels: by the line of the block that gets it.

    Raises:
        InputError: a line has no block that a label can be written for, or with labels the document would hold
            other blocks than without.
    """
    found = blocks(text, markup)
    slots = {block.line: block.slot for block in found if block.slot is not None}
    if unknown := set(labels) - set(slots):
        raise InputError(f"line {min(unknown)} has no block without a label")
    changed = apply(text, [(slots[line], label) for line, label in labels.items()])
    expected = [(labels.get(block.line, block.label), block.text) for block in found]
    if [(block.label, block.text) for block in blocks(changed, markup)] != expected:
        raise InputError("with labels it would be read as other blocks than without; it is left as it is")
    return changed
