from collections.abc import Iterable, Sequence
from typing import TypeAlias

Buffer: TypeAlias = bytes | memoryview

class Index:
    names: Buffer
    size: int

    def __init__(self, names: Buffer, size: int, ngrams: int, shapes: int, indentation: bool) -> None: ...
    def bag(self, text: str) -> dict[int, int]: ...
    def matrix(self, texts: Iterable[str]) -> tuple[bytes, bytes, bytes]: ...
    def work(self, text: str) -> int: ...

class Network:
    index: Index
    languages: int

    def __init__(
        self,
        index: Index,
        rows: Buffer,
        steps: Buffer | None,
        scale: Sequence[float],
        bias: Sequence[float],
        layers: Sequence[tuple[Buffer, Buffer]],
        damping: str,
        normalise: bool,
        relu: bool,
        calibration: Sequence[float],
    ) -> None: ...
    def sums(self, text: str) -> list[int]: ...
    def until(self, texts: list[str], stage: int) -> int: ...
    def logits(self, text: str) -> list[float]: ...
    def answers(
        self, texts: list[str | bytes], restriction: Sequence[float] | None, most: int
    ) -> list[tuple[tuple[int, ...], tuple[float, ...]] | None]: ...

def use_vectors(level: int) -> int: ...
def is_plain(text: object, most: int) -> bool: ...
