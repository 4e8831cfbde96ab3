import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whichcode.errors import EvaluationError
from whichcode.evaluation import RULES, accuracy_bounds, in_top_k, top_k_accuracy, top_k_credit
from whichcode.evaluation.ties import TRUSTED_GAP, AccuracyBounds

RECORDED = json.loads((Path(__file__).parent / "data" / "in_top_k_tensorflow.json").read_text(encoding="utf-8"))

# Few distinct values, so that ties are the rule and not the exception.
ORDERED = st.sampled_from([-np.inf, -1.0, -0.0, 0.0, 1.0, 2.0, np.inf])
FINITE = st.sampled_from([-1.0, -0.0, 0.0, 1.0, 2.0])
ANY = st.one_of(ORDERED, st.just(np.nan), st.floats(width=32))


@st.composite
def predictions(draw, values):
    rows, classes = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    scores = draw(st.lists(st.lists(values, min_size=classes, max_size=classes), min_size=rows, max_size=rows))
    targets = draw(st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows))
    return np.array(scores, dtype=np.float32), np.array(targets), draw(st.integers(1, classes + 2))


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: f"k={case['k']}")
def test_in_top_k_gives_the_answers_recorded_from_tensorflow(case):
    scores = np.array([[float(value) for value in row] for row in case["scores"]], dtype=np.float32)
    assert in_top_k(scores, case["targets"], case["k"]).tolist() == case["in_top_k"]


@given(predictions(ANY), st.integers(-2, 9), st.lists(st.integers(-3, 9), min_size=8, max_size=8))
def test_in_top_k_is_its_rule_written_as_a_loop(drawn, k, targets):
    scores, _, _ = drawn
    for row, target, found in zip(scores, targets, in_top_k(scores, targets[: len(scores)], k), strict=False):
        known = 0 <= target < len(row) and np.isfinite(row).all()
        assert found == (known and sum(score > row[target] for score in row) < k)


def test_in_top_k_compares_in_the_dtype_given():
    near = [[1.0, 1.0 + 1e-12]]
    assert not in_top_k(near, [0])[0]
    assert in_top_k(np.array(near, dtype=np.float32), [0])[0]


def test_in_top_k_takes_empty_tables_and_targets_too_large_for_int64():
    assert in_top_k(np.zeros((0, 3)), []).shape == (0,)
    assert in_top_k(np.zeros((2, 0)), [0, 0]).tolist() == [False, False]
    assert in_top_k(np.zeros((1, 3)), np.array([2**64 - 1], dtype=np.uint64)).tolist() == [False]


def test_a_model_that_says_nothing_gets_everything_from_in_top_k_and_chance_from_us():
    scores, targets = np.zeros((700, 7), dtype=np.float32), np.arange(700) % 7
    assert in_top_k(scores, targets).mean() == 1
    bounds = accuracy_bounds(scores, targets)
    assert (bounds.pessimistic, bounds.optimistic) == (0, 1)
    assert bounds.expected == pytest.approx(1 / 7)
    assert not bounds.trustworthy
    assert top_k_accuracy(scores, np.zeros(700, dtype=int), rule="first-index") == 1


@pytest.mark.parametrize(
    ("rule", "k", "credit"),
    [
        ("optimistic", 1, [0, 1, 1]),
        ("pessimistic", 1, [0, 0, 1]),
        ("expected", 1, [0, 1 / 2, 1]),
        ("first-index", 1, [0, 0, 1]),
        ("optimistic", 2, [1, 1, 1]),
        ("pessimistic", 2, [0, 1, 1]),
        ("expected", 2, [1 / 3, 1, 1]),
        ("first-index", 2, [0, 1, 1]),
        ("expected", 3, [2 / 3, 1, 1]),
        ("expected", 9, [1, 1, 1]),
    ],
)
def test_credit_of_known_rows(rule, k, credit):
    scores = [[5, 3, 3, 3], [4, 4, 2, 1], [7, 8, 6, 5]]
    assert top_k_credit(scores, [3, 1, 1], k, rule) == pytest.approx(credit)


@pytest.mark.parametrize("rule", RULES)
def test_a_nan_anywhere_earns_nothing(rule):
    scores = [[np.nan, 1.0, 2.0], [0.0, np.nan, 0.0], [np.nan] * 3]
    assert top_k_credit(scores, [2, 1, 0], k=3, rule=rule).tolist() == [0, 0, 0]


def test_infinities_are_compared_as_numbers():
    scores = [[-np.inf, 1.0, 0.0], [np.inf, 1.0, 0.0], [np.inf] * 3, [-np.inf] * 3]
    targets = [1, 0, 2, 1]
    assert top_k_credit(scores, targets, rule="expected") == pytest.approx([1, 1, 1 / 3, 1 / 3])
    assert top_k_credit(scores, targets, rule="optimistic").tolist() == [1, 1, 1, 1]
    assert not in_top_k(scores, targets).any()


@given(predictions(ANY))
def test_every_rule_lies_between_the_bounds(drawn):
    earned = {rule: top_k_credit(*drawn, rule=rule) for rule in RULES}
    for rule in RULES:
        assert (earned["pessimistic"] <= earned[rule]).all()
        assert (earned[rule] <= earned["optimistic"]).all()
    bounds = accuracy_bounds(*drawn)
    assert 0 <= bounds.pessimistic <= bounds.expected <= bounds.optimistic <= 1
    assert bounds.expected == top_k_accuracy(*drawn)


@given(predictions(FINITE))
def test_optimistic_is_in_top_k_where_scores_are_finite(drawn):
    assert (top_k_credit(*drawn, rule="optimistic") == in_top_k(*drawn)).all()


@given(predictions(ORDERED))
def test_first_index_is_a_stable_sort(drawn):
    scores, targets, k = drawn
    chosen = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    assert (top_k_credit(*drawn, rule="first-index") == (chosen == targets[:, None]).any(axis=1)).all()
    assert top_k_accuracy(scores, targets, rule="first-index") == (scores.argmax(axis=1) == targets).mean()


@given(predictions(ORDERED), st.randoms())
def test_only_first_index_depends_on_the_order_of_the_classes(drawn, random):
    scores, targets, k = drawn
    order = list(range(scores.shape[1]))
    random.shuffle(order)
    moved = np.argsort(order)[targets]
    for rule in ("optimistic", "pessimistic", "expected"):
        assert (top_k_credit(scores[:, order], moved, k, rule) == top_k_credit(*drawn, rule=rule)).all()


@given(predictions(ORDERED))
def test_expected_credits_of_all_classes_share_k_places(drawn):
    scores, _, k = drawn
    rows, classes = scores.shape
    total = sum(top_k_credit(scores, np.full(rows, target), k) for target in range(classes))
    assert total == pytest.approx(np.full(rows, min(k, classes)))


@settings(max_examples=20, deadline=None)
@given(predictions(ORDERED), st.integers(0, 2**32 - 1))
def test_expected_is_the_mean_over_random_tie_breaking(drawn, seed):
    scores, targets, k = drawn
    random, trials, hits = np.random.default_rng(seed), 2_000, 0
    for _ in range(trials):
        chosen = np.lexsort((random.random(scores.shape), -scores), axis=1)[:, :k]
        hits = hits + (chosen == targets[:, None]).any(axis=1)
    # Six standard deviations of a share over 2,000 trials.
    assert np.abs(hits / trials - top_k_credit(*drawn)).max() < 6 * 0.5 / np.sqrt(trials)


def test_integer_scores_are_compared_exactly():
    votes = np.array([[2**62, 2**62 + 1]])
    assert top_k_credit(votes, [0]).tolist() == [0]


def test_bounds_are_trusted_up_to_a_tenth_of_a_point():
    assert AccuracyBounds(0.5, 0.5, 0.5 + 0.9 * TRUSTED_GAP).trustworthy
    assert not AccuracyBounds(0.5, 0.5, 0.5 + 1.1 * TRUSTED_GAP).trustworthy


@pytest.mark.parametrize(
    ("scores", "targets", "told"),
    [
        ([1, 2], [0], r"\[rows, classes\], not \[2\]"),
        ([[1, 2]], [0, 1], r"\[1, 2\] and targets \[2\] do not fit"),
        ([[1, 2], [3, 4]], [[0, 1], [1, 0]], "one-hot"),
        ([[1, 2]], [0.0], "integers, not float64"),
        ([["a", "b"]], [0], "real numbers"),
        ([[1j, 2]], [0], "real numbers, not complex128"),
        ([[1, 2], [3]], [0, 1], "rectangular"),
    ],
)
@pytest.mark.parametrize("function", [in_top_k, top_k_credit, accuracy_bounds])
def test_arrays_that_do_not_fit_are_refused(function, scores, targets, told):
    with pytest.raises(EvaluationError, match=told):
        function(scores, targets)


@pytest.mark.parametrize("function", [top_k_credit, top_k_accuracy, accuracy_bounds])
def test_what_cannot_be_scored_is_refused(function):
    with pytest.raises(EvaluationError, match=r"\[0, 3\] hold nothing to score"):
        function(np.zeros((0, 3)), [])
    with pytest.raises(EvaluationError, match="target 3 in row 1 is not a class from 0 to 2"):
        function(np.zeros((2, 3)), [0, 3])
    with pytest.raises(EvaluationError, match="target -1 in row 0"):
        function(np.zeros((2, 3)), [-1, 0])
    with pytest.raises(EvaluationError, match="k must be 1 or more, not 0"):
        function(np.zeros((1, 3)), [0], 0)
    with pytest.raises(EvaluationError, match="k must be an integer"):
        function(np.zeros((1, 3)), [0], 1.5)


def test_an_unknown_rule_is_refused():
    with pytest.raises(EvaluationError, match="'fair': use one of optimistic, pessimistic, expected, first-index"):
        top_k_credit([[1, 2]], [0], rule="fair")
