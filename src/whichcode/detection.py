"""What a detector says: the answer for one text."""

from __future__ import annotations

from typing import Any

_set = object.__setattr__


class Detection:
    """The answer for one text. Immutable; equal to another of the same language, confidence and candidates.

    Attributes:
        language: canonical name, or None where there is no answer: a blank text, or a confidence below
            what the caller asked for.
        confidence: probability of the most likely language, from 0 to 1; 0 for a blank text.
    """

    __slots__ = ("_candidates", "confidence", "language")

    language: str | None
    confidence: float
    _candidates: tuple[tuple[str, float], ...] | list[Any]

    def __init__(
        self,
        language: str | None,
        confidence: float,
        candidates: tuple[tuple[str, float], ...] | list[Any],
    ) -> None:
        # A list is what candidates are made of when somebody asks for them: all languages, and the rows and
        # probabilities of the best, two tuples.
        _set(self, "language", language)
        _set(self, "confidence", confidence)
        _set(self, "_candidates", candidates)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Detection does not change: cannot set {name!r}")

    @property
    def candidates(self) -> tuple[tuple[str, float], ...]:
        """The most likely languages with their probabilities, best first; made when they are asked for."""
        stored: Any = self._candidates
        if isinstance(stored, list):
            languages, rows, probabilities = stored
            stored = tuple(zip(map(languages.__getitem__, rows), probabilities, strict=True))
            _set(self, "_candidates", stored)
        result: tuple[tuple[str, float], ...] = stored
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON has of an answer: ``language``, ``confidence`` and ``candidates``, to six digits."""
        return {
            "language": self.language,
            "confidence": round(self.confidence, 6),
            "candidates": [[language, round(p, 6)] for language, p in self.candidates],
        }

    def _key(self) -> tuple[Any, ...]:
        return self.language, self.confidence, self.candidates

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Detection) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return (
            f"Detection(language={self.language!r}, confidence={self.confidence!r}, "
            f"candidates={self.candidates!r})"
        )

    def _repr_html_(self) -> str:
        from whichcode.display import detection_html

        return detection_html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Detection, self._key()
