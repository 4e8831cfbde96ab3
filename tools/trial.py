"""Train variants of a configuration on one corpus, and measure each on the same validation texts.

    python tools/trial.py split.parquet --cache trials/ base
    python tools/trial.py split.parquet --cache trials/ smooth training.label_smoothing=0.1 training.epochs=2
    python tools/trial.py split.parquet --cache trials/ --start-from default --start-share 0.5 on training.epochs=1

The first argument after the options names the trial, the others set options of the configuration. Vocabulary
and windows depend on the sections features, vocabulary and windows alone: they are kept in the cache, so that
a trial of another network or training takes minutes. The figures are macro recall in percent on windows of
1, 3, 5, 10 and 20 raw lines of validation files, on files and on blocks of documentation, over all languages
and over the 40 of the exam; the log loss over all of these texts, languages weighted equally, in nats, which
chance moves less than it does shares; then the share answered `text` of each kind of text and of code (5 lines
and more). A line for each trial is added to trials.tsv in the cache. Exams are not looked at.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from whichcode.corpus import Document, read_corpus
from whichcode.corpus.splits import SplitCorpus, split_corpus
from whichcode.detector import Detector
from whichcode.evaluation import metrics
from whichcode.features.matrix import BagMatrix, bag_matrix, stack
from whichcode.features.vocabulary import Vocabulary
from whichcode.languages import comment_markers
from whichcode.model.artefact import Model
from whichcode.model.config import Config, load_config
from whichcode.parallel import parallel_map
from whichcode.text.snippets import dedent
from whichcode.training.dataset import Dataset, build_dataset
from whichcode.training.loop import Run, all_logits, run_epochs
from whichcode.training.start import draw_near, network_from, vocabulary_from
from whichcode.training.train import build_vocabulary, measured

LENGTHS = (1, 3, 5, 10, 20)
DRAWS, MOST_DOCUMENTS, MOST_CHARACTERS = 3, 60, 1 << 15
FORTY = Path(__file__).parents[1] / "benchmarks" / "exam" / "names-40.json"


def main() -> int:
    """Run one trial; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="written by whichcode corpus split")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--config", default="default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start-from", metavar="MODEL", help="a packaged model's name or a file to start from")
    parser.add_argument(
        "--start-share",
        type=float,
        action="append",
        default=[],
        metavar="SHARE",
        help="ask the network with this training.start_share, too (repeatable)",
    )
    parser.add_argument("name")
    parser.add_argument("options", nargs="*", metavar="SECTION.OPTION=VALUE")
    arguments = parser.parse_args()
    config = _with(load_config(arguments.config), arguments.options)
    started = time.monotonic()
    if arguments.start_share and arguments.start_from is None:
        parser.error("--start-share is for --start-from")
    start = None if arguments.start_from is None else Detector.load(arguments.start_from).model
    folder = _prepared(arguments.corpus, config, arguments.cache, start)
    train, validation = _dataset(folder / "train.npz"), _dataset(folder / "validation.npz")
    languages = json.loads((folder / "languages.json").read_text("utf-8"))
    vocabulary = Vocabulary.from_bytes((folder / "vocabulary").read_bytes())
    torch.manual_seed(arguments.seed)
    network = network_from(start, vocabulary, languages, config)
    run = Run(network, train, validation, folder / arguments.name, arguments.seed, arguments.name)
    run_epochs(run, tensorboard=False, log=lambda line: print(line, file=sys.stderr))
    asked = np.load(folder / "asked.npz")
    texts = _matrix(asked)
    trained = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for share in (0.0, *arguments.start_share):
        network.load_state_dict(trained)
        if start is not None:
            draw_near(network, start, vocabulary, languages, share)
        logits = all_logits(network, texts).double().numpy()
        line = "\t".join(
            [
                arguments.name + (f", {share} of the start" if share else ""),
                " ".join(arguments.options),
                *_figures(logits, asked, languages),
                f"{time.monotonic() - started:.0f} s",
            ]
        )
        with (arguments.cache / "trials.tsv").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line)
    return 0


def _with(config: Config, options: list[str]) -> Config:
    plain = config.to_dict()
    for option in options:
        name, _, value = option.partition("=")
        section, _, key = name.partition(".")
        try:
            told: Any = json.loads(value)
        except ValueError:
            told = value
        plain.setdefault(section, {})[key] = told
    return Config.from_dict(plain)


def _prepared(corpus: Path, config: Config, cache: Path, start: Model | None) -> Path:
    """Return the folder with the windows that `config` draws from `corpus`, made if it is not there."""
    plain = config.to_dict()
    told = json.dumps(
        [
            str(corpus.resolve()),
            corpus.stat().st_mtime_ns,
            *(plain[s] for s in ("features", "vocabulary", "windows")),
            *([] if start is None else [start.digest]),
        ]
    )
    folder = cache / hashlib.sha256(told.encode()).hexdigest()[:12]
    if (folder / "asked.npz").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    split = split_corpus(read_corpus(corpus))
    languages = sorted({document.language for document in split.documents})
    comments = comment_markers(languages)
    vocabulary = vocabulary_from(start, config, lambda: build_vocabulary(split, config, 0, comments))
    (folder / "vocabulary").write_bytes(vocabulary.to_bytes())
    (folder / "languages.json").write_text(json.dumps(languages), "utf-8")
    for part, drawn in (("train", config), ("validation", measured(config))):
        data = build_dataset(split.part(part), languages, vocabulary, drawn, seed=0, comments=comments)
        _save(folder / f"{part}.npz", data.bags, labels=data.labels, epoch=data.epoch)
    texts, kinds, lengths, labels = zip(*_asked(split), strict=True)
    chunks = [texts[i : i + 500] for i in range(0, len(texts), 500)]
    bags = stack(list(parallel_map(_bags, (vocabulary, config), chunks)), len(vocabulary))
    row_of = {language: i for i, language in enumerate(languages)}
    _save(
        folder / "asked.npz",
        bags,
        labels=np.array([row_of[label] for label in labels]),
        kind=np.array(kinds),
        length=np.array(lengths),
    )
    return folder


def _asked(split: SplitCorpus) -> Iterator[tuple[str, str, str, str]]:
    """Yield text, kind, length and language of the validation texts that every trial is asked about."""
    groups: dict[tuple[str, str], list[Document]] = {}
    for document in split.part("validation"):
        # Each kind of text that is not code for itself: there is much more prose than mail.
        apart = document.kind == "fence" or document.language == "text"
        groups.setdefault((document.language, (document.kind or "") if apart else ""), []).append(document)
    draw = random.Random(0)
    for (language, group), documents in sorted(groups.items()):
        fence = group == "fence"
        for document in draw.sample(documents, min(len(documents), MOST_DOCUMENTS)):
            kind = document.kind or "file"
            yield document.text[:MOST_CHARACTERS], kind, "fence" if fence else "file", language
            lines = document.text.split("\n")
            for length in () if fence else LENGTHS:
                for _ in range(DRAWS if len(lines) >= length else 0):
                    start = draw.randint(0, len(lines) - length)
                    window = "\n".join(lines[start : start + length])
                    if sum(map(str.isalnum, window)) >= 4 * min(length, 3):
                        yield window, kind, str(length), language


def _bags(shared: tuple[Vocabulary, Config], texts: tuple[str, ...]) -> BagMatrix:
    vocabulary, config = shared
    return bag_matrix([dedent(text) for text in texts], vocabulary, config.features)


def _figures(logits: Any, asked: Any, languages: list[str]) -> Iterator[str]:
    forty = {languages.index(name) for name in json.loads(FORTY.read_text("utf-8")) if name in languages}
    right = (logits.argmax(axis=1) == asked["labels"]).astype(np.float64)
    popular = np.isin(asked["labels"], list(forty))
    for length in (*map(str, LENGTHS), "file", "fence"):
        rows = asked["length"] == length
        both = [
            f"{100 * metrics.macro(right[chosen], asked['labels'][chosen]):.1f}" if chosen.any() else "-"
            for chosen in (rows, rows & popular)
        ]
        yield f"{length}: {'/'.join(both)}"
    probabilities = torch.from_numpy(logits).softmax(dim=1).numpy()
    yield f"log loss: {metrics.log_loss(probabilities, asked['labels']):.3f}"
    if "text" in languages:
        text = languages.index("text")
        long = ~np.isin(asked["length"], ["1", "3"])
        answered = logits.argmax(axis=1) == text
        for kind in sorted(set(asked["kind"][asked["labels"] == text])):
            rows = long & (asked["labels"] == text) & (asked["kind"] == kind)
            yield f"text {kind}: {100 * answered[rows].mean():.0f}"
        yield f"code as text: {100 * answered[long & (asked['labels'] != text)].mean():.2f}"


def _save(path: Path, bags: BagMatrix, **arrays: Any) -> None:
    # Under a name of its own until it is whole: that it is there says so.
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, indptr=bags.indptr, indices=bags.indices, data=bags.data, columns=bags.columns, **arrays)
    temporary.replace(path)


def _matrix(stored: Any) -> BagMatrix:
    return BagMatrix(stored["indptr"], stored["indices"], stored["data"], int(stored["columns"]))


def _dataset(path: Path) -> Dataset:
    stored = np.load(path)
    return Dataset(_matrix(stored), stored["labels"], stored["epoch"])


if __name__ == "__main__":
    sys.exit(main())
