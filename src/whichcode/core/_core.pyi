from collections.abc import Iterable, Sequence

class Index:
    names: bytes
    size: int
    ngrams: int
    shapes: int
    indentation: bool

    def __init__(self, names: bytes, size: int, ngrams: int, shapes: int, indentation: bool) -> None: ...
    def bag(self, text: str) -> dict[int, int]: ...
    def matrix(self, texts: Iterable[str]) -> tuple[bytes, bytes, bytes]: ...
    def work(self, text: str) -> int: ...

class Network:
    index: Index
    languages: int

    def __init__(
        self,
        index: Index,
        rows: bytes,
        scale: Sequence[float],
        bias: Sequence[float],
        layers: Sequence[tuple[bytes, bytes]],
        damping: str,
        normalise: bool,
        relu: bool,
        calibration: Sequence[float],
    ) -> None: ...
    def sums(self, text: str) -> list[int]: ...
    def logits(self, text: str) -> list[float]: ...
    def answers(
        self, texts: list[str], restriction: Sequence[float] | None, most: int
    ) -> list[tuple[tuple[int, ...], tuple[float, ...]] | None]: ...

def is_plain(text: object, most: int) -> bool: ...
