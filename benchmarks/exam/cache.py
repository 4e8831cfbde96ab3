"""Raw answers of a peer, kept in files that outlive an interruption, so that each text is put to it once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from whichcode.atomic import write_atomically
from whichcode.errors import CorpusError


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a peer said to one text.

    Attributes:
        label: in the peer's own words; None where it gave no answer.
        score: its confidence from 0 to 1; None where it has no probabilities.
        abstains: whether the peer, used as it comes, would have given no answer.
        timeout: whether it had no answer within its time limit.
    """

    label: str | None
    score: float | None = None
    abstains: bool = False
    timeout: bool = False


class AnswerCache:
    """The answers of one peer to one part: JSON lines, appended as they come.

    The file's name holds the digest of the part, its folder the peer's version: neither is ever mixed with
    another. Answers are kept by text, not by item, since short files give the same window several times.
    A last line that an interruption cut off is dropped.

    Args:
        folder: of all answers.
        peer: the peer's name.
        version: the peer's version.
        part: the part's name.
        sha256: the part's digest.

    Raises:
        CorpusError: the file holds something else.
    """

    def __init__(self, folder: Path, peer: str, version: str, part: str, sha256: str) -> None:
        self.path = folder / f"{peer}-{version}" / f"{part}-{sha256[:16]}.jsonl"
        self._answers: dict[str, RawAnswer] = {}
        self._file: TextIO | None = None
        if self.path.exists():
            self._load()

    def __enter__(self) -> AnswerCache:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def get(self, text: str) -> RawAnswer | None:
        """Return the answer to `text` if it was asked already."""
        return self._answers.get(_key(text))

    def add(self, text: str, answer: RawAnswer) -> None:
        """Keep an answer, on the disk too."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="ascii")
        key = _key(text)
        self._answers[key] = answer
        row: dict[str, Any] = {"text": key, "label": answer.label, "score": answer.score}
        row |= {name: True for name in ("abstains", "timeout") if getattr(answer, name)}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def missing(self, texts: Sequence[str]) -> Iterator[str]:
        """Yield each of `texts` that has no answer yet, once."""
        seen = set()
        for text in texts:
            key = _key(text)
            if key not in self._answers and key not in seen:
                seen.add(key)
                yield text

    def _load(self) -> None:
        data = self.path.read_bytes()
        whole, _, torn = data.rpartition(b"\n")
        if torn:
            write_atomically(self.path, whole + b"\n" if whole else b"")
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                row = json.loads(line)
                key = row.pop("text")
                self._answers[key] = RawAnswer(**row)
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(
                    f"{self.path}: line {number} is no answer of a peer; delete the file to ask again"
                ) from error


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
