"""Training, validation and test documents, with nothing of one in another.

The unit that is split is a group: all near duplicates of a text, and all of one repository where the corpus
names repositories. The split depends on the texts, the fractions and the seed alone, not on the order of
the files or the machine: a group's place is a hash of its content.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from whichcode.corpus.document import SPLITS, Corpus, Document, SplitName
from whichcode.corpus.duplicates import THRESHOLD, find_duplicates
from whichcode.errors import CorpusError

FRACTIONS: Mapping[SplitName, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}


@dataclass(frozen=True, slots=True)
class SplitCorpus:
    """A corpus without exact duplicates in which every document has its split.

    Attributes:
        documents: with `split` set.
        groups: for each document the digest that names its group.
        dropped: exact duplicates that were left out.
        digests: of the corpora that it was made from (`Corpus.digests`).
    """

    documents: tuple[Document, ...]
    groups: tuple[str, ...]
    dropped: int
    digests: Mapping[str, str]

    def part(self, split: SplitName) -> list[Document]:
        """Return the documents of one split."""
        return [document for document in self.documents if document.split == split]

    def units(self, split: SplitName) -> dict[str, list[list[str]]]:
        """Return for each language the texts of one split, those of one group together."""
        units: dict[str, dict[str, list[str]]] = {}
        for document, group in zip(self.documents, self.groups, strict=True):
            languages = units.setdefault(document.language, {})
            if document.split == split:
                languages.setdefault(group, []).append(document.text)
        return {language: list(groups.values()) for language, groups in units.items()}


def split_corpus(
    corpus: Corpus,
    *,
    seed: int = 0,
    threshold: float = THRESHOLD,
    advance: Callable[[], None] = lambda: None,
) -> SplitCorpus:
    """Drop exact duplicates and give each document its split, 70/10/20 within each language.

    A corpus whose documents all have a split keeps it, provided that no group crosses it.

    Raises:
        CorpusError: fewer than two languages, a language with too few groups for three splits, or a
            recorded split that a group crosses or that only some documents have.
    """
    if len(corpus.languages) < 2:
        raise CorpusError(
            f"the corpus holds one language only ({corpus.languages[0]}); a detector tells two or more apart"
        )
    duplicates = find_duplicates(corpus.documents, threshold=threshold, advance=advance)
    kept = [i for i, first in enumerate(duplicates.exact) if first == i]
    documents = [corpus.documents[i] for i in kept]
    groups = _groups(documents, [duplicates.group[i] for i in kept])
    recorded = Counter(document.split is not None for document in documents)
    if not recorded[True]:
        assigned = _assign(documents, groups, seed)
        documents = [replace(d, split=assigned[g]) for d, g in zip(documents, groups, strict=True)]
    elif recorded[False]:
        raise CorpusError(f"{recorded[False]} documents have no 'split' while others do; give it to all or none")
    else:
        _refuse_leaks(documents, groups)
    return SplitCorpus(tuple(documents), tuple(groups), len(duplicates.exact) - len(kept), corpus.digests)


def _groups(documents: Sequence[Document], near: Sequence[int]) -> list[str]:
    """Name each document's group by the least digest in it; near duplicates and repositories both bind."""
    parent: dict[Any, Any] = {}

    def root(node: Any) -> Any:
        while parent.setdefault(node, node) != node:
            parent[node] = parent.setdefault(parent[node], parent[node])
            node = parent[node]
        return node

    for document, first in zip(documents, near, strict=True):
        if document.repository:
            parent[root(("repository", document.repository.lower()))] = root(first)
    roots = [root(first) for first in near]
    names: dict[Any, str] = {}
    for document, group in zip(documents, roots, strict=True):
        names[group] = min(names.get(group, document.digest), document.digest)
    return [names[group] for group in roots]


def _assign(documents: Sequence[Document], groups: Sequence[str], seed: int) -> dict[str, SplitName]:
    """Give each group a split, going through each language's groups in the order of a seeded hash."""
    members: dict[str, Counter[str]] = defaultdict(Counter)
    for document, group in zip(documents, groups, strict=True):
        members[group][document.language] += 1
    by_language: dict[str, list[str]] = defaultdict(list)
    for group, languages in members.items():
        # A group of several languages is split with the one that it has most of.
        by_language[min(languages, key=lambda name: (-languages[name], name))].append(group)
    assigned: dict[str, SplitName] = {}
    for language in sorted({document.language for document in documents}):
        ordered = sorted(by_language[language], key=lambda g: hashlib.sha256(f"{seed}:{g}".encode()).digest())
        if len(ordered) < len(SPLITS):
            raise CorpusError(
                f"language {language!r} has {len(ordered)} independent texts; training, validation and test "
                "need at least one each: add texts that are not copies of each other"
            )
        total = sum(sum(members[g].values()) for g in ordered)
        filled: Counter[SplitName] = Counter()
        for place, group in enumerate(ordered):
            # The split that is furthest below its share comes next; each gets one group before any a second.
            if place < len(SPLITS):
                split = SPLITS[place]
            else:
                split = max(SPLITS, key=lambda name: (FRACTIONS[name] - filled[name] / total, name))
            assigned[group] = split
            filled[split] += sum(members[group].values())
    return assigned


def _refuse_leaks(documents: Sequence[Document], groups: Sequence[str]) -> None:
    seen: dict[str, Document] = {}
    for document, group in zip(documents, groups, strict=True):
        other = seen.setdefault(group, document)
        if other.split != document.split:
            raise CorpusError(
                f"the recorded split leaks: {document.path} ({document.split}) and {other.path} ({other.split}) "
                "are near duplicates or of one repository"
            )
