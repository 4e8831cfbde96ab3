import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichcode.errors import BinaryInputError
from whichcode.text.decode import decode
from whichcode.text.snippets import dedent, is_informative, split_lines, window
from whichcode.text.tokens import tokenise

TEXT = st.text(st.sampled_from(list("ab_1é∑ \t\n\r\f(){}:;#=>-\"'\\")) | st.characters(), max_size=80)


@given(TEXT)
def test_tokens_concatenate_to_the_text(text):
    assert "".join(tokenise(text)) == text


@given(TEXT)
def test_a_token_is_of_one_class(text):
    for token in tokenise(text):
        classes = {
            "space" if c in " \t\n\r\f\v" else "word" if c in "_" or c >= "\x80" or c.isalnum() else "punctuation"
            for c in token
        }
        assert len(classes) == 1
        assert classes != {"space"} or len(token) == 1


def test_tokens_of_a_line():
    assert tokenise("def f(x_1):\n\treturn x_1") == [
        "def",
        " ",
        "f",
        "(",
        "x_1",
        "):",
        "\n",
        "\t",
        "return",
        " ",
        "x_1",
    ]


def test_words_beyond_ascii_are_one_token():
    assert tokenise("naïve→x") == ["naïve→x"]


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=8), min_size=1, max_size=12), st.data())
def test_a_window_is_a_contiguous_run_of_lines(lines, data):
    start = data.draw(st.integers(0, len(lines) - 1))
    count = data.draw(st.integers(1, len(lines) - start))
    got = window(lines, start, count).split("\n")
    assert len(got) == count
    # Un-indentation takes the same characters off the beginning of every line that is not blank.
    taken = {
        line[: len(line) - len(g)] for line, g in zip(lines[start:], got, strict=False) if line.strip(" \t\r\f\v")
    }
    assert len(taken) <= 1
    assert all(margin.strip(" \t") == "" for margin in taken)
    assert all(line.endswith(g) for line, g in zip(lines[start:], got, strict=False))


def test_dedent_keeps_relative_indentation_and_blank_lines():
    assert dedent("    a\n\n      b\n    c") == "a\n\n  b\nc"
    assert dedent("\ta\n\t\tb") == "a\n\tb"
    assert dedent("\ta\n    b") == "\ta\n    b"
    assert dedent("a\n  b") == "a\n  b"


def test_split_lines():
    assert split_lines("a\nb\n") == ["a", "b"]
    assert split_lines("a\n\nb") == ["a", "", "b"]
    assert split_lines("") == []


def test_informative_windows():
    assert is_informative("x = compute(y)")
    assert not is_informative("});")
    assert not is_informative("abcdefghijkl\n\n\n")
    assert not is_informative("# one\n# two more words\n# three words here", ("#",))
    assert is_informative("# one\n# two more words\nx = 3", ("#",))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-8"),
    ],
)
def test_byte_order_marks(mark, encoding):
    assert decode(mark + "print('å')\n".encode(encoding)) == "print('å')\n"


def test_undecodable_bytes_are_replaced_and_line_ends_unified():
    assert decode(b"a\xff\r\nb\rc") == "a\ufffd\nb\nc"


@given(st.binary(max_size=200), st.integers(1, 200))
def test_decode_takes_any_bytes(data, max_bytes):
    try:
        text = decode(data, max_bytes=max_bytes)
    except BinaryInputError:
        assert b"\0" in data[:max_bytes]
    else:
        assert "\r" not in text


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), max_size=60),
    st.integers(1, 80),
)
def test_a_cut_never_leaves_half_a_character(text, max_bytes):
    assert text.startswith(decode(text.encode(), max_bytes=max_bytes))


def test_binary_is_refused():
    with pytest.raises(BinaryInputError):
        decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert decode(b"x" * 5000 + b"\0").startswith("xxx")
