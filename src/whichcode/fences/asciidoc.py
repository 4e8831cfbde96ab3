"""Code blocks of AsciiDoc, with the place of each label.

No parser of AsciiDoc for Python says where blocks are: delimited blocks and the attribute lines above them are
read here. ``[source]`` becomes ``[source,lang]``; a listing without a style gets such a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from whichcode.corpus.fences import without_callouts
from whichcode.fences.block import Block, Lines, Slot

_DEFAULT = re.compile(r":source-language:\s*(\S*)\s*$")
_UNSET = re.compile(r":(?:!source-language|source-language!):\s*$")
_ATTRIBUTES = re.compile(r"\[(?!\[)(.*)\]$")
_STYLE = re.compile(r"([\w-]*)(?:[#.%][^#.%]*)*$")
_DELIMITER = re.compile(r"-{4,}|\.{4,}|/{4,}|\+{4,}|--")
_FENCE = re.compile(r"```([\w+#.-]*)(,.*)?$")
_INCLUDE = re.compile(r"^include::", re.MULTILINE)


@dataclass(slots=True)
class _Attributes:
    """What the attribute lines above a block say: its style, its language, and where that would go."""

    style: str = ""
    language: str = ""
    slot: Slot | None = None

    def add(self, inside: str, start: int) -> None:
        """Read one line's text between brackets, which starts at character `start` of the document."""
        head, comma, rest = inside.partition(",")
        style = _STYLE.match(head.strip()) if "=" not in head else None
        if style is None:
            if "=" not in head:
                self.style = "?"
            return
        self.style = style[1] or self.style
        second = rest.partition(",")[0]
        language = "" if "=" in second else second.strip().strip("\"'")
        self.language = language or self.language
        if style[1] == "source" and not language:
            empty = comma and not second.strip()
            at = start + len(head.rstrip()) + (0 if not empty else 1 + len(head) - len(head.rstrip()))
            self.slot = Slot(at, at, "" if empty else ",")


def asciidoc_blocks(text: str) -> list[Block]:
    """Return the code blocks of an AsciiDoc document; those that include files are not known and left out.

    Args:
        text: from `whichcode.fences.block.decode`.
    """
    source = Lines.of(text)
    lines = [line.rstrip() for line in source.lines]
    found: list[Block] = []
    default, above = "", _Attributes()

    def add(number: int, body: list[str], label: str, slot: Slot | None) -> None:
        code = without_callouts("\n".join(body)).strip("\n") + "\n"
        if code.strip() and not _INCLUDE.search(code):
            found.append(Block(number + 1, label, code, None if label else slot))

    i = 0
    while i < len(lines):
        line = lines[i]
        if match := _DEFAULT.match(line):
            default = match[1]
        elif _UNSET.match(line):
            default = ""
        elif match := _ATTRIBUTES.match(line):
            above.add(match[1], source.starts[i] + 1)
        elif match := _FENCE.match(line):
            end = _closing(lines, i, "```")
            if end is None:
                break
            at = source.starts[i] + 3
            add(i, source.lines[i + 1 : end], match[1], Slot(at, at))
            i, above = end, _Attributes()
        elif _opens(lines, i, above):
            end = _closing(lines, i, line)
            if end is None:
                break
            # Of blocks without a style only a listing is code.
            if above.style == "source" or (above.style == "" and line.startswith("----")):
                start = source.starts[i]
                own = Slot(start, start, "[source,", "]" + source.newline)
                add(i, source.lines[i + 1 : end], above.language or default, above.slot or own)
            i, above = end, _Attributes()
        elif line and above.style == "source" and not re.match(r"\.[^.\s]", line):
            end = next((n for n in range(i, len(lines)) if not lines[n]), len(lines))
            add(i, source.lines[i:end], above.language or default, above.slot)
            i, above = end, _Attributes()
        elif not re.match(r"\.[^.\s]|\[\[|//", line):
            # A title, an anchor and a comment may stand between attributes and their block.
            above = _Attributes()
        i += 1
    return found


def _opens(lines: list[str], i: int, above: _Attributes) -> bool:
    """Tell whether line `i` opens a block whose text is no AsciiDoc, or code."""
    line = lines[i]
    if not _DELIMITER.fullmatch(line) or (line == "--" and above.style != "source"):
        return False
    # The line below a title in the old way is about as long as the title.
    title = lines[i - 1] if i else ""
    alone = i < 2 or not lines[i - 2] or lines[i - 2].startswith("[")
    underlines = alone and re.match(r"\w", title) is not None and abs(len(title) - len(line)) <= 1
    return not underlines or line[0] not in "-+"


def _closing(lines: list[str], i: int, mark: str) -> int | None:
    return next((n for n in range(i + 1, len(lines)) if lines[n] == mark), None)
