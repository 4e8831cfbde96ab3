"""Training windows as bags: drawn from documents, balanced over languages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whichcode.corpus.document import Document
from whichcode.corpus.signs import SIGNS, shows
from whichcode.corpus.windows import draw_windows, whole
from whichcode.errors import CorpusError
from whichcode.features.matrix import BagMatrix, bag_matrix, stack
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.config import Config, WindowConfig
from whichcode.parallel import parallel_map

MAX_WHOLE = 1 << 15
"""Characters of a document that is trained on as a whole."""

PRECISION = 1 << 12
"""Parts of one in which weights of documents are counted."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Windows and their labels.

    Attributes:
        bags: one row a window, [windows, vocabulary].
        labels: int64 [windows], indices of languages.
        epoch: int64 [n], the windows of one epoch; whole documents may be there more than once.
    """

    bags: BagMatrix
    labels: NDArray[np.int64]
    epoch: NDArray[np.int64]


def quotas(documents: Sequence[Document], config: Config) -> list[int]:
    """Return how many windows are drawn from each document.

    Up to `coverage` times its lines and `per_document`; with `per_language` the quotas of each language are
    scaled to add up to that (or to more or less of it, with `breadth`), so that no language is learnt better for
    having longer files. Documents that nowhere show their language (`windows.signs`) have none; what another does
    not give (`draw_windows`) is not drawn from others. Balanced over repositories, a repository's share in a
    language grows with the root of what it has, and a kind's share in `text`. Blocks of documentation weigh
    `windows.blocks` times as much.
    """
    windows = config.windows
    lines = [document.text.count("\n") + 1 for document in documents]
    base = [
        max(1, min(windows.per_document, round(windows.coverage * n))) if shows_language(document, windows) else 0
        for document, n in zip(documents, lines, strict=True)
    ]
    if not windows.per_language:
        return base
    if windows.balance == "repositories":
        base = _balanced([(d.language, d.voice) for d in documents], base)
        base = _balanced([("text", d.kind) if d.language == "text" else None for d in documents], base)
    if windows.blocks != 1:
        base = [
            max(round(n * windows.blocks * PRECISION), 1) if n and _is_block(document) else n * PRECISION
            for document, n in zip(documents, base, strict=True)
        ]
    result = [0] * len(documents)
    by_language: dict[str, list[int]] = {}
    for i, document in enumerate(documents):
        by_language.setdefault(document.language, []).append(i)
    relative = frequencies(documents, windows)
    for language, members in by_language.items():
        wanted = round(windows.per_language * relative.get(language, 0))
        total = max(sum(base[i] for i in members), 1)
        seen = 0
        for i in members:
            # Rounded on the running sum, so that the quotas add up exactly.
            before = seen * wanted // total
            seen += base[i]
            result[i] = seen * wanted // total - before
    return result


def frequencies(documents: Sequence[Document], windows: WindowConfig) -> dict[str, float]:
    """Return how often each language is drawn, relative to their mean: what a model takes them to be likely.

    That grows with its repositories (documents, where there are none), as `windows` says. A collection counts
    once: that somebody has gathered the texts of many authors does not make a language popular. Documents that
    nowhere show their language do not count, and a language that has no others is not there.
    """
    units: dict[str, set[str]] = {}
    shown: dict[str, set[str]] = {}
    for document in documents:
        if not shows_language(document, windows):
            continue
        units.setdefault(document.language, set()).add(document.project)
        if document.kind == "fence":
            shown.setdefault(document.language, set()).add(document.project)
    raw = {
        language: min(len(names), windows.breadth_limit) ** windows.breadth
        * (len(shown.get(language, ())) + 1) ** windows.fences
        * (windows.text if language == "text" else 1)
        for language, names in units.items()
    }
    mean = sum(raw.values()) / max(len(raw), 1)
    return {language: value / mean for language, value in raw.items()}


def _balanced(keys: Sequence[tuple[str, str | None] | None], base: Sequence[int]) -> list[int]:
    """Return weights: a document's `base` over the root of the sum of all with its key, as it is without one.

    In whole parts of `PRECISION`, for the same quotas on any machine.
    """
    totals: Counter[tuple[str, str | None] | None] = Counter()
    for key, n in zip(keys, base, strict=True):
        totals[key] += n
    return [
        n if key is None or not n else max(1, round(PRECISION * n / math.sqrt(totals[key])))
        for key, n in zip(keys, base, strict=True)
    ]


def _is_block(document: Document) -> bool:
    return document.kind == "fence" and document.author is None and document.language != "text"


def shows_language(document: Document, windows: WindowConfig) -> bool:
    """Tell whether anything of `document` shows its language, as far as that is asked (`windows.signs`)."""
    return windows.signs != "required" or shows(document.language, document.text)


def windows_of(document: Document, quota: int, config: Config, seed: int, comments: Sequence[str]) -> list[str]:
    """Return the training windows of one document."""
    return draw_windows(
        document,
        quota,
        min_lines=min(config.windows.min_lines, document.text.count("\n") + 1),
        max_lines=config.windows.max_lines,
        seed=seed,
        comments=comments if config.windows.comments == "skip" else (),
        log_uniform=config.windows.length == "log-uniform",
        sign=SIGNS.get(document.language) if config.windows.signs == "required" else None,
        bare=config.windows.bare == "keep",
    )


def build_dataset(
    documents: Sequence[Document],
    languages: Sequence[str],
    vocabulary: Vocabulary,
    config: Config,
    *,
    seed: int,
    comments: Mapping[str, Sequence[str]],
    workers: int | None = None,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Dataset:
    """Draw the windows of `documents` and count their features, in `workers` processes.

    Raises:
        CorpusError: no window is worth training on.
    """
    row_of = {language: i for i, language in enumerate(languages)}
    tasks = list(zip(documents, quotas(documents, config), strict=True))
    bags = parallel_map(_bags_of, (vocabulary, config, seed, comments), tasks, workers)
    labels: list[int] = []
    wholes: dict[int, list[int]] = {}

    def drawn() -> Iterator[BagMatrix]:
        for document, (matrix, with_whole) in zip(documents, bags, strict=True):
            label = row_of[document.language]
            labels.extend([label] * len(matrix))
            if with_whole:
                wholes.setdefault(label, []).append(len(labels) - 1)
            yield matrix
            advance(1)

    matrix = stack(drawn(), len(vocabulary))
    all_labels = np.array(labels, dtype=np.int64)
    whole_rows = np.array([row for rows in wholes.values() for row in rows], dtype=np.int64)
    epoch = np.setdiff1d(np.arange(len(all_labels)), whole_rows)
    if not len(epoch):
        signs = ", or do not show their language (windows.signs)" if config.windows.signs == "required" else ""
        raise CorpusError(f"no window of the corpus is worth training on: its texts are almost empty{signs}")
    return Dataset(
        matrix,
        all_labels,
        np.concatenate([epoch, *_repeated_wholes(wholes, all_labels[epoch], config.windows.whole_file)]),
    )


def _repeated_wholes(
    wholes: Mapping[int, list[int]], window_labels: NDArray[np.int64], share: float
) -> Iterator[NDArray[np.int64]]:
    """Yield for each language the rows of whole documents, so often that they are `share` of its epoch."""
    for label in sorted(wholes):
        rows = np.array(wholes[label], dtype=np.int64)
        windows = int((window_labels == label).sum())
        wanted = round(windows * share / (1 - share))
        yield np.resize(rows, max(wanted, 1))


_Task = tuple[Document, int]
_Shared = tuple[Vocabulary, Config, int, Mapping[str, Sequence[str]]]


def _bags_of(shared: _Shared, task: _Task) -> tuple[BagMatrix, bool]:
    """Return the bags of one document's windows, and whether the whole document is the last of them."""
    vocabulary, config, seed, comments = shared
    document, quota = task
    texts = windows_of(document, quota, config, seed, comments.get(document.language, ()))
    with_whole = False
    if config.windows.whole_file:
        start = replace(document, text=whole(document, MAX_WHOLE))
        if with_whole := shows_language(start, config.windows):
            texts.append(start.text)
    bags = bag_matrix(texts, vocabulary, config.features)
    if config.weights.damping == "presence":  # How often says nothing then, and takes a second byte.
        bags = replace(bags, data=np.ones(len(bags.data), dtype=np.uint8))
    return bags.narrowed(), with_whole
