"""What an answer rests on: the features of a text and what each adds."""

from __future__ import annotations

from dataclasses import dataclass

from whichcode.detection import Detection


@dataclass(frozen=True, slots=True)
class Contribution:
    """One feature of a text: its name, how often it was found, and what it added for the answer.

    `added` is in natural-log odds of the answer against the runner-up: 0.7 doubles the odds.
    """

    feature: str
    count: int
    added: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a detector prefers `language` to `runner_up`.

    Attributes:
        detection: the answer itself.
        language: what is argued for.
        runner_up: what it is compared with.
        log_odds: ln of their probabilities' ratio.
        baseline: what is left of it when the contributions are taken away: the preference before any
            feature (and the prior, and the small error of the attribution's integral).
        contributions: the features found, those that added most first.
    """

    detection: Detection
    language: str
    runner_up: str
    log_odds: float
    baseline: float
    contributions: tuple[Contribution, ...]

    def _repr_html_(self) -> str:
        from whichcode.display import explanation_html

        return explanation_html(self)
