"""One training, from documents to a model file."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from whichcode import __version__
from whichcode.atomic import check_writable
from whichcode.corpus.document import Document, SplitName, bare_digest
from whichcode.corpus.splits import SplitCorpus
from whichcode.errors import ConfigError, CorpusError
from whichcode.evaluation.metrics import macro_bounds
from whichcode.evaluation.ties import accuracy_bounds
from whichcode.features.distinctiveness import document_frequencies, select
from whichcode.features.vocabulary import Vocabulary, by_count
from whichcode.languages import comment_markers
from whichcode.model.artefact import Model
from whichcode.model.config import Config
from whichcode.model.network import BagNetwork
from whichcode.model.save import Quantised, quantise, save_model
from whichcode.parallel import parallel_map
from whichcode.progress import progress
from whichcode.training.calibration import FEW_DOCUMENTS, fit_temperature
from whichcode.training.checkpoints import Progress
from whichcode.training.dataset import Dataset, build_dataset, quotas, windows_of
from whichcode.training.loop import Run, all_logits, batches_per_epoch, run_epochs
from whichcode.training.start import calibration_near, check_start, draw_near, network_from, vocabulary_from

MEASURED_SHARE = 10
"""Of the windows that a language has to train on, one in so many are drawn to validate and to test."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training ended with: its model file's figures, as they stand in the model's provenance."""

    path: Path
    provenance: Mapping[str, Any]


def train(
    corpus: SplitCorpus,
    config: Config,
    out: Path,
    *,
    folder: Path | None = None,
    vocabulary: Vocabulary | None = None,
    start: Model | None = None,
    seed: int = 0,
    resume: bool = False,
    tensorboard: bool = True,
    workers: int | None = None,
    log: Callable[[str], None] = print,
) -> TrainingResult:
    """Train a detector on the training documents of `corpus` and write it to `out`.

    Args:
        corpus: documents with their splits.
        config: what to train.
        out: the model file.
        folder: for checkpoints and TensorBoard; `out` with ``.run`` added where it is None.
        vocabulary: what is counted; where it is None, what `start` counts and, if there is room, what is chosen
            from the training documents as `config` says.
        start: a model whose weights the training starts from, and not from random ones.
        seed: of windows, weights and batches.
        resume: go on from the last checkpoint in `folder`.
        tensorboard: write event files.
        workers: processes that count features; all cores where it is None.
        log: takes the log's lines.

    Raises:
        ConfigError: `training.start_share` without a start.
        CorpusError: there is nothing to learn from, or nothing to validate on.
        ModelError: a checkpoint does not fit, or `start` does not; weights that are not finite.
    """
    if start is not None:
        check_start(start, config)
    elif config.training.start_share:
        raise ConfigError(
            "option training.start_share is for a training that starts from a model; name one, or leave it"
        )
    folder = folder or out.with_name(out.name + ".run")
    for place in (folder, out.parent):
        check_writable(place)
    languages = sorted({document.language for document in corpus.documents})
    comments = comment_markers(languages)
    log(
        f"training {config.name!r} on {len(corpus.part('train'))} documents of {len(languages)} languages "
        f"({len(corpus.part('validation'))} to validate, {len(corpus.part('test'))} to test); "
        f"{corpus.dropped} exact duplicates are left out, and {corpus.alike} texts like one on another side"
    )
    for part, without in corpus.missing().items():
        if without:
            log(f"without a text in the {part} part: {', '.join(without)}")
    if start is not None:
        _log_start(start, languages, log)
        met = sum(
            start.has_seen(document.bare_digest) for document in corpus.documents if document.split != "train"
        )
        if met:
            log(
                f"{met} of the texts to validate and to test were seen by {start.id}: the figures will be too "
                "good; split with whichcode corpus split --known-to"
            )
    if vocabulary is None:
        vocabulary = vocabulary_from(
            start, config, lambda: build_vocabulary(corpus, config, seed, comments, workers)
        )
    log(f"the vocabulary has {len(vocabulary)} features")

    def dataset(split: SplitName) -> Dataset:
        documents = corpus.part(split)
        drawn = config if split == "train" else measured(config)
        with progress(f"windows to {split}", len(documents)) as advance:
            return build_dataset(
                documents,
                languages,
                vocabulary,
                drawn,
                seed=seed,
                comments=comments,
                workers=workers,
                advance=advance,
            )

    if not corpus.part("validation"):
        raise CorpusError("the corpus has no text to validate on; add texts, or split it again")
    training, validation = dataset("train"), dataset("validation")
    batches = batches_per_epoch(training, config.training.batch_size, config.training.last_batch)
    log(f"{len(training.epoch)} windows an epoch, {batches} batches, {config.training.epochs} epochs")
    drawn = np.bincount(training.labels[training.epoch], minlength=len(languages))
    if not drawn.all():
        never = [language for language, n in zip(languages, drawn, strict=True) if not n]
        log(f"without a window to train on, so that they are not learnt: {', '.join(never)}")
    torch.manual_seed(seed)
    network = network_from(start, vocabulary, languages, config)
    identity = _identity(config, seed, vocabulary, languages, (training, validation), start)
    run = Run(network, training, validation, folder, seed, identity)
    with progress("batches", batches * config.training.epochs) as advance:
        done = run_epochs(run, resume=resume, tensorboard=tensorboard, log=log, advance=advance)
    share = config.training.start_share
    if start is not None and share:
        draw_near(network, start, vocabulary, languages, share)
        bounds = macro_bounds(all_logits(network, validation.bags).double().numpy(), validation.labels)
        log(f"with {share} of the start's weights: Files.VAL macro recall = {bounds.expected:.5f}")
    stored = _store(network)
    calibration = (0.0, 0.0)
    logits = all_logits(network, validation.bags)
    if config.training.calibration == "evidence":
        asked = np.where(drawn > 0, drawn.astype(np.float64) ** config.training.calibration_power, 0.0)
        calibration = fit_temperature(logits, validation.labels, np.diff(validation.bags.indptr), asked)
        if start is not None:
            calibration = calibration_near(calibration, start, share)
        few = _languages_with_few(corpus.part("validation"))
        if few:
            log(
                f"{len(few)} languages have fewer than {FEW_DOCUMENTS} texts to validate on ({', '.join(few[:5])}"
                f"{', …' if len(few) > 5 else ''}): the confidence of answers may be off; add texts"
            )
    figures = {"validation": _figures(logits, validation)}
    if corpus.part("test"):
        test = dataset("test")
        figures["test"] = _figures(all_logits(network, test.bags), test)
        log(
            f"Files.TEST mean accuracy = {figures['test']['accuracy']['expected']:.5f}; macro recall = "
            f"{figures['test']['macro_recall']['expected']:.5f}  (epoch {done.best_epoch}, weights as stored)"
        )
    else:
        log("there is no test part: an exam from elsewhere must tell")
    provenance = _provenance(corpus, seed, done, figures, start)
    seen = parallel_map(_bare_digest, None, [d.text for d in corpus.documents if d.split != "test"], workers)
    # What the first model has learnt from is in these weights, too.
    before = () if start is None else (known.hex() for known in start.seen)
    save_model(
        out,
        network,
        stored,
        vocabulary,
        languages,
        calibration=calibration,
        seen=chain(seen, before),
        provenance=provenance,
        version=__version__,
    )
    log(f"wrote {out}")
    return TrainingResult(out, provenance)


def _bare_digest(_: None, text: str) -> str:
    return bare_digest(text)


def _languages_with_few(documents: Sequence[Document]) -> list[str]:
    counts = Counter(document.language for document in documents)
    return sorted(language for language, n in counts.items() if n < FEW_DOCUMENTS)


def _log_start(start: Model, languages: Sequence[str], log: Callable[[str], None]) -> None:
    log(f"starting from the weights of {start.id}")
    new = sorted(set(languages) - set(start.languages))
    if new:
        log(f"new to it: {', '.join(new)}")
    gone = sorted(set(start.languages) - set(languages))
    if gone:
        names = ", ".join(gone[:5]) + (", …" if len(gone) > 5 else "")
        log(f"{len(gone)} of its languages have no text here and will not be known: {names}")


def measured(config: Config) -> Config:
    """Return `config` with the windows to validate and test on: as those to train on, but fewer."""
    per_language = -(-config.windows.per_language // MEASURED_SHARE)
    return replace(config, windows=replace(config.windows, per_language=per_language))


def build_vocabulary(
    corpus: SplitCorpus,
    config: Config,
    seed: int,
    comments: Mapping[str, Sequence[str]],
    workers: int | None = None,
) -> Vocabulary:
    """Return the vocabulary that `config` asks for, from the training documents alone.

    Raises:
        CorpusError: the texts are too few for it: it would be empty.
    """
    wanted = config.vocabulary
    if wanted.selection == "count":
        documents = corpus.part("train")
        texts = (
            text
            for document, quota in zip(documents, quotas(documents, config), strict=True)
            for text in windows_of(document, quota, config, seed, comments.get(document.language, ()))
        )
        vocabulary = by_count(texts, config.features, min_count=wanted.min_count)
    else:
        units = {
            language: [unit[: wanted.unit_documents] for unit in several]
            for language, several in corpus.units("train").items()
        }
        with progress("vocabulary", 2 * sum(map(len, units.values()))) as advance:
            frequencies = document_frequencies(
                units,
                config.features,
                min_documents=wanted.min_documents,
                max_characters=wanted.max_characters,
                workers=workers,
                advance=advance,
            )
        vocabulary = select(frequencies, wanted.size)
    if not len(vocabulary):
        raise CorpusError(
            "the vocabulary is empty: no feature is frequent enough; add texts or lower vocabulary.min_count "
            "or vocabulary.min_documents"
        )
    return vocabulary


def _store(network: BagNetwork) -> Quantised:
    """Replace the bag layer's weights by what the model file restores, and return it: figures are of the file."""
    stored = quantise(network.bag_weight.detach().numpy(), network.config.network.bits)
    with torch.no_grad():
        network.bag_weight.copy_(torch.from_numpy(stored.restored))
    return stored


def _figures(logits: torch.Tensor, dataset: Dataset) -> dict[str, Any]:
    scores = logits.double().numpy()
    accuracy = accuracy_bounds(scores, dataset.labels)
    macro = macro_bounds(scores, dataset.labels)
    return {
        "windows": len(dataset.labels),
        **{
            name: {
                "pessimistic": bounds.pessimistic,
                "expected": bounds.expected,
                "optimistic": bounds.optimistic,
            }
            for name, bounds in (("accuracy", accuracy), ("macro_recall", macro))
        },
    }


def _identity(
    config: Config,
    seed: int,
    vocabulary: Vocabulary,
    languages: Sequence[str],
    datasets: Sequence[Dataset],
    start: Model | None,
) -> str:
    told = [config.to_dict(), seed, list(languages), *([] if start is None else [start.digest])]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    digest.update(vocabulary.to_bytes())
    for data in datasets:
        for part in (data.bags.indptr, data.bags.indices, data.bags.data, data.labels, data.epoch):
            # Not of a copy: that of millions of windows takes gigabytes.
            digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()


def _provenance(
    corpus: SplitCorpus, seed: int, done: Progress, figures: Mapping[str, Any], start: Model | None
) -> dict[str, Any]:
    def counts(split: SplitName) -> int:
        return len(corpus.part(split))

    documents: Sequence[Document] = corpus.documents
    per_language: dict[str, int] = {}
    for document in documents:
        per_language[document.language] = per_language.get(document.language, 0) + 1
    return {
        **({} if start is None else {"started_from": {"id": start.id, "digest": start.digest}}),
        "corpora": dict(corpus.digests),
        "documents": {split: counts(split) for split in ("train", "validation", "test")},
        "documents_per_language": per_language,
        "seed": seed,
        "best_epoch": done.best_epoch,
        "figures": dict(figures),
        "libraries": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
