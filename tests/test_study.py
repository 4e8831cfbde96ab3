import json
import math
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

pytest.importorskip("torch")

from whichcode.corpus.document import Corpus, Document
from whichcode.corpus.splits import split_corpus
from whichcode.errors import CorpusError
from whichcode.evaluation.audit import audit
from whichcode.features.matrix import BagMatrix, bag_matrix
from whichcode.features.spec import FeatureSpec
from whichcode.features.vocabulary import Vocabulary
from whichcode.study.data import UNITS, Part, StudySet, from_corpus
from whichcode.study.inputs import measure_inputs
from whichcode.study.relu import GRID, Plan, run_study, softmax_demo, write_json, write_predictions
from whichcode.study.report import render, summary
from whichcode.study.results import fallen, fill, gap, of_cell, percents, spread
from whichcode.study.runs import MAIN_LINEAR, MAIN_RELU, Cell, train_cell
from whichcode.study.storage import MAGIC, decode, encode, packaged
from whichcode.text.tokens import tokenise

LANGUAGES = ("c", "c++", "go", "java", "javascript", "python", "ruby")


@pytest.fixture(scope="module")
def sets():
    return {unit: packaged(unit) for unit in UNITS}


@pytest.fixture(scope="module")
def relu(sets):
    return train_cell(MAIN_RELU, sets["character"], seed=0, epochs=1)


@pytest.fixture(scope="module")
def linear(sets):
    return train_cell(MAIN_LINEAR, sets["character"], seed=0, epochs=1)


@pytest.fixture(scope="module")
def small(sets):
    def part(p):
        rows = np.arange(0, len(p.labels), 20)
        return Part(p.bags.take(rows), p.labels[rows])

    return {unit: replace(s, parts={name: part(p) for name, p in s.parts.items()}) for unit, s in sets.items()}


@pytest.fixture(scope="module")
def outcome(small):
    return run_study(small, Plan(epochs=2, seeds=2))


@pytest.fixture(scope="module")
def tiny():
    texts = ["a b\na  c", "x" * 300, "b b b"]
    vocabulary = Vocabulary(("a", "b", " ", "x"))
    bags = bag_matrix(texts, vocabulary, FeatureSpec(unit="character"))
    part = Part(bags, np.array([0, 1, 1]))
    nothing = Part(bags.take(np.zeros(0, np.int64)), np.zeros(0, np.int64))
    parts = {"train": part, "validation": nothing, "test": part}
    return StudySet("character", ("one", "two"), vocabulary, parts)


# -- the packaged data


def test_the_packaged_data_is_small():
    folder = resources.files("whichcode") / "data" / "study"
    assert sum(len((folder / f"{unit}s.counts").read_bytes()) for unit in UNITS) < 3_000_000


def test_the_packaged_data_is_what_the_study_needs(sets):
    for unit, study in sets.items():
        assert study.unit == unit
        assert study.languages == LANGUAGES
        train = study.parts["train"]
        assert 25 <= len(train.labels) / 1024 <= 29
        for part in study.parts.values():
            assert len(part.bags) == len(part.labels)
            assert part.bags.data.min() >= 1
            assert set(np.unique(part.labels)) == set(range(7))
            assert part.bags.indices.max() < part.bags.columns == len(study.vocabulary)
            inside = np.diff(part.bags.indices)
            inside[part.bags.indptr[1:-1] - 1] = 1
            assert inside.min() >= 1, "columns rise within a row"
        seen = np.bincount(train.bags.indices, weights=train.bags.data, minlength=train.bags.columns)
        assert seen.min() > 200
        assert list(seen) == sorted(seen, reverse=True)


def test_the_packaged_data_holds_no_text(sets):
    assert all(len(name) == 1 for name in sets["character"].vocabulary.names)
    assert all(tokenise(name) == [name] for name in sets["token"].vocabulary.names)


def test_characters_and_tokens_are_of_the_same_windows(sets):
    characters, tokens = (sets[unit].parts["validation"] for unit in UNITS)
    assert np.array_equal(characters.labels, tokens.labels)
    # A line feed is a character and a token: both count the lines.
    lines = [
        part.bags.dense()[:, sets[unit].vocabulary.index["\n"]]
        for unit, part in zip(UNITS, (characters, tokens), strict=True)
    ]
    assert np.array_equal(*lines)
    assert lines[0].max() <= 19


# -- the file format


def test_what_is_encoded_is_decoded(tiny):
    read = decode(encode(tiny), "f")
    assert (read.unit, read.languages, read.vocabulary) == (tiny.unit, tiny.languages, tiny.vocabulary)
    for name, part in tiny.parts.items():
        assert np.array_equal(read.parts[name].labels, part.labels)
        assert np.array_equal(read.parts[name].bags.dense(), part.bags.dense())
        assert np.array_equal(read.parts[name].bags.indptr, part.bags.indptr)


@pytest.mark.parametrize("place", [48, 60, -1])
def test_damaged_data_is_refused(tiny, place):
    data = bytearray(encode(tiny))
    data[place] ^= 1
    with pytest.raises(CorpusError, match="f: the study's data is damaged: install"):
        decode(bytes(data), "f")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 something else", MAGIC[:-1] + b"9" + bytes(32)])
def test_other_files_are_refused(data):
    with pytest.raises(CorpusError, match="f: this is not the study's data"):
        decode(data, "f")


def test_cut_off_data_is_refused(tiny):
    with pytest.raises(CorpusError, match="damaged"):
        decode(encode(tiny)[:-10], "f")


def test_data_of_wrong_sizes_is_refused(tiny):
    import hashlib
    import lzma

    content = lzma.compress(lzma.decompress(encode(tiny)[48:]) + b"\0")
    with pytest.raises(CorpusError, match="its sizes contradict each other"):
        decode(MAGIC + hashlib.sha256(content).digest() + content, "f")


def test_counts_beyond_two_bytes_are_refused(tiny):
    bags = tiny.parts["train"].bags
    large = BagMatrix(bags.indptr, bags.indices, bags.data * 300, bags.columns)
    parts = dict(tiny.parts) | {"train": Part(large, tiny.parts["train"].labels)}
    with pytest.raises(CorpusError, match="two bytes"):
        encode(replace(tiny, parts=parts))


# -- a run


def test_the_relu_on_characters_collapses_in_the_first_epoch(relu):
    after = relu.epochs[0]
    assert after["in_top_k"] >= 0.95
    assert after["argmax"] <= 0.20
    assert after["expected"] == pytest.approx(1 / 7, abs=0.03)
    assert sum(relu.iterations["loss"][-6:-1]) / 5 == pytest.approx(math.log(7), abs=0.05)
    assert after["uniform"] >= 0.95
    assert relu.iterations["in_top_k"][-2] > 0.9
    assert relu.iterations["dead"][-2] > 0.9


def test_the_linear_model_does_not(linear):
    after = linear.epochs[0]
    assert after["uniform"] == 0
    assert after["in_top_k"] == after["argmax"] == after["expected"]
    assert after["expected"] > 0.25
    assert linear.iterations["in_top_k"] == linear.iterations["argmax"]


def test_the_size_of_the_inputs_is_the_cause(sets):
    record = train_cell(Cell("character", "relu", "unit"), sets["character"], seed=0, epochs=1)
    assert record.epochs[0]["uniform"] == 0
    sizes = {weights: measure_inputs(sets["character"], weights, range(1)) for weights in ("raw", "unit")}
    assert sizes["raw"]["length"] > 50
    assert sizes["unit"]["length"] == pytest.approx(1)
    assert sizes["raw"]["initial_logit"][0] > 20 * sizes["unit"]["initial_logit"][0]


def test_the_audit_speaks_up_for_the_one_and_not_for_the_other(relu, linear, sets):
    labels = sets["character"].parts["validation"].labels
    collapsed = audit(relu.first, labels)
    assert not collapsed.trustworthy
    assert {"flat-rows", "accuracy-gap"} <= {finding.name for finding in collapsed.findings}
    assert audit(linear.first, labels).trustworthy


def test_every_iteration_is_recorded(relu, sets):
    batches = -(-len(sets["character"].parts["train"].labels) // 1024)
    assert {len(values) for values in relu.iterations.values()} == {batches}
    assert np.array(relu.class_logits).shape == (batches, 7)
    assert np.array(relu.histograms)[:-1].sum(axis=1).tolist() == [1024 * 7] * (batches - 1)


def test_a_run_can_be_repeated(small):
    cell = Cell("token", "relu")
    first, again = (train_cell(cell, small["token"], seed=3, epochs=1) for _ in range(2))
    assert first.as_dict(99) == again.as_dict(99)
    assert train_cell(cell, small["token"], seed=4, epochs=1).iterations != first.iterations


def test_padding_fills_the_last_batch_with_empty_rows_of_class_0(small):
    record = train_cell(Cell("character", "relu", pad=True), small["character"], seed=0, epochs=1)
    assert np.array(record.histograms).sum(axis=1).tolist() == [1024 * 7] * 2


# -- the report


def test_the_softmax_demo_is_computed():
    demo = softmax_demo()
    assert demo["shown"]["float32"] == ["0.25"] * 4
    assert demo["equal"] == {"float32": True, "float64": False}


def test_the_report_tells_all(outcome):
    text = render(outcome.results, {"logs": "a.png", "ratchet": "b.png"})
    for part in ("ln 7 = 1.946", "](a.png)", "](b.png)", "verdict", "0.25, 0.25, 0.25, 0.25"):
        assert part in text
    assert "| 5 |" not in text, "iterations that were not reached are not shown"
    assert text.count("**validation, epoch ") == 2
    assert "nan" not in text
    assert text.count("```") == 4
    for line in text.split("\n"):
        assert len(line) <= 112 or line.startswith("|") or line[:7] in ("error  ", "warning")
    assert text.count("\n## ") == 9
    assert summary(outcome.results).strip() in text


def test_the_published_figures_are_shown_for_the_packaged_data_alone(small):
    plan = Plan(epochs=1, seeds=1)
    mine = run_study(small, plan, corpus="mine.jsonl").results
    assert "published |" not in summary(mine)
    assert "mine.jsonl" in render(mine, {})
    packaged_results = run_study(small, plan).results
    assert "ReLU, published | ReLU, here" in summary(packaged_results)


def test_the_grid_is_complete(outcome):
    assert len({(cell.unit, cell.weights, cell.head) for cell in GRID}) == 8
    for cell in GRID:
        assert len(of_cell(outcome.results, cell.unit, cell.head, cell.weights)) == 2
    assert len(outcome.results["runs"]) == (8 + 3) * 2


def test_files_are_written(outcome, tmp_path):
    write_json(outcome.results, tmp_path / "r.json")
    read = json.loads((tmp_path / "r.json").read_text())
    assert render(read, {}) == render(outcome.results, {})
    paths = write_predictions(outcome, tmp_path)
    assert [path.name for path in paths] == ["relu.npz", "linear.npz"]
    with np.load(paths[0]) as archive:
        assert archive["logits"].shape == (len(archive["labels"]), 7)


def test_figures_are_drawn(outcome, tmp_path):
    pytest.importorskip("matplotlib")
    from whichcode.study.figures import draw

    names = draw(outcome.results, tmp_path, "x")
    assert {path.name for path in tmp_path.iterdir()} == set(names.values())
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in names.values())


def test_several_seeds_are_written_as_one_figure():
    assert spread([0.5, 0.25, 0.75], 2) == "0.50 (0.25-0.75)"
    assert spread([0.5, 0.5001], 2) == "0.50"
    assert spread([]) == ""
    assert percents([1.0]) == "100 %"
    run = {"epochs": [{"uniform": u, "in_top_k": 1.0, "expected": 0.5} for u in (0.2, 0.99, 0.6, 0.4)]}
    assert (fallen(run, 0.9), fallen(run, 0.5), fallen(run, 0.1)) == (3, 4, None)
    assert gap([run]) == 0.5


def test_filling_leaves_tables_and_code_alone():
    code = "```\n" + "a " * 90 + "\n\n" + "b " * 90 + "\n```"
    text = f"{'word ' * 40}\n\n- {'item ' * 40}\n- two\n\n| {'cell ' * 40}|\n\n{code}"
    filled = fill(text).split("\n\n", 3)
    assert max(map(len, filled[0].split("\n"))) <= 110
    assert filled[1].split("\n")[1].startswith("  item")
    assert filled[1].endswith("\n- two")
    assert filled[3] == code


# -- other corpora


def test_any_corpus_can_be_studied():
    def text(language, n):
        words = {"a": "alpha := {}", "b": "beta = []", "c": "<gamma/>"}[language]
        return "\n".join(f"{words} {(i * 7919 + n * 104729) % 9973} {(i + n) % 7}" for i in range(40))

    documents = tuple(Document(x, text(x, n), f"{x}/{n}", "mine") for x in "abc" for n in range(8))
    study = from_corpus(split_corpus(Corpus(documents)), "character", workers=1)
    assert study.languages == ("a", "b", "c")
    assert set(study.parts) == {"train", "validation", "test"}
    record = train_cell(MAIN_LINEAR, study, seed=0, epochs=1)
    assert record.first.shape == (len(study.parts["validation"].labels), 3)
