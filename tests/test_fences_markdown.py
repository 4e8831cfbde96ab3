"""Labels of fenced blocks in Markdown: nothing changes but info strings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichcode.errors import BinaryInputError, InputError
from whichcode.fences import blocks, decode, encode, write_labels
from whichcode.fences.block import BOM

NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
LINES = st.one_of(
    st.sampled_from(
        ["", "x = 1", "\tindented", "    deep", "- item", "> quoted", "1. one", "# Ducks", "---", "<div>"]
    ),
    st.sampled_from(
        ["```", "~~~", "````", "```js", "``` ", "~~~~ {.ruby}", "</div>", "***", "\udcff", "<!--", "-->"]
    ),
    st.sampled_from(["<!--", "-->", "<Tab>", "export x = `", "{/*", "*/}"]),
    st.text("`~ab >-#\t", max_size=8),
)
PREFIXES = st.sampled_from(["", "", "> ", "- ", "  ", "1. ", "> - ", "   ", "\t", "> > "])
DOCUMENTS = st.lists(st.tuples(PREFIXES, LINES), max_size=25)


def lines_of(pairs):
    return [prefix + line for prefix, line in pairs]


@given(DOCUMENTS, NEWLINES, st.booleans(), st.booleans(), st.sampled_from(["markdown", "mdx"]))
def test_without_its_labels_a_document_is_what_it_was(pairs, newline, bom, ended, markup):
    data = encode(BOM * bom + newline.join(lines_of(pairs)) + newline * ended)
    text = decode(data)
    before = blocks(text, markup)
    open_ones = {block.line: f"quack{n}" for n, block in enumerate(b for b in before if b.slot)}
    after = encode(write_labels(text, markup, open_ones))
    for label in open_ones.values():
        assert after.count(label.encode()) == 1
        after = after.replace(label.encode(), b"")
    assert after == data
    again = blocks(write_labels(text, markup, open_ones), markup)
    assert [(b.line, b.text) for b in again] == [(b.line, b.text) for b in before]
    assert all(block.slot is None for block in again)
    assert [b.label for b in again] == [b.label or open_ones[b.line] for b in before]


@given(st.binary())
def test_bytes_come_back(data):
    try:
        text = decode(data)
    except InputError:
        return
    assert encode(text) == data
    blocks(text, "markdown")


def labelled(document, markup="markdown", label="duck"):
    return write_labels(document, markup, {b.line: label for b in blocks(document, markup) if b.slot})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("```\nx\n```", "```duck\nx\n```"),
        ("~~~~  \r\nx\r\n~~~~\r\n", "~~~~duck  \r\nx\r\n~~~~\r\n"),
        ("> - `````\n>   x\n>   `````\n", "> - `````duck\n>   x\n>   `````\n"),
        ("- a\n\n\t```\n\tx\n\t```\n", "- a\n\n\t```duck\n\tx\n\t```\n"),
        ("````\n```\nx\n```\n````\n", "````duck\n```\nx\n```\n````\n"),
        (BOM + "```\rx\r```\r", BOM + "```duck\rx\r```\r"),
        ("```\nnever closed", "```duck\nnever closed"),
    ],
)
def test_where_a_label_goes(before, after):
    assert labelled(before) == after


@pytest.mark.parametrize(
    "document",
    [
        "    indented\n",
        "```js\nx\n```\n",
        '```title="duck"\nx\n```\n',
        "```\n\n```\n",
        "---\ntitle: |\n  ```\n  x\n  ```\nmore: 1\n---\n",
        '+++\ntitle = """\n ```\n x\n ```\n"""\n+++\n',
        "<!--\n```\nx\n```\n-->\n",
        "<div>\n```\nx\n\ny\n```\n</div>\n\nProse that is no code.\n\n```js\nx\n```\n",
        "`a\n```\nb`\n"[:3],
    ],
)
def test_what_gets_no_label(document):
    assert labelled(document) == document


def test_a_thematic_break_is_no_front_matter():
    assert labelled("---\n\n```\nx\n```\n\n---\n") == "---\n\n```duck\nx\n```\n\n---\n"


MDX = """import Tabs from '@theme/Tabs'
export const code = `
```
not a block
```
`

{/* ```
not a block
``` */}

<Tabs
  values={[`
\\`\\`\\`
not a block
\\`\\`\\`
`]}
>
  <TabItem>
    ```
    one {
    ```
  </TabItem>
<Tip>
```
two

more of two
```
</Tip>
</Tabs>

Text {props.x} and <b>bold</b>

```
three
```
"""


def test_mdx():
    assert [b.text for b in blocks(MDX, "mdx")] == ["one {\n", "two\n\nmore of two\n", "three\n"]
    changed = labelled(MDX, "mdx")
    assert changed.replace("```duck", "```") == MDX
    assert changed.count("duck") == 3


def test_other_encodings_are_refused():
    with pytest.raises(InputError, match="UTF-16"):
        decode("```\nx\n```\n".encode("utf-16"))
    with pytest.raises(BinaryInputError):
        decode(b"\0\0\0")


def test_a_line_without_a_block():
    with pytest.raises(InputError, match="line 7"):
        write_labels("```\nx\n```\n", "markdown", {7: "duck"})
    with pytest.raises(InputError, match="no markup"):
        blocks("", "troff")


def test_a_label_that_would_change_the_blocks_is_refused():
    with pytest.raises(InputError, match="left as it is"):
        write_labels("```\nx\n```\n", "markdown", {1: "a`b"})
