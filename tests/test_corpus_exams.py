"""What is like an exam, or from its repositories, is not in a corpus."""

import hashlib
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq

from repositories import build, make_mirror, python_text, report, rows, write_manifest
from whichcode.corpus.exams import read_exams
from whichcode.corpus.near import shingles_of, tokens_of


def write_exam(tmp_path, *texts, paths=None):
    path = tmp_path / "exam.parquet"
    table = {"language": ["python"] * len(texts), "content": [text.encode() for text in texts]}
    pq.write_table(pa.table(table | {"path": paths or [f"{i}.py" for i in range(len(texts))]}), path)
    return path


def test_exam_texts_are_left_out(tmp_path, mirrors):
    exam = [python_text(i) for i in range(4)]
    lines = python_text("shared", 20).splitlines(keepends=True)
    files = {
        "equal.py": exam[0].replace("    ", "\t"),
        "similar.py": exam[1] + python_text("more", 3),
        "part.py": exam[2][: len(exam[2]) // 2],
        "holds.py": python_text("around", 40) + exam[3],
        "other.py": python_text("other"),
        "some.py": "".join(lines[:30]) + python_text("some", 10),
    }
    make_mirror(mirrors, "h/one", files)
    path = write_exam(tmp_path, *exam, "".join(lines[30:]) + "".join(lines[:12]))
    result = build(tmp_path, write_manifest(tmp_path, "h/one"), "--exclude-texts", path)
    assert result.exit_code == 0, result.output
    assert {row["path"] for row in rows(tmp_path)} == {"other.py", "some.py"}
    told = report(tmp_path)
    assert told["texts left out"] == {
        "contained in an exam text": 2,
        "equal to an exam text": 1,
        "similar to an exam text": 1,
    }
    assert told["exams"] == {"names": ["exam.parquet"], "texts": 5, "checked": 2, "left": 0}
    assert (
        "All 2 texts were held against the 5 texts of exam.parquet" in (tmp_path / "corpus.report.md").read_text()
    )


def test_similarity_is_that_of_the_sets(tmp_path):
    rng = random.Random(5)
    exam = [python_text(i, 6) for i in range(20)]
    exams = read_exams([write_exam(tmp_path, *exam)])
    for _ in range(200):
        pieces = rng.choice(exam).splitlines(keepends=True)
        text = "".join(pieces[: rng.randint(1, len(pieces))]) + python_text(rng.random(), rng.randint(0, 8))
        own = set(shingles_of(tokens_of(text)).tolist())
        likeness = set()
        for other in (set(shingles_of(tokens_of(one)).tolist()) for one in exam):
            common, smaller = len(own & other), min(len(own), len(other))
            if common >= 0.6 * len(own | other):
                likeness.add("similar")
            if common >= 0.8 * smaller and smaller >= 8:
                likeness.add("contained")
        told = exams.like(tokens_of(text))
        assert (told is None) == (not likeness) or told == "equal"
        assert told in (None, "equal") or told in likeness


def test_short_texts_are_no_parts_of_exams(tmp_path, mirrors):
    exams = read_exams([write_exam(tmp_path, python_text(1) + "import os\nimport sys\n")])
    assert exams.like(tokens_of("import os\nimport sys\n")) is None
    assert exams.like(tokens_of(python_text(1) + "import os\nimport sys\n")) == "equal"


def test_what_slips_through_is_not_written(tmp_path, mirrors, monkeypatch):
    import whichcode.corpus.build as module

    make_mirror(mirrors, "i/one", {"a.py": python_text(1)})
    monkeypatch.setattr(module, "_without_exam_texts", lambda candidates, *_: candidates)
    exam = write_exam(tmp_path, python_text(1))
    result = build(tmp_path, write_manifest(tmp_path, "i/one"), "--exclude-texts", exam)
    assert result.exit_code == 1
    assert "1 of its texts are like an exam's; it is not written" in result.stderr
    assert not (tmp_path / "corpus.parquet").exists()


def test_repositories_of_exams_are_refused(tmp_path, two):
    names = tmp_path / "names.sha256"
    names.write_text("# one\n" + hashlib.sha256(b"a/one").hexdigest() + "\n", "utf-8")
    result = build(tmp_path, two, "--exclude-sha256", names)
    assert result.exit_code == 1
    assert "a/one: refused, since an exam's texts are from there" in result.stderr
    assert not (tmp_path / "corpus.parquet").exists()
    exam = write_exam(tmp_path, python_text("exam"), paths=["github.com/B/Two/0123/x.py"])
    result = build(tmp_path, two, "--exclude-texts", exam)
    assert "b/two: refused" in result.stderr
    both = ("--exclude-sha256", names, "--exclude-texts", exam)
    assert "a/one, b/two: refused" in build(tmp_path, two, *both).stderr
    result = build(tmp_path, two, "--exclude-sha256", names, "--skip-refused")
    assert result.exit_code == 0
    assert "left out, refused: a/one" in result.stderr
    assert {row["repository"] for row in rows(tmp_path)} == {"b/two"}


def test_licences(tmp_path, two):
    manifest = json.loads(two.read_text("utf-8"))
    manifest["repositories"][0]["licence"] = None
    two.write_text(json.dumps(manifest), "utf-8")
    assert "left out, licence: a/one" in build(tmp_path, two).stderr
    assert {row["repository"] for row in rows(tmp_path)} == {"b/two"}
    assert build(tmp_path, two, "--any-licence").exit_code == 0
    assert {row["licence"] for row in rows(tmp_path)} == {"MIT", None}
