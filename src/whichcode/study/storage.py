"""The study's counts in one small file: a dense table, column after column, compressed.

Neighbouring windows of a file overlap, so a column (how often each window holds one character, say) repeats
itself and compresses better than any sparse format. The file is ::

    16 bytes   what it is, and the version of this format
    32 bytes   SHA-256 of all that follows
    the rest   XZ: a line of JSON (names and sizes), labels as uint16 [windows], then the counts
               [vocabulary, windows] twice as uint8: their low bytes, their high bytes

Integers are little-endian. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whichcode.corpus.document import SPLITS, SplitName
from whichcode.errors import CorpusError, WhichcodeError
from whichcode.features.matrix import BagMatrix, stack
from whichcode.features.vocabulary import Vocabulary
from whichcode.packaged import DATA
from whichcode.study.data import UNITS, Part, StudySet, Unit

MAGIC = b"whichcode-study1"
HIGHEST = (1 << 16) - 1
"""Counts are kept in two bytes."""


def packaged(unit: Unit) -> StudySet:
    """Return the packaged windows of the 7 languages as counts of `unit`.

    Raises:
        CorpusError: the file is missing or damaged.
    """
    file = DATA / "study" / f"{unit}s.counts"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CorpusError(f"{file}: the study's data cannot be read: install whichcode again") from error
    return decode(data, str(file))


def packaged_sets() -> dict[Unit, StudySet]:
    """Return the packaged data of both units."""
    return {unit: packaged(unit) for unit in UNITS}


def encode(study: StudySet) -> bytes:
    """Return `study` as the bytes of a file.

    Raises:
        CorpusError: a window holds a feature more than `HIGHEST` times.
    """
    whole = stack([study.parts[split].bags for split in SPLITS], len(study.vocabulary))
    if len(whole.data) and whole.data.max() > HIGHEST:
        raise CorpusError(f"a window holds a feature more than {HIGHEST} times; this format has two bytes")
    header = {
        "unit": study.unit,
        "languages": study.languages,
        "vocabulary": study.vocabulary.names,
        "windows": [len(study.parts[split].labels) for split in SPLITS],
    }
    labels = np.concatenate([study.parts[split].labels for split in SPLITS])
    columns = whole.dense().T
    content = lzma.compress(
        json.dumps(header).encode()
        + b"\n"
        + labels.astype("<u2").tobytes()
        + (columns & 0xFF).astype(np.uint8).tobytes()
        + (columns >> 8).astype(np.uint8).tobytes(),
        preset=9 | lzma.PRESET_EXTREME,
    )
    return MAGIC + hashlib.sha256(content).digest() + content


def decode(data: bytes, name: str) -> StudySet:
    """Return what `encode` made into `data`; `name` is what to call it in messages.

    Raises:
        CorpusError: it was not made by `encode`, or has changed since.
    """
    magic, digest, content = data[:16], data[16:48], data[48:]
    if magic != MAGIC:
        raise CorpusError(f"{name}: this is not the study's data: install whichcode again")
    if hashlib.sha256(content).digest() != digest:
        raise CorpusError(f"{name}: the study's data is damaged: install whichcode again")
    try:
        first, _, payload = lzma.decompress(content).partition(b"\n")
        header = json.loads(first)
        sizes = [int(n) for n in header["windows"]]
        languages = tuple(map(str, header["languages"]))
        vocabulary = Vocabulary(tuple(header["vocabulary"]))
        if header["unit"] not in UNITS or len(sizes) != len(SPLITS):
            raise ValueError("unknown unit or splits")
        return StudySet(
            cast("Unit", header["unit"]), languages, vocabulary, _parts(payload, sizes, len(vocabulary))
        )
    # The digest fits, so this was written by another program or another version of this one.
    except (lzma.LZMAError, ValueError, KeyError, TypeError, WhichcodeError) as error:
        raise CorpusError(f"{name}: the study's data cannot be read ({error})") from error


def _parts(payload: bytes, sizes: list[int], columns: int) -> dict[SplitName, Part]:
    rows = sum(sizes)
    if len(payload) != 2 * rows + 2 * rows * columns:
        raise ValueError("its sizes contradict each other")
    labels = np.frombuffer(payload, "<u2", rows).astype(np.int64)
    planes = np.frombuffer(payload, np.uint8, offset=2 * rows).reshape(2, columns, rows)
    bags = _sparse(planes)
    parts: dict[SplitName, Part] = {}
    start = 0
    for split, size in zip(SPLITS, sizes, strict=True):
        window = np.arange(start, start + size)
        parts[split] = Part(bags.take(window), labels[window])
        start += size
    return parts


def _sparse(planes: NDArray[np.uint8]) -> BagMatrix:
    """Return the counts [rows, columns] whose low and high bytes are `planes` [2, columns, rows]."""
    _, columns, rows = planes.shape
    # A count of 256 has a low byte of 0, and one below 256 a high byte of 0: both planes are asked.
    column, row = np.divmod(np.flatnonzero((planes[0] | planes[1]).reshape(-1)), rows)
    counts = planes[0, column, row].astype(np.int32) + (planes[1, column, row].astype(np.int32) << 8)
    # Entries come column by column; a stable sort by row leaves the columns of each row rising.
    order = np.argsort(row.astype(np.int32), kind="stable")
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(row, minlength=rows))])
    return BagMatrix(indptr, column[order].astype(np.int32), counts[order], columns)
