"""Pygments' ``guess_lexer``; see the package's page for the protocol.

It has no probabilities: what its lexers' ``analyse_text`` returns is a rank.
"""

from __future__ import annotations

import json
import signal
import sys
from types import FrameType

import pygments
from pygments.lexers import get_all_lexers, guess_lexer
from pygments.util import ClassNotFound
from timing import time_answers

SECONDS = 5.0
"""For one text; some lexers' expressions take minutes on a long line."""


class _TimeIsUpError(Exception):
    pass


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise _TimeIsUpError


def answer(text: str) -> dict[str, object]:
    """Return label, score and whether time ran out for one text."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        label = guess_lexer(text).name
    except ClassNotFound:
        label = None
    except _TimeIsUpError:
        return {"label": None, "score": None, "timeout": True}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"label": label, "score": None}


def main() -> None:
    """Answer the lines of standard input, or describe the peer."""
    if sys.argv[1:] == ["--describe"]:
        labels = sorted({name for name, *_ in get_all_lexers()})
        print(json.dumps({"version": pygments.__version__, "labels": labels, "probabilities": False}))
        return
    if sys.argv[1:] == ["--time"]:
        time_answers(guess_lexer)
        return
    signal.signal(signal.SIGALRM, _interrupt)
    for line in sys.stdin:
        row = json.loads(line)
        print(json.dumps({"id": row["id"], **answer(row["text"])}), flush=True)


if __name__ == "__main__":
    main()
