"""Times whichcode in a process of its own; run by the interpreter that it is installed for.

A line on standard input is a JSON object: ``texts``, and ``how``: ``one`` (detect each), ``batch`` (detect_many,
with ``threads``), or ``stage`` (the compiled core, stopped at ``stage``). The answer is a list of seconds: of each
text for ``one``, of all together for the others.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from whichcode import Detector
from whichcode.core import is_compiled
from whichcode.detector import prepare


def main() -> None:
    """Answer the lines of standard input."""
    detector = Detector.load("default")
    if is_compiled() == (os.environ.get("WHICHCODE_PURE") == "1"):
        sys.exit("this whichcode is not compiled; install it where there is a C compiler")
    for line in sys.stdin:
        print(json.dumps(_seconds(detector, json.loads(line))), flush=True)


def _seconds(detector: Detector, asked: dict[str, Any]) -> list[float]:
    texts, most = asked["texts"], 1 << 30
    if asked["how"] == "one":
        seconds = []
        for text in texts:
            start = time.perf_counter()
            detector.detect(text, max_bytes=most)
            seconds.append(time.perf_counter() - start)
        return seconds
    if asked["how"] == "batch":
        start = time.perf_counter()
        detector.detect_many(texts, threads=asked["threads"])
        return [time.perf_counter() - start]
    network = detector._predictor.compiled
    texts = [prepare(text, most) for text in texts]
    start = time.perf_counter()
    network.until(texts, asked["stage"])
    return [time.perf_counter() - start]


if __name__ == "__main__":
    main()
