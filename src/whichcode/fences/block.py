"""Blocks of code in a document, and where in it their label goes.

A document is bytes; it is looked at as text in which every byte has its place: UTF-8, with surrogates for bytes
that are not (PEP 383), so that what is written back differs from what was read in the labels alone.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from whichcode.errors import BinaryInputError, InputError

BOM = "\ufeff"

_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a label is written: `before`, the label and `after` take the place of characters `start` to `end`."""

    start: int
    end: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code in a document.

    Attributes:
        line: of the fence or directive, from 1.
        label: what its author wrote, or what the document says of blocks without a label; else empty.
        text: the code, un-indented.
        slot: where a label would go; None where there is one, or where none can be written.
        fenced: it stands between two fences, so that one in its text may be meant as a beginning or an end.
    """

    line: int
    label: str
    text: str
    slot: Slot | None = None
    fenced: bool = False


def decode(data: bytes) -> str:
    """Return a document as text that `encode` gives back byte by byte.

    Raises:
        InputError: it is in UTF-16 or UTF-32, in which labels are not written.
        BinaryInputError: it is not text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise InputError("is not in UTF-8 (it starts with the mark of UTF-16 or UTF-32); convert it first")
    if b"\0" in data:
        raise BinaryInputError("is not text: it has NUL bytes")
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Return the bytes of a text from `decode`."""
    return text.encode("utf-8", "surrogateescape")


def apply(text: str, labels: Iterable[tuple[Slot, str]]) -> str:
    """Return `text` with labels written in their slots, which do not overlap."""
    parts, at = [], 0
    for slot, label in sorted(labels, key=lambda pair: pair[0].start):
        parts += [text[at : slot.start], slot.before, label, slot.after]
        at = slot.end
    return "".join([*parts, text[at:]])


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text and where each starts; they end at a line feed, a carriage return, or both.

    Attributes:
        lines: without their ends.
        starts: in characters of the text.
        newline: how the first line ends; a line feed where there is one line.
    """

    lines: list[str]
    starts: list[int]
    newline: str

    @classmethod
    def of(cls, text: str) -> Lines:
        """Return the lines of `text`; a byte-order mark belongs to none."""
        at = 1 if text.startswith(BOM) else 0
        lines, starts, newline = [], [], None
        for match in _NEWLINE.finditer(text):
            lines.append(text[at : match.start()])
            starts.append(at)
            newline = newline or match[0]
            at = match.end()
        if at < len(text):
            lines.append(text[at:])
            starts.append(at)
        return cls(lines, starts, newline or "\n")
