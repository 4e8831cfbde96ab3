"""Documents in reStructuredText as docutils reads them, with directives that are Sphinx's."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from whichcode.errors import MissingExtraError
from whichcode.fences.block import BOM, Lines

CODE = ("code-block", "sourcecode", "code")

FOREIGN = frozenset(
    {
        "blockdiag",
        "command-output",
        "digraph",
        "doctest",
        "graph",
        "graphviz",
        "ipython",
        "jupyter-execute",
        "literalinclude",
        "math",
        "mermaid",
        "plantuml",
        "productionlist",
        "program-output",
        "prompt",
        "raw",
        "seqdiag",
        "testcleanup",
        "testcode",
        "testoutput",
        "testsetup",
        "toctree",
        "uml",
    }
)
"""Directives whose content is no reStructuredText."""

_NAMES = re.compile(r"^.*?\.\. ([\w:.+-]+)::", re.MULTILINE)
# docutils ends lines where Python's str.splitlines does.
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_LOCK = threading.Lock()


@dataclass
class Reading:
    """What one reading of a document found.

    Attributes:
        directives: the line of each code directive, its language and its text.
        defaults: lines of ``highlight`` directives and their languages.
        literals: the first line of each literal block's text, and the text.
        tree: the document's tree, in which the language of code blocks does not show.
    """

    directives: list[tuple[int, str, str]] = field(default_factory=list)
    defaults: list[tuple[int, str]] = field(default_factory=list)
    literals: list[tuple[int, str]] = field(default_factory=list)
    tree: str = ""


def read_tree(text: str) -> Reading:
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
    reading = Reading()
    with _directives(source, reading):
        Parser().parse(source.removeprefix(BOM), document)
    _collect(document, reading)
    return reading


def _collect(document: Any, reading: Reading) -> None:
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
def _directives(source: str, reading: Reading) -> Iterator[None]:
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

    class Code(Directive):  # type: ignore[misc]  # docutils has no types
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

    class Highlight(Directive):  # type: ignore[misc]  # docutils has no types
        """Sphinx's default language from here on."""

        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = Options()

        def run(self) -> list[Any]:
            if self.arguments:
                _, line = self.state_machine.get_source_and_line(self.lineno)
                reading.defaults.append((line, self.arguments[0].strip()))
            return []

    class Box(Directive):  # type: ignore[misc]  # docutils has no types
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
