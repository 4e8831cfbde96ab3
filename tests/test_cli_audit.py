import json

import numpy as np
import pytest
from click.testing import CliRunner

from whichcode.cli.audit import command
from whichcode.errors import EvaluationError


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def good(tmp_path):
    labels = np.arange(70) % 7
    np.savez(tmp_path / "good.npz", logits=np.eye(7)[labels] + np.arange(7) / 100, labels=labels)
    return tmp_path / "good.npz"


@pytest.fixture
def collapsed(tmp_path):
    labels = np.arange(70) % 7
    np.savez(tmp_path / "collapsed.npz", logits=np.zeros((70, 7)), labels=labels, reported_accuracy=1.0)
    return tmp_path / "collapsed.npz"


def test_honest_predictions_exit_with_0(run, good):
    result = run(good)
    assert result.exit_code == 0
    assert result.stdout.endswith("verdict      nothing speaks against the accuracy\n")
    assert run(good, "--reported-accuracy", "1").exit_code == 0


def test_collapsed_predictions_exit_with_1(run, collapsed):
    result = run(collapsed)
    assert result.exit_code == 1
    assert "counts every tie as right" in result.stdout
    assert result.stdout.endswith("verdict      do not trust the reported accuracy\n")


def test_the_option_overrides_the_reported_accuracy_of_the_file(run, collapsed):
    result = run(collapsed, "--reported-accuracy", "0.143", "--format", "json")
    assert json.loads(result.stdout)["reported_accuracy"] == 0.143


def test_a_wrong_figure_for_honest_predictions_exits_with_1(run, good):
    result = run(good, "--reported-accuracy", "0.5")
    assert result.exit_code == 1
    assert "reported-accuracy" in result.stdout


def test_json_is_one_object(run, collapsed):
    result = run(collapsed, "--format", "json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["trustworthy"] is False
    assert report["accuracy"] == pytest.approx({"pessimistic": 0, "expected": 1 / 7, "optimistic": 1})
    assert [finding["name"] for finding in report["findings"]][:2] == ["flat-rows", "accuracy-gap"]
    assert set(report["findings"][0]) == {"name", "severity", "sentence", "rows"}


def test_errors_are_left_to_the_group(run, tmp_path):
    result = run(tmp_path / "none.npz")
    assert isinstance(result.exception, EvaluationError)
    assert "no such file" in str(result.exception)
