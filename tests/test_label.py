"""Labelling tables: every row kept, in order, whatever happens on the way."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from conftest import make_texts
from whichcode import Detector
from whichcode.cli.commands import group
from whichcode.errors import InputError
from whichcode.tables.columns import Labelling, label_column
from whichcode.tables.label import PART_BATCHES, label_table, parts_of
from whichcode.tables.sources import FolderSource, open_source

BAD = {3: None, 7: b"\0" * 50, 11: b""}


@pytest.fixture
def table(tmp_path):
    texts = [t.encode() for language in ("wordy", "tagged", "apl-ish") for t in make_texts(language, 30, seed=3)]
    for row, text in BAD.items():
        texts[row] = text
    path = tmp_path / "in.parquet"
    columns = {"id": list(range(len(texts))), "content": pa.array(texts, pa.binary()), "tag": [[1], None] * 45}
    pq.write_table(pa.table(columns), path, row_group_size=20)
    return path


@pytest.fixture
def run(mini_model):
    def call(*arguments):
        return CliRunner().invoke(group, ["label", *map(str, arguments), "--model", str(mini_model)])

    return call


def test_every_row_is_kept_in_order_and_answered(table, tmp_path, run, mini_detector):
    out = tmp_path / "out.parquet"
    done = run(table, "--out", out, "--batch-rows", "7", "-k", "2")
    assert done.exit_code == 0, done.output
    assert "90 rows, 87 with a language, 1 without, 2 that hold no text" in done.stderr
    before, after = pq.read_table(table), pq.read_table(out)
    assert after.select(before.schema.names).equals(before)
    assert after.schema.names == [*before.schema.names, "language", "confidence", "candidates", "error"]
    rows = after.to_pylist()
    assert [row["id"] for row in rows if row["error"]] == [3, 7]
    assert rows[3]["error"] == "there is no text"
    assert "binary" in rows[7]["error"]
    assert rows[11]["language"] is None
    assert rows[11]["confidence"] == 0
    for row in rows:
        if not row["error"]:
            answer = mini_detector.detect(row["content"], k=2)
            assert (row["language"], row["confidence"]) == (answer.language, answer.confidence)
            assert [(c["language"], c["probability"]) for c in row["candidates"]] == list(answer.candidates)
    assert not parts_of(out).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_more_rows_than_a_reader_can_count_are_refused(run, table, tmp_path):
    done = run(table, "--out", tmp_path / "out.parquet", "--batch-rows", str(10**23))
    assert done.exit_code == 2
    assert "--batch-rows" in done.stderr


@pytest.mark.parametrize("batch_rows", [1, 3, 20, 1000])
def test_batches_change_nothing(table, tmp_path, mini_detector, batch_rows):
    source = open_source(table, "content", batch_rows, keep_text=False)
    out = tmp_path / f"{batch_rows}.parquet"
    label_table(source, out, mini_detector, Labelling(threads=2))
    whole = label_column(pq.read_table(table)["content"].combine_chunks(), mini_detector, Labelling())
    assert pq.read_table(out).drop_columns(["id", "tag"]).to_pylist() == whole.to_pylist()


class StopError(Exception):
    pass


def test_an_interrupted_run_goes_on(table, tmp_path, mini_detector):
    source, out = open_source(table, "content", 1, keep_text=True), tmp_path / "out.parquet"
    seen = 0

    def stop(rows):
        nonlocal seen
        seen += rows
        if seen > 2 * PART_BATCHES + 3:
            raise StopError

    with pytest.raises(StopError):
        label_table(source, out, mini_detector, Labelling(), advance=stop)
    assert not out.exists()
    with pytest.raises(InputError, match="--resume"):
        label_table(source, out, mini_detector, Labelling())
    with pytest.raises(InputError, match="another labelling"):
        label_table(source, out, mini_detector, Labelling(k=3), resume=True)
    with pytest.raises(InputError, match="another input"):
        label_table(open_source(table, "content", 2, keep_text=True), out, mini_detector, Labelling(), resume=True)
    label_table(source, out, mini_detector, Labelling(threads=2), resume=True)
    whole = tmp_path / "whole.parquet"
    label_table(source, whole, mini_detector, Labelling())
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_killed_run_goes_on(tmp_path):
    rng = random.Random(4)
    texts = [f"value_{i} = compute({i})\n" * 40 for i in range(6000)]
    table, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"content": texts}), table)
    command = [sys.executable, "-m", "whichcode", "label", str(table), "--out", str(out), "--batch-rows", "20"]
    killed = 0
    for _ in range(4):
        process = subprocess.Popen([*command, "--resume"], stderr=subprocess.DEVNULL)
        time.sleep(0.25 + 0.3 * rng.random())
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
    done = subprocess.run([*command, "--resume", "--force"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert killed
    labelled = pq.read_table(out)
    assert labelled["content"].to_pylist() == texts
    assert labelled["language"].to_pylist() == [d.language for d in Detector.load().detect_many(texts)]


def test_json_lines_are_kept_as_they_stand(tmp_path, run):
    lines = ['{"content": "x = 1", "n": 1}', "{bad", '{"content": 7}', "[]", '{"content": "\\ud800 y"}', ""]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\nlast", "utf-8")
    done = run(tmp_path / "in.jsonl", "--out", tmp_path / "out.parquet", "--batch-rows", "2")
    assert done.exit_code == 0, done.output
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["record"] for row in rows] == [*lines, "last"]
    assert [row["line"] for row in rows] == list(range(1, 8))
    assert [bool(row["error"]) for row in rows] == [False, True, True, True, False, True, True]
    assert rows[1]["error"].startswith("not JSON")
    assert rows[2]["error"] == "no 'content' that is a string"
    done = run(tmp_path / "in.jsonl", "--out", tmp_path / "bare.parquet", "--without-text")
    assert done.exit_code == 0, done.output
    bare = pq.read_table(tmp_path / "bare.parquet")
    assert bare.schema.names == ["line", "language", "confidence", "error"]
    assert bare["language"].to_pylist() == [row["language"] for row in rows]


def test_strings_that_are_no_utf_8_are_read_as_bytes(tmp_path, run):
    texts = pa.array([b"import os\nprint(os.sep)", b"# caf\xe9\nimport os"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"content": texts}), tmp_path / "in.parquet")
    done = run(tmp_path / "in.parquet", "--out", tmp_path / "out.parquet")
    assert done.exit_code == 0, done.output
    labelled = pq.read_table(tmp_path / "out.parquet", columns=["language"])
    assert labelled["language"].null_count == 0


def test_a_folder_does_not_hold_what_is_written_into_it(tmp_path, run):
    for i in range(3):
        (tmp_path / f"{i}.py").write_text("import os\n", "utf-8")
    out = tmp_path / "out.parquet"
    for more in ([], ["--force"]):
        assert run(tmp_path, "--out", out, *more).exit_code == 0
        assert pq.read_table(out)["path"].to_pylist() == ["0.py", "1.py", "2.py"]


def test_two_runs_do_not_go_on_with_the_same_parts(tmp_path, run, mini_model):
    pytest.importorskip("fcntl")
    path = tmp_path / "in.jsonl"
    path.write_text('{"content": "import os"}\n', "utf-8")
    out = tmp_path / "out.parquet"

    class Interrupted:
        def __init__(self, source):
            self._source = source
            self.schema, self.rows, self.fingerprint = source.schema, source.rows, source.fingerprint

        def batches(self, start):
            yield from self._source.batches(start)
            done = run(path, "--out", out, "--resume")
            assert done.exit_code == 1
            assert "another run is at it" in done.stderr

    source = Interrupted(open_source(path, "content", 1024, keep_text=True))
    assert label_table(source, out, Detector.load(mini_model), Labelling()).rows == 1
    parts = parts_of(out)
    parts.mkdir()
    for plan in ("[]", "7"):
        (parts / "plan.json").write_text(plan, "utf-8")
        done = run(path, "--out", out, "--force", "--resume")
        assert done.exit_code == 1
        assert "not what an interrupted run leaves" in done.stderr


def test_a_folder_is_answered_file_by_file(tmp_path, run):
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "no.txt").write_text("x")
    (folder / "b.txt").write_text(make_texts("wordy", 1)[0], "utf-8")
    (folder / "deep" / "a.txt").write_text(make_texts("tagged", 1)[0], "utf-8")
    (folder / "nul").write_bytes(b"\0" * 10)
    done = run(folder, "--out", tmp_path / "out.parquet")
    assert done.exit_code == 0, done.output
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(row["path"], row["language"]) for row in rows] == [
        ("b.txt", "wordy"), (str(Path("deep", "a.txt")), "tagged"), ("nul", None)
    ]  # fmt: skip
    assert rows[0]["bytes"] == (folder / "b.txt").stat().st_size


def test_of_a_file_in_a_folder_as_much_is_looked_at_as_is_asked_for(tmp_path, run):
    folder = tmp_path / "files"
    folder.mkdir()
    wordy, tagged = make_texts("wordy", 1)[0], make_texts("tagged", 1)[0]
    (folder / "long.txt").write_text(wordy + tagged * ((3 << 20) // len(tagged)), "utf-8")
    for most, language in ((len(wordy), "wordy"), (4 << 20, "tagged")):
        out = tmp_path / f"{most}.parquet"
        assert run(folder, "--out", out, "--max-bytes", most).exit_code == 0
        assert pq.read_table(out)["language"].to_pylist() == [language]
    source = FolderSource(folder, 10, max_bytes=2 << 20)
    [(_, texts)] = source.batches(0)
    assert len(texts.values[0]) == (2 << 20) + 1
    before = source.fingerprint()
    os.utime(folder / "long.txt", ns=(1, 1))
    assert source.fingerprint() != before


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view(),
                                  pa.dictionary(pa.int32(), pa.string())])  # fmt: skip
def test_all_kinds_of_text_columns_are_taken(mini_detector, kind):
    texts = [make_texts("wordy", 1)[0], None, "", make_texts("wordy", 1)[0]]
    column = pa.array(texts).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(texts).cast(kind)
    answers = label_column(column, mini_detector, Labelling())
    assert answers["language"].to_pylist() == ["wordy", None, None, "wordy"]
    assert answers["error"].to_pylist() == [None, "there is no text", None, None]


def test_an_empty_table_gives_an_empty_table(tmp_path, run):
    pq.write_table(pa.table({"content": pa.array([], pa.string())}), tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", "--out", tmp_path / "out.parquet").exit_code == 0
    assert pq.read_table(tmp_path / "out.parquet").schema.names == ["content", "language", "confidence", "error"]


def test_what_is_wrong_is_said(table, tmp_path, run):
    out = tmp_path / "out.parquet"

    def fails(status, words, *arguments):
        result = run(*arguments)
        assert result.exit_code == status, result.output
        assert words in result.stderr
        assert "Traceback" not in result.output
        assert not out.exists()

    fails(1, "there is no column 'text'; there are id, content, tag", table, "--out", out, "--column", "text")
    lines = tmp_path / "lines.jsonl"
    lines.write_text('\n{"id": 1, "text": "x = 1"}\n', "utf-8")
    fails(1, "the first line has no 'content'; it has 'id', 'text': name the column", lines, "--out", out)
    fails(1, "the column 'id' holds int64, not strings", table, "--out", out, "--column", "id")
    fails(2, "is the table itself", table, "--out", table)
    fails(2, "must end in .parquet", table, "--out", tmp_path / "x.csv")
    fails(1, "no such file", tmp_path / "no.parquet", "--out", out)
    fails(1, "there is no such folder", table, "--out", tmp_path / "no" / "out.parquet")
    fails(2, "does not know the language", table, "--out", out, "--among", "python")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(table.read_bytes()[:900])
    fails(1, "broken.parquet: cannot be read as Parquet", broken, "--out", out)
    damaged = tmp_path / "damaged.parquet"
    data = bytearray(table.read_bytes())
    data[4:1500] = bytes(1496)
    damaged.write_bytes(data)
    fails(1, "damaged.parquet: damaged in row group 0", damaged, "--out", out)
    twice = tmp_path / "twice.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["x"])] * 2, ["content"] * 2), twice)
    fails(1, "is there twice", twice, "--out", out)
    taken = tmp_path / "taken.parquet"
    pq.write_table(pa.table({"content": ["x"], "language": ["y"]}), taken)
    fails(1, "there is a column 'language' already", taken, "--out", out)
    (tmp_path / "x.txt").write_text("x")
    fails(1, "a table is a .parquet or .jsonl file", tmp_path / "x.txt", "--out", out)
    assert run(taken, "--out", out, "--prefix", "found_").exit_code == 0
    assert run(table, "--out", out).exit_code == 1, "a file that is there is not written over"
    assert "whole: there is nothing to go on with" in run(table, "--out", out, "--resume").stderr
    assert run(table, "--out", out, "--force").exit_code == 0


def test_a_full_disk_leaves_nothing_half_written(table, tmp_path, mini_detector, monkeypatch):
    out = tmp_path / "out.parquet"
    out.write_bytes(b"before")
    source = open_source(table, "content", 10, keep_text=True)

    def full(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(Exception, match=r"out.parquet: cannot be written: No space left") as error:
        label_table(source, out, mini_detector, Labelling())
    assert type(error.value).__name__ == "WhichcodeError"
    assert out.read_bytes() == b"before"


def test_lines_are_not_parsed_twice_where_a_run_goes_on(tmp_path, mini_detector):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"content": f"x = {i}"}) + "\n" for i in range(10)), "utf-8")
    source = open_source(path, "content", 3, keep_text=True)
    batches = [kept.to_pylist() for kept, _ in source.batches(2)]
    assert [row["line"] for batch in batches for row in batch] == [7, 8, 9, 10]
