"""Training, validation and test documents, with nothing of one in another.

What is split is a unit: all of one repository where the corpus names repositories, else all near duplicates of
a text. Where texts of two repositories on different sides are alike, as vendored files are, the one is kept
that comes first of training, test and validation, and the others are dropped: binding whole repositories by
such files would soon make one unit of them all.

The split depends on the texts, the fractions and the seed alone, not on the order of the files or the
machine: a unit's place is a hash of its content or name. Texts are alike from `SPLIT_THRESHOLD` on, which is
less than what makes one a copy of the other: a revised version of a training text would be a leak, too.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from whichcode.corpus.document import SPLITS, Corpus, Document, SplitName
from whichcode.corpus.duplicates import find_duplicates
from whichcode.errors import CorpusError

SPLIT_THRESHOLD = 0.6
"""Jaccard similarity of shingle sets from which two texts must be on one side."""

KNOWN_SHARE = 0.1
"""Of a unit's texts: from so many on a model has learnt from it. Fewer may be copies of another's."""

FRACTIONS: Mapping[SplitName, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}

_KEPT_FIRST: Sequence[SplitName] = ("train", "test", "validation")


@dataclass(frozen=True, slots=True)
class SplitCorpus:
    """A corpus without exact duplicates in which every document has its split.

    Attributes:
        documents: with `split` set, sorted by language and content, whatever order they were read in.
        groups: for each document the digest that names its unit.
        dropped: exact duplicates that were left out.
        digests: of the corpora that it was made from (`Corpus.digests`).
        alike: texts that were left out for being like one of a repository on another side, or
            for being known to `known`.
    """

    documents: tuple[Document, ...]
    groups: tuple[str, ...]
    dropped: int
    digests: Mapping[str, str]
    alike: int = 0

    def part(self, split: SplitName) -> list[Document]:
        """Return the documents of one split."""
        return [document for document in self.documents if document.split == split]

    def missing(self) -> dict[SplitName, list[str]]:
        """Return the languages that have no text in a part that others have texts in."""
        present: dict[str, set[str]] = {}
        for document in self.documents:
            present.setdefault(str(document.split), set()).add(document.language)
        languages = set().union(*present.values())
        return {name: sorted(languages - present[name]) for name in SPLITS if name in present}

    def units(self, split: SplitName) -> dict[str, list[list[str]]]:
        """Return for each language the texts of one split, those of one unit (or author) together."""
        units: dict[str, dict[str, list[str]]] = {}
        for document, group in zip(self.documents, self.groups, strict=True):
            languages = units.setdefault(document.language, {})
            if document.split == split:
                languages.setdefault(document.author or group, []).append(document.text)
        return {language: list(groups.values()) for language, groups in units.items()}


def split_corpus(
    corpus: Corpus,
    *,
    seed: int = 0,
    fractions: Mapping[SplitName, float] = FRACTIONS,
    threshold: float = SPLIT_THRESHOLD,
    few_units: Literal["refuse", "train"] = "refuse",
    known: Callable[[str], bool] | None = None,
    workers: int | None = None,
    advance: Callable[[], None] = lambda: None,
) -> SplitCorpus:
    """Drop exact duplicates and give each document its split, by `fractions` within each language.

    A corpus whose documents all have a split keeps it, provided that it does not leak; one that was split by
    this function and written with its units is not searched for near duplicates again.

    Args:
        corpus: two languages or more.
        seed: of the order in which units are given their split.
        fractions: of each language's texts; a split of fraction 0 gets none.
        threshold: Jaccard similarity from which two texts must be on one side.
        few_units: a language with fewer units than there are splits is refused, or learnt from alone: always
            where `known` is given, since what a model knows is often there so that it is not forgotten.
        known: tells of a `Document.bare_digest` whether the model that training will start from has seen the text
            (`Model.has_seen`). A unit of which it has seen a tenth is trained on; elsewhere what it has seen, and
            what is like that, is left out.
        workers: processes that look at texts; all cores where it is None.
        advance: called after each document.

    Raises:
        CorpusError: fewer than two languages, a language with too few units for three splits, or a
            recorded split that leaks or that only some documents have.
    """
    if not corpus.languages:
        raise CorpusError("the corpus holds no text of the languages asked for")
    if len(corpus.languages) < 2:
        raise CorpusError(
            f"the corpus holds one language only ({corpus.languages[0]}); a detector tells two or more apart"
        )
    if known is not None and any(document.split is not None for document in corpus.documents):
        raise CorpusError(
            "the corpus is split already, without regard to what the model has seen; take the column 'split' off"
        )
    # Units are named by one call of this alone: those of two corpora say nothing of one another.
    if len(corpus.digests) <= 1 and all(d.split is not None and d.unit is not None for d in corpus.documents):
        return _split_already(corpus)
    ordered = _in_order(corpus.documents)
    duplicates = find_duplicates(ordered, threshold=threshold, workers=workers, advance=advance)
    units = units_of(ordered, duplicates.group)
    kept = [i for i, first in enumerate(duplicates.exact) if first == i]
    documents = [ordered[i] for i in kept]
    near = [duplicates.group[i] for i in kept]
    groups = [units[i] for i in kept]
    known_units: frozenset[str] | None = None
    recorded = Counter(document.split is not None for document in documents)
    if recorded[True] and recorded[False]:
        raise CorpusError(f"{recorded[False]} documents have no 'split' while others do; give it to all or none")
    if recorded[True]:
        _refuse_leaks(documents, groups)
        _refuse_leaks(documents, near)
    else:
        met = [known is not None and known(document.bare_digest) for document in documents]
        few = few_units if known is None else "train"
        if known is not None:
            known_units = _known_units(groups, met)
        assigned = _assign(documents, groups, seed, fractions, few, known_units)
        documents = [replace(d, split=assigned[g], unit=g) for d, g in zip(documents, groups, strict=True)]
        # Dropped before leaks are looked for, so that they push nothing off its side.
        learnt = {near[i] for i, was_met in enumerate(met) if was_met}
        new = [i for i, document in enumerate(documents) if document.split == "train" or near[i] not in learnt]
        documents, near, groups = [documents[i] for i in new], [near[i] for i in new], [groups[i] for i in new]
    clean = _without_leaks(documents, near)
    if known is not None and not any(documents[i].split == "validation" for i in clean):
        raise CorpusError(
            "there is nothing to validate on: "
            + (
                "the model has seen texts of every repository; add texts of others"
                if known_units is not None and known_units.issuperset(groups)
                else "of what the model has not seen, each language has one repository alone, or is most of one; "
                "add texts of others"
            )
        )
    left = {documents[i].language for i in clean if documents[i].split == "train"}
    bare = sorted({document.language for document in documents} - left)
    if bare:
        raise CorpusError(
            f"language {bare[0]!r} has no text to train on: all of its texts are validation or test texts, or "
            "like some; add texts of other repositories"
        )
    return SplitCorpus(
        tuple(documents[i] for i in clean),
        tuple(groups[i] for i in clean),
        len(ordered) - len(kept),
        corpus.digests,
        len(kept) - len(clean),
    )


def _in_order(documents: Sequence[Document]) -> list[Document]:
    """Sort by all that the split may depend on first, and by names last, which it must not depend on."""
    return sorted(documents, key=lambda d: (d.language, d.digest, (d.repository or "").lower(), d.path, d.source))


def _split_already(corpus: Corpus) -> SplitCorpus:
    documents = tuple(_in_order(corpus.documents))
    units = tuple(str(document.unit) for document in documents)
    _refuse_leaks(documents, units)
    _refuse_leaks(documents, [document.bare_digest for document in documents])
    return SplitCorpus(documents, units, 0, corpus.digests)


def units_of(documents: Sequence[Document], near: Sequence[int]) -> list[str]:
    """Name each document's unit: its repository's by a digest of the name, others by the least digest in it.

    A near duplicate without a repository goes with the repository's unit, if there is one alone; what is
    like texts of several repositories is a unit of its own, and `_without_leaks` sees to the rest. Exact
    copies that will be dropped are among `documents`: their repositories hold the text, too.
    """
    repositories: dict[int, set[str]] = defaultdict(set)
    least: dict[int, str] = {}
    for document, group in zip(documents, near, strict=True):
        if document.repository:
            repositories[group].add(document.repository.lower())
        least[group] = min(least.get(group, document.bare_digest), document.bare_digest)

    def name(document: Document, group: int) -> str:
        named = {document.repository.lower()} if document.repository else repositories[group]
        return hashlib.sha256(f"repository {min(named)}".encode()).hexdigest() if len(named) == 1 else least[group]

    return [name(document, group) for document, group in zip(documents, near, strict=True)]


def _known_units(groups: Sequence[str], met: Sequence[bool]) -> frozenset[str]:
    """Return the units of which a model has seen a tenth or more."""
    total, seen = Counter(groups), Counter(g for g, was_met in zip(groups, met, strict=True) if was_met)
    return frozenset(group for group, n in seen.items() if n >= KNOWN_SHARE * total[group])


def _assign(
    documents: Sequence[Document],
    groups: Sequence[str],
    seed: int,
    fractions: Mapping[SplitName, float],
    few_units: str,
    known: frozenset[str] | None,
) -> dict[str, SplitName]:
    """Give each unit a split, going through them in the order of a seeded hash: those in `known` are trained on.

    A unit goes where its languages miss most: first where one of them has nothing yet (to validate or test only
    languages that have something to train), then where it is furthest below its share. The last unit of a
    language that has nothing to train is trained on, and so is one that holds most of a language's texts.
    Languages of few units come first, while there is most to choose from. Beside units that a model knows (None
    where there is no model) others may be few: then validation, which training needs, comes before the test.
    """
    learnt_from = known or frozenset()
    members: dict[str, Counter[str]] = defaultdict(Counter)
    for document, group in zip(documents, groups, strict=True):
        members[group][document.language] += 1
    total: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for counts in members.values():
        total.update(counts)
        units.update(counts.keys())
    wanted = [name for name in SPLITS if fractions[name] > 0]
    for language in sorted(units):
        if units[language] < len(wanted) and few_units == "refuse":
            raise CorpusError(
                f"language {language!r} has {units[language]} independent texts; training, validation and test "
                "need at least one each: add texts that are not copies of each other"
            )
    order = sorted(
        members,
        key=lambda g: (
            g not in learnt_from,
            min(units[name] for name in members[g]),
            hashlib.sha256(f"{seed}:{g}".encode()).digest(),
        ),
    )
    filled: dict[SplitName, Counter[str]] = {name: Counter() for name in wanted}
    remaining = units.copy()
    assigned: dict[str, SplitName] = {}
    for group in order:
        counts = members[group]

        def missed(split: SplitName, counts: Counter[str] = counts) -> tuple[float, float]:
            learnt = filled["train"]
            nothing = sum(
                1.0 / units[name]
                for name in counts
                if not filled[split][name] and (split == "train" or learnt[name])
            )
            below = sum(
                n / total[name] * (fractions[split] - filled[split][name] / total[name])
                for name, n in counts.items()
            )
            # Rounded, so that the last bit of a sum does not decide.
            return round(nothing, 9), round(below, 9)

        last = any(remaining[name] == 1 and not filled["train"][name] for name in counts)
        if group in learnt_from or last or any(2 * n > total[name] for name, n in counts.items()):
            chosen: SplitName = "train"
        else:
            chosen = max(wanted, key=lambda name: (*missed(name), fractions[name]))
            if known is not None and chosen == "test" and "validation" in wanted and not filled["validation"]:
                chosen = "validation"
        assigned[group] = chosen
        filled[chosen].update(counts)
        remaining.subtract(counts.keys())
    return assigned


def _without_leaks(documents: Sequence[Document], near: Sequence[int]) -> list[int]:
    """Return the places of the documents that stay, when no near-duplicate group may lie on two sides."""
    side: dict[int, SplitName] = {}
    for document, group in zip(documents, near, strict=True):
        if document.split is not None:
            side[group] = min(side.get(group, document.split), document.split, key=_KEPT_FIRST.index)
    return [i for i, group in enumerate(near) if documents[i].split == side[group]]


def _refuse_leaks(documents: Sequence[Document], groups: Sequence[Any]) -> None:
    seen: dict[Any, Document] = {}
    for document, group in zip(documents, groups, strict=True):
        other = seen.setdefault(group, document)
        if other.split != document.split:
            raise CorpusError(
                f"the recorded split leaks: {document.path} ({document.split}) and {other.path} ({other.split}) "
                "are near duplicates or of one repository"
            )
