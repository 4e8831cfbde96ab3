"""Answers for the blocks of documents, and the labels that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whichcode.fences.block import Block
from whichcode.fences.context import Context
from whichcode.fences.labels import agree, choose, language_of

if TYPE_CHECKING:
    from whichcode.detection import Detection
    from whichcode.detector import Detector

MIN_CONFIDENCE = 0.95
"""The least confidence at which a label is written unless the user says otherwise (docs/fences.md)."""

PRIOR = "documentation"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a block.

    Attributes:
        block: the block.
        language: the most likely one, a canonical id.
        confidence: its probability.
        label: what is written for it; empty where it is left alone.
        reason: why it is left alone: ``unsure`` or ``text``; else empty.
    """

    block: Block
    language: str
    confidence: float
    label: str
    reason: str


@dataclass(frozen=True)
class Labeller:
    """Answers for blocks.

    Attributes:
        detector: what tells languages.
        min_confidence: below it a block is left alone.
        among: only these languages are possible; None for all that the detector knows.
        style: of labels, see `whichcode.fences.labels.choose`.
        text: prose and output are labelled, too.
        use_context: the blocks around one count.
    """

    detector: Detector
    min_confidence: float = MIN_CONFIDENCE
    among: tuple[str, ...] | None = None
    style: str = "document"
    text: bool = False
    use_context: bool = True

    def detect(self, text: str, context: Context) -> Detection:
        """Return the detection of one block's text in its context.

        Raises:
            InputError: `among` names a language that the detector does not know.
        """
        from whichcode.detector import packaged_prior

        base = packaged_prior(PRIOR, self.detector.languages)
        prior = context.weights(base) if self.use_context else base
        # Bytes that are no UTF-8 are no letters of any language.
        clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return self.detector.detect(clean, k=1, among=self.among, prior=prior)

    def unlabelled(self, blocks: Iterable[Block], context: Context) -> list[Answer]:
        """Return an answer for each block without a label that could get one."""
        answers = []
        for block in blocks:
            if block.slot is None:
                continue
            found = self.detect(block.text, context)
            language, reason = found.language or "text", ""
            if found.language is None or found.confidence < self.min_confidence:
                reason = "unsure"
            elif language == "text" and not self.text:
                reason = "text"
            label = "" if reason else choose(language, self.style, context.usages)
            answers.append(Answer(block, language, found.confidence, label, reason))
        return answers

    def doubtful(self, blocks: Iterable[Block], context: Context) -> list[Answer]:
        """Return an answer for each labelled block whose label disagrees with a confident answer."""
        answers = []
        for block in blocks:
            labelled = language_of(block.label, block.text) if block.label else None
            if not labelled or (labelled == "text" and not self.text):
                continue
            found = self.detect(block.text, context.without(labelled))
            language = found.language
            if language is None or found.confidence < self.min_confidence or agree(language, labelled):
                continue
            if language == "text" and not self.text:
                continue
            label = choose(language, self.style, context.usages)
            answers.append(Answer(block, language, found.confidence, label, ""))
        return answers
