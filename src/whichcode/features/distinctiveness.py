"""Which features tell languages apart: mutual information over per-language document frequencies.

Let F be the presence of a feature in a document and L its language, all languages equally likely. Then

    I(F; L) = H(mean of p) - mean of H(p),   p[l] = share of language l's documents that hold the feature,

with H the entropy of a yes-or-no variable in bits (Manning, Raghavan and Schütze, Introduction to
Information Retrieval, 2008, section 13.5.1; with uniform L it is the Jensen-Shannon divergence of the
languages' Bernoulli distributions). Frequencies are of documents, not of occurrences, and all documents of one
repository or near-duplicate group count as one together, each for its share: one project's identifiers are not
a language, and what stands in a tenth of a project's files is less of one than what stands in all.

The same quantity splits by language into what "it is l" says about the feature; `most_distinctive` ranks by
that term, for features that l has more of than the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from whichcode.errors import CorpusError, MissingExtraError
from whichcode.features.extract import extract
from whichcode.features.spec import FeatureSpec
from whichcode.features.vocabulary import Vocabulary, is_usable
from whichcode.parallel import parallel_map

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_FILTER_BITS = 26
"""Slots of the counting filter, as a power of two: 64 million, 256 MiB. Texts of few characters get fewer."""

_SLOTS_PER_CHARACTER = 8

SHARE = 1 << 32
"""What a whole share is as an integer: sums of integers are the same in whatever order units are counted."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Document frequencies of features by language, sparse.

    Attributes:
        languages: names in sorted order, length K.
        documents: units of each language (documents, or groups of them), length K.
        names: candidate features, length N, sorted.
        rows: for each language the candidates that its documents hold, int64 indices into `names`.
        counts: beside each of `rows`, in how many of its units, each unit for the share of its documents that
            hold the candidate: float64.
    """

    languages: tuple[str, ...]
    documents: tuple[int, ...]
    names: tuple[str, ...]
    rows: tuple[Any, ...]
    counts: tuple[Any, ...]


Unit = Sequence[str]
"""The texts that count as one together: a file, or all files of one group."""


def document_frequencies(
    units: Mapping[str, Sequence[Unit]],
    spec: FeatureSpec,
    *,
    min_documents: int = 3,
    max_characters: int = 1 << 15,
    workers: int | None = None,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Frequencies:
    """Count in how many units of each language each feature occurs.

    Args:
        units: for each language its units of text.
        spec: what a feature is.
        min_documents: features in fewer units than this, over all languages, are dropped.
        max_characters: of each text, so that no long file fills the vocabulary with its own names.
        workers: processes to count in; all cores where it is None.
        advance: called with 1 after each unit in each of the two passes (for a progress bar).

    The first pass only fills a counting filter (an array of counters indexed by a hash), so
    that the second can leave out the millions of n-grams that are never seen again; a collision lets a
    rare one through, never drops one, and the exact count drops it then.

    Raises:
        CorpusError: there is no text.
    """
    np = _numpy()
    languages = tuple(sorted(units))
    if not any(units.values()):
        raise CorpusError("there is no text to take a vocabulary from")
    ordered = [unit for language in languages for unit in units[language]]
    labels = [language for language in languages for _ in units[language]]
    characters = sum(min(len(text), max_characters) for unit in ordered for text in unit)
    bits = min((_SLOTS_PER_CHARACTER * characters).bit_length(), _MOST_FILTER_BITS)
    seen = np.zeros(1 << max(bits, 3), dtype=np.uint32)
    for slots in parallel_map(_slots, (spec, max_characters, len(seen) - 1), ordered, workers):
        seen[slots] += 1  # the slots of a unit are distinct, so that one unit counts once
        advance(1)
    often = np.packbits(seen >= min_documents).tobytes()
    sums: dict[str, dict[str, int]] = {language: defaultdict(int) for language in languages}
    totals: Counter[str] = Counter()
    survivors = parallel_map(_survivors, (spec, max_characters, often), ordered, workers)
    for language, shares in zip(labels, survivors, strict=True):
        of_language = sums[language]
        for name, share in shares:
            of_language[name] += share
        totals.update(name for name, _ in shares)
        advance(1)
    kept = {name for name, n in totals.items() if n >= min_documents}
    return tabulate(
        {language: {name: n for name, n in found.items() if name in kept} for language, found in sums.items()},
        {language: len(several) for language, several in units.items()},
    )


def tabulate(sums: Mapping[str, Mapping[str, int]], documents: Mapping[str, int]) -> Frequencies:
    """Return the frequencies that sums of shares come to.

    Args:
        sums: by language and feature, of `shares_of_unit` over the language's units.
        documents: units of each language.
    """
    np = _numpy()
    languages = tuple(sorted(documents))
    names = sorted({name for found in sums.values() for name in found if is_usable(name)})
    row_of = {name: row for row, name in enumerate(names)}
    rows, counts = [], []
    for language in languages:
        pairs = sorted((row_of[name], n) for name, n in sums[language].items() if name in row_of)
        rows.append(np.array([row for row, _ in pairs], dtype=np.int64))
        counts.append(np.array([n for _, n in pairs], dtype=np.float64) / SHARE)
    return Frequencies(
        languages=languages,
        documents=tuple(documents[language] for language in languages),
        names=tuple(names),
        rows=tuple(rows),
        counts=tuple(counts),
    )


def mutual_information(frequencies: Frequencies) -> Floats:
    """Return I(F; L) in bits for each candidate, float64 [N]; see the module's formula."""
    np = _numpy()
    mean = np.zeros(len(frequencies.names))
    conditional = np.zeros(len(frequencies.names))
    languages = max(len(frequencies.languages), 1)
    for rows, p in _shares(frequencies):
        mean[rows] += p / languages
        conditional[rows] += _entropy(p) / languages
    result: Floats = np.maximum(_entropy(mean) - conditional, 0.0)
    return result


def select(frequencies: Frequencies, size: int) -> Vocabulary:
    """Return the `size` most distinctive candidates, best first; ties in the order of the names."""
    np = _numpy()
    scores = mutual_information(frequencies)
    # Rounded, so that the last bit of a sum does not decide between two features that are alike.
    order = np.lexsort((np.arange(len(scores)), -np.round(scores, 12)))[:size]
    return Vocabulary(tuple(frequencies.names[row] for row in order))


def most_distinctive(frequencies: Frequencies, top: int) -> dict[str, list[tuple[str, float, float]]]:
    """Return for each language its `top` features: (name, bits, units of the language that hold it).

    The score is the language's own term of the mutual information, the divergence
    KL(p[l] || mean of p) in bits, for features with p[l] above the mean.
    """
    np = _numpy()
    mean = np.zeros(len(frequencies.names))
    for rows, p in _shares(frequencies):
        mean[rows] += p / len(frequencies.languages)
    result = {}
    for language, (rows, p), counts in zip(
        frequencies.languages, _shares(frequencies), frequencies.counts, strict=True
    ):
        q = mean[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            present = np.where(p > 0, p * np.log2(p / q), 0.0)
            absent = np.where(p < 1, (1 - p) * np.log2((1 - p) / (1 - q)), 0.0)
        scores = np.where(p > q, present + absent, 0.0)
        order = np.lexsort((rows, -np.round(scores, 12)))[:top]
        result[language] = [
            (frequencies.names[rows[i]], float(scores[i]), float(counts[i])) for i in order if scores[i] > 0
        ]
    return result


def _shares(frequencies: Frequencies) -> Iterator[tuple[Any, Any]]:
    for rows, counts, documents in zip(frequencies.rows, frequencies.counts, frequencies.documents, strict=True):
        yield rows, counts / max(documents, 1)


def _entropy(p: Floats) -> Floats:
    np = _numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.where(
            (p > 0) & (p < 1), -p * np.log2(p) - (1 - p) * np.log2(np.maximum(1 - p, 1e-300)), 0.0
        )
    return result


def _distinct(text: str, spec: FeatureSpec, max_characters: int) -> set[str]:
    return set(extract(text[:max_characters], spec))


def _slot(name: str, mask: int) -> int:
    return crc32(name.encode("utf-8", "surrogatepass")) & mask


def _slots(shared: tuple[FeatureSpec, int, int], unit: Unit) -> Any:
    """Return the distinct filter slots of a unit's features, uint32 [n]."""
    np = _numpy()
    spec, max_characters, mask = shared
    names = set().union(*(_distinct(text, spec, max_characters) for text in unit))
    return np.unique(np.fromiter((_slot(name, mask) for name in names), dtype=np.uint32))


def shares_of_unit(unit: Unit, spec: FeatureSpec, max_characters: int) -> dict[str, int]:
    """Return the features of a unit, each with the share of its texts that hold it, in units of 1 / `SHARE`."""
    counts: Counter[str] = Counter()
    for text in unit:
        counts.update(_distinct(text, spec, max_characters))
    return {name: round(n * SHARE / len(unit)) for name, n in counts.items()}


def _survivors(shared: tuple[FeatureSpec, int, bytes], unit: Unit) -> list[tuple[str, int]]:
    """Return a unit's features whose slot the filter has seen often enough, with their shares."""
    spec, max_characters, often = shared
    mask = 8 * len(often) - 1
    return [
        (name, share)
        for name, share in shares_of_unit(unit, spec, max_characters).items()
        if often[(slot := _slot(name, mask)) >> 3] >> (7 - (slot & 7)) & 1
    ]


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as error:
        raise MissingExtraError("NumPy", "evaluate") from error
    return numpy
