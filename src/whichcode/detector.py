"""The public API: a detector, and the functions that use the packaged one."""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict

from whichcode.detection import Detection
from whichcode.errors import BinaryInputError, InputError, ModelError
from whichcode.model.artefact import Model, load_model
from whichcode.model.predict import Predictor, softmax
from whichcode.packaged import FOLDER, names
from whichcode.possible import Possible
from whichcode.text.decode import DEFAULT_MAX_BYTES, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Unpack

    from whichcode.explanation import Explanation

DEFAULT_CANDIDATES = 5

MOST_TEXTS, MOST_CHARACTERS = 256, 1 << 18
"""What `Detector.detect_many` hands to one thread at a time."""

Text = str | bytes | bytearray | memoryview


_NOTHING = Detection(None, 0.0, ())


class Detector:
    """Detects with one model. Immutable, so threads may share it.

    Args:
        model: see `Detector.load` for one from a file.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._predictor = Predictor(model)
        self._possible = Possible(model)
        if self._predictor.compiled is not None:
            from whichcode.core._core import is_plain

            self._is_plain = is_plain

    def __reduce__(self) -> tuple[Any, ...]:
        # By name where it came with the package, so that what is sent to another process stays small.
        return (_restored, (self.model.packaged,)) if self.model.packaged else (Detector, (self.model,))

    @classmethod
    def load(cls, path: str | Path = "default") -> Detector:
        """Load a model file, or a packaged model by name (``default``, ``seed``).

        Raises:
            ModelError: the file cannot be read or is not an intact model of whichcode.
        """
        packaged = packaged_models()
        if str(path) in packaged:
            return cls(load_model(f"{FOLDER}/models/{path}.safetensors", packaged=str(path)))
        try:
            return cls(load_model(path))
        except ModelError as error:
            # A word without a folder or an ending is somebody's guess at a packaged model's name.
            if str(path).replace("-", "_").isidentifier() and isinstance(error.__cause__, FileNotFoundError):
                raise ModelError(f"{error}; packaged models are {', '.join(packaged)}") from error
            raise

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the model can answer."""
        return self.model.languages

    def detect(
        self,
        text: Text,
        *,
        k: int = DEFAULT_CANDIDATES,
        among: Iterable[str] | None = None,
        prior: Mapping[str, float] | str | None = None,
        min_confidence: float = 0.0,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> Detection:
        """Return the language of `text`.

        Args:
            text: `str`, or bytes in UTF-8 (UTF-16 and UTF-32 with a byte-order mark).
            k: how many candidates to name.
            among: only these languages (names, aliases or extensions) are possible; the probabilities are
                renormalised.
            prior: weights by language, multiplied in and renormalised; those left out weigh 1. Or the name of a
                packaged one: ``documentation``, how often each language is in the fences of documentation.
            min_confidence: below this the language is None.
            max_bytes: of the text, from its start, are looked at.

        Raises:
            BinaryInputError: `text` is not text.
            InputError: `among` or `prior` names a language that the model does not know, leaves none, or a
                weight is negative or not finite; `k` is below 1.
        """
        plain = self._plain(text, max_bytes)
        restriction = self._possible.restriction(among, prior)
        _check(k, min_confidence)
        return self._answers([plain], restriction, k, min_confidence)[0]

    def detect_many(
        self, texts: Iterable[Text], *, threads: int = 1, **options: Unpack[Options]
    ) -> list[Detection]:
        """Return the detections of `texts` in their order; options as in `detect`.

        Args:
            texts: `str` or bytes.
            threads: how many look at texts at the same time. With the compiled core they need not wait for each
                other; in plain Python they do, and more than one gains nothing.
            options: as in `detect`.

        Raises:
            BinaryInputError: as `detect`; the message names the item, counted from 0.
        """
        answers: list[Detection] = []
        for number, answer in enumerate(self._many(texts, threads, options, stop=True)):
            if isinstance(answer, BinaryInputError):
                raise BinaryInputError(f"item {number}: {answer}") from answer
            answers.append(answer)
        return answers

    def detect_each(
        self, texts: Iterable[Text], *, threads: int = 1, **options: Unpack[Options]
    ) -> list[Detection | BinaryInputError]:
        """Return what `detect_many` does, with the error in the place of a text that is not text.

        Args:
            texts: as for `detect_many`.
            threads: as for `detect_many`.
            options: as in `detect`.

        Raises:
            InputError: as `detect`, for what is wrong with the options.
        """
        return self._many(texts, threads, options, stop=False)

    def _many(
        self, texts: Iterable[Text], threads: int, options: Options, *, stop: bool
    ) -> list[Detection | BinaryInputError]:
        """Return the answers and errors of `texts`; of no text after the first error if `stop`."""
        if isinstance(texts, str | bytes | bytearray | memoryview):
            raise TypeError("texts must be an iterable of texts, not one text; use detect for that")
        if unknown := options.keys() - Options.__annotations__.keys():
            raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
        if threads < 1:
            raise InputError(f"threads is {threads}; use 1 or more")
        restriction = self._possible.restriction(options.get("among"), options.get("prior"))
        k, least = options.get("k", DEFAULT_CANDIDATES), options.get("min_confidence", 0.0)
        most = options.get("max_bytes", DEFAULT_MAX_BYTES)
        _check(k, least)

        def chunks() -> Iterator[list[str | bytes | BinaryInputError]]:
            chunk: list[str | bytes | BinaryInputError] = []
            size = 0
            for text in texts:
                try:
                    plain = self._plain(text, most)
                except BinaryInputError as error:
                    chunk.append(error)
                    if stop:
                        break
                    continue
                chunk.append(plain)
                size += len(plain)
                if len(chunk) >= MOST_TEXTS or size > MOST_CHARACTERS:
                    yield chunk
                    chunk, size = [], 0
            if chunk:
                yield chunk

        def answers(chunk: list[str | bytes | BinaryInputError]) -> list[Detection | BinaryInputError]:
            found = iter(
                self._answers(
                    [item for item in chunk if not isinstance(item, BinaryInputError)], restriction, k, least
                )
            )
            return [item if isinstance(item, BinaryInputError) else next(found) for item in chunk]

        if threads == 1:
            return [answer for chunk in chunks() for answer in answers(chunk)]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            return [answer for found in pool.map(answers, chunks()) for answer in found]

    def probabilities(self, text: Text) -> list[float]:
        """Return the calibrated probability of each of `languages`, [languages]; uniform for a blank text."""
        prepared = prepare(text, DEFAULT_MAX_BYTES)
        if not prepared:
            return [1.0 / len(self.languages)] * len(self.languages)
        return softmax(self._predictor.calibrated(prepared))

    def explain(
        self,
        text: Text,
        *,
        among: Iterable[str] | None = None,
        prior: Mapping[str, float] | str | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> Explanation:
        """Return the features found in `text` and what each added for the answer against the runner-up.

        Raises:
            InputError: as `detect`; the text is blank; or fewer than two languages are possible.
        """
        from whichcode.explanation import Contribution, Explanation
        from whichcode.model.attribution import attribute

        prepared = prepare(text, max_bytes)
        if not prepared:
            raise InputError("the text is blank: there is nothing to explain")
        restriction = self._possible.restriction(among, prior)
        logits = self.log_probabilities(prepared, restriction)
        detection = self._answer(logits, DEFAULT_CANDIDATES, 0.0)
        if len(detection.candidates) < 2:
            raise InputError("one possible language leaves nothing to explain; name two or more")
        language, runner_up = (name for name, _ in detection.candidates[:2])
        a, b = map(self.languages.index, (language, runner_up))
        counts = self._predictor.bag(prepared)
        added = attribute(self._predictor, counts, a, b)
        names = self.model.vocabulary.names
        contributions = [Contribution(names[row], n, added[row]) for row, n in counts.items()]
        log_odds = logits[a] - logits[b]
        return Explanation(
            detection=detection,
            language=language,
            runner_up=runner_up,
            log_odds=log_odds,
            baseline=log_odds - math.fsum(added.values()),
            contributions=tuple(sorted(contributions, key=lambda c: (-c.added, c.feature))),
        )

    def log_probabilities(self, prepared: str, restriction: list[float] | None) -> list[float]:
        """Return calibrated logits [languages] plus `restriction`, for a text from `prepare`."""
        logits = self._predictor.calibrated(prepared)
        if restriction is None:
            return logits
        return [logit + extra for logit, extra in zip(logits, restriction, strict=True)]

    def _plain(self, text: Text, max_bytes: int) -> str | bytes:
        """Return `text` prepared, or as it is where the compiled core does all of that itself."""
        compiled = self._predictor.compiled is not None and max_bytes >= 1
        if compiled and self._is_plain(text, min(max_bytes, sys.maxsize)):
            # Not copied: the core reads UTF-8 where it lies.
            return text  # type: ignore[return-value]  # `str` or bytes is all that is plain
        return prepare(text, max_bytes)

    def _answers(
        self, texts: list[str | bytes], restriction: list[float] | None, k: int, min_confidence: float
    ) -> list[Detection]:
        """Return the answers for texts from `_plain`."""
        compiled = self._predictor.compiled
        if compiled is None:
            return [
                self._answer(self.log_probabilities(text, restriction), k, min_confidence)
                if isinstance(text, str) and text  # bytes are prepared where there is no core
                else _NOTHING
                for text in texts
            ]
        languages = self.model.languages
        results = []
        for found in compiled.answers(texts, restriction, min(k, len(languages))):
            if found is None:
                results.append(_NOTHING)
                continue
            rows, probabilities = found
            confidence = probabilities[0]
            results.append(
                Detection(
                    languages[rows[0]] if confidence >= min_confidence else None,
                    confidence,
                    [languages, rows, probabilities],
                )
            )
        return results

    def _answer(self, logits: list[float], k: int, min_confidence: float) -> Detection:
        probabilities = softmax(logits)
        # Sorting is stable, so that equal probabilities are in the order of the model's languages.
        order = sorted(range(len(logits)), key=lambda i: -logits[i])[:k]
        candidates = tuple((self.languages[i], probabilities[i]) for i in order if logits[i] > -math.inf)
        language, confidence = candidates[0]
        return Detection(language if confidence >= min_confidence else None, confidence, candidates)


def _restored(name: str) -> Detector:
    return default_detector() if name == "default" else Detector.load(name)


def _check(k: int, min_confidence: float) -> None:
    if k < 1:
        raise InputError(f"k is {k}; ask for 1 candidate or more")
    if not 0 <= min_confidence <= 1:
        raise InputError(f"min_confidence is {min_confidence}; it must be a share from 0 to 1")


def prepare(text: Text, max_bytes: int = DEFAULT_MAX_BYTES) -> str:
    """Return `text` decoded and un-indented, or the empty string for a blank one.

    Raises:
        BinaryInputError: it is not text.
        TypeError: it is neither `str` nor bytes.
    """
    if not isinstance(text, str | bytes | bytearray | memoryview):
        raise TypeError(f"a text must be str or bytes, not {type(text).__name__}")
    if max_bytes < 1:
        raise InputError(f"max_bytes is {max_bytes}; look at 1 byte or more")
    from whichcode.text.snippets import dedent  # its patterns take time to compile; the core does it without

    decoded = decode(text, max_bytes=max_bytes)
    return dedent(decoded) if decoded.strip() else ""


def packaged_models() -> list[str]:
    """Return the names of the models that come with the package."""
    return names("models", ".safetensors")


@cache
def default_detector() -> Detector:
    """Return the detector with the packaged default model, loaded once."""
    if "default" not in packaged_models():
        raise ModelError("this installation holds no default model; install whichcode again or name a model file")
    return Detector.load("default")


class Options(TypedDict, total=False):
    """The options of `Detector.detect`."""

    k: int
    among: Iterable[str] | None
    prior: Mapping[str, float] | str | None
    min_confidence: float
    max_bytes: int


def detect(text: Text, **options: Unpack[Options]) -> Detection:
    """Return the language of `text` by the packaged model; options and errors as in `Detector.detect`."""
    return default_detector().detect(text, **options)


def detect_many(texts: Iterable[Text], *, threads: int = 1, **options: Unpack[Options]) -> list[Detection]:
    """Return the detections of `texts` by the packaged model; as `Detector.detect_many`."""
    return default_detector().detect_many(texts, threads=threads, **options)
