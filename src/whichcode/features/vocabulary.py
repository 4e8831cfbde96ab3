"""The vocabulary: the features that are counted, in a fixed order.

Two ways to choose it. *By count* is what the published script did: every token seen often enough. *By
distinctiveness* keeps the features whose presence tells most about the language (`distinctiveness`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from whichcode.errors import ConfigError, ModelError
from whichcode.features.extract import FeatureSpec, extract

_SEPARATOR = "\0"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Feature names in row order, and the way back from a name to its row.

    Raises:
        ConfigError: a name occurs twice, is empty or holds a NUL.
    """

    names: tuple[str, ...]
    index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = dict(zip(self.names, range(len(self.names)), strict=True))
        if len(index) < len(self.names):
            raise ConfigError("the vocabulary holds a name twice")
        if "" in index:
            raise ConfigError("the vocabulary holds an empty name")
        object.__setattr__(self, "index", index)

    def __len__(self) -> int:
        return len(self.names)

    def to_bytes(self) -> bytes:
        """Return the names in UTF-8, separated by NUL, which no name may hold."""
        if any(_SEPARATOR in name for name in self.names):
            raise ConfigError("a name in the vocabulary holds a NUL")
        return _SEPARATOR.join(self.names).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Vocabulary:
        """Read what `to_bytes` wrote; raises `ModelError` where it did not write it."""
        try:
            return cls(tuple(data.decode().split(_SEPARATOR))) if data else cls(())
        except (UnicodeDecodeError, ConfigError) as error:
            raise ModelError(f"the vocabulary cannot be read: {error}") from error


def by_count(texts: Iterable[str], spec: FeatureSpec, *, min_count: int) -> Vocabulary:
    """Return the features that occur more than `min_count` times in `texts`, most frequent first.

    Ties are in the order of the names, so that the vocabulary depends on the texts alone.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(extract(text, spec))
    kept = [(name, n) for name, n in counts.items() if n > min_count and is_usable(name)]
    return Vocabulary(tuple(name for name, _ in sorted(kept, key=lambda item: (-item[1], item[0]))))


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
