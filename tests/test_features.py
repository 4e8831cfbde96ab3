import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichcode.errors import ConfigError, CorpusError, ModelError
from whichcode.features import matrix
from whichcode.features.bag import bag, damp, norm
from whichcode.features.distinctiveness import document_frequencies, most_distinctive, mutual_information, select
from whichcode.features.extract import INDENT, SHAPE, display, extract
from whichcode.features.matrix import BagMatrix, bag_matrix, stack
from whichcode.features.spec import FeatureSpec
from whichcode.features.vocabulary import Vocabulary, by_count

FULL = FeatureSpec(ngrams=3, shapes=4, indentation=True)
TEXT = st.text(st.sampled_from(list("aB_1é \t\n\r\f(){}:;#=")) | st.characters(), max_size=60)


def test_the_seed_counts_tokens():
    counts = Counter(extract("for x in 2, 2:", FeatureSpec()))
    assert counts["for"] == 1
    assert counts["2"] == 2
    assert counts[","] == 1
    assert counts[" "] == 4


def test_characters():
    assert extract("ab\n", FeatureSpec(unit="character")) == ["a", "b", "\n"]


def test_ngrams_keep_whether_there_was_space():
    features = set(extract("if (x)", FeatureSpec(ngrams=2)))
    assert {"if", "(", "if (", "(x", "\nif", ")\n"} <= features
    assert "if(" not in features
    assert "if(" in extract("if(x)", FeatureSpec(ngrams=2))
    assert set(extract("x  =\t1", FULL)) == set(extract("x = 1", FULL))


def test_shapes():
    features = extract("int fooBar = FOO_X;", FeatureSpec(shapes=2))
    assert {SHAPE + "a", SHAPE + "aA", SHAPE + "A_A", SHAPE + "a aA", SHAPE + "A_A;"} <= set(features)


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("x", "a"),
        ("X", "A"),
        ("XY", "AA"),
        ("Name", "Aa"),
        ("aName", "aA"),
        ("AName", "AaA"),
        ("a_b", "a_a"),
        ("_a", "_a"),
        ("__init__", "_a"),
        ("__", "_"),
        ("Foo_bar", "A_a"),
        ("7", "0"),
        ("42", "00"),
        ("0xFF", "0x"),
        ("10px", "0a"),
        ("né", "ü"),
    ],
)
def test_word_shapes(word, shape):
    assert SHAPE + shape in extract(word, FeatureSpec(shapes=1))


def test_indentation_names_the_change_and_what_came_before():
    features = extract("def f():\n    return 1\nx\n\ty", FeatureSpec(ngrams=2, indentation=True))
    assert {INDENT + ">4", INDENT + "(): >4", INDENT + "<", INDENT + "x >\t"} <= set(features)


def test_indentation_is_relative():
    spec = FeatureSpec(ngrams=2, indentation=True)
    assert sorted(extract("  a:\n    b", spec)) == sorted(extract("a:\n  b", spec))


@given(TEXT)
def test_extraction_takes_any_text_and_is_deterministic(text):
    assert extract(text, FULL) == extract(text, FULL)
    assert all(isinstance(name, str) and name for name in extract(text, FULL))


@pytest.mark.parametrize("text", [" " * 200_000, "\n" * 200_000, "(" * 200_000, "a " * 100_000, " \n" * 100_000])
def test_extraction_is_linear_in_monotonous_texts(text):
    # A quadratic pattern would take minutes here; the number of features is what bounds the work.
    assert len(extract(text, FULL)) <= 10 * len(text) + 10


def test_display_is_one_line():
    assert display("\ndef") == "⏎def"
    assert display(" ") == "␠"
    assert display(SHAPE + "a(") == "shape a("
    assert display(INDENT + ">\t") == "indent >⇥"


def test_damping():
    assert damp(7, "count") == 7
    assert damp(7, "presence") == 1
    assert damp(1, "log") == 16
    assert damp(8, "log") == round(16 * (1 + math.log(8)))
    assert damp(4, "sqrt") == 32


@given(st.lists(st.sampled_from("abcdef"), max_size=50))
def test_a_bag_counts_known_features(features):
    index = {"a": 2, "b": 0, "d": 1}
    counts = bag(features, index)
    assert counts == {index[name]: n for name, n in Counter(features).items() if name in index}
    assert list(counts) == sorted(counts)


def test_norm():
    assert norm([3, 4]) == 5.0
    assert norm([]) == 1.0


@given(st.lists(TEXT, max_size=6))
def test_the_matrix_holds_the_bags(texts):
    vocabulary = Vocabulary(("a", "(", "\n", "B", SHAPE + "a"))
    matrix = bag_matrix(texts, vocabulary, FULL)
    assert matrix.indptr.dtype == np.int64
    assert matrix.indices.dtype == matrix.data.dtype == np.int32
    assert len(matrix) == len(texts)
    for row, text in enumerate(texts):
        run = slice(matrix.indptr[row], matrix.indptr[row + 1])
        pairs = dict(zip(matrix.indices[run].tolist(), matrix.data[run].tolist(), strict=True))
        assert pairs == bag(extract(text, FULL), vocabulary.index)
    dense = matrix.dense()
    order = np.arange(len(texts))[::-1].copy()
    assert np.array_equal(matrix.take(order).dense(), dense[::-1])
    assert np.array_equal(stack([matrix, matrix], len(vocabulary)).dense(), np.concatenate([dense, dense]))
    narrow = matrix.narrowed()
    assert narrow.indices.dtype == np.uint8
    assert narrow.data.dtype == np.min_scalar_type(int(matrix.data.max(initial=0)))
    assert np.array_equal(narrow.dense(), dense)
    for normalise in (False, True):
        expected = matrix.weights("sqrt", normalise=normalise)
        assert np.array_equal(narrow.weights("sqrt", normalise=normalise), expected)


def test_matrices_of_many_rows_are_kept_narrow():
    wide = BagMatrix(np.array([0, 2]), np.array([1, 69_999]), np.array([1, 70_000]), 70_000).narrowed()
    assert wide.indices.dtype == wide.data.dtype == np.uint32
    small = BagMatrix(np.array([0, 1]), np.array([7]), np.array([300]), 60_000).narrowed()
    other = BagMatrix(np.array([0, 1]), np.array([59_999]), np.array([1]), 60_000).narrowed()
    both = stack([small, other], 60_000)
    assert (both.indices.dtype, both.data.dtype) == (np.uint16, np.uint16)
    assert both.data.tolist() == [300, 1]
    assert both.indices.tolist() == [7, 59_999]


def test_matrices_are_put_together_block_by_block(monkeypatch):
    monkeypatch.setattr(matrix, "BLOCK", 3)
    rows = [BagMatrix(np.array([0, n]), np.arange(n), np.arange(n) + 1, 9).narrowed() for n in (2, 0, 9, 1, 1)]
    whole = stack((row for row in rows), 9)
    assert np.array_equal(whole.dense(), np.concatenate([row.dense() for row in rows]))
    assert len(stack(iter(()), 9)) == 0


def test_weights_of_a_matrix_are_those_of_the_bag():
    vocabulary = Vocabulary(("a", "b"))
    matrix = bag_matrix(["a a a b", "", "b"], vocabulary, FeatureSpec(ngrams=2))
    weights = matrix.weights("log", normalise=True)
    integers = [damp(3, "log"), damp(1, "log")]
    assert weights[:2] == pytest.approx([w / norm(integers) for w in integers])
    assert weights[2] == 1.0
    assert matrix.weights("count", normalise=False).tolist() == [3, 1, 1]


def test_vocabulary_by_count_is_ordered_and_strict():
    vocabulary = by_count(["b b b a a a c c"], FeatureSpec(), min_count=2)
    assert vocabulary.names == (" ", "a", "b")


def test_vocabulary_round_trip_and_refusals():
    vocabulary = Vocabulary(("a", "\n", "é", "\x01a"))
    assert Vocabulary.from_bytes(vocabulary.to_bytes()) == vocabulary
    assert len(Vocabulary.from_bytes(b"")) == 0
    with pytest.raises(ConfigError):
        Vocabulary(("a", "a"))
    with pytest.raises(ModelError):
        _ = Vocabulary.from_bytes(b"a\0a").index
    with pytest.raises(ModelError):
        Vocabulary.from_bytes(b"a\0\0b")
    with pytest.raises(ModelError):
        Vocabulary.from_bytes(b"\xff")


UNITS = {
    "one": [["def x"], ["def y", "def z"], ["def w"], ["q"]],
    "two": [["fn x"], ["fn y"], ["fn z"], ["fn def"]],
}


def test_document_frequencies_count_a_group_once():
    frequencies = document_frequencies(UNITS, FeatureSpec(), min_documents=1, workers=1)
    assert frequencies.languages == ("one", "two")
    assert frequencies.documents == (4, 4)
    counts = [
        {frequencies.names[r]: int(n) for r, n in zip(rows, counts, strict=True)}
        for rows, counts in zip(frequencies.rows, frequencies.counts, strict=True)
    ]
    assert counts[0]["def"] == 3
    assert counts[1]["def"] == 1
    assert counts[1]["fn"] == 4
    assert "fn" not in counts[0]


def test_mutual_information_is_that_of_the_definition():
    frequencies = document_frequencies(UNITS, FeatureSpec(), min_documents=1, workers=1)
    got = dict(zip(frequencies.names, mutual_information(frequencies), strict=True))

    def entropy(p):
        return 0.0 if p in (0, 1) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)

    assert got["fn"] == pytest.approx(1.0)
    assert got["def"] == pytest.approx(entropy(0.5) - (entropy(0.75) + entropy(0.25)) / 2)


def test_the_most_distinctive_come_first():
    frequencies = document_frequencies(UNITS, FeatureSpec(), min_documents=2, workers=1)
    assert select(frequencies, 1).names == ("fn",)
    ranked = most_distinctive(frequencies, 3)
    assert ranked["two"][0][0] == "fn"
    assert ranked["one"][0][0] == "def"
    assert all(bits > 0 for features in ranked.values() for _, bits, _ in features)


def test_rare_features_are_dropped_exactly():
    frequencies = document_frequencies(UNITS, FeatureSpec(), min_documents=3, workers=1)
    assert set(frequencies.names) == {"def", "fn", " "}


def test_no_text_no_vocabulary():
    with pytest.raises(CorpusError):
        document_frequencies({"one": []}, FeatureSpec())
