"""Fenced blocks of Markdown, MDX, R Markdown and Quarto, with the place of each info string.

markdown-it-py says where fences are; nothing is written but what stands behind an opening fence. Indented code
cannot carry a label and is not looked for.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from whichcode.corpus.fences import front_matter
from whichcode.errors import MissingExtraError
from whichcode.fences.block import Block, Lines, Slot


def markdown_blocks(text: str, *, mdx: bool = False) -> list[Block]:
    """Return the fenced blocks of a Markdown document, those with a blank text left out.

    Args:
        text: from `whichcode.fences.block.decode`.
        mdx: read as MDX: lines of HTML are JSX, whose children are Markdown, and there is no indented code.

    Raises:
        MissingExtraError: markdown-it-py is not installed.
    """
    if "```" not in text and "~~~" not in text:
        return []
    lines = Lines.of(text)
    head = front_matter(lines.lines)
    source = "\n".join([""] * head + lines.lines[head:])
    tokens = _parser("mdx" if mdx else "markdown").parse(source)
    opened = {token.map[0]: token for token in tokens if token.type == "fence"}
    html = [token.content for token in tokens if token.type == "html_block"]
    if any("```" in content or "~~~" in content for content in html):
        # HTML ends at a blank line, be it in the middle of a block: the closing fence behind it seems to open one.
        # What is no fence where HTML is not known either, is in doubt.
        others = {t.map[0]: t.content for t in _parser("no html").parse(source) if t.type == "fence"}
        opened = {line: token for line, token in opened.items() if others.get(line) == token.content}
    found = []
    for number, token in opened.items():
        if not token.content.strip():
            continue
        label = token.info.strip()
        slot = None
        if not label:
            line = lines.lines[number].rstrip()
            # So it always is; a label is not worth a guess where it is not.
            if line.endswith(token.markup):
                end = lines.starts[number] + len(line)
                slot = Slot(end, end)
        found.append(Block(number + 1, label, token.content, slot, fenced=True))
    return found


@cache
def _parser(syntax: str) -> Any:
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise MissingExtraError("markdown-it-py", "fences") from error
    # Blocks are enough: what is inside paragraphs is not asked for.
    parser = MarkdownIt("commonmark").disable("inline")
    if syntax != "markdown":
        parser.disable("html_block")
    if syntax == "mdx":
        parser.disable("code")
        parser.block.ruler.at("paragraph", _paragraph)
        parser.block.ruler.before("fence", "mdx", _mdx, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


def _mdx(state: Any, start: int, end: int, silent: bool) -> bool:
    """Take what is JavaScript in MDX as one block: imports, exports, comments, tags over several lines.

    A rule of markdown-it: it moves `state.line` and says whether it took anything.
    """
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if first.startswith(("import ", "export ")) and state.level == 0 and state.tShift[start] == 0:
        last = _javascript_end(state, start, end, blank=True)
    elif first.startswith(("{/*", "<!--")):
        last = _line_with(state, start, end, "*/}" if first[0] == "{" else "-->")
    elif re.match(r"</?[A-Za-z>]", first) and first.rstrip().endswith(">"):
        # A line of tags: a paragraph would take an indented fence behind it for its own.
        last = start
    elif first.startswith("{") or (first.startswith("<") and first[1:2].isalpha() and ">" not in first):
        last = _javascript_end(state, start, end, blank=False)
    else:
        return False
    if last is None or (last == start and first[0] == "{"):
        return False
    if not silent:
        state.line = last + 1
    return True


def _paragraph(state: Any, start: int, end: int, silent: bool) -> bool:
    """Take a paragraph, which a fence ends however deep it is indented: as a child of JSX it may be."""
    rules = state.md.block.ruler.getRules("paragraph")
    before, state.parentType = state.parentType, "paragraph"
    number = start + 1
    while number < end and not state.isEmpty(number):
        if state.sCount[number] >= 0 and any(rule(state, number, end, True) for rule in rules):
            break
        number += 1
    state.parentType = before
    state.line = number
    return True


def _line_with(state: Any, start: int, end: int, mark: str) -> int | None:
    for number in range(start, end):
        if mark in state.src[state.bMarks[number] : state.eMarks[number]]:
            return number
    return None


def _javascript_end(state: Any, start: int, end: int, *, blank: bool) -> int | None:
    """Return the line in which brackets and template literals are closed, and a tag if one was opened."""
    depth, template = 0, False
    tag = not blank and state.src[state.bMarks[start] + state.tShift[start]] == "<"
    for number in range(start, end):
        line = state.src[state.bMarks[number] : state.eMarks[number]]
        if blank and not template and not line.strip():
            return number
        for i, c in enumerate(line):
            if c == "`" and line[i - 1 : i] != "\\":
                template = not template
            elif not template:
                depth += (c in "{([") - (c in "})]")
                if tag and c == ">" and depth <= 0 and line[i - 1 : i] != "=":
                    return number
        if not blank and not tag and depth <= 0 and not template:
            return number
    return end - 1 if blank and not template else None
