"""Listings of AsciiDoc: the blocks of code of a document, and what the attribute lines above them say.

A reader of these alone, which takes time in proportion to the document. https://docs.asciidoctor.org/asciidoc/
tells what attributes, delimiters and cells of tables are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DEFAULT = re.compile(r":source-language:\s*(\S*)\s*$")
_UNSET = re.compile(r":(?:!source-language|source-language!):\s*$")
_ATTRIBUTES = re.compile(r"\[(|[\w{,.#\"'%].*)\]$")
_PART = re.compile(r'((?:[^,"]|"[^"]*(?:"|$))*)(?:,|$)')
_STYLE = re.compile(r"([\w-]*)(?:[#.%][^#.%]*)*$")
_DELIMITER = re.compile(r"-{4,}|\.{4,}|/{4,}|\+{4,}|--")
_BACKQUOTES = re.compile(r"```[ \t]*([^\s,`]*)(?:,.*)?$")
_UNDERLINE = re.compile(r"([-=~^+])\1+")
_TABLE = re.compile(r"[|,:]={3,}")
# Where a cell begins: how often and how wide, how it is aligned, its style. Only in one of style "a" are blocks.
_CELL = re.compile(r"(?:(?:\d+(?:\.\d+)?|\.\d+)[*+])?[<^>]?(?:\.[<^>])?[a-z]?\|")
_CELL_OF_BLOCKS = re.compile(r"(?:(?:\d+(?:\.\d+)?|\.\d+)[*+])?[<^>]?(?:\.[<^>])?a\|")
# What may stand between attributes and their block: blank lines and those that continue a list, titles, comments,
# anchors, conditions, what the document's attributes are.
_BETWEEN = re.compile(
    r"\+?$|\.\.?[^.\s]|//(?!/)|\[\[[\w:.-]*(?:,.*)?\]\]$|(?:ifdef|ifndef|ifeval|endif)::|:!?\w[^:]*:(?:\s|$)"
)
# What no attributes make a paragraph of code: titles of sections, blocks that hold others, tables.
_NO_PARAGRAPH = re.compile(r"(?:={1,6}|#{1,6})\s+\S|(?:={4,}|\*{4,}|_{4,}|[|,:!]={3,})$")
_INCLUDE = re.compile(r"^include::", re.MULTILINE)
_CALLOUT = re.compile(r"<(?:\d\d?|\.)>$")
_COMMENT_MARK = re.compile(r"(?://|#|--|;|<!--)$")


def without_callouts(code: str) -> str:
    """Return a block of AsciiDoc without the numbers that end its lines, and the marks of comments before them."""
    return "\n".join(map(_without_callouts, code.split("\n"))) if ">" in code else code


def _without_callouts(line: str) -> str:
    # From the end, so that a line of callouts takes no longer than it is.
    whole = line.rstrip(" \t").removesuffix("-->").rstrip(" \t")
    end = len(whole)
    while (match := _CALLOUT.search(whole, max(end - 4, 0), end)) is not None:
        end = match.start()
        while end and whole[end - 1] in " \t":
            end -= 1
    return line if end == len(whole) else _COMMENT_MARK.sub("", whole[:end]).rstrip(" \t")


@dataclass(slots=True)
class _Attributes:
    """What the attribute lines above a block say: its style, its language, and which line has room for that."""

    style: str = ""
    language: str = ""
    source: int | None = None
    _named: str = ""

    def add(self, inside: str, number: int) -> None:
        """Read the text between the brackets of line `number`."""
        parts = [match[1].strip() for match in _PART.finditer(inside)]
        for part in parts:
            name, _, value = part.partition("=")
            if name.rstrip() in ("language", "lang"):
                self._named = value.strip().strip("\"'") or self._named
        if "=" in parts[0]:
            return
        style = _STYLE.match(parts[0])
        if style is None:
            self.style = "?"
            return
        self.style = style[1] or self.style
        language = parts[1].strip("\"'") if len(parts) > 1 and "=" not in parts[1] else ""
        self.language = language or self.language
        if style[1] == "source" and not language:
            self.source = number

    def told(self) -> str:
        """Return the language; its place is behind the style, and only there its name may be left out."""
        return self.language or self._named


@dataclass(frozen=True, slots=True)
class Listing:
    """A block of code in AsciiDoc; its lines count from 0.

    Attributes:
        line: of the delimiter that opens it, or its first where it is a paragraph.
        text: the code without callouts, with a line feed at its end.
        label: its language as the author or ``:source-language:`` gives it; else empty.
        mark: what opens it; empty where it is a paragraph.
        source: the line of attributes that says ``[source]`` and no language; None without.
        whole: it opens on a line of its own and is closed, and no style but ``source`` is above it.
    """

    line: int
    text: str
    label: str
    mark: str
    source: int | None
    whole: bool


def listings(lines: list[str]) -> Iterator[Listing]:
    """Yield the blocks of code of an AsciiDoc document, but none that is blank or includes a file."""
    bare = [line.rstrip() for line in lines]
    last = {line: i for i, line in enumerate(bare)}
    default, above = "", _Attributes()
    # The line that ends the table which lines before it are in.
    table = -1
    i = 0
    while i < len(bare):
        line = bare[i]
        cell = i < table and "|" in line
        if cell:
            line, above = line.rpartition("|")[2].strip(), _Attributes()
        fence = _BACKQUOTES.match(line)
        mark = "```" if fence else line if _opens(bare, i, line, above.style) else ""
        if mark or (above.style == "source" and _opens_paragraph(bare, i)):
            start = i + 1 if mark else i
            end, closed = _end(bare, start, mark, table)
            if end == len(bare) and not closed:
                return
            text = ended(without_callouts("\n".join(lines[start:end])))
            if _holds_code(mark, above.style) and text and not _INCLUDE.search(text):
                label = (fence[1] if fence else "") or above.told() or default
                whole = closed and not cell and above.style in ("", "source")
                yield Listing(i, text, label, mark, above.source, whole)
            if not mark.startswith("//"):
                above = _Attributes()
            i = end + 1 if mark and closed else end
            continue
        if match := _DEFAULT.match(line):
            default = match[1]
        elif _UNSET.match(line):
            default = ""
        elif match := _ATTRIBUTES.match(line):
            above.add(match[1], i)
            above.source = None if cell else above.source
        elif not _BETWEEN.match(line):
            above = _Attributes()
            if i > table and _TABLE.fullmatch(line) and last[line] > i:
                table = bare.index(line, i + 1)
        i += 1


def _opens(lines: list[str], i: int, line: str, style: str) -> bool:
    """Tell whether `line`, in line `i` or all of it, opens a block whose text is no AsciiDoc, or code."""
    if not _DELIMITER.fullmatch(line) or (line == "--" and style != "source"):
        return False
    return line[0] not in "-+" or i == 0 or not _is_title(lines, i - 1)


def _opens_paragraph(lines: list[str], i: int) -> bool:
    """Tell whether line `i` is the first of a paragraph that attributes above it make code."""
    shapes = (_ATTRIBUTES, _BETWEEN, _NO_PARAGRAPH)
    return not any(shape.match(lines[i]) for shape in shapes) and not _is_title(lines, i)


def _is_title(lines: list[str], i: int) -> bool:
    """Tell whether line `i` is a title in the old way: it begins a paragraph, and the next is about as long."""
    if i + 1 == len(lines) or not _UNDERLINE.fullmatch(lines[i + 1]) or not re.match(r"\w", lines[i]):
        return False
    above = lines[i - 1] if i else ""
    begins = above.startswith("[") or (above != "+" and _BETWEEN.match(above) is not None)
    return begins and abs(len(lines[i]) - len(lines[i + 1])) <= 1


def _holds_code(mark: str, style: str) -> bool:
    """Tell whether a block is code: a paragraph is, and of blocks without a style only a listing."""
    if mark in ("", "```"):
        return True
    return mark[0] in "-." if style == "source" else style == "" and mark.startswith("----")


def _end(lines: list[str], start: int, mark: str, table: int) -> tuple[int, bool]:
    """Return the line that ends a block whose code begins in line `start`, and whether it is meant to.

    What is in a table ends with its cell, be it closed or not.
    """
    inside = start <= table
    stop, i = table if inside else len(lines), start
    cell = _CELL_OF_BLOCKS if mark else _CELL
    while i < stop and lines[i] != mark and (mark or lines[i] != "+") and not (inside and cell.match(lines[i])):
        i += 1
    if mark and (i == stop or lines[i] != mark):
        ends = (n for n in range(start, i) if inside and _CELL.match(lines[n]))
        return next(ends, i), False
    return i, True


def ended(body: str) -> str:
    """Return lines without blank ones around them, with a line feed at their end; empty if all are blank."""
    body = body.strip("\n")
    return body + "\n" if body.strip() else ""
