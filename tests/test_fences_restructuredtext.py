"""Labels of code blocks in reStructuredText: directives' lines change and nothing else."""

import pytest
from docutils.parsers.rst import directives
from hypothesis import given, settings
from hypothesis import strategies as st

from whichcode.fences import blocks, decode, write_labels
from whichcode.fences.doctree import read_tree

RST = "restructuredtext"


def labelled(document, label="duck"):
    return write_labels(document, RST, {b.line: label for b in blocks(document, RST) if b.slot})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("So::\n\n    x = 1\n", "So:\n\n.. code-block:: duck\n\n    x = 1\n"),
        ("So ::\n\n    x = 1\n", "So\n\n.. code-block:: duck\n\n    x = 1\n"),
        ("::\n\n    x = 1\n", ".. code-block:: duck\n\n    x = 1\n"),
        ("So it is\n::\n\n    x = 1\n", "So it is\n\n.. code-block:: duck\n\n    x = 1\n"),
        ("So\n\n::  \n\n\n  x\n", "So\n\n.. code-block:: duck\n\n\n  x\n"),
        ("- a\n  b::\n\n     x\n", "- a\n  b:\n\n  .. code-block:: duck\n\n     x\n"),
        ("1. ::\n\n      x\n", "1. .. code-block:: duck\n\n      x\n"),
        (".. code-block::\n\n   x\n", ".. code-block:: duck\n\n   x\n"),
        (".. code::  \n   :number-lines:\n\n   x\n", ".. code:: duck  \n   :number-lines:\n\n   x\n"),
        (".. sourcecode::\n\n\tx\n", ".. sourcecode:: duck\n\n\tx\n"),
        ("So::\r\n\r\n\tx\r\n\r\nEnd", "So:\r\n\r\n.. code-block:: duck\r\n\r\n\tx\r\n\r\nEnd"),
        (
            ".. tabs::\n\n   .. tab:: One\n\n      So::\n\n         x\n",
            ".. tabs::\n\n   .. tab:: One\n\n      So:\n\n      .. code-block:: duck\n\n         x\n",
        ),
        ("A :kbd:`x` :doc:`y`::\n\n  x\n", "A :kbd:`x` :doc:`y`:\n\n.. code-block:: duck\n\n  x\n"),
    ],
)
def test_where_a_label_goes(before, after):
    assert labelled(before) == after
    assert [b.text for b in blocks(after, RST)] == [b.text for b in blocks(before, RST)]


@pytest.mark.parametrize(
    "document",
    [
        "Quoted::\n\n> x\n> y\n",
        ".. parsed-literal::\n\n   x\n",
        ".. code-block:: ruby\n\n   x\n",
        ".. highlight:: ruby\n\nSo::\n\n   x\n\n.. code-block::\n\n   y\n",
        ".. a comment\n\n   So::\n\n     x\n",
        ".. graphviz::\n\n   So::\n\n     x\n",
        "=== ======\na   So::\n\n      x\n=== ======\n",
        "+--------+\n| So::   |\n|        |\n|   x    |\n+--------+\n",
        "term::\n  definition\n",
        "Text\n\n    block quote\n",
    ],
)
def test_what_gets_no_label(document):
    assert labelled(document) == document


def test_the_default_language_holds_from_its_line_on():
    document = "A::\n\n  x\n\n.. highlight:: ruby\n\nB::\n\n  y\n\n.. highlight:: none\n\nC::\n\n  z\n"
    assert [(b.line, b.label, b.slot is None) for b in blocks(document, RST)] == [
        (1, "", False),
        (7, "ruby", True),
        (13, "none", True),
    ]


def test_the_registry_of_docutils_is_as_it_was():
    before = dict(directives._directives)
    blocks(".. code-block::\n\n   x\n\n.. wholly-unknown::\n\n   So::\n\n     y\n", RST)
    assert directives._directives == before


def test_files_are_not_read(tmp_path):
    secret = tmp_path / "secret.rst"
    secret.write_text("So::\n\n   secret\n")
    found = blocks(f".. include:: {secret}\n\n.. csv-table::\n   :file: {secret}\n\nSo::\n\n   x\n", RST)
    assert [b.text for b in found] == ["x\n"]


LINES = st.one_of(
    st.sampled_from(
        ["So::", "::", "a ::", "x = 1", "> y", ".. code-block::", ".. code-block:: ruby", ".. note::"]
    ),
    st.sampled_from([".. tabs::", "- a::", "", "   :opt: 1", "=====", "* ::", ".. highlight:: c", ":f: x::"]),
    st.sampled_from(["a) b::", "\x0c", "|", "`a::", ""]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), LINES), max_size=14), st.sampled_from(["\n", "\r\n"]))
def test_content_and_tree_stay(pairs, newline):
    document = newline.join("   " * depth + line for depth, line in pairs)
    text = decode(document.encode())
    after = labelled(text, "quack")
    assert read_tree(after).tree == read_tree(text).tree
    assert [b.text for b in blocks(after, RST)] == [b.text for b in blocks(text, RST)]
    assert not [b for b in blocks(after, RST) if b.slot]
