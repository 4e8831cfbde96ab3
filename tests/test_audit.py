import json
import math
import zipfile

import numpy as np
import pytest

from whichcode.errors import EvaluationError
from whichcode.evaluation.audit import audit, load_predictions, render

ROWS, CLASSES = 2_000, 7


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.fixture
def labels(random):
    return random.integers(0, CLASSES, ROWS)


@pytest.fixture
def collapsed(random):
    """ReLU logits as the mystery had them: all zero, but for a few rows."""
    logits = np.zeros((ROWS, CLASSES), dtype=np.float32)
    logits[:80] = np.maximum(random.normal(size=(80, CLASSES)), 0)
    return logits


def model(random, labels, skill=0.0, noise=1.0):
    logits = random.normal(scale=noise, size=(len(labels), CLASSES)).astype(np.float32)
    logits[np.arange(len(labels)), labels] += skill
    return logits


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def names(report, severity=None):
    return {finding.name for finding in report.findings if severity in (None, finding.severity)}


def sentence(report, name):
    return next(finding.sentence for finding in report.findings if finding.name == name)


def test_a_collapsed_relu_model_is_called_out(collapsed, labels):
    report = audit(collapsed, labels, reported_accuracy=0.994)
    assert not report.trustworthy
    assert names(report, "error") == {"flat-rows", "accuracy-gap", "reported-accuracy"}
    assert "loss-at-chance" in names(report)
    assert report.accuracy.optimistic > 0.96
    assert report.accuracy.expected == pytest.approx(1 / CLASSES, abs=0.02)


def test_probabilities_of_a_collapsed_model_are_called_out_too(collapsed, labels, random):
    probabilities = softmax(collapsed)
    # A softmax on another machine rounds otherwise, and hides the ties.
    probabilities *= 1 + random.integers(-1, 2, probabilities.shape).astype(np.float32) * np.float32(1e-7)
    report = audit(probabilities, labels)
    assert report.kind == "probabilities"
    assert "flat-rows" in names(report, "error")


@pytest.mark.parametrize(("skill", "noise"), [(0.3, 1.0), (0.8, 3.0), (1.0, 5.0), (3.0, 1.0)])
@pytest.mark.parametrize("activation", [lambda logits: logits, softmax])
def test_an_honest_model_passes_however_weak(random, labels, skill, noise, activation):
    scores = activation(model(random, labels, skill, noise))
    accuracy = (scores.argmax(axis=1) == labels).mean()
    report = audit(scores, labels, reported_accuracy=round(accuracy, 3))
    assert report.trustworthy
    assert report.findings == ()
    assert report.accuracy.expected == pytest.approx(accuracy)


def test_a_linear_model_at_its_start_gets_a_warning_and_no_error(random, labels):
    report = audit(model(random, labels, noise=0.01), labels)
    assert report.trustworthy
    assert names(report) == {"loss-at-chance"}


def test_a_loss_that_passes_ln_k_by_chance_is_no_finding(random, labels):
    low, high = 0.0, 20.0
    for _ in range(40):
        noise = (low + high) / 2
        report = audit(model(np.random.default_rng(1), labels, skill=2.0, noise=noise), labels)
        low, high = (noise, high) if report.loss < math.log(CLASSES) else (low, noise)
    assert report.loss == pytest.approx(math.log(CLASSES), rel=0.01)
    assert report.findings == ()


def test_the_loss_is_the_same_from_logits_and_probabilities(random, labels):
    logits = model(random, labels, skill=1.0)
    powers = np.exp(logits.astype(np.float64))
    by_hand = -np.log(powers[np.arange(ROWS), labels] / powers.sum(axis=1)).mean()
    from_logits, from_probabilities = audit(logits, labels), audit(softmax(logits), labels)
    assert (from_logits.kind, from_probabilities.kind) == ("logits", "probabilities")
    assert from_logits.loss == pytest.approx(by_hand, rel=1e-6)
    assert from_probabilities.loss == pytest.approx(by_hand, rel=1e-5)


def test_ties_at_the_top_that_move_the_accuracy_are_an_error(random, labels):
    scores = model(random, labels).round()
    report = audit(scores, labels)
    assert "ties-at-the-top" in names(report, "warning")
    assert "accuracy-gap" in names(report, "error")


def test_ties_that_move_nothing_are_a_warning(random, labels):
    scores = model(random, labels, skill=1.0)
    wrong = [label for label in range(CLASSES) if label != labels[0]]
    scores[0] = 0
    scores[0, wrong[:2]] = 1
    report = audit(scores, labels)
    assert report.trustworthy
    assert names(report) == {"ties-at-the-top"}


def test_dead_classes_are_named(random, labels):
    scores = model(random, labels, skill=2.0)
    scores[:, [2, 5]] = -50
    report = audit(scores, labels)
    assert names(report) == {"dead-classes"}
    assert "2 of 7 classes" in sentence(report, "dead-classes")
    assert sentence(report, "dead-classes").endswith(": 2, 5.")


def test_a_class_of_few_rows_may_go_unpredicted(random):
    labels = np.r_[random.integers(0, CLASSES - 1, 500), np.full(9, CLASSES - 1)]
    scores = model(random, labels, skill=2.0)
    scores[:, -1] = -50
    assert audit(scores, labels).findings == ()


def test_rows_with_nan_are_an_error_and_single_infinities_a_warning(random, labels):
    scores = model(random, labels, skill=1.0)
    scores[:, 0] = np.where(labels == 0, scores[:, 0], -np.inf)
    masked = audit(scores, labels)
    assert masked.trustworthy
    assert names(masked) == {"infinities"}
    assert math.isfinite(masked.loss)
    scores[np.arange(100), labels[:100]] = np.nan
    broken = audit(scores, labels)
    assert "not-a-number" in names(broken, "error")
    assert next(f.rows for f in broken.findings if f.name == "not-a-number") == 100


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_but_one_strange_number(labels, value):
    report = audit(np.full((ROWS, CLASSES), value), labels)
    assert not report.trustworthy
    assert math.isnan(report.loss)
    assert "unknown" in render(report)
    json.dumps(report.as_dict(), allow_nan=False)


def test_the_cause_of_a_wrong_figure_is_guessed(random, labels):
    ties = model(random, labels, skill=0.5).round()
    optimistic = audit(ties, labels).accuracy.optimistic
    said = sentence(audit(ties, labels, reported_accuracy=optimistic), "reported-accuracy")
    assert "counts every tie as right" in said

    scores = model(random, labels, skill=1.0)
    top_3 = (np.argsort(-scores, axis=1)[:, :3] == labels[:, None]).any(axis=1).mean()
    report = audit(scores, labels, reported_accuracy=top_3)
    assert "is a top-3 accuracy" in sentence(report, "reported-accuracy")
    assert names(report, "error") == {"reported-accuracy"}

    said = sentence(audit(scores, labels, reported_accuracy=0.999), "reported-accuracy")
    assert "follows from no rule for ties" in said


def test_audit_refuses_what_it_cannot_judge():
    with pytest.raises(EvaluationError, match="two classes or more"):
        audit(np.zeros((2, 1)), [0, 0])
    with pytest.raises(EvaluationError, match=r"write 0\.994 for 99\.4 %"):
        audit(np.zeros((1, 2)), [0], reported_accuracy=99.4)
    with pytest.raises(EvaluationError, match="nothing to score"):
        audit(np.zeros((0, 2)), [])


def test_render_tells_figures_findings_and_verdict(collapsed, labels):
    lines = render(audit(collapsed, labels, reported_accuracy=0.994)).splitlines()
    assert lines[0] == "predictions  2,000 rows, 7 classes, read as logits"
    assert "ln 7 = 1.946" in lines[2]
    assert lines[3] == "reported     99.4 %"
    assert lines[4].startswith("error        flat-rows: ")
    assert lines[-1] == "verdict      do not trust the reported accuracy"


@pytest.mark.parametrize("scores_key", ["logits", "scores"])
@pytest.mark.parametrize("labels_key", ["labels", "targets"])
def test_predictions_are_read_back(tmp_path, scores_key, labels_key):
    file = tmp_path / "predictions.npz"
    np.savez_compressed(file, **{scores_key: np.eye(3), labels_key: np.arange(3)}, reported_accuracy=1.0)
    loaded = load_predictions(file)
    assert loaded.scores.tolist() == np.eye(3).tolist()
    assert loaded.labels.tolist() == [0, 1, 2]
    assert loaded.reported_accuracy == 1


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        (
            {"labels": [0]},
            "holds only labels; save exactly one array named logits or probabilities or scores",
        ),
        ({"logits": [[1, 2]]}, "named labels or targets"),
        ({"logits": [[1, 2]], "scores": [[1, 2]], "labels": [0]}, "holds both 'logits' and 'scores'"),
        ({"logits": [[1, 2]], "labels": [0, 1]}, "do not fit"),
        ({"logits": [1, 2], "labels": [0]}, r"\[rows, classes\]"),
        ({"logits": [["a", "b"]], "labels": [0]}, "real numbers"),
        ({"logits": [[1, 2]], "labels": [2]}, "target 2 in row 0"),
        ({"logits": [[1, 2]], "labels": [0.5]}, "integers"),
        ({"probabilities": [[0.9, 0.9]], "labels": [0]}, "do not sum to 1"),
        ({"logits": [[1, 2]], "labels": [0], "reported_accuracy": [1, 2]}, "must be one number"),
        ({"logits": np.array([[1, None]], dtype=object), "labels": [0]}, "cannot be read"),
    ],
)
def test_bad_archives_are_refused_by_name(tmp_path, arrays, told):
    file = tmp_path / "bad.npz"
    np.savez(file, **arrays)
    with pytest.raises(EvaluationError, match=rf"bad\.npz: .*{told}"):
        load_predictions(file)


def test_files_that_are_no_archives_are_refused_by_name(tmp_path):
    with pytest.raises(EvaluationError, match=r"none\.npz: no such file"):
        load_predictions(tmp_path / "none.npz")
    np.save(tmp_path / "array.npy", np.eye(3))
    with pytest.raises(EvaluationError, match=r"not an \.npz archive"):
        load_predictions(tmp_path / "array.npy")
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("logits.npy", "no array")
        archive.writestr("labels.npy", "no array")
    with pytest.raises(EvaluationError, match=r"text\.npz"):
        load_predictions(tmp_path / "text.npz")


def test_a_truncated_or_damaged_archive_is_refused(tmp_path):
    file = tmp_path / "damaged.npz"
    np.savez(file, logits=np.random.default_rng(0).normal(size=(50, 3)), labels=np.zeros(50, dtype=int))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EvaluationError, match=r"damaged\.npz"):
        load_predictions(file)
    file.write_bytes(whole[:400] + bytes(8) + whole[408:])
    with pytest.raises(EvaluationError, match=r"damaged\.npz: cannot be read"):
        load_predictions(file)
