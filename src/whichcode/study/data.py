"""The windows that the study trains on, as counts: packaged, or drawn from any corpus.

What is packaged was drawn once, by `tools/build_study_data.py`, from the 173 files of 7 languages with which
the published detector was trained. It holds counts of characters and of tokens, and no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from whichcode.corpus.document import SPLITS, SplitName
from whichcode.corpus.splits import SplitCorpus, split_corpus
from whichcode.features.matrix import BagMatrix
from whichcode.features.spec import FeatureSpec
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.config import Config, load_config

Unit = Literal["character", "token"]
UNITS: tuple[Unit, ...] = ("character", "token")

WINDOWS_SEED = 0
"""Of the split and of the windows, which are the same in every run; runs differ in weights and batches."""

COVERAGE, PER_DOCUMENT = 0.5, 250
"""Half of what was published (once a file's lines, 500 a file) gives the 27 batches an epoch of its log."""

MIN_COUNT = 200
"""Occurrences in the training windows that a feature must exceed, as published ..."""

FULL_SIZE = 25_000
"""... for training windows of this number; in smaller corpora proportionally fewer will do."""


@dataclass(frozen=True, slots=True)
class Part:
    """The windows of one split: counts [windows, vocabulary] and labels, int64 [windows]."""

    bags: BagMatrix
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StudySet:
    """A corpus as bags of one unit.

    Attributes:
        unit: what is counted.
        languages: names of the classes K, in the order of the labels.
        vocabulary: what the columns count.
        parts: the windows of each split.
    """

    unit: Unit
    languages: tuple[str, ...]
    vocabulary: Vocabulary
    parts: Mapping[SplitName, Part]


def study_config(unit: Unit, min_count: int = MIN_COUNT) -> Config:
    """Return the published set-up, bugs included: 96 ELU, dropout 0.2, Adam at 1e-3, no L2 in the loss."""
    seed = load_config("seed")
    return replace(
        seed,
        name=f"study of {unit}s",
        features=FeatureSpec(unit=unit),
        vocabulary=replace(seed.vocabulary, min_count=min_count),
        windows=replace(seed.windows, coverage=COVERAGE, per_document=PER_DOCUMENT),
        training=replace(seed.training, l2=0.0),
    )


def from_corpus(corpus: SplitCorpus, unit: Unit, workers: int | None = None) -> StudySet:
    """Draw the study's windows from `corpus` and count them, in `workers` processes.

    Raises:
        CorpusError: no window is worth training on, or no feature is frequent enough.
    """
    from whichcode.languages import comment_markers
    from whichcode.training.dataset import build_dataset, quotas
    from whichcode.training.train import build_vocabulary

    windows = sum(quotas(corpus.part("train"), study_config(unit)))
    config = study_config(unit, min(MIN_COUNT, MIN_COUNT * windows // FULL_SIZE))
    languages = tuple(sorted({document.language for document in corpus.documents}))
    comments = comment_markers(languages)
    vocabulary = build_vocabulary(corpus, config, WINDOWS_SEED, comments, workers)
    parts: dict[SplitName, Part] = {}
    for split in SPLITS:
        dataset = build_dataset(
            corpus.part(split),
            languages,
            vocabulary,
            config,
            seed=WINDOWS_SEED,
            comments=comments,
            workers=workers,
        )
        parts[split] = Part(dataset.bags, dataset.labels)
    return StudySet(unit, languages, vocabulary, parts)


def read_sets(path: Path) -> dict[Unit, StudySet]:
    """Read, split and count the corpus at `path`: a folder, a ``.jsonl`` or a ``.parquet`` file.

    Raises:
        CorpusError: it cannot be read, or is too small to split or to learn from.
    """
    from whichcode.corpus.readers import read_corpus

    corpus = split_corpus(read_corpus(path), seed=WINDOWS_SEED)
    return {unit: from_corpus(corpus, unit) for unit in UNITS}
