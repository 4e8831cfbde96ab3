"""The benchmark of labelling and of training windows: it runs, and its report says what it measured."""

import json
import sys

import pytest

from benchmarks.scale.__main__ import main
from benchmarks.scale.report import STACK_BYTES, labelling_table


def test_it_measures_and_reports(tmp_path, monkeypatch):
    for language, line in (("python", "value = compute({}) + 1\n"), ("lua", "local value = {} .. 'x'\n")):
        (tmp_path / "texts" / language).mkdir(parents=True)
        for i in range(12):
            (tmp_path / "texts" / language / f"{i}.txt").write_text(line.format(i) * 30, "utf-8")
    arguments = ["scale", str(tmp_path / "texts"), "--out", str(tmp_path / "out"), "--no-spark"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--megabytes", "1", "--rounds", "1"])
    assert main() == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert report["about"]["bytes"] >= 1_000_000
    assert report["label"]["1 thread"]["median"] > 0
    assert report["windows"]["windows"] > 24
    assert labelling_table(report) in (tmp_path / "out" / "report.md").read_text("utf-8")


def test_hours_follow_from_the_speed():
    line = labelling_table({"label": {"1 thread": {"median": STACK_BYTES / 3600 / 1e6 / 50}}}).splitlines()[2]
    assert [cell.strip() for cell in line.split("|")][3:5] == ["50", "0.8"]


def test_what_is_wrong_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["scale", str(tmp_path / "none"), "--out", str(tmp_path / "out")])
    assert main() == 1
    assert "benchmarks.scale: " in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["scale"])
    with pytest.raises(SystemExit):
        main()
