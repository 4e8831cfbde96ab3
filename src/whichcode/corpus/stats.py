"""What is in a corpus: documents, lines, copies, by language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from whichcode.corpus.document import Corpus
from whichcode.corpus.duplicates import Duplicates


@dataclass(frozen=True, slots=True)
class LanguageStats:
    """Counts of one language; duplicates are of earlier documents, of any language."""

    language: str
    documents: int
    lines: int
    characters: int
    exact_duplicates: int
    near_duplicates: int


def corpus_stats(corpus: Corpus, duplicates: Duplicates) -> list[LanguageStats]:
    """Return the counts of each language, in the order of the names."""
    documents: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    near: Counter[str] = Counter()
    for i, document in enumerate(corpus.documents):
        language = document.language
        documents[language] += 1
        lines[language] += document.text.count("\n") + (not document.text.endswith("\n"))
        characters[language] += len(document.text)
        exact[language] += duplicates.exact[i] != i
        near[language] += duplicates.exact[i] == i and duplicates.group[i] != i
    return [
        LanguageStats(name, documents[name], lines[name], characters[name], exact[name], near[name])
        for name in corpus.languages
    ]
