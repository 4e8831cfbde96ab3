"""Which features are counted: a section of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What is counted.

    Attributes:
        unit: ``token``, or ``character`` (what the published script counted by mistake).
        ngrams: longest token n-gram; 1 is the published bag.
        shapes: longest shape n-gram; 0 counts none.
        indentation: whether changes of indentation are counted.
    """

    unit: Literal["token", "character"] = "token"
    ngrams: int = 1
    shapes: int = 0
    indentation: bool = False
