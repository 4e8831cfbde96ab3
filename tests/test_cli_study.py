import json
import re

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

from whichcode.cli.audit import command as audit
from whichcode.cli.commands import group
from whichcode.cli.study import command
from whichcode.errors import CorpusError


def run(*arguments):
    return CliRunner().invoke(command, ["relu", *map(str, arguments)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "mine.jsonl"
    words = {"a": "alpha := {}", "b": "beta = []", "c": "<gamma/>"}
    lines = []
    for language, word in words.items():
        for n in range(8):
            text = "\n".join(f"{word} {(i * 7919 + n * 104729) % 9973} {(i + n) % 7}" for i in range(40))
            lines.append(json.dumps({"language": language, "content": text}))
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("study")
    result = run("--epochs", 1, "--seeds", 1, "--out", folder / "out", "--predictions", folder / "predictions")
    return folder, result


def test_the_report_its_figures_and_json_are_written(packaged):
    folder, result = packaged
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "training 8 variants" in result.stderr
    assert "about 1 minute" in result.stderr
    text = (folder / "out" / "mysterious-relu.md").read_text()
    links = set(re.findall(r"!\[[^]]+\]\(([^)]+)\)", text))
    assert len(links) == 5
    written = {path.name for path in (folder / "out").iterdir()}
    assert written == links | {"mysterious-relu.md", "mysterious-relu.json"}
    claims = [line for line in text.split("\n") if line.startswith(("| ReLU: ", "| linear: "))]
    assert len(claims) == 7
    assert all(line.endswith("| yes |") for line in claims), claims
    results = json.loads((folder / "out" / "mysterious-relu.json").read_text())
    assert results["corpus"]["published"] is True
    assert results["audit"]["relu"]["trustworthy"] is False


def test_the_predictions_can_be_audited(packaged):
    folder, _ = packaged
    relu = CliRunner().invoke(audit, [str(folder / "predictions" / "relu.npz")])
    assert relu.exit_code == 1
    assert "give every class the same score" in relu.stdout
    linear = CliRunner().invoke(audit, [str(folder / "predictions" / "linear.npz")])
    assert linear.exit_code == 0, linear.stdout


def test_a_corpus_of_ones_own(corpus):
    result = run("--corpus", corpus, "--epochs", 1, "--seeds", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("## In short")
    assert "ln 3 = 1.099" in result.stdout
    assert "published" not in result.stdout


def test_errors_are_left_to_the_group(tmp_path):
    assert isinstance(run("--corpus", tmp_path / "none").exception, CorpusError)
    result = CliRunner().invoke(group, ["study", "relu", "--corpus", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert result.stderr.startswith("whichcode: ")


def test_wrong_numbers_are_refused():
    assert run("--epochs", 0).exit_code == 2
    assert run("--seeds", 0).exit_code == 2
