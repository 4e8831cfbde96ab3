"""The public exam: what it asks, that it is the same everywhere, and a whole run."""

import json
import random
import re
import subprocess

import pytest

from benchmarks.exam import sources
from benchmarks.exam.__main__ import main
from benchmarks.exam.build import INDEX, build, differences, read_index
from benchmarks.exam.items import digest, read_part, to_jsonl
from benchmarks.exam.report import write_report
from benchmarks.exam.run import Selection, run
from benchmarks.exam.sampling import draw_raw_windows
from benchmarks.exam.trees import commit, read_tree
from peers import fake_peer
from whichcode.errors import CorpusError


def numbered(count, indent="    "):
    return "\n".join(f"{indent}statement number{i}" for i in range(count)) + "\n"


def test_windows_are_raw_consecutive_lines():
    text = numbered(40)
    for lines in (1, 3, 10):
        windows = draw_raw_windows(text, lines)
        assert len(windows) == 10
        for window in windows:
            assert window in text
            assert len(window.split("\n")) == lines
            assert window.startswith("    statement")  # indented as in the file


def test_starts_are_uniform():
    text = numbered(4)
    windows = draw_raw_windows(text, 2, draws=3000)
    counts = [sum(window.startswith(f"    statement number{i}\n") for window in windows) for i in range(3)]
    assert sum(counts) == 3000
    assert min(counts) > 900


def test_windows_without_words_are_drawn_again():
    text = "{\n}\n\n...\nabc\nabcd\n" * 3
    assert set(draw_raw_windows(text, 1, draws=200)) == {"abcd"}
    assert draw_raw_windows("{\n}\n" * 30, 1) == []
    # Three lines' worth of words is enough for any length.
    assert draw_raw_windows("twelve_chars\n" + "}\n" * 9, 10, draws=1)
    assert draw_raw_windows("eleven_char\n" + "}\n" * 9, 10, draws=1) == []


def test_short_files_have_no_windows():
    assert draw_raw_windows(numbered(4), 5) == []
    assert draw_raw_windows(numbered(5), 5, draws=3) == [numbered(5).rstrip("\n")] * 3


def test_windows_depend_on_text_length_and_seed_alone():
    text = numbered(50)
    assert draw_raw_windows(text, 3) == draw_raw_windows(text, 3)
    assert draw_raw_windows(text, 3) != draw_raw_windows(text, 3, seed=1)
    assert draw_raw_windows(text, 3, draws=4) == draw_raw_windows(text, 3)[:4]


@pytest.fixture(scope="module")
def smola(tmp_path_factory):
    """An invented corpus: Lua and PL/SQL with enough files, Ruby with too few, one label nobody knows."""
    path = tmp_path_factory.mktemp("smola") / "smola.jsonl"
    rng = random.Random(0)
    rows = []
    for language, count in {"lua": 12, "pl/sql": 10, "ruby": 9, "literate idris": 10}.items():
        for number in range(count):
            body = "".join(f"  {language[:2]}_call_{rng.randrange(10**6)}()\n" for _ in range(6 + number))
            rows.append({"language": language, "path": f"{language}/{number}", "content": body})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def clone(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")
    return folder


def test_the_smola_part(smola):
    parts = {part.name: part for part in sources.smola(smola)}
    assert list(parts) == ["smola-1", "smola-3", "smola-5", "smola-10", "smola-20", "smola-file"]
    assert {item.language for item in parts["smola-1"].items} == {"lua", "plsql"}
    assert len(parts["smola-1"].items) == 22 * 10
    assert len(parts["smola-file"].items) == 22
    # Lua has files of 6 to 17 lines, PL/SQL of 6 to 15.
    assert len(parts["smola-10"].items) == (8 + 6) * 10
    assert parts["smola-10"].left_out["shorter than the window"] == 8
    assert parts["smola-20"].items == []
    assert parts["smola-1"].left_out["of a language with too few files"] == 9
    assert parts["smola-1"].left_out["of a language that is not in the registry"] == 10
    for part in parts.values():
        assert all(
            item.part == part.name and item.text.count("\n") in {item.lines, item.lines - 1} for item in part.items
        )
        assert len({item.id for item in part.items}) == len(part.items)


def test_the_other_parts(tmp_path):
    hljs = clone(tmp_path / "h", {
        "test/detect/shell/default.txt": "$ ls\n", "test/detect/cpp/default.txt": "int a;\n",
        "test/detect/accesslog/default.txt": "1 2\n", "test/detect/index.js": "x\n", "src/a.js": "y\n",
    })  # fmt: skip
    part = sources.highlightjs(hljs)
    assert [(item.language, item.text) for item in part.items] == [("c++", "int a;\n"), ("shellsession", "$ ls\n")]
    assert part.left_out["of a language that is not in the registry"] == 1
    demos = clone(tmp_path / "r", {"lib/rouge/demos/objective_c": "@end\n", "lib/rouge/demos/irb": "irb> 1\n"})
    assert [item.language for item in sources.rouge(demos).items] == ["objective-c"]
    hello = clone(tmp_path / "w", {"p/Python 3.py": "print('hi')\n", "z/Zzyzx.zz": "hi\n", "readme.md": "hi\n"})
    assert [item.language for item in sources.hello_world(hello).items] == ["python"]


def test_functions_of_mxeval(tmp_path):
    task = {"task_id": "T/1", "prompt": "# You are an expert Ruby programmer.\n# Add.\ndef add(a, b)\n"}
    done = task | {"language": "ruby", "canonical_solution": "  a + b\nend"}
    open_task = {"task_id": "G/1", "prompt": "func add() {\n", "language": "go", "canonical_solution": None}
    hopeless = open_task | {"task_id": "G/2"}
    folder = clone(tmp_path / "m", {
        "data/mbxp/mbrbp_release_v1.2.jsonl": json.dumps(done) + "\n",
        "data/mbxp/mbgp_release_v1.1.jsonl": json.dumps(open_task) + "\n" + json.dumps(hopeless) + "\n",
        "data/mbxp/examples/mbgp_samples.jsonl": json.dumps({"task_id": "G/1", "completion": "}"}) + "\n",
    })  # fmt: skip
    part = sources.mxeval(folder)
    assert [(item.language, item.text) for item in part.items] == [
        ("go", "func add() {\n}\n"),
        ("ruby", "# Add.\ndef add(a, b)\n  a + b\nend\n"),
    ]
    clone(folder, {"data/mbxp/mbrbp_release_v1.2.jsonl": "[]\n"})
    with pytest.raises(CorpusError, match="line 1 is no object"):
        sources.mxeval(folder)


def test_a_git_directory_is_read_without_a_work_tree(tmp_path):
    work = clone(tmp_path / "work", {"a/one.txt": "1\n", "b/two.txt": "2\n"})
    git = ["git", "-C", str(work), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    assert read_tree(work / ".git", "a") == {"a/one.txt": b"1\n"} == read_tree(work, "a")
    assert set(read_tree(work)) == {"a/one.txt", "b/two.txt"}
    assert re.fullmatch(r"[0-9a-f]{40}", commit(work / ".git"))
    assert commit(work / ".git") == commit(work)
    assert commit(tmp_path) is None
    with pytest.raises(CorpusError, match="git cannot read c"):
        read_tree(work / ".git", "c")
    with pytest.raises(CorpusError, match="no files in c"):
        read_tree(work, "c")
    with pytest.raises(CorpusError, match="not a folder"):
        read_tree(tmp_path / "none")


def test_a_build_gives_the_same_bytes_again(smola, tmp_path):
    first = build(tmp_path / "a", smola=smola)
    second = build(tmp_path / "b", smola=smola)
    assert first == second
    assert not differences(first, second)
    for name, part in first["parts"].items():
        data = (tmp_path / "a" / f"{name}.jsonl").read_bytes()
        assert digest(data) == part["sha256"]
        assert data == (tmp_path / "b" / f"{name}.jsonl").read_bytes()
        assert to_jsonl(read_part(tmp_path / "a" / f"{name}.jsonl", part["sha256"])) == data


def test_a_changed_part_is_refused(smola, tmp_path):
    index = build(tmp_path, smola=smola)
    path = tmp_path / "smola-1.jsonl"
    path.write_bytes(path.read_bytes().replace(b"lu_call_", b"xx_call_", 1))
    with pytest.raises(CorpusError, match="not the file that the exam's index describes"):
        read_part(path, index["parts"]["smola-1"]["sha256"])


def test_the_command_compares_with_the_committed_index(smola, tmp_path, capsys):
    assert main(["build", "--smola", str(smola), "--out", str(tmp_path)]) == 1
    assert "smola-1, smola-3" in capsys.readouterr().err
    assert main(["build", "--out", str(tmp_path)]) == 1
    assert "no source is given" in capsys.readouterr().err
    assert main(["build", "--smola", str(tmp_path / "none.parquet"), "--out", str(tmp_path)]) == 1
    assert "there is no such file" in capsys.readouterr().err


def test_the_committed_index_holds_no_texts():
    index = read_index(INDEX)
    assert {"smola-1", "smola-file", "mxeval"} <= set(index["parts"])
    for part in index["parts"].values():
        assert set(part) == {"texts", "files", "languages", "sha256", "source", "left_out"}
        assert re.fullmatch(r"[0-9a-f]{64}", part["sha256"])


# The whole way


def test_a_run_writes_the_report(smola, tmp_path, mini_detector):
    build(tmp_path / "exam", smola=smola)
    report = run(
        tmp_path / "exam", [fake_peer(tmp_path)], mini_detector,
        selection=Selection(parts=["smola-1", "smola-5", "smola-file"], fewer={"magika": 2}),
        answers=tmp_path / "answers",
    )  # fmt: skip
    figures = report["figures"]["magika"]
    assert figures["smola-1"]["scopes"]["all"]["texts"] == 22 * 2
    assert report["figures"]["whichcode"]["smola-1"]["scopes"]["all"]["texts"] == 22 * 10
    # The peer knows Lua and nothing else of what is asked.
    for part in figures.values():
        assert part["scopes"]["all"]["macro_recall"]["expected"] == 0.5
        assert part["scopes"]["magika"]["macro_recall"]["expected"] == 1.0
        assert part["scopes"]["40"]["languages"] == 1
    assert "whichcode" not in figures["smola-1"]["scopes"]  # nobody asks about the mini-languages
    assert not report["exam"]["as_committed"]
    paths = write_report(report, tmp_path / "report")
    assert {path.name for path in paths} == {"report.json", "report.md", "recall-40.png", "recall-all.png"}
    told = (tmp_path / "report" / "report.md").read_text("utf-8")
    whole = report["figures"]["magika"]["smola-file"]["scopes"]["all"]
    error, by_chance = whole["expected_calibration_error"], whole["calibration_error_by_chance"]
    assert f"| {100 * error:.1f} ({100 * by_chance:.1f}) |" in told
    assert "| Magika | **50.0** (50.0-50.0) |" in told
    assert "**not those that" in told
    assert "Magika: 2 draws a file only" in told
    again = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert again["figures"]["magika"]["smola-5"]["scopes"]["all"]["recall"] == {"lua": 1.0, "plsql": 0.0}


def test_wrong_usage(tmp_path, capsys):
    for arguments in (["--systems", "nobody"], ["--systems", "magika", "--fewer", "nobody=3"], ["--limit", "0"]):
        with pytest.raises(SystemExit) as stopped:
            main(["run", "--exam", str(tmp_path), "--out", str(tmp_path), *arguments])
        assert stopped.value.code == 2
    assert main(["run", "--exam", str(tmp_path), "--systems", "whichcode", "--out", str(tmp_path / "r")]) == 1
    assert "no index of an exam" in capsys.readouterr().err
