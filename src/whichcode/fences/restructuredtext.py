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
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from whichcode.errors import MissingExtraError
from whichcode.fences.block import BOM, Block, Lines, Slot, apply

CODE = ("code-block", "sourcecode", "code")

FOREIGN = frozenset(
    ("blockdiag", "command-output", "digraph", "doctest", "graph", "graphviz", "ipython", "jupyter-execute")
    + ("literalinclude", "math", "mermaid", "plantuml", "productionlist", "program-output", "prompt", "raw")
    + ("seqdiag", "testcleanup", "testcode", "testoutput", "testsetup", "toctree", "uml")
)
"""Directives whose content is no reStructuredText."""

_DIRECTIVE = re.compile(r"(?:.*\s)?\.\. ([\w:.+-]+)::")
_BARE = re.compile(r"(.*?)\.\. (?:code-block|sourcecode|code)::[ \t]*$")
_NAMES = re.compile(r"^.*?\.\. ([\w:.+-]+)::", re.MULTILINE)
_MARKERS = re.compile(r"\s*(?:(?:[-*+•‣⁃]|\(?(?:\d+|[a-zA-Z#]|[ivxlcdm]+|[IVXLCDM]+)[.)])\s+|:[^:`]+:\s+)*")
# docutils ends lines where Python's str.splitlines does.
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_LOCK = threading.Lock()


@dataclass
class _Reading:
    """What one reading of a document found: each directive's line, label and text; the tree."""

    directives: list[tuple[int, str, str]] = field(default_factory=list)
    defaults: list[tuple[int, str]] = field(default_factory=list)
    literals: list[tuple[int, str]] = field(default_factory=list)
    tree: str = ""


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
    reading = _read(text)
    defaults = sorted(reading.defaults)
    found = []
    for number, label, content in reading.directives:
        slot = None if label else _bare_slot(lines, number)
        found.append(Block(number, label or _default(defaults, number), content, slot))
    for first, content in reading.literals:
        number = _opening(lines.lines, first)
        if number is not None:
            found.append(Block(number, _default(defaults, number), content, _literal_slot(lines, number, first)))
    found = sorted((block for block in found if block.text.strip()), key=lambda block: block.line)
    slots = [block.slot for block in found if block.slot is not None and not block.label]
    good = set(_harmless(text, slots, reading.tree))
    return [Block(b.line, b.label, b.text, b.slot if b.slot in good else None) for b in found]


def _harmless(text: str, slots: list[Slot], tree: str) -> list[Slot]:
    """Return those of `slots` in which a label leaves the document's tree as it is."""
    if not slots or _read(apply(text, [(slot, "text") for slot in slots])).tree == tree:
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


def _read(text: str) -> _Reading:
    """Read a document by docutils, with its directives in place of those that are registered, for a while."""
    try:
        from docutils.frontend import get_default_settings
        from docutils.parsers.rst import Parser
        from docutils.utils import new_document
    except ImportError as error:
        raise MissingExtraError("docutils", "fences") from error
    source = "\n".join(_OTHER_LINE_ENDS.sub(" ", line) for line in Lines.of(text).lines)
    settings = get_default_settings(Parser)
    settings.report_level, settings.halt_level, settings.warning_stream = 5, 6, False
    # A document must not make us read other files.
    settings.file_insertion_enabled = False
    document = new_document("document", settings)
    reading = _Reading()
    with _directives(source, reading):
        Parser().parse(source.removeprefix(BOM), document)
    _collect(document, reading)
    return reading


def _collect(document: Any, reading: _Reading) -> None:
    from docutils import nodes

    for message in list(document.findall(nodes.system_message)):
        # Where the same thing is wrong in another line, the tree is the same.
        if message.parent is not None:
            message.parent.remove(message)
    for node in document.findall(nodes.literal_block):
        if "whichcode" in node:
            del node["whichcode"]
        elif node.line:
            reading.literals.append((node.line, node.astext() + "\n"))
    reading.tree = document.pformat()


@contextmanager
def _directives(source: str, reading: _Reading) -> Iterator[None]:
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives

    class Options(dict[str, Any]):
        """Takes any option for one whose value is a text."""

        def __missing__(self, key: str) -> Any:
            return lambda value: value

        def __bool__(self) -> bool:
            return True

        def __contains__(self, key: object) -> bool:
            return True

    class Code(Directive):
        """A block of code: its line, label and text are written down."""

        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = Options()

        def run(self) -> list[Any]:
            label = self.arguments[0].strip() if self.arguments else ""
            text = "\n".join(self.content)
            _, line = self.state_machine.get_source_and_line(self.lineno)
            reading.directives.append((line, label, text + "\n"))
            return [nodes.literal_block(text, text, whichcode=True)]

    class Highlight(Directive):
        """Sphinx's default language from here on."""

        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = Options()

        def run(self) -> list[Any]:
            if self.arguments:
                _, line = self.state_machine.get_source_and_line(self.lineno)
                reading.defaults.append((line, self.arguments[0].strip()))
            return []

    class Box(Directive):
        """A directive that docutils does not know: more reStructuredText in a box."""

        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = Options()

        def run(self) -> list[Any]:
            box = nodes.container()
            if self.name.lower() not in FOREIGN:
                self.state.nested_parse(self.content, self.content_offset, box)
            return [box]

    # docutils has one registry for a process. Ours are in it while a document is read, and no longer.
    with _LOCK:
        registry = directives._directives
        before = dict(registry)
        known = {**directives._directive_registry, **before}
        try:
            registry.update({name.lower(): Box for name in _NAMES.findall(source) if name.lower() not in known})
            registry.update(dict.fromkeys(CODE, Code), highlight=Highlight)
            yield
        finally:
            registry.clear()
            registry.update(before)
