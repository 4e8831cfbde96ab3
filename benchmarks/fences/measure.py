"""What the detector says of labelled blocks when their labels are taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from benchmarks.fences.trees import Tree
from whichcode.errors import WhichcodeError
from whichcode.fences import Block, Context, Labeller, Slot, blocks, decode, markup_of
from whichcode.fences.folders import NEIGHBOURS
from whichcode.fences.labels import agree, language_of

MODES = {
    "off": "no context",
    "answers": "all labels taken away: the context is what the document's other blocks are surely in",
    "labels": "the other labels of the document and its folder left: the context is these",
}

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
        answers: language and confidence by mode, one of `MODES`.
    """

    repository: str
    path: str
    line: int
    markup: str
    label: str
    kind: str
    language: str
    answers: dict[str, tuple[str, float]]

    def right(self, mode: str) -> bool:
        """Tell whether the answer agrees with the author, families of the registry being one."""
        return agree(self.answers[mode][0], self.language)

    def strictly_right(self, mode: str) -> bool:
        """Tell whether the answer is the author's language."""
        return self.answers[mode][0] == self.language


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
    plain = replace(labeller, use_context=False)
    for document, context in read(tree, counts):
        stripped = [replace(block, label="", slot=Slot(0, 0)) for block in document.blocks if block.label]
        off = plain.unlabelled(stripped, Context())
        alone = labeller.unlabelled(stripped, Context())
        for block, *answers in zip(document.labelled, off, alone, strict=True):
            if (block.label, block.text) in seen:
                counts["repeated blocks"] += 1
                continue
            seen.add((block.label, block.text))
            language = language_of(block.label, block.text)
            kind = _kind(language, known)
            found = labeller.detect(block.text, context.without(language))
            by_mode = {mode: (a.language, a.confidence) for mode, a in zip(MODES, answers, strict=False)}
            by_mode["labels"] = found
            yield Record(
                tree.name,
                document.path,
                block.line,
                document.markup,
                block.label,
                kind,
                language or "",
                by_mode,
            )


def _kind(language: str | None, known: set[str]) -> str:
    if language is None:
        return "unknown label"
    if not language:
        return "no language"
    if language == "text":
        return "text"
    return "known" if language in known else "not in the model"
