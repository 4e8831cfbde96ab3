"""One text of the exam, and a part's file of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from whichcode.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Item:
    """One text with its right answer.

    Attributes:
        id: of the text in the whole exam: part, file's number, draw's number.
        part: the part of the exam that it belongs to.
        language: the right answer, an id of the registry.
        lines: how many the text has.
        file: the path that it was taken from, in the part's source.
        draw: which of the windows of that file it is, from 0; 0 for a whole file.
        text: the text as a detector gets it.
    """

    id: str
    part: str
    language: str
    lines: int
    file: str
    draw: int
    text: str


def to_jsonl(items: Iterable[Item]) -> bytes:
    """Return `items` as JSON lines in ASCII: the same bytes, and so the same digest, on any machine."""
    return "".join(json.dumps(asdict(item)) + "\n" for item in items).encode("ascii")


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_part(path: Path, sha256: str) -> list[Item]:
    """Read a part that `to_jsonl` wrote.

    Raises:
        CorpusError: it cannot be read, or is not the file with this digest.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror}); build the exam again") from error
    if digest(data) != sha256:
        raise CorpusError(f"{path}: not the file that the exam's index describes; build the exam again")
    return [Item(**json.loads(line)) for line in data.splitlines()]
