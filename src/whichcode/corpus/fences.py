"""Fenced blocks of documentation, with the language that their author wrote beside them.

Markdown and MDX are parsed by markdown-it; reStructuredText and AsciiDoc by a reader of code blocks alone,
many documents a second. Where `whichcode.fences` writes into documents, it needs each block's exact place and
takes longer; the listings of AsciiDoc and the front matter of Markdown are found in the same way there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from whichcode.corpus.labels import rules
from whichcode.corpus.listings import ended, listings
from whichcode.errors import InputError, MissingExtraError
from whichcode.languages import find, fold

READERS = {
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".mkd": "markdown",
    # Documents that are run: knitr's and Quarto's {r} and {python}, Livebook's elixir.
    ".rmd": "markdown",
    ".qmd": "markdown",
    ".livemd": "markdown",
    ".rst": "restructuredtext",
    ".rest": "restructuredtext",
    ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
    ".asc": "asciidoc",
}
"""Which reader a document's extension asks for."""

# Each repetition ends where the next thing begins, so that a long line takes no longer than its length.
PROMPT = re.compile(
    r"^[^\S\n]*(?:\([\w.-]+\) ?)?"
    r"(\$|%|#|>|❯|➜|PS [A-Z]:\\[^>\n]*>|[A-Z]:\\[^>\n]*>|\[?[\w.-]+@(?=[\w.-])[^$#%\n]*[$#%]) ?\S"
)
_DOLLAR = re.compile(r"^\s*\$ \S")
_ATTRIBUTE = re.compile(r"[\w+#.-]+$")


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code in a document.

    Attributes:
        label: what the author wrote, in lower case.
        text: the code, with a line feed at its end.
        line: where the block starts in the document, from 1.
    """

    label: str
    text: str
    line: int


def reader_of(path: str) -> str | None:
    """Return which markup the document at `path` is written in, if it is one that has fences."""
    name = path.rsplit("/", 1)[-1].lower()
    return READERS.get(name[name.rfind(".") :]) if "." in name else None


def fences(text: str, markup: str) -> Iterator[Fence]:
    """Yield the labelled, non-blank blocks of `text`, a document in `markup` (see `READERS`)."""
    found = {"markdown": _markdown, "restructuredtext": _restructuredtext, "asciidoc": _asciidoc}[markup](text)
    for fence in found:
        if fence.label and fence.text.strip():
            yield fence


def resolve(fence: Fence) -> str | None:
    """Return the language (folded) of a block as its author calls it; empty for blocks that are of no use.

    None means that nobody knows the label. A session with prompts is ``shellsession`` whatever it is called, and
    a block that is called a console and has no prompt is left out: it may hold commands or what they print.
    """
    names = rules()["fences"]
    label, text = fence.label, fence.text
    if label in names["ignore"]:
        return ""
    if label in names["session"]:
        return "shellsession" if has_prompt(text) else ""
    if label in names["shell"] and _DOLLAR.match(text.lstrip("\n")):
        return "shellsession"
    if label in names["text"]:
        if _DOLLAR.match(text.lstrip("\n")):
            return "shellsession"
        return "" if re.match(r"\s*([\[{]\s*[\"{\[]|<[?!\w])", text) else "text"
    if label in names["labels"]:
        language: str = names["labels"][label]
        return fold(language) if language else ""
    return _find(label)


@cache
def _find(label: str) -> str | None:
    try:
        return fold(find(label).id)
    except InputError:
        return None


def has_prompt(text: str) -> bool:
    """Tell whether a line of `text` starts as a shell's prompt does, with a command behind it."""
    return any(PROMPT.match(line) for line in text.split("\n"))


def clean_label(info: str) -> str:
    """Return the label in what stands after a fence: ``{.python title="x"}``, ``js{1,3}``, ``rust,no_run``."""
    info = info.strip().lower()
    if info.startswith("{"):
        inside = info[1:].split("}", 1)
        # MyST writes {code-block} python, Pandoc {.python .numberLines}, knitr {r, echo=FALSE}.
        if inside[0].strip() in ("code-block", "code", "code-cell", "sourcecode", "highlight"):
            info = inside[1].strip() if len(inside) == 2 else ""
        else:
            info = inside[0].lstrip(". =")
    words = re.split(r"[\s,;{}()\[\]:=]", info, maxsplit=1)
    label = words[0].strip("`'\".")
    return label if _ATTRIBUTE.match(label) else ""


def _markdown(text: str) -> Iterator[Fence]:
    if "```" not in text and "~~~" not in text:
        return
    lines = text.split("\n")
    head = front_matter(lines)
    for token in _parser().parse("\n".join([""] * head + lines[head:])):
        if token.type == "fence":
            yield Fence(clean_label(token.info), ended(token.content), token.map[0] + 1)


def front_matter(lines: list[str]) -> int:
    """Return how many lines at the start of a document are front matter (YAML or TOML), which is not markup."""
    mark = lines[0].removeprefix("\ufeff").rstrip() if lines else ""
    if mark not in ("---", "+++"):
        return 0
    ends, key = ({"---", "..."}, ":") if mark == "---" else ({"+++"}, "=")
    for i, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ends:
            # A thematic break opens a document too: settings begin at once, and one of them has a key.
            inside = lines[1:i]
            settings = not inside or (inside[0].strip() and any(_is_setting(text, key) for text in inside))
            return i + 1 if settings else 0
        if line.startswith(("```", "~~~")):
            return 0
    return 0


def _is_setting(line: str, sign: str) -> bool:
    name, found, _ = line.partition(sign)
    return bool(found) and re.fullmatch(r"[\w\"'. -]+", name) is not None


@cache
def _parser() -> Any:
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise MissingExtraError("markdown-it-py", "corpus") from error
    # Blocks are enough: what is inside paragraphs is not asked for.
    return MarkdownIt("commonmark").disable("inline")


_DIRECTIVE = re.compile(r"^(\s*+)\.\. (code-block|sourcecode|code|highlight)::[ \t]*+(\S*+)\s*$")
_LITERAL = re.compile(r"^\s*+(?!\.\. ).*::\s*$")
_OPTION = re.compile(r"^\s*:[\w-]+:")


def _restructuredtext(text: str) -> Iterator[Fence]:
    lines = text.expandtabs(8).split("\n")
    default = ""
    i = 0
    while i < len(lines):
        directive = _DIRECTIVE.match(lines[i])
        if directive and directive[2] == "highlight":
            default = directive[3].lower()
        elif directive or (default and _LITERAL.match(lines[i])):
            indent = len(lines[i]) - len(lines[i].lstrip())
            label = directive[3].lower() if directive else default
            body, after = _indented(lines, i + 1, indent, options=directive is not None)
            if body:
                yield Fence(clean_label(label or default), body, i + 1)
            i = after
            continue
        i += 1


def _indented(lines: list[str], start: int, indent: int, *, options: bool) -> tuple[str, int]:
    """Return the block indented deeper than `indent` from line `start`, un-indented, and the line after it."""
    i = start
    while options and i < len(lines) and _OPTION.match(lines[i]):
        i += 1
    end = i
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    block = lines[i:end]
    depth = min((len(line) - len(line.lstrip()) for line in block if line.strip()), default=0)
    return ended("\n".join(line[depth:] for line in block)), max(end, start)


def _asciidoc(text: str) -> Iterator[Fence]:
    for block in listings(text.split("\n")):
        yield Fence(clean_label(block.label), block.text, block.line + 1)
