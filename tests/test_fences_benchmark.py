"""The proof of `whichcode fences`, on a small tree."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.fences import report as reports
from benchmarks.fences.__main__ import main
from benchmarks.fences.measure import MODES, Record
from benchmarks.fences.proof import check, only_directives, only_info_strings, strip
from benchmarks.fences.trees import Tree, open_tree, refuse_known
from whichcode.detector import default_detector
from whichcode.errors import InputError
from whichcode.fences import MIN_CONFIDENCE, Labeller

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (
    "import os\n\n\ndef ducks(path):\n    return [name for name in os.listdir(path) if name.startswith('duck')]\n"
)


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "duck+pond"
    folder.mkdir()
    (folder / "a.md").write_text(
        f"```py\n{PYTHON}```\n\n```css\n{PYTHON}```\n\n```nonesuch\nx\n```\n\n```output\nquack quack\n```\n",
        "utf-8",
    )
    indented = "".join("   " + line if line.strip() else line for line in PYTHON.splitlines(keepends=True))
    (folder / "b.rst").write_text(f".. code-block:: python\n\n{indented}\nSo::\n\n   import sys\n", "utf-8")
    return folder


def test_a_run(tree, tmp_path):
    out = tmp_path / "out"
    assert main(["run", str(tree), "--out", str(out)]) == 0
    report = json.loads((out / "report.json").read_text("utf-8"))
    (half,) = report["halves"].values()
    assert {kind: n["blocks"] for kind, n in half["kinds"].items()} == {
        "known": 3,
        "unknown label": 1,
        "no language": 0,
        "text": 1,
        "not in the model": 0,
    }
    at = half["at_threshold"]["answers"]
    assert (at["labelled"], at["right"], at["coverage"]) == (3, 2, 1)
    assert report["bytes"]["wrong"] == []
    assert report["bytes"]["counts"]["markdown: labels"] == 4
    assert (out / "coverage.png").stat().st_size > 1000
    assert "| duck/pond | 3 | 3 | 1 | 100.0% | 66.7% |" in (out / "report.md").read_text("utf-8")


def test_no_repository_that_was_learnt_from(tmp_path):
    manifest = ROOT / "corpora" / "manifest.json"
    known = json.loads(manifest.read_text("utf-8"))["repositories"][0]["repository"]
    folder = tmp_path / known.replace("/", "+").upper() / "repo"
    folder.mkdir(parents=True)
    with pytest.raises(InputError, match="learnt from it"):
        refuse_known([open_tree(folder)], manifest)
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 1


def test_nothing_is_tuned_on_repositories_that_are_held_out(tmp_path):
    held_out = ["rust-lang/book", "cakephp/docs", "laravel/docs"]
    assert [Tree(name, None, tmp_path).half for name in held_out] == ["set aside", "set aside", "report"]
    assert Tree("denoland/docs", None, tmp_path).half == "tuning"
    report = json.loads((ROOT / "reports" / "fences" / "report.json").read_text("utf-8"))
    assert all(Tree(one["name"], None, tmp_path).half == one["half"] for one in report["trees"])
    (tmp_path / "rust-lang+book").mkdir()
    out = tmp_path / "labels.json"
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "build_fence_labels.py", tmp_path / "rust-lang+book", "--out", out],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "rust-lang/book: is held out" in done.stderr
    assert not out.exists()


def test_the_proof_notices_other_changes(tree, monkeypatch):
    labeller = Labeller(default_detector(), 0.0, text=True)
    assert check(open_tree(tree), labeller, Counter()) == []
    from benchmarks.fences import proof

    honest = proof.write_labels
    monkeypatch.setattr(proof, "write_labels", lambda *a: honest(*a).replace("import os", "import  os", 1))
    assert len(check(open_tree(tree), labeller, Counter())) == 2


def test_only_info_strings():
    before = b"> ```  \r\nx\r\n> ```\r\n"
    assert only_info_strings(before, b"> ```py  \r\nx\r\n> ```\r\n", 1)
    assert not only_info_strings(before, b"> ```py  \r\nx\r\n> ```\r\n", 2)
    assert not only_info_strings(before, b"> ```py \r\nx\r\n> ```\r\n", 1)
    assert not only_info_strings(before, b"> ```py  \r\ny\r\n> ```\r\n", 2)
    assert not only_info_strings(before, b"> ```py  \r\nx\r\n> ```\n", 1)
    assert not only_info_strings(before, b"> ```py  \r\nx\r\n", 1)


def test_only_directives():
    assert only_directives(b"So::\n\n  x\n", b"So:\n\n.. code-block:: py\n\n  x\n", 1)
    assert only_directives(b"So ::\n\n  x\n", b"So\n\n.. code-block:: py\n\n  x\n", 1)
    assert only_directives(b"- ::\n\n    x\n", b"- .. code-block:: py\n\n    x\n", 1)
    assert only_directives(b"a\n::\n\n  x\n", b"a\n\n.. code-block:: py\n\n  x\n", 1)
    assert only_directives(b".. code::\n\n  x\n", b".. code:: py\n\n  x\n", 1)
    assert only_directives(b"[source]\n----\nx\n----\n", b"[source,py]\n----\nx\n----\n", 1)
    assert only_directives(b"[source,,linenums]\n----\n", b"[source,py,linenums]\n----\n", 1)
    assert only_directives(b"----\nx\n----\n", b"[source,py]\n----\nx\n----\n", 1)
    assert only_directives(b"```\nx\n```\n", b"```py\nx\n```\n", 1)
    assert not only_directives(b"So::\n\n  x\n", b"So:\n\n.. code-block:: py\n\n  y\n", 1)
    assert not only_directives(b"So::\n\n  x\n", b"So:\n\n.. code-block:: py\n\n", 1)
    assert not only_directives(b"So::\n\n  x\n", b"So:\n\n.. code-block:: py\n\n  x\n", 2)
    assert not only_directives(b"So::\n\n  x\n", b".. code-block:: py\n\n  x\n", 1)
    assert not only_directives(b"So::\n\n  x\n", b"rm -rf ducks\n\n  x\n", 0)
    assert not only_directives(b"a\n", b"a\nanything at all\n", 0)
    assert not only_directives(b"[NOTE]\na\n", b"[TIP]\na\n", 0)
    assert not only_directives(b"[x]\nfoo\n.. code::\n", b"foo\n.. code:: py\n", 1)
    assert not only_directives(b"```\nfoo\n.. code::\n", b"foo\n.. code:: py\n", 1)
    assert not only_directives(b".. code::\n\n  a\n.. code::\n", b"\n  a\n.. code:: py\n", 1)
    assert not only_directives(b"[x]\n", b"[xEVIL]\n", 1)
    deep = b"  Do:\n\n          .. code-block:: py\n\n  a\n"
    assert not only_directives(b"  Do::\n\n  a\n", deep, 1)
    assert not only_directives(b"So::\n\n  x\n\n\n  y\n", b"So:\n\n.. code-block:: py\n\n  x\n  y\n", 1)


def test_strip():
    assert strip(b"a\r\n> ````js {1}\r\nx\r\n> ````", [2]) == b"a\r\n> ````\r\nx\r\n> ````"


def record(repository, ours, confidence, author="python"):
    answer = (ours, confidence)
    modes = dict.fromkeys(("off", "answers", "labels"), answer)
    return Record(repository, "a.md", 1, "markdown", author, "known", author, modes)


def test_the_threshold_is_the_least_that_is_good_from_there_on():
    records = (
        [record("a/b", "ruby", 0.605)] + [record("a/b", "python", 0.7)] * 50 + [record("a/b", "ruby", 0.4)] * 9
    )
    assert reports.choose(records) == 0.41
    point = reports.point(records, "off", 0.41)
    assert (point["labelled"], point["right"], point["coverage"]) == (51, 50, 0.85)


def test_the_cap_is_a_seeded_draw():
    records = [record("a/b", "python", n / 9999) for n in range(reports.CAP + 500)] + [record("c/d", "ruby", 1.0)]
    kept = reports.capped(records)
    assert len(kept) == reports.CAP + 1
    assert kept == reports.capped(records)


REPORT = ROOT / "reports" / "fences" / "report.json"


def test_the_default_threshold_is_what_the_tuning_half_says():
    report = json.loads(REPORT.read_text("utf-8"))
    assert report["min_confidence"] == MIN_CONFIDENCE >= report["chosen_on_tuning_half"]
    assert report["halves"]["tuning"]["at_threshold"]["answers"]["precision"] >= reports.WANTED
    assert report["bytes"]["wrong"] == []


PAGE = (ROOT / "docs" / "fences.md").read_text("utf-8")


def test_the_page_has_the_reports_figures():
    half = json.loads(REPORT.read_text("utf-8"))["halves"]["report"]
    for mode in MODES:
        at = half["at_threshold"][mode]
        told = " | ".join(f"{100 * at[key]:.1f} %" for key in ("coverage", "precision", "strict_precision"))
        assert told in PAGE, mode
    at = half["at_threshold"]["answers"]
    assert f"{at['blocks']:,} blocks" in PAGE
    assert f"{at['labelled'] - at['right']} such answers among {at['labelled']:,} labels" in PAGE
    sheet = (ROOT / "reports" / "fences" / "unlabelled.csv").read_text("utf-8").splitlines()[1:]
    right = sum(",right," in row for row in sheet)
    assert f"for {len(sheet)} of them" in PAGE
    assert f"{right} are right" in PAGE


def test_the_pages_python_runs(capsys):
    exec(
        compile(re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0], "fences.md", "exec"), {}
    )
    assert "```python" in capsys.readouterr().out


def test_every_disagreement_of_the_sheet_was_judged_and_the_page_counts_them():
    with (ROOT / "reports" / "fences" / "disagreements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["verdict"] for row in rows} <= {"author", "ours", "both", "unclear"}
    assert all(row["reason"] for row in rows)
    for verdict, count in Counter(row["verdict"] for row in rows).items():
        assert re.search(rf"\| {verdict} \| {count} \|", PAGE), verdict
