"""Fenced blocks of documentation: which have no label, which label they get, and writing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whichcode.fences.block import Block, Slot, decode, encode
from whichcode.fences.context import Context
from whichcode.fences.document import MARKUPS, blocks, markup_of, write_labels
from whichcode.fences.labeller import MIN_CONFIDENCE, Answer, Labeller

if TYPE_CHECKING:
    from whichcode.detector import Detector

__all__ = [
    "MARKUPS",
    "MIN_CONFIDENCE",
    "Answer",
    "Block",
    "Context",
    "Labeller",
    "Slot",
    "blocks",
    "decode",
    "encode",
    "label",
    "markup_of",
    "unlabelled",
    "write_labels",
]


def unlabelled(
    text: str, markup: str, *, detector: Detector | None = None, min_confidence: float = MIN_CONFIDENCE
) -> list[Answer]:
    """Return an answer for each block of a document that has no label.

    Args:
        text: the document.
        markup: one of `MARKUPS`.
        detector: what tells languages; the packaged one unless another is given.
        min_confidence: below it an answer has no label to write.

    Raises:
        InputError: there is no such markup.
        MissingExtraError: the library that reads the markup is not installed.
    """
    found = blocks(text, markup)
    return _labeller(detector, min_confidence).unlabelled(found, Context.of(found))


def label(
    text: str, markup: str, *, detector: Detector | None = None, min_confidence: float = MIN_CONFIDENCE
) -> str:
    """Return a document with labels where `unlabelled` has one; arguments and errors as there."""
    answers = unlabelled(text, markup, detector=detector, min_confidence=min_confidence)
    return write_labels(text, markup, {answer.block.line: answer.label for answer in answers if answer.label})


def _labeller(detector: Detector | None, min_confidence: float) -> Labeller:
    from whichcode.detector import default_detector

    return Labeller(detector or default_detector(), min_confidence)
