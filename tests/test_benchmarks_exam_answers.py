"""The public exam: labels of every system, and how answers are scored."""

import numpy as np
import pytest

from benchmarks.exam import labels
from benchmarks.exam.answers import NO_ANSWER, OTHER, peer_sheet, whichcode_sheet
from benchmarks.exam.cache import RawAnswer
from benchmarks.exam.items import Item
from benchmarks.exam.run import Selection
from benchmarks.exam.score import score
from whichcode.detection import Detection
from whichcode.languages import languages

REGISTRY = {language.id for language in languages()}


# Labels


def test_every_table_leads_to_the_registry():
    for table, entries in labels.tables().items():
        for label, found in entries.items():
            assert label == label.lower(), (table, label)
            assert found in REGISTRY | {""}, (table, label)
    assert labels.the_40() <= REGISTRY
    assert len(labels.the_40()) == 40


@pytest.mark.parametrize(
    ("label", "table", "found"),
    [
        ("pl/pgsql", "smola", "plpgsql"),
        ("coq", "smola", "rocq prover"),
        ("shell", "smola", "shell"),
        ("shell", "highlightjs", "shellsession"),
        ("mm", "vscode", "objective-c"),
        ("v", "vscode", "verilog"),
        ("Javascript", "flourite", "javascript"),
        ("S", "pygments", "r"),
        ("Text only", "pygments", "text"),
        ("sqlite", "magika", None),
        ("pdf", "magika", None),
        ("asl-of-nobody", "magika", None),
        ("rd", "rouge", None),  # an extension, from which nothing is guessed
    ],
)
def test_labels(label, table, found):
    assert labels.registry_id(label, table) == found


# Answers and scores


def make_items(languages, texts_each=4, files_each=2):
    return [
        Item(f"p/{language}-{i}", "smola-1", language, 1, f"{language}/{i % files_each}", i, f"{language} {i}")
        for language in languages
        for i in range(texts_each)
    ]


def test_a_perfect_and_a_silent_peer():
    items = make_items(["lua", "ruby"])
    everything = frozenset({"lua", "ruby"})
    perfect = peer_sheet(items, [RawAnswer(item.language) for item in items], "flourite", confident=False)
    figures = score(perfect, everything)
    assert figures["macro_recall"] == {
        "pessimistic": 1.0, "expected": 1.0, "optimistic": 1.0, "interval_95": [1.0, 1.0]
    }  # fmt: skip
    assert (figures["texts"], figures["files"], figures["languages"]) == (8, 4, 2)
    assert "expected_calibration_error" not in figures
    silent = score(peer_sheet(items, [RawAnswer(None)] * 8, "flourite", confident=False), everything)
    assert silent["macro_recall"]["optimistic"] == 0.0
    assert (silent["abstained"], silent["within_families"]) == (1.0, 0.0)
    assert score(perfect, frozenset({"ada"})) is None


def test_languages_weigh_the_same_and_unknown_labels_are_wrong():
    items = make_items(["lua"], 6) + make_items(["ruby"], 2)
    raw = (
        [RawAnswer("Lua")] * 3
        + [RawAnswer("nonesuch"), RawAnswer("PHP"), RawAnswer(None)]
        + [RawAnswer("Ruby")] * 2
    )
    sheet = peer_sheet(items, raw, "flourite", confident=False)
    assert set(sheet.classes) == {"lua", "ruby", "php", OTHER, NO_ANSWER}
    figures = score(sheet, frozenset({"lua", "ruby"}))
    assert figures["macro_recall"]["expected"] == pytest.approx((3 / 6 + 2 / 2) / 2)
    assert figures["recall"] == {"lua": 0.5, "ruby": 1.0}
    assert figures["abstained"] == pytest.approx(1 / 6 / 2)
    only = score(sheet, frozenset({"lua"}), full=False)
    assert only["macro_recall"]["expected"] == 0.5
    assert set(only) == {"texts", "files", "languages", "macro_recall"}


def test_families_stand_beside_strict_accuracy():
    items = make_items(["javascript"], 4)
    raw = [RawAnswer("Javascript"), RawAnswer("Typescript"), RawAnswer("Typescript"), RawAnswer("Python")]
    figures = score(peer_sheet(items, raw, "flourite", confident=False), frozenset({"javascript"}))
    assert figures["macro_recall"]["expected"] == 0.25
    assert figures["within_families"] == 0.75


def test_confidence_and_abstention_of_a_peer():
    items = make_items(["lua"], 4)
    raw = [
        RawAnswer("lua", 0.95), RawAnswer("lua", 0.92, abstains=True),
        RawAnswer("ruby", 0.97), RawAnswer("txt", 0.3, abstains=True),
    ]  # fmt: skip
    figures = score(peer_sheet(items, raw, "magika", confident=True), frozenset({"lua"}))
    assert figures["confident"] == {"threshold": 0.9, "accuracy": pytest.approx(2 / 3), "share": 0.75}
    # Every row is a bin of its own.
    assert figures["expected_calibration_error"] == pytest.approx((0.05 + 0.08 + 0.97 + 0.3) / 4)
    # An answer at p that is right p of the time is off by 2 p (1 - p) in the mean.
    assert figures["calibration_error_by_chance"] == pytest.approx(0.18, abs=0.05)
    assert (figures["abstained"], figures["would_abstain"]) == (0.25, 0.5)


class Tied:
    """Answers lua and ruby alike to all texts but blank ones."""

    languages = ("lua", "ruby", "ada")

    def detect_many(self, texts, k):
        tie = Detection("lua", 0.5, (("lua", 0.5), ("ruby", 0.5), ("ada", 0.0))[:k])
        return [tie if text.strip() else Detection(None, 0.0, ()) for text in texts]


def test_ties_of_whichcode_get_expected_credit_with_bounds():
    items = make_items(["lua", "ruby", "zig"], 2)
    figures = score(whichcode_sheet(Tied(), items), frozenset({"lua", "ruby", "zig"}))
    recall = figures["macro_recall"]
    assert recall["expected"] == pytest.approx(1 / 3)
    assert (recall["pessimistic"], recall["optimistic"]) == (0.0, pytest.approx(2 / 3))
    assert not figures["headline"]


def test_a_blank_text_is_no_tie():
    item = Item("p/0", "smola-1", "lua", 1, "f", 0, "  ")
    figures = score(whichcode_sheet(Tied(), [item]), frozenset({"lua"}))
    assert figures["macro_recall"]["optimistic"] == 0.0
    assert figures["abstained"] == 1.0


def test_whichcode_answers_as_its_users_see_it(mini_detector):
    texts = ["LET a BECOME b PLUS 1.", "\0\0\0\0", "<<call a with=b/>>"]
    items = [Item(f"p/{i}", "p", "wordy", 1, f"{i}", 0, text) for i, text in enumerate(texts)]
    sheet = whichcode_sheet(mini_detector, items)
    assert sheet.abstained.tolist() == [False, True, False]
    names = [sheet.classes[i] for i in sheet.scores.argmax(axis=1)]
    assert names == [mini_detector.detect(texts[0]).language, NO_ANSWER, mini_detector.detect(texts[2]).language]
    first = dict(zip(sheet.classes, sheet.scores[0], strict=True))
    assert [first[name] for name in mini_detector.languages] == pytest.approx(
        mini_detector.probabilities(texts[0])
    )


def test_intervals_resample_files():
    # Two files, one all right and one all wrong: windows of one file are not independent.
    items = make_items(["lua"], 100)
    raw = [RawAnswer("Lua" if item.file.endswith("0") else "Ruby") for item in items]
    figures = score(peer_sheet(items, raw, "flourite", confident=False), frozenset({"lua"}))
    assert figures["macro_recall"]["interval_95"] == [0.0, 1.0]


def test_the_selection():
    items = make_items(["lua", "ada"], 4)
    assert [item.draw for item in Selection(draws=1).of(items, "magika")] == [0, 0]
    assert {item.language for item in Selection(only_40=True).of(items, "magika")} == {"lua"}
    assert [item.id for item in Selection(limit=2).of(items, "magika")] == [items[0].id, items[4].id]
    assert len(Selection(draws=3, fewer={"vscode": 1}).of(items, "vscode")) == 2
    assert len(Selection(draws=3, fewer={"vscode": 1}).of(items, "magika")) == 6


def test_scores_are_rows_of_the_right_shape():
    items = make_items(["lua"], 3)
    sheet = peer_sheet(items, [RawAnswer("lua", 0.0), RawAnswer("lua"), RawAnswer(None)], "magika", confident=True)
    assert sheet.scores.shape == (3, len(sheet.classes))
    # An answer without any confidence is an answer still, and no sure one.
    assert np.count_nonzero(sheet.scores) == 3
    figures = score(sheet, frozenset({"lua"}))
    assert figures["macro_recall"]["expected"] == pytest.approx(2 / 3)
    assert figures["confident"] == {"threshold": 0.9, "accuracy": None, "share": 0.0}
