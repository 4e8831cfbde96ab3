"""Blocks of code in Markdown, reStructuredText and AsciiDoc."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichcode.corpus.fences import Fence, clean_label, fences, reader_of, resolve
from whichcode.corpus.listings import without_callouts
from whichcode.fences import blocks as blocks_of

LABELS = st.sampled_from(["python", "c++", "objective-c", "js", "c#", "f#", "ruby", "mermaid"])
# Lines that are no markup of their own: none starts with a mark, none is blank at an end of the block.
WORDS = st.text("abcxyz(){};=+ ", min_size=1, max_size=20).map(lambda line: "q" + line.rstrip())
BLOCKS = st.lists(st.tuples(LABELS, st.lists(st.one_of(WORDS, st.just("")), max_size=4), WORDS), max_size=5)


def read(document, markup):
    return [(fence.label, fence.text) for fence in fences(document, markup)]


def expected(blocks):
    return [(label, "\n".join(["qfirst", *middle, last]) + "\n") for label, middle, last in blocks]


@given(BLOCKS, st.sampled_from(["```", "~~~", "`````"]))
def test_markdown_gives_back_what_was_written(blocks, mark):
    document = "# Ducks\n\nProse.\n"
    for label, text in expected(blocks):
        document += f"\n{mark}{label}\n{text}{mark}\n\nMore prose.\n"
    assert read(document, "markdown") == expected(blocks)


@given(BLOCKS, st.sampled_from(["code-block", "sourcecode", "code"]), st.integers(1, 8), st.booleans())
def test_restructuredtext_gives_back_what_was_written(blocks, directive, depth, option):
    document = "Ducks\n=====\n"
    for label, text in expected(blocks):
        body = "".join(" " * depth + line + "\n" if line else "\n" for line in text.split("\n")[:-1])
        document += (
            f"\n.. {directive}:: {label}\n" + ("   :linenos:\n" if option else "") + f"\n{body}\nMore prose.\n"
        )
    assert read(document, "restructuredtext") == expected(blocks)


@given(
    BLOCKS,
    st.sampled_from(["[source,{}]\n", "[source, {}, linenums]\n", "[,{}]\n", "[source%linenums,{}]\n.Title\n"]),
)
def test_asciidoc_gives_back_what_was_written(blocks, header):
    document = "= Ducks\n"
    for label, text in expected(blocks):
        document += "\n" + header.format(label) + f"----\n{text}----\n\nMore prose.\n"
    assert read(document, "asciidoc") == expected(blocks)


@given(st.text(), st.sampled_from(["markdown", "restructuredtext", "asciidoc"]))
def test_no_document_is_too_strange(document, markup):
    for fence in fences(document, markup):
        assert fence.label
        assert fence.text.strip()
        assert fence.text.endswith("\n")


def test_blocks_without_a_label_are_not_taken():
    assert read("```\nduck\n```\n\n    indented\n", "markdown") == []
    assert read("Ducks::\n\n    duck\n\n.. code-block::\n\n    duck\n", "restructuredtext") == []
    assert read("----\nduck\n----\n\n[source]\n----\nduck\n----\n", "asciidoc") == []


def test_defaults_of_a_document():
    assert read(".. highlight:: c\n\nSee::\n\n    int duck;\n\nEnd.\n", "restructuredtext") == [
        ("c", "int duck;\n")
    ]
    document = ":source-language: java\n\n[source]\n----\nclass Duck {}\n----\n"
    assert read(document, "asciidoc") == [("java", "class Duck {}\n")]


def test_asciidoc_callouts_and_includes():
    document = "[source,ruby]\n----\nputs 1 # <1>\n----\n\n[source,ruby]\n----\ninclude::duck.rb[]\n----\n"
    assert read(document, "asciidoc") == [("ruby", "puts 1\n")]
    assert read("[source,yaml]\nducks: 2\n\nprose\n", "asciidoc") == [("yaml", "ducks: 2\n")]


def test_asciidoc_in_step():
    document = "[source,groovy]\n// no include here\n----\nquack 1\n\nquack 2\n----\n\nProse.\n\n"
    assert read(document + document, "asciidoc") == [("groovy", "quack 1\n\nquack 2\n")] * 2
    document = "|===\na|\n[source,json]\n----\n[1]\n|===\n\n[source,ruby]\n\n----\nquack\n----\n"
    assert read(document, "asciidoc") == [("json", "[1]\n"), ("ruby", "quack\n")]
    assert read("////\n[source,ruby]\n----\nquack\n----\n////\n", "asciidoc") == []


def test_named_languages_of_asciidoc():
    for attributes in (
        "source,language=Ruby",
        'source%linenums, lang = "ruby"',
        'source,subs="a,b",language=ruby',
    ):
        assert read(f"[{attributes}]\n----\nquack\n----\n", "asciidoc") == [("ruby", "quack\n")]
    assert read('[source,subs="a,b"]\n----\nquack\n----\n', "asciidoc") == []
    assert read("[source,ruby,language=lua]\nquack\n", "asciidoc") == [("ruby", "quack\n")]


@pytest.mark.parametrize(
    "document",
    [
        "---\nduck: |\n  ```sh\n  ls\n  ```\n---\n\n```ruby\nquack\n```\n",
        "\ufeff---\r\nduck: |\r\n  ```sh\r\n  ls\r\n  ```\r\n---\r\n\r\n```ruby\r\nquack\r\n```\r\n",
        '+++\nduck = """\n  ```sh\n  ls\n  ```\n"""\n+++\n\n```ruby\nquack\n```\n',
        "---\nA break, no settings.\n\n```sh\nls\n```\n---\n",
    ],
)
def test_front_matter_is_no_markdown(document):
    found = [(fence.label, fence.line) for fence in fences(document, "markdown")]
    assert found == [(block.label, block.line) for block in blocks_of(document, "markdown")]
    assert [label for label, _ in found] == ["sh" if "break" in document else "ruby"]


def test_nested_markdown():
    document = '1. first\n\n   ```python title="a"\n   x = 1\n   ```\n\n````md\n```js\n1\n```\n````\n'
    assert read(document, "markdown") == [("python", "x = 1\n"), ("md", "```js\n1\n```\n")]


def test_labels_as_people_write_them():
    written = ["python", 'Python title="a"', "{.python .numberLines}", "{code-block} python", "python,ignore"]
    assert {clean_label(info) for info in [*written, "{python}", "python{1,3}", "python:duck.py"]} == {"python"}
    assert clean_label("c++") == "c++"
    assert clean_label("") == clean_label("<%= duck %>") == ""


def told(label, text="x = 1\n"):
    return resolve(Fence(label, text, 1))


def test_languages_of_labels():
    assert told("py") == "python"
    assert told("jsx") == "javascript"
    assert told("jsonc") == "json with comments"
    assert told("aspnet") == "asp.net"
    assert told("htaccess") == "apacheconf"
    assert told("duckscript") is None
    assert told("math") == ""
    assert told("text", "just words\n") == "text"
    assert told("text", '{"duck": 1}\n') == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("duck() <1>", "duck()"),
        ("duck() // <1> <2>", "duck()"),
        ("<h1> <1>", "<h1>"),
        ("<h2>\t<2>", "<h2>"),
        ("array<int, 3> <1>", "array<int, 3>"),
        ("make 2> // <1>", "make 2>"),
        ("</h2> <!--<1>-->", "</h2>"),
        ("duck <.>", "duck"),
        ("a <b> c", "a <b> c"),
    ],
)
def test_callouts_are_no_code(line, code):
    assert without_callouts(f"{line}\nquack\n") == f"{code}\nquack\n"


def test_sessions():
    assert told("console", "$ ls\nduck\n") == "shellsession"
    assert told("console", "user@host:~$ ls\nduck\n") == "shellsession"
    assert told("console", "duck\n") == ""
    assert told("bash", "$ ls\n") == "shellsession"
    assert told("bash", "ls | wc\n") == "shell"
    assert told("text", "$ ls\nduck\n") == "shellsession"
    assert told("php", "$duck = 1;\n") == "php"


def test_which_files_are_documents():
    assert reader_of("docs/Ducks.MD") == "markdown"
    assert reader_of("a.b/ducks.rst") == "restructuredtext"
    assert reader_of("lesson.Rmd") == reader_of("lesson.qmd") == reader_of("lesson.livemd") == "markdown"
    assert reader_of("ducks.py") is None
    assert reader_of("md") is None
