"""What the scripts of peers in Python do for ``--time``, which benchmarks/speed asks for."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def time_answers(answer: Callable[[str], object]) -> None:
    """Read lists of texts, a JSON line each; write how many seconds `answer` took for each text."""
    for line in sys.stdin:
        seconds = []
        for text in json.loads(line):
            start = time.perf_counter()
            answer(text)
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds), flush=True)
