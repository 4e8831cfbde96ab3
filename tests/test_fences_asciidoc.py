"""Labels of code blocks in AsciiDoc: attribute lines change and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichcode.fences import blocks, write_labels


def labelled(document, label="duck"):
    return write_labels(document, "asciidoc", {b.line: label for b in blocks(document, "asciidoc") if b.slot})


BODY = "----\nx\n----\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BODY, "[source,duck]\n" + BODY),
        ("[source]\n" + BODY, "[source,duck]\n" + BODY),
        ("[source%linenums]\n" + BODY, "[source%linenums,duck]\n" + BODY),
        ("[source,]\n" + BODY, "[source,duck]\n" + BODY),
        ("[source, ,linenums]\n" + BODY, "[source,duck ,linenums]\n" + BODY),
        ('[source,subs="+quotes"]\n' + BODY, '[source,duck,subs="+quotes"]\n' + BODY),
        ('[subs="+quotes"]\n' + BODY, '[subs="+quotes"]\n[source,duck]\n' + BODY),
        ("[#pond.big]\n.Title\n" + BODY, "[#pond.big]\n.Title\n[source,duck]\n" + BODY),
        ("[[pond]]\n[source]\n.Title\n" + BODY, "[[pond]]\n[source,duck]\n.Title\n" + BODY),
        ("* item\n+\n" + BODY, "* item\n+\n[source,duck]\n" + BODY),
        ("[source]\n....\nx\n....\n", "[source,duck]\n....\nx\n....\n"),
        ("[source]\n--\nx\n--\n", "[source,duck]\n--\nx\n--\n"),
        ("[source]\nx\ny\n\nProse\n", "[source,duck]\nx\ny\n\nProse\n"),
        ("```\nx\n```\n", "```duck\nx\n```\n"),
        ("----  \r\nx\r\n----", "[source,duck]\r\n----  \r\nx\r\n----"),
        ("[.role]\n====\n" + BODY + "====\n", "[.role]\n====\n[source,duck]\n" + BODY + "====\n"),
    ],
)
def test_where_a_label_goes(before, after):
    assert labelled(before) == after


@pytest.mark.parametrize(
    "document",
    [
        "[source,ruby]\n" + BODY,
        '[source, "ruby"]\n' + BODY,
        "[,ruby]\n" + BODY,
        "[listing]\n" + BODY,
        "[plantuml,duck]\n" + BODY,
        "....\nx\n....\n",
        "////\n" + BODY + "////\n",
        "++++\n" + BODY + "++++\n",
        "----\ninclude::duck.rb[]\n----\n",
        "----\nnever closed\n",
        "A title\n-------\n\nProse\n\nAnother\n-------\n",
        ":source-language: ruby\n\n[source]\n" + BODY,
        "```ruby\nx\n```\n",
        "--\nopen block\n--\n",
    ],
)
def test_what_gets_no_label(document):
    assert labelled(document) == document


def test_the_default_language_ends_where_it_is_unset():
    document = f":source-language: ruby\n\n[source]\n{BODY}\n:!source-language:\n\n[source]\n{BODY}"
    assert [b.label for b in blocks(document, "asciidoc")] == ["ruby", ""]


def test_callouts_are_no_code():
    (block,) = blocks("----\nputs 1 # <1>\n----\n<1> a number\n", "asciidoc")
    assert block.text == "puts 1\n"


LINES = st.sampled_from(
    [
        "----",
        "....",
        "--",
        "====",
        "[source]",
        "[source,ruby]",
        "[source,,x]",
        "[.a]",
        "",
        "x = 1",
        "+",
        ".Title",
        "```",
    ]
)


@given(st.lists(LINES, max_size=16), st.sampled_from(["\n", "\r\n"]))
def test_content_stays(lines, newline):
    document = newline.join(lines)
    after = labelled(document, "quack")
    assert [b.text for b in blocks(after, "asciidoc")] == [b.text for b in blocks(document, "asciidoc")]
    assert not [b for b in blocks(after, "asciidoc") if b.slot]
    kept = [line for line in after.split(newline) if not line.startswith(("[source", "```"))]
    assert kept == [line for line in document.split(newline) if not line.startswith(("[source", "```"))]
