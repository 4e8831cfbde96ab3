"""What the detector says of labelled blocks when their labels are taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from benchmarks.fences.trees import Tree
from whichcode.errors import WhichcodeError
from whichcode.fences import Block, Context, Labeller, blocks, decode, markup_of
from whichcode.fences.folders import NEIGHBOURS
from whichcode.fences.labels import agree, language_of

KINDS = ("known", "unknown label", "no language", "text", "not in the model")


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled block, and what is said of it.

    Attributes:
        repository: its name.
        path: of the document.
        line: of the block, from 1.
        markup: of the document.
        label: what its author wrote.
        kind: one of `KINDS`: whether the label names a language that can be answered.
        language: the author's (folded); empty where the label names none.
        answers: language and confidence without context, and with it, by ``off`` and ``on``.
    """

    repository: str
    path: str
    line: int
    markup: str
    label: str
    kind: str
    language: str
    answers: dict[str, tuple[str, float]]

    def right(self, context: str) -> bool:
        """Tell whether the answer agrees with the author, families of the registry being one."""
        return agree(self.answers[context][0], self.language)

    def strictly_right(self, context: str) -> bool:
        """Tell whether the answer is the author's language."""
        return self.answers[context][0] == self.language


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read, with what is labelled in it."""

    path: str
    markup: str
    blocks: list[Block]

    @property
    def labelled(self) -> list[Block]:
        """Its blocks with a label."""
        return [block for block in self.blocks if block.label]


def read(tree: Tree, counts: Counter[str]) -> Iterator[tuple[Document, Context]]:
    """Yield the documents of a tree, each with its context; `counts` gets what was read and what could not be."""
    folders: dict[str, list[Document]] = {}
    for path, data in tree.documents():
        markup = markup_of(path)
        assert markup is not None
        try:
            found = blocks(decode(data), markup)
        except WhichcodeError:
            counts["unreadable documents"] += 1
            continue
        counts["documents"] += 1
        folders.setdefault(str(PurePosixPath(path).parent), []).append(Document(path, markup, found))
    for folder in folders.values():
        for document in folder:
            others = [b for other in folder[:NEIGHBOURS] if other is not document for b in other.labelled]
            yield document, Context.of(document.labelled, others)


def measure(tree: Tree, labeller: Labeller, counts: Counter[str]) -> Iterator[Record]:
    """Yield a record for each labelled block of a tree; the same text under the same label counts once."""
    seen = set()
    known = set(labeller.detector.languages)
    for document, context in read(tree, counts):
        for block in document.labelled:
            if (block.label, block.text) in seen:
                counts["repeated blocks"] += 1
                continue
            seen.add((block.label, block.text))
            language = language_of(block.label, block.text)
            kind = _kind(language, known)
            off, on = Context(), context.without(language)
            yield Record(
                tree.name,
                document.path,
                block.line,
                document.markup,
                block.label,
                kind,
                language or "",
                {"off": _answer(labeller, block, off), "on": _answer(labeller, block, on)},
            )


def _kind(language: str | None, known: set[str]) -> str:
    if language is None:
        return "unknown label"
    if not language:
        return "no language"
    if language == "text":
        return "text"
    return "known" if language in known else "not in the model"


def _answer(labeller: Labeller, block: Block, context: Context) -> tuple[str, float]:
    found = labeller.detect(block.text, context)
    return found.language or "text", found.confidence
