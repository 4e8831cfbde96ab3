"""Signs and forms are searched for in no more time than a text is long."""

import time

import pytest

from whichcode.corpus.fences import Fence, fences
from whichcode.corpus.listings import without_callouts
from whichcode.corpus.mislabelled import taken_as
from whichcode.corpus.prose import text_kind
from whichcode.corpus.signs import SIGNS

UNITS = [
    "a@",
    "b",
    "\n",
    " ",
    "\t",
    "{",
    "}",
    ",",
    "/",
    "a-",
    "- ",
    "|",
    "_",
    "<",
    ":",
    "`",
    "a ",
    "a,",
    "a, ",
    "{{ .",
]
LENGTH = 100_000
MOST_SECONDS = 4
"""What is linear takes milliseconds; what is quadratic, tens of seconds."""


@pytest.mark.parametrize("language", SIGNS)
def test_signs(language):
    for unit in UNITS:
        started = time.perf_counter()
        SIGNS[language].search("a@" + unit * (LENGTH // len(unit)))
        assert time.perf_counter() - started < MOST_SECONDS, unit


@pytest.mark.parametrize("label", ["go", "xml", "tsx", "js", "http", "handlebars", "php"])
def test_forms(label):
    for unit in UNITS:
        for start in ("", "{{ .Duck }}\n", "curl ", "<key>"):
            started = time.perf_counter()
            taken_as(Fence(label, start + unit * (LENGTH // len(unit)) + "\n", 1))
            assert time.perf_counter() - started < MOST_SECONDS, (start, unit)


@pytest.mark.parametrize("unit", [*UNITS, "<1>", "<1> ", "# ", "1"])
def test_callouts(unit):
    started = time.perf_counter()
    without_callouts("duck" + unit * (LENGTH // len(unit)) + "duck")
    assert time.perf_counter() - started < MOST_SECONDS


@pytest.mark.parametrize("unit", [*UNITS, "::", ":: "])
def test_lines_of_restructuredtext(unit):
    line = unit.replace("\n", " ") * (LENGTH // len(unit)) + "duck"
    started = time.perf_counter()
    list(fences(f".. highlight:: python\n\n{line}\n\n.. code::{line}\n", "restructuredtext"))
    assert time.perf_counter() - started < MOST_SECONDS


@pytest.mark.parametrize("unit", UNITS)
def test_kinds_of_text(unit):
    started = time.perf_counter()
    text_kind("duck\n" + unit * (LENGTH // len(unit)) + "\nduck")
    assert time.perf_counter() - started < MOST_SECONDS
