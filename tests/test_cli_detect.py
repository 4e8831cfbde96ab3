import csv
import io
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from conftest import make_texts
from whichcode.cli.commands import group

SNIPPET = "LET total BECOME price PLUS 7.\nWHENEVER total EXCEEDS 3 PERFORM stop.\n"


@pytest.fixture
def run(mini_model):
    def call(*arguments, model=True, **options):
        extra = ["--model", str(mini_model)] if model else []
        return CliRunner().invoke(group, [*arguments, *extra], **options)

    return call


@pytest.fixture
def files(tmp_path):
    for language in ("wordy", "tagged", "apl-ish"):
        (tmp_path / f"{language}.txt").write_text(make_texts(language, 1, seed=5)[0], "utf-8")
    return tmp_path


def test_one_line_a_file(run, files):
    result = run(str(files / "wordy.txt"), str(files / "tagged.txt"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split(": ")[1].split()[0] for line in lines] == ["wordy", "tagged"]
    assert 0.5 < float(lines[0].split()[-1]) <= 1


def test_detect_is_the_default_command(run, files):
    path = str(files / "wordy.txt")
    assert run(path).output == run("detect", path).output


def test_standard_input(run):
    result = run("-", input=SNIPPET)
    assert result.stdout.startswith("-: wordy ")
    assert run("-", "-", input=SNIPPET).exit_code == 2


def test_candidates(run, files):
    line = run(str(files / "wordy.txt"), "-k", "3").stdout.strip()
    assert line.count(",") == 2
    assert {"tagged", "apl-ish"} <= set(line.replace(",", "").split())


def test_json(run, files):
    result = json.loads(run("--format", "json", str(files / "wordy.txt"), str(files / "tagged.txt")).stdout)
    assert result["model"]["id"].startswith("mini-")
    assert [record["language"] for record in result["files"]] == ["wordy", "tagged"]
    assert len(result["files"][0]["candidates"]) == 3


def test_ndjson_names_the_model_on_each_line(run, files):
    result = run("--format", "ndjson", str(files / "wordy.txt"), str(files / "nothing"))
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["language"] == "wordy"
    assert first["model"]["version"]
    assert "cannot be read" in second["error"]
    assert result.exit_code == 1


def test_csv(run, files):
    (files / "a,b.txt").write_text("\n")
    result = run("--format", "csv", str(files / "a,b.txt"), str(files / "wordy.txt"))
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert rows[0]["path"].endswith("a,b.txt")
    assert rows[0]["language"] == "unknown"
    assert rows[1]["language"] == "wordy"


def test_min_confidence(run, files):
    (files / "both.txt").write_text("LET <<a>> BECOME <<b>>")
    path = str(files / "both.txt")
    result = run("--min-confidence", "1", path)
    assert result.stdout.split(": ")[1].startswith("unknown ")
    assert result.exit_code == 0
    record = json.loads(run("--min-confidence", "1", "--format", "ndjson", path).stdout)
    assert record["language"] is None
    assert len(record["candidates"]) == 3


def test_among_and_prior(run, files):
    path = str(files / "wordy.txt")
    assert "wordy" not in run("--among", "tagged,apl-ish", path).stdout.split(": ")[1]
    assert "wordy" not in run("--prior", "wordy=0", path).stdout.split(": ")[1]
    assert run("--prior", "wordy", path).exit_code == 2
    assert run("--prior", "documentation", path).exit_code == 0
    result = run("--among", "klingon", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "does not know the language 'klingon'" in result.stderr


def test_failures_are_told_and_the_rest_is_answered(run, files):
    (files / "binary").write_bytes(b"\0\1\2\3" * 10)
    result = run(str(files / "binary"), str(files / "nothing"), str(files), str(files / "wordy.txt"))
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    messages = result.stderr.splitlines()
    assert len(messages) == 3
    assert "binary" in messages[0]
    assert "No such file" in messages[1]
    assert "use -r" in messages[2]


def test_recursion_skips_and_says_so(run, files):
    (files / ".git").mkdir()
    (files / ".git" / "config").write_text(SNIPPET)
    (files / ".hidden").write_text(SNIPPET)
    (files / "sub").mkdir()
    (files / "sub" / "more.txt").write_text(SNIPPET)
    (files / "link").symlink_to(files / "sub")
    result = run("-r", str(files))
    assert [line.split(": ")[0][len(str(files)) + 1 :] for line in result.stdout.splitlines()] == [
        "apl-ish.txt",
        "sub/more.txt",
        "tagged.txt",
        "wordy.txt",
    ]
    assert "skipped 1 hidden file or folder, 1 version-control folder, 1 symbolic link" in result.stderr
    assert result.exit_code == 0


def test_a_folder_without_files_is_told_of(run, tmp_path):
    (tmp_path / "empty").mkdir()
    result = run("-r", str(tmp_path / "empty"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "whichcode: there is no file to answer for\n"


def test_max_bytes(run, files):
    path = files / "long.txt"
    path.write_text(SNIPPET + make_texts("tagged", 1)[0] * 50, "utf-8")
    assert "tagged" in run(str(path)).stdout
    assert "wordy" in run(str(path), "--max-bytes", str(len(SNIPPET))).stdout


def test_records_in_order_with_nothing_lost(run):
    lines = [
        json.dumps({"id": 7, "text": SNIPPET}),
        "not json",
        json.dumps({"id": "b"}),
        json.dumps({"id": {"any": "thing"}, "text": ""}),
        json.dumps({"text": "<<a>> b=3 <</a>>", "more": "fields"}),
        json.dumps({"id": 9, "text": "\0\0\0"}),
        "[1]",
        '{"id": NaN, "text": "x"}',
        "[" * 100_000,
        '{"id": 1e999, "text": "x"}',
    ]
    result = run("--jsonl", input="\n".join(lines) + "\n")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert len(records) == len(lines)
    assert list(records[0]) == ["id", "language", "confidence", "candidates"]
    assert (records[0]["id"], records[0]["language"]) == (7, "wordy")
    assert [list(records[i]) for i in (1, 2, 5, 6, 7, 8)] == [["id", "line", "error"]] * 6
    assert [records[i]["line"] for i in (1, 2, 5, 6, 7, 8, 9)] == [2, 3, 6, 7, 8, 9, 10]
    assert [records[i]["id"] for i in (1, 2, 5)] == [None, "b", 9]
    assert records[3] == {"id": {"any": "thing"}, "language": None, "confidence": 0.0, "candidates": []}
    assert records[4]["language"] == "tagged"
    assert run("--jsonl", input=lines[0]).exit_code == 0


def test_wrong_usage_is_status_2(run, files):
    for arguments in (
        ["--nonsense", "x"],
        [],
        ["--jsonl", str(files / "wordy.txt")],
        ["-k", "0", "x"],
        ["--format", "xml", "x"],
        ["--min-confidence", "2", "x"],
    ):
        result = run("detect", *arguments, input="")
        assert result.exit_code == 2, arguments
        assert "Traceback" not in result.stderr


def test_missing_and_damaged_models(files):
    path = str(files / "wordy.txt")
    for model, message in (("nothing", "cannot be read"), (path, "not a safetensors file")):
        result = CliRunner().invoke(group, ["--model", model, path])
        assert (result.exit_code, result.stdout) == (1, "")
        assert message in result.stderr


def test_explain(run, files):
    result = run("explain", str(files / "wordy.txt"))
    assert result.exit_code == 0
    assert "ln odds of wordy against" in result.stdout
    assert "count" in result.stdout
    everything = json.loads(run("explain", "--all", "--format", "json", str(files / "wordy.txt")).stdout)
    total = everything["baseline"] + sum(f["added"] for f in everything["features"])
    assert total == pytest.approx(everything["log_odds"], abs=1e-3)
    assert run("explain", str(files / "nothing")).exit_code == 1
    assert "blank" in run("explain", "-", input=" ").stderr


def test_version_names_the_model():
    result = CliRunner().invoke(group, ["--version"])
    assert result.exit_code == 0
    assert "whichcode 0." in result.output
    assert "model default-" in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell):
    result = CliRunner().invoke(group, ["completion", shell])
    assert result.exit_code == 0
    assert "_WHICHCODE_COMPLETE" in result.output


def test_a_broken_pipe_ends_quietly(mini_model, files):
    for i in range(300):
        (files / f"{i}.txt").write_text(SNIPPET)
    command = [sys.executable, "-m", "whichcode", "-r", str(files), "--model", str(mini_model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(30)


def test_a_file_named_like_a_command_needs_a_path(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train").write_text(SNIPPET)
    assert "wordy" in run("./train").stdout
    assert run("train").exit_code == 2


def test_deeply_nested_folders_are_walked(run, tmp_path):
    folder = tmp_path / "deep"
    # Deeper than Python calls, each made from within the one before: the path is longer than the system takes.
    make = "import os, sys\nfor name in [sys.argv[1], *'d' * 1200]: os.mkdir(name); os.chdir(name)"
    subprocess.run([sys.executable, "-c", make, str(folder)], check=True)
    try:
        result = run("-r", str(folder))
    finally:
        # pytest's own clean-up would recurse too deep.
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    assert result.exit_code in (0, 1)
    assert not isinstance(result.exception, RecursionError)


def test_control_characters_of_a_name_do_not_reach_the_terminal(run, tmp_path):
    path = tmp_path / "a\x1b[31m\n.txt"
    path.write_text(SNIPPET)
    result = run(str(path))
    assert "\x1b" not in result.stdout
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "paths",
    [
        ["tagged.txt"],
        ["tagged.txt", "missing.txt", "wordy.txt"],
        ["folder"],
        ["nul.bin"],
        ["-"],
        ["blank.txt", "-"],
    ],
)
def test_files_alone_are_answered_as_by_the_command(files, paths):
    """`whichcode FILE` leaves click aside; the same paths with an option do not."""
    (files / "folder").mkdir()
    (files / "nul.bin").write_bytes(b"\0" * 100)
    (files / "blank.txt").write_bytes(b" \n")

    def call(*options):
        return subprocess.run(
            [sys.executable, "-m", "whichcode", *paths, *options],
            cwd=files,
            input=SNIPPET,
            capture_output=True,
            text=True,
            check=False,
        )

    short, whole = call(), call("-k", "1")
    assert (short.returncode, short.stdout, short.stderr) == (whole.returncode, whole.stdout, whole.stderr)
    assert short.returncode == (0 if short.stderr == "" else 1)


def test_a_misspelt_command_is_told_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(group, ["langauges"])
    assert result.exit_code == 1
    assert "langauges: cannot be read: No such file or directory; did you mean 'languages'?" in result.stderr
    result = CliRunner().invoke(group, ["langauges.py"])
    assert "did you mean" not in result.stderr


def test_files_alone_need_no_click(files):
    code = (
        "import sys; from whichcode.cli import main; sys.argv = ['whichcode', 'tagged.txt']\n"
        "try: main()\nexcept SystemExit as end: print(end.code, 'click' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=files, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


def in_a_shell(arguments, folder):
    """Run a command line as most machines do, where Python keeps what is printed until there is much of it."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m whichcode {arguments}'],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=usual,
    )


@pytest.mark.parametrize("to", [">&-", "> /dev/full"])
@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no device that is always full")
def test_an_output_that_takes_nothing_is_no_traceback(files, to):
    done = in_a_shell(f"tagged.txt {to}", files)
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if "full" in to else 0)
    assert ("No space left" in done.stderr) == ("full" in to)


@pytest.mark.parametrize(
    "arguments",
    ["--help", "--version", "languages", "explain tagged.txt", "--format json tagged.txt", "completion bash"],
)
@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no device that is always full")
def test_an_output_that_nobody_takes_ends_with_one_line(files, arguments):
    done = in_a_shell(f"{arguments} > /dev/full", files)
    assert (done.returncode, done.stderr) == (1, "whichcode: [Errno 28] No space left on device\n")


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell")
def test_streams_that_are_closed(files):
    def of(arguments):
        return in_a_shell(arguments, files)

    done = of("nowhere.py 2>&-")
    assert (done.returncode, done.stdout) == (1, "")
    done = of("--jsonl < tagged.txt >&-")
    assert (done.returncode, done.stderr) == (1, "whichcode: standard output is closed\n")


def test_more_than_can_be_held_is_wrong_usage(run, files):
    assert run(str(files / "tagged.txt"), "--max-bytes", "1000000000000000").exit_code == 2


def test_a_reader_that_goes_is_no_error_to_speak_of(files):
    program = subprocess.Popen(
        [sys.executable, "-m", "whichcode", *["tagged.txt"] * 5000],
        cwd=files,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    program.stdout.readline()
    program.stdout.close()
    assert program.stderr.read() == b""
    program.stderr.close()
    assert program.wait() == 1
