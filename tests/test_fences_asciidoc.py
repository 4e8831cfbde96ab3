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
        ("[source]\n// no include here\n" + BODY, "[source,duck]\n// no include here\n" + BODY),
        ("[source]\n\n" + BODY, "[source,duck]\n\n" + BODY),
        ("* item\n[source]\n+\n" + BODY, "* item\n[source,duck]\n+\n" + BODY),
        ("[source]\n\nx\n+\nProse\n", "[source,duck]\n\nx\n+\nProse\n"),
        ("[source]\n\n== Title\n\n" + BODY, "[source]\n\n== Title\n\n[source,duck]\n" + BODY),
        ("[source]\n\nTitle\n-----\n\n" + BODY, "[source]\n\nTitle\n-----\n\n[source,duck]\n" + BODY),
        ("[source]\n====\n" + BODY + "====\n", "[source]\n====\n[source,duck]\n" + BODY + "====\n"),
        ("|===\na|[source]\n" + BODY + "|===\n", "|===\na|[source]\n[source,duck]\n" + BODY + "|===\n"),
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
        "[source,language=ruby]\n" + BODY,
        '[source%linenums, lang = "ruby"]\n' + BODY,
        '[source,subs="+quotes,+macros",language=ruby]\n' + BODY,
        "[language=ruby]\n[source]\n" + BODY,
        "[source,ruby]\n\n" + BODY,
        "[source,ruby]\n```\nx\n```\n",
        "[plantuml]\n```\nx\n```\n",
        "[source]\n////\nx\n////\n",
        "|===\na|----\nx\n----\n|===\n",
        "|===\na|[source,ruby]\n" + BODY + "|===\n",
        "|===\na|\n----\nnever closed\n|===\n",
        "[listing]\n" + BODY,
        "[plantuml,duck]\n" + BODY,
        "....\nx\n....\n",
        "////\n" + BODY + "////\n",
        "++++\n" + BODY + "++++\n",
        "----\ninclude::duck.rb[]\n----\n",
        "----\nnever closed\n",
        "A title\n-------\n\nProse\n\nAnother\n-------\n",
        "// Ducks\nA title\n-------\n\nProse\n\n:ducks: 2\nAnother\n-------\n",
        "[source]\n// Ducks\nA title\n-------\n",
        ":source-language: ruby\n\n[source]\n" + BODY,
        "```ruby\nx\n```\n",
        "``` ruby\nx\n```\n",
        "--\nopen block\n--\n",
    ],
)
def test_what_gets_no_label(document):
    assert labelled(document) == document


def test_the_default_language_ends_where_it_is_unset():
    document = f":source-language: ruby\n\n[source]\n{BODY}\n:!source-language:\n\n[source]\n{BODY}"
    assert [b.label for b in blocks(document, "asciidoc")] == ["ruby", ""]


@pytest.mark.parametrize(
    "between",
    [
        "// can't use include here",
        "//no space",
        "////\nnot here\n////",
        "ifdef::pond[]\nendif::[]",
        "ifndef::pond[]",
        "ifeval::[{ducks} > 2]",
        ":ducks: 3",
        ":!ducks:",
        ".Title",
        "[[pond]]",
        "",
        "\n\n",
        "+",
    ],
)
def test_what_stands_between_attributes_and_their_block(between):
    document = f"[source,ruby]\n{between}\n----\nquack\n\nquack\n----\n\nProse.\n\n----\nx\n----\n"
    first, second = blocks(document, "asciidoc")
    assert (first.label, first.text, second.text) == ("ruby", "quack\n\nquack\n", "x\n")
    assert labelled(document) == document.replace("----\nx", "[source,duck]\n----\nx")
    paragraph = f"[source,ruby]\n{between}\nquack 1\n"
    assert [(b.label, b.text) for b in blocks(paragraph, "asciidoc")] == [("ruby", "quack 1\n")]


def test_tests_of_a_shell_are_no_attributes():
    for line in ("[ -f duck ]", "[[ -f duck ]] && quack"):
        (block,) = blocks(f"[source,bash]\n{line}\n", "asciidoc")
        assert block.text == f"{line}\n"


def test_a_table_ends_what_is_open_in_it():
    document = (
        "|===\n| pond | ducks\na|\n[source,json]\n----\n[1]\n\na|\n[source,yaml]\n----\n- 1\n----\n"
        "a|\n[source,xml]\n<duck/>\na|\n[source,toml]\n----\nducks = 1\n| more\n|===\n\n"
        "[source,ruby]\n----\nquack\n----\n\n----\nx\n----\n"
    )
    assert [(b.label, b.text) for b in blocks(document, "asciidoc")] == [
        ("json", "[1]\n"),
        ("yaml", "- 1\n"),
        ("xml", "<duck/>\n"),
        ("toml", "ducks = 1\n"),
        ("ruby", "quack\n"),
        ("", "x\n"),
    ]
    assert labelled(document) == document.replace("----\nx", "[source,duck]\n----\nx")


def test_a_table_that_never_ends_is_none():
    (block,) = blocks("|===\n\n----\n| x\na| y\n----\n", "asciidoc")
    assert block.text == "| x\na| y\n"


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
        "[source,language=ruby]",
        "// quack",
        "////",
        "|===",
        "a|",
        "a|[source]",
        "| x",
        "== Title",
        "[.a]",
        "",
        "x = 1",
        "+",
        ".Title",
        "```",
    ]
)


@given(st.lists(LINES, max_size=20), st.sampled_from(["\n", "\r\n"]))
def test_content_stays(lines, newline):
    document = newline.join(lines)
    after = labelled(document, "quack")
    assert [b.text for b in blocks(after, "asciidoc")] == [b.text for b in blocks(document, "asciidoc")]
    assert not [b for b in blocks(after, "asciidoc") if b.slot]
    kept = [line for line in after.split(newline) if not line.startswith(("[source", "```"))]
    assert kept == [line for line in document.split(newline) if not line.startswith(("[source", "```"))]
