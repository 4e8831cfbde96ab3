"""Answers of any system as scores over classes, so that one set of metrics serves all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.exam.cache import RawAnswer
from benchmarks.exam.items import Item
from benchmarks.exam.labels import TEXT, registry_id
from whichcode.detection import Detection
from whichcode.detector import Detector
from whichcode.errors import BinaryInputError
from whichcode.evaluation.conditions import Condition, Question
from whichcode.evaluation.evaluate import Answers

NO_ANSWER = "(no answer)"
"""A class that no text belongs to, so that no answer is a wrong one."""

OTHER = "(another label)"
"""A class for labels without a language of the registry."""

_HARDLY = 1e-9
"""The score of no answer, and of one without confidence from a peer with probabilities: next to none in a
calibration, yet above the others' zero."""

BATCH = 256


@dataclass(frozen=True, slots=True)
class Sheet:
    """One system's answers to one part.

    Attributes:
        items: what was asked, length R.
        classes: ids of the registry, `NO_ANSWER`, perhaps `OTHER`; length K.
        scores: float64 [R, K]; the highest of a row is the answer, several highest are a tie.
        confident: whether the highest score is a probability that it is right.
        abstained: bool [R], no answer, or `text`, which says that it is no code.
        would_abstain: bool [R], no answer from the system as it comes.
        timeouts: how many texts had no answer within the time limit.
    """

    items: Sequence[Item]
    classes: tuple[str, ...]
    scores: NDArray[np.float64]
    confident: bool
    abstained: NDArray[np.bool_]
    would_abstain: NDArray[np.bool_]
    timeouts: int = 0

    def restricted(self, languages: frozenset[str]) -> Answers | None:
        """Return the answers to the texts in `languages`, for `whichcode.evaluation`; None where there are none.

        Documents are numbered by file, so that an interval resamples files.
        """
        rows = self.rows(languages)
        if not len(rows):
            return None
        place = {name: i for i, name in enumerate(self.classes)}
        numbers: dict[str, int] = {}
        chosen = [self.items[i] for i in rows]
        return Answers(
            # What is asked is told by the part's name; the lengths of windows are in the index.
            Condition(chosen[0].part, 0, 0),
            [Question(item.text, numbers.setdefault(item.file, len(numbers))) for item in chosen],
            self.scores[rows],
            np.array([place[item.language] for item in chosen], dtype=np.int64),
        )

    def rows(self, languages: frozenset[str]) -> NDArray[np.int64]:
        """Return the numbers of the rows whose right answer is in `languages`."""
        return np.flatnonzero([item.language in languages for item in self.items])


def peer_sheet(items: Sequence[Item], raw: Sequence[RawAnswer], table: str, *, confident: bool) -> Sheet:
    """Return the sheet of a peer whose answers to `items` are `raw`, labels mapped by `table`.

    A peer says one label a text: it breaks its ties itself.
    """
    labels = {answer.label for answer in raw if answer.label is not None}
    ids = {label: registry_id(label, table) or OTHER for label in labels}
    classes = (*sorted({item.language for item in items} | set(ids.values()) - {OTHER}), OTHER, NO_ANSWER)
    place = {name: i for i, name in enumerate(classes)}
    scores = np.zeros((len(items), len(classes)))
    abstained = np.zeros(len(items), dtype=np.bool_)
    for row, answer in enumerate(raw):
        if answer.label is None:
            scores[row, place[NO_ANSWER]] = _HARDLY
            abstained[row] = True
            continue
        name = ids[answer.label]
        scores[row, place[name]] = max(answer.score or 0.0, _HARDLY) if confident else 1.0
        abstained[row] = name == TEXT
    would_abstain = abstained | np.array([answer.abstains for answer in raw], dtype=np.bool_)
    return Sheet(
        items, classes, scores, confident, abstained, would_abstain, sum(answer.timeout for answer in raw)
    )


def whichcode_sheet(
    detector: Detector, items: Sequence[Item], *, advance: Callable[[int], None] = lambda _steps: None
) -> Sheet:
    """Return whichcode's sheet; the highest scores stay together where they are equal, as ties.

    Texts go through `Detector.detect_many` as any user's do, asked for every language that the model knows.
    """
    languages = (*detector.languages, *sorted({item.language for item in items} - set(detector.languages)))
    classes = (*languages, NO_ANSWER)
    place = {name: i for i, name in enumerate(classes)}
    scores = np.zeros((len(items), len(classes)))
    abstained = np.zeros(len(items), dtype=np.bool_)
    for start in range(0, len(items), BATCH):
        texts = [item.text for item in items[start : start + BATCH]]
        for row, detection in enumerate(_detect(detector, texts), start=start):
            abstained[row] = detection.language in (None, TEXT)
            if detection.language is None:
                scores[row, place[NO_ANSWER]] = _HARDLY
                continue
            for name, probability in detection.candidates:
                scores[row, place[name]] = probability
        advance(len(texts))
    return Sheet(items, classes, scores, True, abstained, abstained)


def _detect(detector: Detector, texts: Sequence[str]) -> list[Detection]:
    """Return the detections of `texts`; one that the detector refuses as binary has no answer."""
    k = len(detector.languages)
    try:
        return detector.detect_many(texts, k=k)
    except BinaryInputError:
        if len(texts) == 1:
            return [Detection(None, 0.0, ())]
        return [detection for text in texts for detection in _detect(detector, [text])]
