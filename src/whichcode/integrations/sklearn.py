r"""A detector as a scikit-learn classifier: texts in, labels out, in pipelines and cross-validation.

>>> from whichcode.integrations.sklearn import LanguageClassifier
>>> pretrained = LanguageClassifier.from_pretrained("default")
>>> pretrained.predict(["def area(r):\n    return 3.14 * r ** 2", "SELECT name FROM users WHERE id = 7"]).tolist()
['python', 'sql']

Errors are `ValueError`, as scikit-learn's own are; their cause is the error of whichcode.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whichcode.errors import ConfigError, CorpusError, MissingExtraError, WhichcodeError

try:
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d
except ImportError as error:
    raise MissingExtraError("scikit-learn", "sklearn") from error

from whichcode.integrations.folds import LeakFreeKFold, as_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from sklearn.utils import Tags

    from whichcode.corpus.splits import SplitCorpus
    from whichcode.detector import Detector
    from whichcode.model.config import Config

__all__ = ["LanguageClassifier", "LeakFreeKFold"]

VALIDATION = 0.15
"""Share of each language's texts that choose the best epoch and set the calibration."""

LEAST_WINDOWS, LEAST_BATCH, BATCHES = 100, 16, 20
"""What small data is trained with at least: windows a language, windows a batch, batches an epoch."""


class LanguageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Tells the language of texts; trained by `fit` as ``whichcode train`` does it.

    A part of the texts is kept from training to choose the best epoch and to calibrate the probabilities: no near
    duplicates and no repositories (``groups``) are on both sides. Exact copies are learnt from once, with the
    label that is first in sorted order. The same texts, labels and parameters give the same model, in whatever
    order the texts are.

    Args:
        config: a packaged configuration's name (``compact``, ``default``, ``seed``) or a ``.toml`` file.
        overrides: options that differ from it, by their full names: ``{"training.epochs": 4}``.
        validation: share of each language's texts, between 0 and 1, that is kept from training.
        adapt: train on fewer windows, in smaller batches, where the texts are few; options that `overrides`
            names are left alone.
        seed: of validation part, windows, weights and batches; 0 or more.
        n_jobs: processes that count features, and threads of PyTorch. None is 1, -1 is all cores; more than one
            needs a main module that can be imported, as `multiprocessing` asks for.
        verbose: print the log of the training and show progress bars.

    Attributes:
        classes_: the labels in sorted order, [classes].
        detector_: the `whichcode.Detector` that was trained, for `detect`, `explain` and the rest.
    """

    def __init__(
        self,
        config: str = "compact",
        *,
        overrides: Mapping[str, Any] | None = None,
        validation: float = VALIDATION,
        adapt: bool = True,
        seed: int = 0,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.config = config
        self.overrides = overrides
        self.validation = validation
        self.adapt = adapt
        self.seed = seed
        self.n_jobs = n_jobs
        self.verbose = verbose

    @classmethod
    def from_pretrained(cls, model: str | Path = "default") -> LanguageClassifier:
        """Return a fitted classifier that answers with a packaged model or a model file.

        A clone of it is not fitted, as scikit-learn has it, so that cross-validation would train it anew; wrap it
        in `sklearn.frozen.FrozenEstimator` to measure it as it is.

        Raises:
            ModelError: as `Detector.load`.
        """
        from whichcode.detector import Detector, default_detector

        classifier = cls()
        classifier._take(default_detector() if model == "default" else Detector.load(model))
        return classifier

    def fit(
        self,
        X: Iterable[str | bytes],
        y: ArrayLike,
        groups: ArrayLike | None = None,
    ) -> LanguageClassifier:
        """Train a detector.

        Args:
            X: texts, [n].
            y: their labels, [n], of two classes or more.
            groups: the repository or project of each text, [n], where known.

        Raises:
            ValueError: the texts cannot be learnt from, or a parameter is impossible.
        """
        texts = as_texts(X)
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        check_consistent_length(texts, labels)
        check_classification_targets(labels)
        classes = np.unique(labels)
        if len(classes) < 2:
            raise ValueError(f"y holds one class only ({str(classes[0])!r}); a detector tells two or more apart")
        try:
            self._take(self._trained(texts, [str(label) for label in labels], groups))
        except MissingExtraError:
            raise
        except WhichcodeError as error:
            raise ValueError(str(error)) from error
        # Labels need not be text: the detector knows them by what they are printed as.
        self._take(self.detector_, classes)
        return self

    def predict(self, X: Iterable[str | bytes]) -> NDArray[Any]:
        """Return the most likely label of each text, [n]; a blank one gets the first class.

        Raises:
            ValueError: `X` is no list of texts, or one of them is binary.
        """
        probabilities = self.predict_proba(X)
        result: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return result

    def predict_proba(self, X: Iterable[str | bytes]) -> NDArray[np.float64]:
        """Return calibrated probabilities, float64 [n, classes]; those of a blank text are all alike.

        Raises:
            ValueError: as `predict`.
        """
        check_is_fitted(self, "detector_")
        result = np.empty((len(texts := as_texts(X)), len(self.classes_)))
        for row, text in enumerate(texts):
            try:
                result[row] = self.detector_.probabilities(text)
            except WhichcodeError as error:
                raise ValueError(f"text {row}: {error}") from error
        return result[:, self._columns]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags

    def _take(self, detector: Detector, classes: NDArray[Any] | None = None) -> None:
        """Answer with `detector`, whose languages are printed `classes`."""
        self.detector_ = detector
        self.classes_ = np.array(detector.languages) if classes is None else classes
        place = {language: i for i, language in enumerate(detector.languages)}
        self._columns = [place[str(label)] for label in self.classes_]

    def _trained(self, texts: Sequence[str | bytes], labels: Sequence[str], groups: ArrayLike | None) -> Detector:
        from whichcode.corpus.document import Corpus
        from whichcode.corpus.splits import split_corpus
        from whichcode.detector import Detector
        from whichcode.integrations.folds import as_documents
        from whichcode.model.artefact import load_model
        from whichcode.progress import silenced

        try:
            from whichcode.training.train import train
        except ModuleNotFoundError as error:
            raise MissingExtraError(str(error.name), "train") from error
        if not 0 < self.validation < 1:
            raise ConfigError(f"validation is {self.validation}; it must be a share between 0 and 1")
        workers = None if self.n_jobs == -1 else (self.n_jobs or 1)
        config = configured(self.config, self.overrides)
        log: Callable[[str], None] = _print if self.verbose else _drop
        with nullcontext() if self.verbose else silenced():
            corpus = split_corpus(
                Corpus(tuple(as_documents(texts, labels, groups))),
                seed=self.seed,
                fractions={"train": 1 - self.validation, "validation": self.validation, "test": 0.0},
                few_units="train",
                workers=workers,
            )
            lost = sorted(set(labels) - {document.language for document in corpus.documents})
            if lost:
                raise CorpusError(f"every text of the class {lost[0]!r} is also one of another class")
            if not corpus.part("validation"):
                raise CorpusError(
                    "no class has two texts that are independent of each other, so that none is left to "
                    "validate on; add texts that are not copies, or of other groups"
                )
            if self.adapt:
                config = adapted(config, corpus, self.overrides or {})
            with tempfile.TemporaryDirectory(prefix="whichcode-") as folder, _own_torch_state(workers):
                out = Path(folder) / "model.safetensors"
                train(corpus, config, out, seed=self.seed, tensorboard=False, workers=workers, log=log)
                return Detector(load_model(out))


def configured(name: str, overrides: Mapping[str, Any] | None) -> Config:
    """Return the configuration called `name` with `overrides`, options by their full names.

    Raises:
        ConfigError: there is none of that name, or an option is unknown or impossible.
    """
    from whichcode.model.config import Config, load_config

    config = load_config(name)
    if not overrides:
        return config
    plain = config.to_dict()
    for option, value in overrides.items():
        section, _, last = option.rpartition(".")
        target = plain.setdefault(section, {}) if section else plain
        target[last] = value
    return Config.from_dict(plain)


def adapted(config: Config, corpus: SplitCorpus, kept: Iterable[str] = ()) -> Config:
    """Return `config` for a corpus of few texts: fewer windows, more batches of them, rarer features.

    Two windows for each line of a language, on average over languages, are the most that is drawn; what has that
    many as configured is trained as configured. Options named in `kept` stay as they are.
    """
    documents = corpus.part("train")
    languages = {document.language for document in documents}
    lines = sum(document.text.count("\n") + 1 for document in documents) // len(languages)
    windows = max(LEAST_WINDOWS, 2 * lines)
    if config.windows.per_language:
        windows = min(config.windows.per_language, windows)
    units = min(len(units) for units in corpus.units("train").values())
    changed = {
        "windows.per_language": windows if config.windows.per_language else 0,
        "training.batch_size": min(
            config.training.batch_size, max(LEAST_BATCH, windows * len(languages) // BATCHES)
        ),
        "vocabulary.min_documents": min(config.vocabulary.min_documents, max(1, units // 2)),
    }
    plain = config.to_dict()
    for option, value in changed.items():
        section, name = option.split(".")
        if option not in kept:
            plain[section][name] = value
    return type(config).from_dict(plain)


@contextmanager
def _own_torch_state(workers: int | None) -> Iterator[None]:
    """Let PyTorch use `workers` threads, and leave its settings and random numbers as they were.

    An estimator has no side effects; and several of them at a time, or one beside other work, are much slower
    where each waits for threads on all cores.
    """
    import torch

    deterministic, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        try:
            if workers is not None:
                torch.set_num_threads(workers)
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(deterministic)


def _print(line: str) -> None:
    # The file that is written is a temporary one.
    if not line.startswith("wrote "):
        print(line)


def _drop(_line: str) -> None:
    pass
