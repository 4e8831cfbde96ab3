"""What a detector is asked in an evaluation: windows of some length, or whole files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from whichcode.corpus.document import Document
from whichcode.corpus.windows import draw_windows
from whichcode.errors import EvaluationError

DEFAULT_LENGTHS = "1,3,5,10,20,3-20,file"
_LENGTH = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One length of text.

    Attributes:
        name: as on the command line: ``5``, ``3-20``, ``file`` or ``fence``.
        min_lines: of a window; 0 for whole texts.
        max_lines: of a window; 0 for whole texts.
    """

    name: str
    min_lines: int
    max_lines: int

    def takes(self, document: Document) -> bool:
        """Tell whether `document` is asked about: blocks of documentation are where they are meant alone."""
        return (document.kind == "fence") == (self.name == "fence")


@dataclass(frozen=True, slots=True)
class Question:
    """One text and the document that it was taken from (its place in the list of documents)."""

    text: str
    document: int


def parse_lengths(text: str) -> list[Condition]:
    """Return the conditions that ``1,3,3-20,file,fence`` names.

    Raises:
        EvaluationError: it names none, or something else.
    """
    conditions = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _LENGTH.fullmatch(part)
        if part in ("file", "fence"):
            conditions.append(Condition(part, 0, 0))
        elif match and 1 <= int(match[1]) <= int(match[2] or match[1]):
            conditions.append(Condition(part, int(match[1]), int(match[2] or match[1])))
        else:
            raise EvaluationError(
                f"{part!r} is no length; give numbers of lines, ranges, 'file' and 'fence', as {DEFAULT_LENGTHS}"
            )
    if not conditions:
        raise EvaluationError(f"no length is given; give some, as {DEFAULT_LENGTHS}")
    return conditions


def questions(
    condition: Condition,
    documents: Sequence[Document],
    *,
    draws: int,
    seed: int,
    comments: Mapping[str, Sequence[str]],
    advance: Callable[[int], None] = lambda _steps: None,
) -> list[Question]:
    """Return the texts of a condition: `draws` windows of each document, or each document whole.

    Documents shorter than the shortest window have none; see `draw_windows` for what is drawn again. Documents
    that the condition does not take have none either.
    """
    result = []
    for i, document in enumerate(documents):
        if not condition.takes(document):
            pass
        elif not condition.min_lines:
            result.append(Question(document.text, i))
        else:
            windows = draw_windows(
                document,
                draws,
                min_lines=condition.min_lines,
                max_lines=condition.max_lines,
                # Apart from the windows of a training with the same seed, whatever that is.
                seed=seed + 1_000_003,
                comments=comments.get(document.language, ()),
            )
            result += [Question(text, i) for text in windows]
        advance(1)
    return result
