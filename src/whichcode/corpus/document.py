"""One labelled text, and a corpus of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from whichcode.text.tokens import tokenise

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Document:
    """One labelled text.

    Attributes:
        language: its label.
        text: decoded, with line feeds as line ends.
        path: where it came from, for messages and reports.
        source: the corpus that it was read from (the file's or folder's name without extension).
        repository: ``owner/name`` where the corpus tells.
        author: in a collection of files by many authors, which of them it is taken to be from.
        split: where the corpus tells.
        unit: what it must stay with in a split, where the corpus was split already (`SplitCorpus.groups`).
        kind: what sort of text it is (``file``, ``fence``, ``prose``, ``licence`` …) where the corpus tells.
    """

    language: str
    text: str
    path: str
    source: str = ""
    repository: str | None = None
    split: SplitName | None = None
    kind: str | None = None
    unit: str | None = None
    author: str | None = None

    @property
    def project(self) -> str:
        """What it is a part of, where projects are counted and not texts: its repository, or itself."""
        return self.repository or self.digest

    @property
    def voice(self) -> str:
        """Whose text it is, where those are counted and not texts: an author's, a repository's or its own."""
        return self.author or self.repository or self.digest

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text in hexadecimal: the same text has the same digest on any machine."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def bare_digest(self) -> str:
        """See `bare_digest`."""
        return bare_digest(self.text)


def bare_digest(text: str) -> str:
    """Return the SHA-256 of a text's tokens, white space aside: exact copies, re-indented or not, share it."""
    bare = " ".join(token for token in tokenise(text) if token > " ")
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Corpus:
    """Documents, what was left out on the way, and digests of the files that they were read from.

    Attributes:
        documents: in the order of the files.
        skipped: how many were left out, by reason (``binary``, ``empty``).
        digests: for each source the SHA-256 of its labels and texts, whatever file format held them.
    """

    documents: tuple[Document, ...]
    skipped: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The labels in sorted order."""
        return tuple(sorted({document.language for document in self.documents}))

    def only(self, languages: Sequence[str]) -> Corpus:
        """Return the documents of `languages` alone."""
        wanted = frozenset(languages)
        return Corpus(
            tuple(document for document in self.documents if document.language in wanted),
            self.skipped,
            self.digests,
        )

    def by_language(self) -> dict[str, list[Document]]:
        """Return the documents of each language, languages in sorted order."""
        result: dict[str, list[Document]] = {language: [] for language in self.languages}
        for document in self.documents:
            result[document.language].append(document)
        return result
