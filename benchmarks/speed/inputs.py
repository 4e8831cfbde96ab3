"""The texts that are timed: windows of real files, drawn with a fixed seed and named by their digests."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whichcode.corpus.readers import read_corpora
from whichcode.errors import EvaluationError
from whichcode.text.snippets import is_informative, split_lines

LENGTHS = (1, 10, 100)
"""Lines of a snippet."""

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Bytes of the texts that show how time grows."""

SEED = 9
LARGEST_FILE = 100_000
"""Bytes; larger files are data, which would make up most of what is timed in batch."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is timed.

    Attributes:
        snippets: by their number of lines.
        files: whole.
        grown: one text of each of `SIZES` bytes, by size: files one after the other, cut.
        digests: SHA-256 of each part, by its name in the report.
    """

    snippets: dict[int, list[str]]
    files: list[str]
    grown: dict[int, str]
    digests: dict[str, str]


def read_inputs(paths: Sequence[Path], number: int) -> Inputs:
    """Draw `number` snippets of each length, and as many files, from corpora.

    Raises:
        CorpusError: as `whichcode.corpus.readers.read_corpora`.
        EvaluationError: there are too few files of a length.
    """
    texts = sorted({document.text for document in read_corpora(paths).documents})
    texts = [text for text in texts if len(text.encode()) <= LARGEST_FILE]
    rng = random.Random(SEED)
    rng.shuffle(texts)
    snippets = {lines: _windows(texts, lines, number, rng) for lines in LENGTHS}
    files = texts[:number]
    whole = "".join(text + "\n" for text in texts).encode()
    while len(whole) < max(SIZES):
        whole += whole
    grown = {size: whole[:size].decode(errors="ignore") for size in SIZES}
    parts = {f"{lines} lines": found for lines, found in snippets.items()} | {"files": files}
    parts |= {f"{size} bytes": [text] for size, text in grown.items()}
    return Inputs(snippets, files, grown, {name: _digest(part) for name, part in parts.items()})


def _windows(texts: Sequence[str], lines: int, number: int, rng: random.Random) -> list[str]:
    windows: list[str] = []
    for text in texts:
        rows = split_lines(text)
        if len(rows) < lines:
            continue
        start = rng.randrange(len(rows) - lines + 1)
        window = "\n".join(rows[start : start + lines])
        if is_informative(window):
            windows.append(window)
        if len(windows) == number:
            return windows
    raise EvaluationError(
        f"only {len(windows)} files have {lines} lines worth asking about; give {number} or more"
    )


def _digest(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()
