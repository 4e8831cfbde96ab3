"""What is drawn to train on: which documents, how often, which windows."""

from dataclasses import replace

import numpy as np
import pytest

from whichcode.corpus import Corpus, Document
from whichcode.corpus.splits import split_corpus
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.config import Config
from whichcode.training.dataset import build_dataset, frequencies, quotas


def test_quotas_balance_languages(split, config):
    documents = split.part("train")
    per_language = {}
    for document, quota in zip(documents, quotas(documents, config), strict=True):
        per_language[document.language] = per_language.get(document.language, 0) + quota
    assert set(per_language.values()) == {200}
    free = Config.from_dict({"windows": {"coverage": 0.5, "per_document": 9}})
    assert all(
        quota == max(1, min(9, round(0.5 * (d.text.count("\n") + 1))))
        for d, quota in zip(documents, quotas(documents, free), strict=True)
    )


def test_languages_of_more_repositories_get_more_windows():
    rows = [
        Document(name, f"{name} text {i}\n" * 40, str(i), repository=f"{name}/{i % n}")
        for name, n in (("a", 4), ("b", 16))
        for i in range(32)
    ]
    quota_of = {}
    config = Config.from_dict({"windows": {"per_language": 300, "breadth": 0.5, "balance": "repositories"}})
    for document, quota in zip(rows, quotas(rows, config), strict=True):
        quota_of[document.language] = quota_of.get(document.language, 0) + quota
    # Twice as many for four times the repositories, and 300 in the mean.
    assert quota_of == {"a": 200, "b": 400}
    shown = [replace(row, kind="fence") if row.language == "a" else row for row in rows]
    fences = replace(config.windows, breadth=0.0, fences=1.0)
    assert frequencies(shown, fences) == {"a": pytest.approx(5 / 3), "b": pytest.approx(1 / 3)}
    limited = replace(config, windows=replace(config.windows, breadth_limit=4))
    assert sum(quotas(rows, limited)[:32]) == sum(quotas(rows, limited)[32:]) == 300


def test_large_repositories_do_not_drown_small_ones():
    rows = [Document("a", f"text {i}\n" * 40, str(i), repository="o/large") for i in range(25)]
    rows.append(Document("a", "other\n" * 40, "x", repository="o/small"))
    config = Config.from_dict({"windows": {"per_language": 600, "balance": "repositories"}})
    assert quotas(rows, config)[-1] == pytest.approx(100, abs=3)
    plain = Config.from_dict({"windows": {"per_language": 600}})
    assert quotas(rows, plain)[-1] == pytest.approx(600 / 26, abs=2)


def test_text_is_drawn_as_often_as_it_is_said_and_its_kinds_with_the_root_of_their_number():
    rows = [Document("text", f"prose {i}\n" * 40, str(i), repository="o/a", kind="prose") for i in range(16)]
    rows.append(Document("text", "mail\n" * 40, "m", repository="o/b", kind="mail"))
    rows += [Document("a", f"a {i}\n" * 40, f"a{i}", repository=f"o/{i}") for i in range(3)]
    config = Config.from_dict({"windows": {"per_language": 600, "balance": "repositories", "text": 3.0}})
    given = quotas(rows, config)
    assert [sum(given[:17]), sum(given[17:])] == [900, 300]
    # Repositories and kinds: the fourth root of sixteen.
    assert given[16] == pytest.approx(300, abs=3)


@pytest.mark.parametrize("balance", ["documents", "repositories"])
def test_blocks_are_drawn_as_often_as_it_is_said(balance):
    rows = [
        Document("a", "file\n" * 40, "f", repository="o/a", kind="file"),
        Document("a", "block\n" * 40, "b", repository="o/b", kind="fence"),
        Document("a", "of many\n" * 40, "c", repository="o/c", kind="fence", author="o/c#1"),
        Document("text", "of no code\n" * 40, "t", repository="o/d", kind="fence"),
        Document("text", "prose\n" * 40, "p", repository="o/e", kind="prose"),
    ]
    windows = {"per_language": 400, "balance": balance}
    for blocks, given in ((2.0, [100, 200, 100, 200, 200]), (0.5, [160, 80, 160, 200, 200])):
        config = Config.from_dict({"windows": windows | {"blocks": blocks}})
        assert quotas(rows, config) == pytest.approx(given, abs=1)


def test_documents_that_nowhere_show_their_language_are_not_drawn_from():
    rows = [Document("json with comments", text * 20, str(i)) for i, text in enumerate(['"a": 1,\n', "// a\n"])]
    rows.append(Document("a", "duck\n" * 20, "d"))
    config = Config.from_dict(
        {"windows": {"per_language": 50, "signs": "required", "whole_file": 0.1, "min_lines": 1}}
    )
    assert quotas(rows, config) == [0, 50, 50]
    names = ["a", "json with comments"]
    vocabulary = Vocabulary(("duck", "//", "a"))
    data = build_dataset(rows, names, vocabulary, config, seed=0, comments={}, workers=1)
    assert len(data.labels) == 102  # with two whole documents
    none = build_dataset([rows[0], rows[2]], names, vocabulary, config, seed=0, comments={}, workers=1)
    assert set(none.labels) == {0}
    ignored = replace(config, windows=replace(config.windows, signs="ignored"))
    assert quotas(rows, ignored) == [25, 25, 50]
    # Nor do they make their language one of many projects.
    many = [replace(rows[0], path=f"{i}", repository=f"o/{i}") for i in range(9)]
    broad = replace(config.windows, breadth=1.0)
    assert set(frequencies([*many, rows[1], rows[2]], broad).values()) == {1.0}
    assert quotas([*many, rows[2]], config) == [0] * 9 + [50]
    # What is cut off does not show it.
    late = Document("json with comments", '"a": 1,\n' * 5000 + "// a\n", "late")
    cut = build_dataset([late, rows[2]], names, vocabulary, config, seed=0, comments={}, workers=1)
    assert (cut.labels == 1).sum() == (cut.labels[cut.epoch] == 1).sum() < 50


def test_authors_of_a_collection_count_as_repositories_do():
    rows = [
        Document("a", f"text {i}\n" * 40, str(i), repository="o/all", author=f"o/all#{i % 9}") for i in range(27)
    ]
    rows += [Document("a", f"other {i}\n" * 40, f"x{i}", repository="o/project") for i in range(3)]
    rows += [Document("b", f"b {i}\n" * 40, f"b{i}", repository="o/b") for i in range(3)]
    config = Config.from_dict({"windows": {"per_language": 600, "balance": "repositories", "breadth": 1.0}})
    given = quotas(rows, config)
    assert sum(given[:27]) / sum(given[27:30]) == pytest.approx(9, rel=0.02)
    split = split_corpus(Corpus(tuple(replace(row, split="train", unit=row.repository) for row in rows)))
    assert {name: len(several) for name, several in split.units("train").items()} == {"a": 10, "b": 1}


def test_a_collection_makes_no_language_popular():
    rows = [
        Document("a", f"text {i}\n" * 40, str(i), repository="o/all", author=f"o/all#{i % 9}", kind="fence")
        for i in range(27)
    ]
    rows += [Document("a", "other\n" * 40, "x", repository="o/project", kind="fence")]
    rows += [Document("b", f"b {i}\n" * 40, f"b{i}", repository="o/b", kind="fence") for i in range(3)]
    plain = Config().windows
    by_files, by_blocks = replace(plain, breadth=1.0), replace(plain, fences=1.0)
    assert frequencies(rows, by_files) == {"a": pytest.approx(4 / 3), "b": pytest.approx(2 / 3)}
    assert frequencies(rows, by_blocks) == {"a": pytest.approx(6 / 5), "b": pytest.approx(4 / 5)}
    # Where nothing is known of repositories, texts count.
    alone = [replace(row, repository=None) for row in rows]
    assert frequencies(alone, by_files) == {"a": pytest.approx(56 / 31), "b": pytest.approx(6 / 31)}


def test_the_dataset_is_the_same_in_any_number_of_processes(split, config):
    documents = split.part("train") * 2
    vocabulary = Vocabulary(("LET", "<<", "\n"))
    one, two = (
        build_dataset(
            documents, ["apl-ish", "tagged", "wordy"], vocabulary, config, seed=0, comments={}, workers=workers
        )
        for workers in (1, 2)
    )
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(one.bags, name), getattr(two.bags, name))
    assert np.array_equal(one.epoch, two.epoch)


@pytest.mark.parametrize("signs", ["required", "ignored"])
def test_signs_are_looked_for_where_the_configuration_says_so(signs):
    page = "<pre>\n" + "print('a line of Python in a page')\n" * 30 + "</pre>\n"
    documents = [Document("html", page, "p"), Document("wordy", page, "w")]
    config = Config.from_dict({"windows": {"min_lines": 1, "max_lines": 2, "coverage": 3.0, "signs": signs}})
    vocabulary = Vocabulary(("<", "</", "print"))
    data = build_dataset(documents, ["html", "wordy"], vocabulary, config, seed=0, comments={}, workers=1)
    without = data.bags.dense()[:, :2].sum(axis=1) == 0
    assert without[data.labels == 1].any()
    assert without[data.labels == 0].any() == (signs == "ignored")


@pytest.mark.parametrize("bare", ["skip", "keep"])
def test_windows_with_hardly_a_word_are_kept_where_the_configuration_says_so(bare):
    text = "duck_pond = quack\n}\n" * 30
    config = Config.from_dict({"windows": {"min_lines": 1, "max_lines": 1, "coverage": 3.0, "bare": bare}})
    vocabulary = Vocabulary(("quack", "}"))
    data = build_dataset([Document("a", text, "p")], ["a"], vocabulary, config, seed=0, comments={}, workers=1)
    assert (data.bags.dense()[:, 0] == 0).any() == (bare == "keep")


@pytest.mark.parametrize("comments", ["skip", "keep"])
def test_windows_that_are_all_comment_are_kept_where_the_configuration_says_so(comments):
    text = "-- a comment about ducks\n" * 30 + "quack duck\n" * 30
    config = Config.from_dict({"windows": {"min_lines": 1, "max_lines": 2, "coverage": 3.0, "comments": comments}})
    data = build_dataset(
        [Document("a", text, "p")],
        ["a"],
        Vocabulary(("quack",)),
        config,
        seed=0,
        comments={"a": ["--"]},
        workers=1,
    )
    assert (data.bags.dense()[:, 0] == 0).any() == (comments == "keep")


def test_the_vocabulary_comes_from_the_training_documents_alone(split, config):
    from whichcode.training.train import build_vocabulary

    marked = replace(
        split,
        documents=tuple(
            replace(d, text=d.text + "OnlyInTest\n" * 5) if d.split == "test" else d for d in split.documents
        ),
    )
    counted = replace(config, vocabulary=replace(config.vocabulary, selection="count", min_count=1))
    for each in (config, counted):
        assert build_vocabulary(marked, each, 0, {}, 1) == build_vocabulary(split, each, 0, {}, 1)
