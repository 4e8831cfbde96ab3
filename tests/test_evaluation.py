import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whichcode.corpus import Document, read_corpus
from whichcode.corpus.windows import draw_windows
from whichcode.errors import EvaluationError
from whichcode.evaluation import metrics
from whichcode.evaluation.conditions import Question, parse_lengths, questions
from whichcode.evaluation.evaluate import Answers, ask, bootstrap_interval, chance_controls, measure, misclassified
from whichcode.evaluation.report import render_markdown, write_report

P = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
T = np.array([0, 0, 1, 2])


def test_macro_recall_weighs_classes_alike():
    assert metrics.macro_bounds(P, T).expected == pytest.approx((0.5 + 1 + 1) / 3)
    flat = np.full((4, 3), 1 / 3)
    bounds = metrics.macro_bounds(flat, T)
    assert (bounds.pessimistic, bounds.optimistic) == (0, 1)
    assert bounds.expected == pytest.approx(1 / 3)


def test_against_scikit_learn():
    from sklearn.metrics import balanced_accuracy_score, brier_score_loss, f1_score, log_loss, precision_score

    rng = np.random.default_rng(0)
    p = rng.dirichlet([0.5] * 4, size=300)
    t = rng.choice(4, p=[0.6, 0.2, 0.15, 0.05], size=300)
    best = p.argmax(axis=1)
    # Written out, so that wrong weights of ours cannot pass for right ones.
    weights = np.array([1 / (4 * (t == label).sum()) for label in t])
    assert metrics.equal_class_weights(t) == pytest.approx(weights)
    assert metrics.macro_bounds(p, t).expected == pytest.approx(balanced_accuracy_score(t, best))
    assert metrics.log_loss(p, t) == pytest.approx(
        log_loss(t, np.maximum(p, 1e-15), sample_weight=weights), rel=1e-6
    )
    assert metrics.brier(p, t) == pytest.approx(
        brier_score_loss(t, p, sample_weight=weights, scale_by_half=False, labels=[0, 1, 2, 3])
    )
    scores = metrics.per_class(metrics.confusion(p, t))
    assert [s.f1 for s in scores] == pytest.approx(f1_score(t, best, average=None).tolist())
    assert [s.precision for s in scores] == pytest.approx(precision_score(t, best, average=None).tolist())


def test_calibration_error_by_hand():
    p = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)
    t = np.array([0] * 9 + [1] + [1] * 9 + [0])
    # Confidence 0.9 with nine in ten right, 0.6 with nine in ten right; two bins, each class ten rows.
    assert metrics.expected_calibration_error(p, t, bins=2) == pytest.approx(0.5 * 0 + 0.5 * 0.3)


@given(st.integers(1, 15), st.integers(2, 60))
@settings(max_examples=40)
def test_bins_hold_all_the_weight(bins, rows):
    rng = np.random.default_rng(rows)
    p, t = rng.dirichlet([1, 1, 1], size=rows), rng.integers(0, 3, size=rows)
    assert sum(b.weight for b in metrics.calibration_bins(p, t, bins)) == pytest.approx(1)


def test_bins_are_of_equal_mass_and_not_of_equal_width():
    # Nearly all confidences lie between 0.9 and 1: bins of equal width would put them into two of fifteen.
    p1 = np.linspace(0.9, 1.0, 300)
    bins = metrics.calibration_bins(np.column_stack([p1, 1 - p1]), np.zeros(300, int), 15)
    assert len(bins) == 15
    assert all(b.weight == pytest.approx(1 / 15) for b in bins)


def test_perfectly_calibrated_predictions_have_little_error():
    rng = np.random.default_rng(1)
    p = rng.dirichlet([1, 1], size=40_000)
    t = (rng.random(40_000) < p[:, 1]).astype(int)
    assert metrics.expected_calibration_error(p, t) < 0.01


def test_calibration_error_that_is_chance():
    rng = np.random.default_rng(2)

    def drawn(rows, few):
        """Draw labels, one in `few` of class 0, and scores whose posterior is exact where classes are alike."""
        t = (np.arange(rows) % few > 0).astype(int)
        score = rng.normal(np.where(t == 0, -1, 1))
        p = 1 / (1 + np.exp(-2 * score))
        return np.column_stack([1 - p, p]), t

    for rows, few in ((60, 2), (1_000, 2), (1_000, 50)):
        exact = [drawn(rows, few) for _ in range(80)]
        measured = np.mean([metrics.expected_calibration_error(p, t) for p, t in exact])
        told = np.mean([metrics.calibration_error_by_chance(p, t) for p, t in exact])
        # Answers are drawn by their own probability, which leaves out that labels come in fixed shares.
        assert told == pytest.approx(measured, rel=0.15)
        assert told > 0.2 / math.sqrt(min(rows / few, rows))
    p, t = drawn(10_000, 2)
    wrong = 1 - t  # Chance does not depend on what is right.
    assert metrics.calibration_error_by_chance(p, wrong) < 0.05 < metrics.expected_calibration_error(p, wrong)


def test_ties_are_no_chance():
    tie = np.full((200, 2), 0.5)
    assert metrics.calibration_error_by_chance(tie, np.arange(200) % 2) == 0
    half = np.column_stack([np.full(200, 0.4), np.full(200, 0.4), np.full(200, 0.2)])
    sure = np.column_stack([np.full(200, 0.8), np.full(200, 0.1), np.full(200, 0.1)])
    labels = np.arange(200) % 3
    assert (
        0 < metrics.calibration_error_by_chance(half, labels) < metrics.calibration_error_by_chance(sure, labels)
    )


def test_accuracy_above():
    assert metrics.accuracy_above(P, T, 0.7) == (1.0, pytest.approx(0.5 / 3 + 1 / 3))
    accuracy, share = metrics.accuracy_above(P, T, 0.95)
    assert math.isnan(accuracy)
    assert share == 0


def test_a_tie_is_shared_in_the_confusion_matrix():
    assert metrics.confusion(np.array([[1.0, 1.0, 0.0]]), np.array([2])).tolist() == [
        [0, 0, 0],
        [0, 0, 0],
        [0.5, 0.5, 0],
    ]


def test_lengths():
    conditions = parse_lengths("1,3-20, file")
    assert [(c.name, c.min_lines, c.max_lines) for c in conditions] == [
        ("1", 1, 1),
        ("3-20", 3, 20),
        ("file", 0, 0),
    ]
    for wrong in ("", "0", "5-3", "all", "1;2"):
        with pytest.raises(EvaluationError):
            parse_lengths(wrong)


def test_questions_are_windows_of_the_length():
    document = Document("a", "\n".join(f"line number {i}" for i in range(30)), "p")
    asked = questions(parse_lengths("5")[0], [document], draws=8, seed=0, comments={})
    assert len(asked) == 8
    assert all(question.text.count("\n") == 4 for question in asked)
    assert questions(parse_lengths("40")[0], [document], draws=8, seed=0, comments={}) == []


def test_blocks_of_documentation_are_asked_about_apart():
    file = Document("a", "\n".join(f"line number {i}" for i in range(9)), "p", kind="file")
    block = Document("a", "one block of a page\nand its second line\n", "q", kind="fence")
    asked = {
        c.name: {q.document for q in questions(c, [file, block], draws=4, seed=0, comments={})}
        for c in parse_lengths("1,file,fence")
    }
    assert asked == {"1": {0}, "file": {0}, "fence": {1}}


def test_a_language_of_the_same_family_gets_credit():
    classes = ["c", "c++", "python"]
    scores = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [1, 1, 1], [0, 1, 0]])
    targets = np.array([1, 0, 0, 2, 2])
    assert metrics.family_credit(scores, targets, classes).tolist() == [1, 1, 0, pytest.approx(1 / 3), 0]


def test_text_that_is_no_code_is_told_by_kind():
    documents = [
        Document("text", "x", "a", kind="prose"),
        Document("text", "x", "b", kind="log"),
        Document("lua", "x", "c", kind="file"),
        Document("markdown", "x", "d", kind="file"),
    ]
    p = np.array([[0.1, 0.9, 0], [0.8, 0.2, 0], [0.5, 0.5, 0], [0.9, 0.1, 0], [0, 1, 0]])
    questions = [Question("x", i) for i in (0, 1, 2, 2, 3)]
    asked = Answers(parse_lengths("file")[0], questions, p, np.array([1, 1, 0, 0, 2]))
    told = measure(asked, ["lua", "text", "markdown"], documents=documents)["text"]
    assert told["kinds"]["prose"] == {"texts": 1, "answered_text": 1.0}
    assert told["kinds"]["log"] == {"texts": 1, "answered_text": 0.0}
    # The tie is credited as if broken at random.
    assert told["code"] == {"texts": 3, "answered_text": 0.5}
    assert told["no_prose"] == {"texts": 2, "answered_text": 0.25}
    assert measure(asked, ["lua", "text", "markdown"])["text"] is None
    assert measure(asked, ["lua", "perl", "markdown"], documents=documents)["text"] is None


@pytest.fixture(scope="module")
def answers(mini_detector, mini_corpus):
    documents = list(read_corpus(mini_corpus).documents)
    return ask(mini_detector, documents, parse_lengths("1")[0], draws=4), documents


def test_an_evaluation(answers, mini_detector):
    asked, _ = answers
    figures = measure(asked, mini_detector.languages)
    assert figures["texts"] == 240
    assert figures["headline"]
    assert figures["macro_recall"]["expected"] > 0.9
    low, high = figures["macro_recall"]["interval_95"]
    assert low <= figures["macro_recall"]["expected"] <= high
    assert low < high or figures["macro_recall"]["expected"] == 1
    assert all(control["at_chance"] for control in figures["controls"].values())
    assert all(abs(control["expected"] - 1 / 3) < 0.12 for control in figures["controls"].values())


def test_a_collapsed_model_gets_no_headline(answers, mini_detector):
    from dataclasses import replace

    asked, _ = answers
    flat = replace(asked, probabilities=np.full_like(asked.probabilities, 1 / 3))
    figures = measure(flat, mini_detector.languages)
    assert figures["macro_recall"]["optimistic"] == 1
    assert not figures["headline"]
    report = {
        "model": {"id": "x", "version": "0", "languages": 3},
        "corpus": {"sources": ["c"], "which": "all", "documents": 1, "unknown": {"klingon": 2}},
        "draws": 1,
        "seed": 0,
        "conditions": [figures],
    }
    assert "refused" in render_markdown(report)
    assert "klingon (2)" in render_markdown(report)
    (first, *_), error = report["conditions"], "calibration_error"
    cell = f"| {100 * first[f'expected_{error}']:.1f} ({100 * first[f'{error}_by_chance']:.1f}) |"
    assert cell in render_markdown(report)


def test_a_metric_that_takes_ties_for_hits_is_caught(answers, monkeypatch):
    from whichcode.evaluation.ties import top_k_credit

    asked, _ = answers
    monkeypatch.setattr(metrics, "top_k_credit", lambda s, t, k, rule: top_k_credit(s, t, k, "optimistic"))
    controls = chance_controls(asked)
    assert not controls["flat"]["at_chance"]
    # The others have no ties, and cannot see it.
    assert controls["constant"]["at_chance"]
    assert not measure(asked, asked_languages(asked))["headline"]


def asked_languages(asked):
    return [f"l{i}" for i in range(asked.probabilities.shape[1])]


def test_a_metric_that_leaks_is_caught_by_the_controls(answers, monkeypatch):
    asked, _ = answers
    # A metric that credits every row, as in_top_k does where all scores are equal.
    monkeypatch.setattr(metrics, "top_k_credit", lambda scores, targets, k, rule: np.ones(len(targets)))
    assert not any(control["at_chance"] for control in chance_controls(asked).values())


def test_the_bootstrap_resamples_documents():
    # Half of one language's 64 documents are answered rightly, all four windows alike: the standard error is
    # that of 64 coins, 1/16, and not that of 256, 1/32.
    right = np.repeat(np.arange(64) % 2 == 0, 4)
    probabilities = np.column_stack([right, ~right]).astype(float)
    asked = Answers(
        parse_lengths("1")[0], [Question("", i // 4) for i in range(256)], probabilities, np.zeros(256, int)
    )
    low, high = bootstrap_interval(asked)
    assert high - low == pytest.approx(2 * 1.96 / 16, rel=0.15)
    assert (low + high) / 2 == pytest.approx(0.5, abs=0.03)


def test_windows_to_evaluate_are_not_those_to_train():
    document = Document("a", "\n".join(f"line number {i} of many" for i in range(400)), "p")
    asked = questions(parse_lengths("3")[0], [document], draws=30, seed=0, comments={})
    trained = draw_windows(document, 30, min_lines=3, max_lines=3, seed=0)
    assert len({q.text for q in asked} & set(trained)) <= 6


def test_wrong_answers_are_shown_with_their_text(answers, mini_detector):
    asked, documents = answers
    rows = misclassified(asked, documents, mini_detector.languages)
    assert all(row["language"] != row["answer"] and row["text"] for row in rows)
    assert [row["confidence"] for row in rows] == sorted((row["confidence"] for row in rows), reverse=True)


def test_report_files(answers, mini_detector, tmp_path):
    figures = measure(answers[0], mini_detector.languages)
    report = {
        "model": {"id": "x", "version": "0", "languages": 3},
        "corpus": {"sources": ["c"], "which": "all", "documents": 1, "unknown": {}},
        "draws": 1,
        "seed": 0,
        "conditions": [figures, figures],
    }
    paths = write_report(report, tmp_path / "out")
    assert {p.name for p in paths} == {
        "report.json",
        "report.md",
        "recall-by-length.png",
        "reliability.png",
        "confusion.png",
    }
    assert all(p.stat().st_size > 500 for p in paths)
    first = {p.name: p.read_bytes() for p in paths}
    assert {p.name: p.read_bytes() for p in write_report(report, tmp_path / "out")} == first
