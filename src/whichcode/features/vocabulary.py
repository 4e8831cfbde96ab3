"""The vocabulary: the features that are counted, in a fixed order.

Two ways to choose it. *By count* is what the published script did: every token seen often enough. *By
distinctiveness* keeps the features whose presence tells most about the language (`distinctiveness`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from whichcode.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from whichcode.features.spec import FeatureSpec

_SEPARATOR = "\0"


class Vocabulary:
    """Feature names in row order, and the way back from a name to its row. Immutable.

    Args:
        names: in row order.

    Raises:
        ConfigError: a name occurs twice, is empty or holds a NUL.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        if len(set(names)) < len(names):
            raise ConfigError("the vocabulary holds a name twice")
        if "" in names:
            raise ConfigError("the vocabulary holds an empty name")
        self._size = len(names)
        self._data: bytes | None = None
        self.__dict__["names"] = names

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names; of a vocabulary from a file they are made when they are asked for first."""
        data = self.to_bytes()
        return tuple(data.decode().split(_SEPARATOR)) if data else ()

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each name.

        Raises:
            ModelError: the file that the names are from holds one twice.
        """
        index = dict(zip(self.names, range(self._size), strict=True))
        if len(index) < self._size:
            raise ModelError("the vocabulary cannot be read: it holds a name twice")
        return index

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the names in UTF-8, separated by NUL, which no name may hold."""
        if self._data is not None:
            return self._data
        if any(_SEPARATOR in name for name in self.names):
            raise ConfigError("a name in the vocabulary holds a NUL")
        return _SEPARATOR.join(self.names).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Vocabulary:
        """Return the vocabulary that `to_bytes` wrote; raises `ModelError` where it did not write it."""
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise ModelError(f"the vocabulary cannot be read: {error}") from error
        if data and (data[:1] == b"\0" or data[-1:] == b"\0" or b"\0\0" in data):
            raise ModelError("the vocabulary cannot be read: it holds an empty name")
        self = cls.__new__(cls)
        self._size = data.count(b"\0") + 1 if data else 0
        self._data = data
        return self


def by_count(texts: Iterable[str], spec: FeatureSpec, *, min_count: int) -> Vocabulary:
    """Return the features that occur more than `min_count` times in `texts`, most frequent first.

    Ties are in the order of the names, so that the vocabulary depends on the texts alone.
    """
    # Not needed to detect, which has a vocabulary already.
    from collections import Counter

    from whichcode.features.extract import extract

    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(extract(text, spec))
    kept = [(name, n) for name, n in counts.items() if n > min_count and is_usable(name)]
    return Vocabulary(tuple(name for name, _ in sorted(kept, key=lambda item: (-item[1], item[0]))))


def write_vocabulary(path: str | Path, vocabulary: Vocabulary) -> None:
    """Write the names as a JSON list, for `read_vocabulary` and ``whichcode train --vocabulary``."""
    import json

    from whichcode.atomic import write_atomically

    write_atomically(path, json.dumps(vocabulary.names, ensure_ascii=False, indent=0) + "\n")


def read_vocabulary(path: str | Path) -> Vocabulary:
    """Return the vocabulary in a file that `write_vocabulary` wrote.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    import json

    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # this module imports no pathlib
            names = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: the vocabulary cannot be read: {error}") from error
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) and is_usable(name) for name in names)
    ):
        raise ConfigError(f"{path}: a vocabulary is a JSON list of names of features")
    try:
        return Vocabulary(tuple(names))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def is_usable(name: str, max_length: int = 64) -> bool:
    """Tell whether a vocabulary may hold `name`: no NUL, no lone surrogate, not too long.

    Long runs of punctuation (a line of dashes) and of letters (a base64 line) are never seen again.
    """
    if len(name) > max_length or _SEPARATOR in name:
        return False
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
