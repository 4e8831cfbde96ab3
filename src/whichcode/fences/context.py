"""What the blocks around one say of its language: the more, the less it says itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from whichcode.fences.block import Block
from whichcode.fences.labels import Usage, language_of, usage

FILE, FOLDER = 30.0, 10.0
"""How much more likely a language is where all other blocks of the document, or of its folder, are in it."""


@dataclass(frozen=True)
class Context:
    """Languages and labels of what is labelled already.

    Attributes:
        file: how many blocks of the document are in each language.
        folder: of the other documents in the folder.
        usages: labels by language, those of the document first.
    """

    file: Mapping[str, int] = field(default_factory=dict)
    folder: Mapping[str, int] = field(default_factory=dict)
    usages: tuple[Usage, ...] = ()

    @classmethod
    def of(cls, document: Iterable[Block], folder: Iterable[Block] = ()) -> Context:
        """Return the context that blocks of the document and of the others in its folder make."""
        document, folder = list(document), list(folder)
        return cls(count(document), count(folder), (usage(document), usage(folder)))

    def without(self, language: str | None) -> Context:
        """Return the context less one block of the document: what the others say."""
        if not language or not self.file.get(language):
            return self
        file = {**self.file, language: self.file[language] - 1}
        return Context(file, self.folder, self.usages)

    def plus(self, file: Mapping[str, int]) -> Context:
        """Return the context with more blocks of the document, by language."""
        return Context(Counter(self.file) + Counter(file), self.folder, self.usages)

    def weights(self, base: Mapping[str, float]) -> dict[str, float]:
        """Return `base`, weights by language, with those of the context's languages multiplied."""
        weights = dict(base)
        for counts, strength in ((self.file, FILE), (self.folder, FOLDER)):
            # One more than there are: a single block says half of what many do.
            total = sum(counts.values()) + 1
            for language, n in counts.items():
                if language in weights:
                    weights[language] += base[language] * strength * n / total
        return weights


def count(blocks: Iterable[Block]) -> Counter[str]:
    """Return how many labelled blocks are in each language."""
    languages = (language_of(block.label, block.text) for block in blocks if block.label)
    return Counter(language for language in languages if language)
