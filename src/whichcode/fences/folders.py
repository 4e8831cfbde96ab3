"""The context of documents on disk: what is labelled in them and in the others of their folders."""

from __future__ import annotations

import os
from pathlib import Path

from whichcode.corpus.fences import fences
from whichcode.errors import WhichcodeError
from whichcode.fences.block import Block, decode
from whichcode.fences.context import Context
from whichcode.fences.document import blocks, markup_of

NEIGHBOURS = 50
"""Documents of a folder that are looked at, so that one file among thousands is soon done."""

MOST_BYTES = 1 << 20


class Folders:
    """Reads documents with their contexts, and each folder once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, list[Block]]] = {}

    def read(self, path: str, text: str, markup: str) -> tuple[list[Block], Context]:
        """Return the blocks of a document and their context.

        Raises:
            MissingExtraError: the library that reads the markup is not installed.
        """
        found = blocks(text, markup)
        folder, name = os.path.split(os.path.realpath(path))
        if folder not in self._known:
            self._known[folder] = _labelled(Path(folder))
        others = [block for other, several in self._known[folder].items() if other != name for block in several]
        return found, Context.of(found, others)


def _labelled(folder: Path) -> dict[str, list[Block]]:
    """Return the labelled blocks of a folder's documents by their names; what cannot be read has none."""
    names = sorted(entry.name for entry in folder.iterdir() if markup_of(entry.name) is not None)
    found = {}
    for name in names[:NEIGHBOURS]:
        path = folder / name
        try:
            if not path.is_file() or path.stat().st_size > MOST_BYTES:
                continue
            text = decode(path.read_bytes())
        except (OSError, WhichcodeError):
            continue
        markup = str(markup_of(name))
        if markup == "restructuredtext":
            # docutils would take its time; the reader of corpora is enough for blocks that are labelled.
            found[name] = [Block(fence.line, fence.label, fence.text) for fence in fences(text, markup)]
        else:
            found[name] = [block for block in blocks(text, markup) if block.label]
    return found
