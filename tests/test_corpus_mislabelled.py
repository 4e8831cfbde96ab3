"""Blocks whose form shows another language than their label."""

from __future__ import annotations

import pytest

from whichcode.corpus.fences import Fence
from whichcode.corpus.mislabelled import taken_as


def taken(label, text):
    return taken_as(Fence(label, text, 1))


def test_what_agrees_with_its_label():
    assert taken("js", "let ducks = 2;\n") == "javascript"
    assert taken("duckscript", "+ duck\n") is None
    assert taken("math", "+ duck\n") == ""
    assert taken("diff", "+ duck\n") == "diff"


@pytest.mark.parametrize("label", ["js", "rust", "yaml", "json"])
def test_patches_of_programs_and_settings(label):
    assert taken(label, "-old: duck\n+new: duck\n context: 1\n") == "diff"
    assert taken(label, "+ duck: 1\n\n+ more: 2\n") == "diff"
    assert taken(label, "duck: 1\n+ more: 2\n") == ""
    assert taken(label, "@@ -1,2 +1,3 @@ ducks\nduck: 1\n") == "diff"


def test_lines_that_may_begin_with_a_plus():
    for label, text in [
        ("markdown", "+ duck\n+ drake\n"),
        ("text", "+ duck\n"),
        ("brainfuck", "++[>+<-]\n"),
        ("toml", "+++\nduck = 1\n+++\n"),
        ("c", "++duck;\n"),
        ("lua", "-- duck\n-- drake\n"),
        ("erlang", "-module(duck).\n-export([quack/1]).\n"),
        ("yaml", "- duck\n- drake\n"),
    ]:
        assert taken(label, text) == label
    assert taken("js", "  quack\n  + duck\n") == "javascript"


def test_answers_shown_as_their_question():
    answer = '{\n  "data": {"ducks": [{"id": 1}]}\n}\n'
    for label in ("graphql", "js", "http", "python"):
        assert taken(label, answer) == "json"
    assert taken("jsonc", answer) == "json with comments"
    assert taken("yaml", answer) == "yaml"
    assert taken("js", "[1, 2]\n") == taken("js", '{ "duck": quack() }\n') == taken("js", "{}\n") == "javascript"


def test_sessions_with_any_label():
    assert taken("json", "$ duck --json\n{}\n") == "shellsession"
    assert taken("python", "$ python duck.py\nquack\n") == "shellsession"
    assert taken("php", "$duck = 1;\n") == "php"
    assert taken("haskell", "$ duck 1\n") == "haskell"
