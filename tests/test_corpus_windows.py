"""Windows of lines drawn from documents, and the signs that they must show."""

import time

import pytest

from conftest import make_texts
from whichcode.corpus import Document
from whichcode.corpus.windows import SIGNS, draw_windows, whole


def test_windows_are_drawn_alike_and_are_of_the_document():
    document = Document("wordy", make_texts("wordy", 1)[0], "wordy/0")
    windows = draw_windows(document, 20, min_lines=2, max_lines=5, seed=7)
    assert windows == draw_windows(document, 20, min_lines=2, max_lines=5, seed=7)
    assert windows != draw_windows(document, 20, min_lines=2, max_lines=5, seed=8)
    lines = [line.strip() for line in document.text.split("\n")]
    for text in windows:
        stripped = [line.strip() for line in text.split("\n")]
        assert 2 <= len(stripped) <= 5
        assert any(lines[i : i + len(stripped)] == stripped for i in range(len(lines)))


def test_documents_without_windows():
    assert draw_windows(Document("a", "}\n};\n", "p"), 5, min_lines=1, max_lines=2, seed=0) == []
    assert draw_windows(Document("a", "one line of text\n", "p"), 5, min_lines=3, max_lines=5, seed=0) == []


def test_windows_with_hardly_a_word_are_taken_where_they_are_wanted():
    document = Document("a", "}\n};\n\n\n)\n", "p")
    drawn = draw_windows(document, 50, min_lines=1, max_lines=1, seed=0, bare=True)
    assert set(drawn) == {"}", "};", ")"}


def test_windows_without_the_sign_of_their_language_are_drawn_again():
    page = "<pre>\n" + "print('a line of Python in a page')\n" * 30 + "</pre>\n<p>And some words.</p>\n"
    document = Document("html", page, "p")
    free = draw_windows(document, 50, min_lines=1, max_lines=4, seed=0)
    assert any("<" not in text for text in free)
    signed = draw_windows(document, 50, min_lines=1, max_lines=4, seed=0, sign=SIGNS["html"])
    assert signed
    assert all("<" in text for text in signed)


@pytest.mark.parametrize(
    ("language", "signs", "none"),
    [
        (
            "markdown",
            [
                "## Ducks",
                "- a duck",
                "a *fat* duck",
                "see [the pond](pond.md)",
                "| a | b |",
                "> quack",
                "call `feed`",
            ],
            ["The ducks are fed twice a day, and they know the hour.", "It rains; nobody (but ducks) is out."],
        ),
        (
            "restructuredtext",
            [".. note:: ducks", "as follows::", "=====", "see :ref:`pond`", "call ``feed``", "the pond_ is"],
            ["The ducks are fed twice a day, and they know the hour.", "It rains: nobody (but ducks) is out."],
        ),
        (
            "http",
            [
                "POST /ducks",
                "PATCH /ducks/1",
                "HTTP/1.1 200 OK",
                "x: 1\nContent-Type: text/plain",
                "Accept:",
                "host: pond.example",
            ],
            ['{"duck": 1}', "Quack, said she.", "  key: value", "else:", "duck: 1"],
        ),
        (
            "shellsession",
            [
                "$ feed duck",
                "quack\n> more",
                "pond@farm:~$ ls",
                r"C:\> dir",
                "# halt",
                "[duck@pond ~]# ls",
                "(v) $ ls",
            ],
            ["quack", "total 3\ndrwxr-xr-x 2 duck duck 4096 May  1 12:00 pond", "$", "a@1.2\nfed 57\n100% done"],
        ),
        (
            "diff",
            [
                "+quack",
                " a\n-b",
                "@@ -1 +1 @@",
                "3c4\n< duck",
                "index 0a1b2c..3d4e5f",
                "*** 1,3 ****",
                "* a",
                "diff a b",
                "Index: a",
                "new file mode 100644",
                "rename from duck",
            ],
            [" def quack():\n     pass", "duck = 1"],
        ),
        ("gherkin", ["Given a duck", "  | a | b |\n  Then it quacks", "@slow"], ["| a | b |\n  | 1 | 2 |"]),
        (
            "json with comments",
            ["// ducks", '{"a": 1, // one\n}', "/* pond */", '["a",\n]', '{"a": 1,}'],
            ['{"pond": "https://pond.example"}', '{"a/b": [1, 2]}'],
        ),
        (
            "jinja",
            ["{{ duck }}", "{% if duck %}", "{# quack", "length }}", "endif %}", "quack #}"],
            ["<p>duck</p>", "{duck}"],
        ),
        (
            "twig",
            ["{{ duck", "{% if duck", "{# quack", "duck }}", "duck %}", "quack #}"],
            ["<p>duck</p>", "{duck}"],
        ),
        ("liquid", ["{{ duck", "{% if duck", "duck }}", "duck %}"], ["<p>duck</p>", "{duck}"]),
        ("handlebars", ["{{#if duck", "duck }}"], ["<p>duck</p>", "{duck}", "}}"]),
        ("go template", ["{{- if .Duck", ".Duck }}", '"duck" -}}'], ["duck: pond", "{duck}"]),
        ("html+erb", ["<%= duck", "<% end", "duck %>"], ["<p>duck</p>"]),
    ],
)
def test_signs_of(language, signs, none):
    assert [sign for sign in signs if not SIGNS[language].search(sign)] == []
    assert [text for text in none if SIGNS[language].search(text)] == []


@pytest.mark.parametrize("language", SIGNS)
@pytest.mark.parametrize("unit", ["a@", "b", "\n", " ", "{", "}", ",", "/", "a-", "- ", "|", "_", "<", ":", "`"])
def test_a_long_line_is_searched_for_a_sign_in_no_more_time_than_its_length(language, unit):
    started = time.perf_counter()
    SIGNS[language].search("a@" + unit * 20_000)
    assert time.perf_counter() - started < 1


def test_whole_documents_are_cut_at_a_line():
    assert whole(Document("a", "  ab\n  cd\n  ef\n", "p"), 12) == "ab\ncd"


def test_a_sign_is_looked_for_in_the_lines_as_they_are():
    context = Document("diff", " - duck\n - drake\n" * 40, "p")
    drawn = {"min_lines": 1, "max_lines": 3, "seed": 0, "sign": SIGNS["diff"]}
    assert draw_windows(context, 5, **drawn) == []
    assert len(draw_windows(Document("diff", context.text + "+ pond\n" * 80, "p"), 5, **drawn)) == 5
