r"""whichcode tells which programming language a text is written in, from the content alone.

>>> from whichcode import detect
>>> detect("for n in range(10):\n    if n % 2:\n        continue\n    print(n)").language
'python'
"""

from typing import TYPE_CHECKING, Any

from whichcode.detection import Detection
from whichcode.detector import Detector, detect, detect_many
from whichcode.errors import WhichcodeError
from whichcode.languages import Language, languages

if TYPE_CHECKING:
    from whichcode.explanation import Contribution, Explanation

__version__ = "0.1.0"

__all__ = [
    "Contribution",
    "Detection",
    "Detector",
    "Explanation",
    "Language",
    "WhichcodeError",
    "__version__",
    "detect",
    "detect_many",
    "languages",
]


def __getattr__(name: str) -> Any:
    # What few need, and what takes time to import, comes when it is asked for.
    if name in ("Contribution", "Explanation"):
        from whichcode import explanation

        return getattr(explanation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
