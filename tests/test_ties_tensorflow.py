"""Compares in_top_k with the real TensorFlow: ``pytest -m tensorflow`` where it is installed."""

import numpy as np
import pytest

from whichcode.evaluation import in_top_k

pytestmark = pytest.mark.tensorflow

ROWS, TABLES = 5_000, 40


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.mark.parametrize("seed", range(TABLES))
def test_every_row_is_answered_as_by_tensorflow(tf, seed):
    random = np.random.default_rng(seed)
    classes = int(random.integers(1, 30))
    if seed % 2:
        scores = random.normal(size=(ROWS, classes)).astype(np.float32)
    else:
        scores = random.integers(-2, 3, size=(ROWS, classes)).astype(np.float32)
    # Spoil about a third of the rows, whatever the number of classes.
    spoilt = random.random(scores.shape) < 0.4 / classes
    scores[spoilt] = random.choice(np.array([np.nan, np.inf, -np.inf], np.float32), size=int(spoilt.sum()))
    scores[:20], scores[20:40], scores[40:60], scores[60:80] = 0, np.nan, np.inf, -np.inf
    targets = random.integers(-2, classes + 2, size=ROWS)
    for dtype in (np.int32, np.int64):
        for k in (-1, 0, 1, 2, 3, 5, classes - 1, classes, classes + 7):
            theirs = tf.math.in_top_k(targets.astype(dtype), scores, dtype(k)).numpy()
            ours = in_top_k(scores, targets.astype(dtype), k)
            assert np.array_equal(ours, theirs)


def test_empty_tables(tf):
    for shape in ((0, 4), (0, 0), (3, 0)):
        scores, targets = np.zeros(shape, np.float32), np.zeros(shape[0], np.int32)
        assert np.array_equal(in_top_k(scores, targets), tf.math.in_top_k(targets, scores, 1).numpy())


def test_k_beyond_32_bits(tf):
    scores, targets = np.zeros((1, 2), np.float32), np.zeros(1, np.int64)
    for k in (2**31, 2**40, -(2**40)):
        assert np.array_equal(in_top_k(scores, targets, k), tf.math.in_top_k(targets, scores, np.int64(k)).numpy())


def test_subnormal_scores_are_the_one_difference(tf):
    subnormal = np.array([[1e-40, 2e-40]], dtype=np.float32)
    with tf.device("/CPU:0"):
        assert tf.math.in_top_k([0], subnormal, 1).numpy()[0]
    assert not in_top_k(subnormal, [0])[0]
