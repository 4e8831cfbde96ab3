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
    assert taken(label, "@@ -1,2 +1,3 @@ ducks\nduck: 1\n") == "diff"
    assert taken(label, "--- a/duck\n+++ b/duck\n@@ -1 +1 @@\nduck: 1\n") == "diff"
    # Partly marked.
    assert taken(label, "duck: 1\n+ more: 2\n- less: 3\n") == ""


def test_programs_in_which_lines_are_said_to_be_new_are_of_no_use():
    assert taken("ts", "quack() {\n+  // duck\n+  feed();\n}\n") == ""
    assert taken("r", "duck\n+ pond\n+ drake\n") == "r"
    assert taken("js", "duck\n+ pond\n") == "javascript"
    assert taken("sql", "- duck\n- drake\n") == "sql"


def test_lines_that_may_begin_with_a_plus_or_a_minus():
    for label, text in [
        ("markdown", "+ duck\n+ drake\n"),
        ("text", "+ duck\n"),
        ("brainfuck", "++[>+<-]\n"),
        ("toml", "+++\nduck = 1\n+++\n"),
        ("c", "++duck;\n"),
        ("lua", "-- duck\n-- drake\n"),
        ("erlang", "-module(duck).\n-export([quack/1]).\n"),
        ("yaml", "- duck\n- drake\n"),
        ("objective-c", "+ (instancetype)duck;\n- (void)quack;\n"),
        ("shell", "+ feed duck\n+ feed drake\n"),
        ("ini", "+Duck=1\n+Drake=2\n"),
        ("sql", "SELECT duck;\n+------+\n| duck |\n+------+\n"),
        ("fortran", " CALL QUACK(A,\n+  B,\n+  C)\n"),
        ("python", 'patch = """\n@@ -1,2 +1,2 @@\n-duck\n"""\n'),
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
    assert taken("console", "$ git diff\n@@ -1 +1 @@\n-duck\n+drake\n") == "shellsession"
    assert taken("console", "$ bash -x duck.sh\n+ echo quack\n") == "shellsession"


@pytest.mark.parametrize(
    "prompt",
    [
        "ada@pond:~$ ls",
        "root@pond:/etc# cat hosts",
        "[root@pond ~]# ls",
        "[ada@pond:~/ducks]$ make",
        "(venv) ada@pond ~ % ./quack",
        "pi@pond:~ $ ls",
        "root@1a2b3c4d:/# ls",
        "ada@pond:~$ PATH=ducks ls",
        "ada@pond:ducks$ ls",
    ],
)
def test_who_asks_which_machine_begins_a_session(prompt: str) -> None:
    assert taken("text", f"{prompt}\nhello\n") == "shellsession"
    assert taken("bash", f"{prompt}\nhello\n") == "shellsession"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("r", "pond@ducks$name"),
        ("r", "pond@ducks # all of them"),
        ("julia", "pond@duck % c"),
        ("haskell", "pond@duck $ quack"),
        ("yaml", "ada@pond.example: 3"),
        ("yaml", "ada@pond.example # leads"),
        ("text", "ada@pond.example is hers."),
        ("text", "duck@latest # newest"),
        ("yaml", "ada@pond:duck# comment"),
    ],
)
def test_a_sign_between_names_is_no_prompt(label: str, text: str) -> None:
    assert taken(label, text + "\n") == label
