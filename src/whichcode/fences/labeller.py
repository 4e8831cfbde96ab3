"""Answers for the blocks of documents, and the labels that follow from them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whichcode.corpus.fences import has_prompt
from whichcode.fences.block import Block
from whichcode.fences.context import Context
from whichcode.fences.labels import agree, choose, language_of, nested

if TYPE_CHECKING:
    from whichcode.detector import Detector

MIN_CONFIDENCE = 0.97
"""The least confidence at which a label is written unless the user says otherwise (docs/fences.md)."""

SURE = 0.95
"""The confidence from which an answer counts as context for the other blocks of its document."""

CANDIDATES = 12
"""How many languages are looked at for those that nest with the answer."""

DOUBT = 0.5
"""The most that is believed of an answer that the text's shape speaks against."""

_TREE = re.compile(r"[├└]──")
_ADDED = re.compile(r"^\+(?![-+=])", re.MULTILINE)
_OPENS = re.compile(r"^ {0,3}(?:`{3,}[ \t]*[\w{][^`\n]*|~{3,}[ \t]*[\w{].*)$", re.MULTILINE)
_CLOSES = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[ \t]*$", re.MULTILINE)
# What root is asked for is no capital: `# HELP http_requests_total` is a metric's description.
_REMARK = re.compile(r"^[^\S\n]*#+ ?[A-Z].*$", re.MULTILINE)
# Of AsciiDoc, and no table of a TOML file (`[source.crates]`).
_OUTSIDE = re.compile(r"^(?:\[source(?:\]|%|[^\n\],=]*,)|\|={3,}[ \t]*$)", re.MULTILINE)
_SEPARATORS = {"csv": ",;", "tsv": "\t"}
_PLUS = frozenset({"diff", "objective-c", "objective-c++"})

PRIOR = "documentation"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a block.

    Attributes:
        block: the block.
        language: the most likely one, a canonical id.
        confidence: its probability, and that of languages which hold it or which it holds (`labels.NESTED`).
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

    Raises:
        InputError: `among` names a language that the detector does not know; `min_confidence` is no share.
    """

    detector: Detector
    min_confidence: float = MIN_CONFIDENCE
    among: tuple[str, ...] | None = None
    style: str = "document"
    text: bool = False
    use_context: bool = True

    def __post_init__(self) -> None:
        # Asked for nothing, so that the detector tells what is wrong before any document is read.
        self.detector.detect("", among=self.among, min_confidence=self.min_confidence)

    def detect(self, text: str, context: Context) -> tuple[str, float]:
        """Return the language of one block's text in its context, and how sure it is.

        The confidence is the sum over the languages that the answer nests with: a text that may be JavaScript or
        TypeScript is surely one of the two.
        """
        from whichcode.possible import packaged_prior

        base = packaged_prior(PRIOR, self.detector.languages)
        prior = context.weights(base) if self.use_context else base
        # Bytes that are no UTF-8 are no letters of any language.
        clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        found = self.detector.detect(clean, k=CANDIDATES, among=self.among, prior=prior)
        if found.language is None:
            return "text", 0.0
        those = nested(found.language)
        confidence = min(1.0, math.fsum(p for language, p in found.candidates if language in those))
        return found.language, min(confidence, DOUBT) if _in_doubt(found.language, clean) else confidence

    def unlabelled(self, blocks: Iterable[Block], context: Context) -> list[Answer]:
        """Return an answer for each block without a label that could get one."""
        answers = []
        blocks = list(blocks)
        in_step = _in_step(blocks)
        for block, language, told in self._found([b for b in blocks if b.slot is not None], context):
            confidence = _believed(told, block, in_step)
            reason = "unsure" if confidence < self.min_confidence else ""
            if language == "text" and not self.text:
                reason = "text"
            label = "" if reason else choose(language, self.style, context.usages)
            answers.append(Answer(block, language, confidence, label, reason))
        return answers

    def _found(self, blocks: list[Block], context: Context) -> list[tuple[Block, str, float]]:
        """Return each block with its language and confidence: what is sure of itself is context of the others."""
        found = [self.detect(block.text, context) for block in blocks]
        sure = [language if confidence >= SURE else None for language, confidence in found]
        counts = Counter(language for language in sure if language)
        if self.use_context and counts:
            found = [
                self.detect(block.text, context.plus(counts - Counter([own] if own else [])))
                for block, own in zip(blocks, sure, strict=True)
            ]
        return [(block, *answer) for block, answer in zip(blocks, found, strict=True)]

    def doubtful(self, blocks: Iterable[Block], context: Context) -> list[Answer]:
        """Return an answer for each labelled block whose label disagrees with a confident answer.

        A label of a language that the detector does not know is nothing that it could contradict.
        """
        answers = []
        blocks = list(blocks)
        in_step = _in_step(blocks)
        for block in blocks:
            labelled = language_of(block.label, block.text) if block.label else None
            if labelled not in self.detector.languages or (labelled == "text" and not self.text):
                continue
            language, told = self.detect(block.text, context.without(labelled))
            confidence = _believed(told, block, in_step)
            if confidence < self.min_confidence or agree(language, labelled):
                continue
            if language == "text" and not self.text:
                continue
            label = choose(language, self.style, context.usages)
            answers.append(Answer(block, language, confidence, label, ""))
        return answers


def _in_doubt(language: str, text: str) -> bool:
    """Tell whether a text has the shape of something else than the answer.

    Blocks without a label are more often output, listings of folders and patches than those with one, and a word
    or two in these is the program's that they are about.
    """
    if _TREE.search(text):
        return True
    separators = _SEPARATORS.get(language, "")
    if separators and not any(_is_table(text, separator) for separator in separators):
        return True
    if language == "shellsession":
        return not has_prompt(_REMARK.sub("", text))
    return language not in _PLUS and _ADDED.search(text) is not None


def _is_table(text: str, separator: str) -> bool:
    """Tell whether two lines have as many separators: one alone may be the signature of a function."""
    counts = Counter(line.count(separator) for line in text.splitlines())
    return any(lines > 1 for count, lines in counts.items() if count)


def _in_step(blocks: Iterable[Block]) -> float:
    """Return the line of the first block whose text holds what should be outside; infinity without one.

    That is a fence that opens and does not close in it, and in AsciiDoc attributes of a block of code or the end
    of a table. From there on what is read as a block may be what an author has written between two.
    """
    return min((block.line for block in blocks if _holds_outside(block)), default=math.inf)


def _believed(confidence: float, block: Block, in_step: float) -> float:
    """Return the confidence of an answer for a block, where blocks are in step up to line `in_step`."""
    return confidence if block.line < in_step else min(confidence, DOUBT)


def _holds_outside(block: Block) -> bool:
    if block.fenced:
        return len(_OPENS.findall(block.text)) > len(_CLOSES.findall(block.text))
    # Blocks of reStructuredText end with their indent, and AsciiDoc in them is next to never seen.
    return _OUTSIDE.search(block.text) is not None
