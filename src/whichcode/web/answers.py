"""What the service answers, as plain values; runs in a thread of the pool."""

from __future__ import annotations

import math
import time
from typing import Any

from whichcode.detector import Detector
from whichcode.errors import InputError
from whichcode.features.extract import display
from whichcode.web.limits import MAX_EXPLAINED
from whichcode.web.problems import ProblemError
from whichcode.web.requests import DetectRequest, ExplainRequest
from whichcode.web.spans import spans

CHUNK_TEXTS, CHUNK_CHARACTERS = 64, 1 << 18
"""Texts that are looked at between two looks at the clock."""


class Deadline:
    """When an answer must be there.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Go on if there is time left.

        Raises:
            ProblemError: 503, there is none.
        """
        if time.monotonic() > self._end:
            raise ProblemError(
                503,
                "too_slow",
                f"there was no answer within {self.seconds:g} seconds; send less, or try again later",
            )


def detect(detector: Detector, asked: DetectRequest, deadline: Deadline) -> dict[str, Any]:
    """Return the answer of `/v1/detect`.

    Raises:
        ProblemError: 422, a language that the model does not know; 503, no time is left.
    """
    deadline.check()
    answers: list[dict[str, Any]] = []
    options: dict[str, Any] = {
        "k": asked.k,
        "among": asked.among,
        "prior": asked.prior,
        "min_confidence": asked.min_confidence,
    }
    try:
        if not asked.texts:
            detector.detect("", **options)  # so that a wrong option is told here too
        for chunk in _chunks(asked.texts):
            deadline.check()
            answers += [found.to_dict() for found in detector.detect_many(chunk, **options)]
    except InputError as error:
        raise ProblemError(422, "invalid_request", str(error)) from error
    if asked.one:
        return {"model": detector.model.id} | answers[0]
    return {"model": detector.model.id, "results": answers}


def _chunks(texts: list[str]) -> list[list[str]]:
    chunks: list[list[str]] = []
    size = 0
    for text in texts:
        if not chunks or size + len(text) > CHUNK_CHARACTERS or len(chunks[-1]) == CHUNK_TEXTS:
            chunks.append([])
            size = 0
        chunks[-1].append(text)
        size += len(text)
    return chunks


def explain(detector: Detector, asked: ExplainRequest, deadline: Deadline) -> dict[str, Any]:
    """Return the answer of `/v1/explain`; errors as `detect`.

    A blank text, or one possible language, leaves nothing to explain: the runner-up is then None.
    """
    deadline.check()
    text = asked.text[:MAX_EXPLAINED]
    try:
        detection = detector.detect(text, k=2, among=asked.among, prior=asked.prior)
        if len(detection.candidates) < 2:
            return {
                "model": detector.model.id,
                "language": detection.language,
                "runner_up": None,
                "candidates": detection.to_dict()["candidates"],
                "log_odds": None,
                "baseline": None,
                "features": [],
                "others": 0.0,
                "spans": [],
                "characters": len(text),
            }
        explanation = detector.explain(text, among=asked.among, prior=asked.prior)
    except InputError as error:
        raise ProblemError(422, "invalid_request", str(error)) from error
    strongest = sorted(explanation.contributions, key=lambda c: (-abs(c.added), c.feature))
    return {
        "model": detector.model.id,
        "language": explanation.language,
        "runner_up": explanation.runner_up,
        "candidates": explanation.detection.to_dict()["candidates"],
        "log_odds": round(explanation.log_odds, 6),
        "baseline": round(explanation.baseline, 6),
        "features": [
            {"feature": c.feature, "shown": display(c.feature), "count": c.count, "added": round(c.added, 6)}
            for c in strongest[: asked.top]
        ],
        "others": round(math.fsum(c.added for c in strongest[asked.top :]), 6),
        "spans": spans(detector, text, explanation),
        "characters": len(text),
    }
