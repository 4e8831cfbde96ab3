r"""whichcode tells which programming language a text is written in, from the content alone.

>>> from whichcode import detect
>>> detect("for n in range(10):\n    if n % 2:\n        continue\n    print(n)").language
'python'
"""

from whichcode.detection import Contribution, Detection, Explanation
from whichcode.detector import Detector, detect, detect_many
from whichcode.errors import WhichcodeError
from whichcode.languages import Language, languages

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
