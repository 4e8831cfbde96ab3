"""``whichcode fences``: listing, checking, writing, showing and verifying."""

import json
import os
import stat
import subprocess
import sys

import pytest
from click.testing import CliRunner

from whichcode.cli.commands import group

PYTHON = (
    "import os\n\n\ndef ducks(path):\n    return [name for name in os.listdir(path) if name.startswith('duck')]\n"
)
PROSE = "The ducks went to the pond, and when they came back they were tired.\nSo were we.\n" * 3
THIN = "nil\n"

MARKDOWN = f"# Ducks\n\n```\n{PYTHON}```\n\n```\n{THIN}```\n\n~~~\n{PROSE}~~~\n\n```json\n[1]\n```\n"
INDENTED = "".join("   " + line if line.strip() else line for line in PYTHON.splitlines(keepends=True))
RST = f"Ducks::\n\n{INDENTED}\nEnd.\n"
ADOC = f"= Ducks\n\n----\n{PYTHON}----\n"


def run(*arguments):
    return CliRunner().invoke(group, ["fences", *map(str, arguments)])


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "b.md").write_bytes(MARKDOWN.encode())
    (tmp_path / "a.rst").write_bytes(RST.encode())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.adoc").write_bytes(ADOC.encode())
    (tmp_path / "sub" / "d.txt").write_bytes(b"```\nx\n```\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "e.md").write_bytes(MARKDOWN.encode())
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "f.md").write_bytes(MARKDOWN.encode())
    return tmp_path


def contents(tree):
    return {p: p.read_bytes() for p in sorted(tree.rglob("*")) if p.is_file()}


def test_listing(tree):
    before = contents(tree)
    result = run(tree)
    assert result.exit_code == 0
    lines = [line.removeprefix(str(tree) + os.sep) for line in result.stdout.splitlines()]
    assert [line.rsplit(" ", 1)[0].split(" ")[0] for line in lines] == [
        "a.rst:1:",
        "b.md:3:",
        "b.md:11:",
        "b.md:15:",
        os.path.join("sub", "c.adoc:3:"),  # noqa: PTH118
    ]
    assert lines[0].startswith("a.rst:1: python 0.9")
    assert lines[2].startswith("b.md:11: unknown 0.")
    assert lines[3].startswith("b.md:15: text 0.")
    assert "5 blocks without a label in 3 documents: 3 can be labelled, 1 left alone below 0." in result.stderr
    assert contents(tree) == before


def test_records(tree):
    records = [json.loads(line) for line in run(tree / "b.md", "--format", "ndjson").stdout.splitlines()]
    assert [(r["line"], r["language"], r["label"], r["left_alone"], r["written"]) for r in records] == [
        (3, "python", "python", None, False),
        (11, records[1]["language"], None, "unsure", False),
        (15, "text", None, "text", False),
    ]
    assert records[0]["path"] == str(tree / "b.md")
    assert 0 < records[1]["confidence"] < records[0]["confidence"] <= 1


def test_fix_and_check(tree):
    assert run(tree, "--check").exit_code == 1
    result = run(tree, "--fix")
    assert result.exit_code == 0
    assert "3 labelled" in result.stderr
    assert (tree / "b.md").read_text("utf-8") == MARKDOWN.replace("```\nimport", "```python\nimport")
    assert (tree / "a.rst").read_text("utf-8") == RST.replace("Ducks::\n", "Ducks:\n\n.. code-block:: python\n")
    assert (tree / "sub" / "c.adoc").read_text("utf-8") == ADOC.replace(
        "\n----\nim", "\n[source,python]\n----\nim"
    )
    assert (tree / ".hidden" / "e.md").read_text("utf-8") == MARKDOWN
    assert (tree / ".git" / "f.md").read_text("utf-8") == MARKDOWN
    again = contents(tree)
    assert run(tree, "--fix", "--check").exit_code == 1
    assert contents(tree) == again
    assert run(tree / "a.rst", tree / "sub", "--check").exit_code == 0
    assert run(tree, "--fix", "--check", "--text", "--min-confidence", "0").exit_code == 0
    assert run(tree, "--check").exit_code == 0


def test_diff_is_a_patch_that_git_applies(tree, monkeypatch):
    (tree / "b.md").write_bytes(MARKDOWN.replace("\n", "\r\n").encode() + b"\r\n~~~\r\n" + PYTHON.encode()[:-1])
    before = contents(tree)
    monkeypatch.chdir(tree)
    done = run("--diff", "b.md", "a.rst")
    assert done.exit_code == 0
    assert contents(tree) == before
    (tree / ".git" / "f.md").unlink()
    (tree / ".git").rmdir()
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    subprocess.run(["git", "apply", "--check", "-"], cwd=tree, check=True, input=done.stdout_bytes)
    subprocess.run(["git", "apply", "-"], cwd=tree, check=True, input=done.stdout_bytes)
    patched = (tree / "b.md").read_bytes()
    (tree / "b.md").write_bytes(before[tree / "b.md"])
    run(tree / "b.md", "--fix")
    assert (tree / "b.md").read_bytes() == patched


def test_a_label_of_a_language_that_the_model_does_not_know_is_not_doubted(tmp_path):
    code = "def ducks [path: string] {\n  ls $path | where name =~ duck | sort-by size | first 3\n}\n"
    (tmp_path / "a.md").write_text(
        f"```nu\n{code}```\n\n```earthly\nVERSION 0.8\nFROM alpine:3.20\nRUN apk add duck\n```\n", "utf-8"
    )
    result = run(tmp_path, "--verify", "--min-confidence", "0.3")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""


def test_a_reader_who_leaves_is_no_fault_of_a_document(tmp_path):
    for i in range(400):
        (tmp_path / f"{i}.md").write_text("```\nimport os\n```\n" * 40, "utf-8")
    command = [sys.executable, "-m", "whichcode", "fences", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert "Broken pipe" not in process.stderr.read()


def test_a_document_that_is_nested_too_deep_stops_no_other(tmp_path):
    deep = "".join(" " * i + f"ducks {i}\n\n" for i in range(900))
    (tmp_path / "b.rst").write_text(deep + "x::\n\n   import os\n", "utf-8")
    for name in ("a.md", "c.md"):
        (tmp_path / name).write_text("```\nimport os\nprint(os.listdir())\n```\n", "utf-8")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "b.rst: is nested too deep" in result.stderr
    assert "a.md:1" in result.stdout
    assert "c.md:1" in result.stdout


def test_verify(tree):
    (tree / "b.md").write_text(f"```css\n{PYTHON}```\n\n```py\n{PYTHON}```\n", "utf-8")
    result = run(tree / "b.md", "--verify")
    assert result.exit_code == 1
    assert "1 doubtful label in 1 document\n" in result.stderr
    (line,) = result.stdout.splitlines()
    assert ":1: labelled css, but py " in line
    (record,) = map(json.loads, run(tree / "b.md", "--verify", "--format", "ndjson").stdout.splitlines())
    assert (record["labelled"], record["language"], record["label"]) == ("css", "python", "py")
    assert run(tree / "a.rst", "--verify").exit_code == 0


def test_styles_and_languages(tree):
    (tree / "b.md").write_text(f"```\n{PYTHON}```\n\n```Py\nx = 1\n```\n", "utf-8")
    assert " Py " in run(tree / "b.md").stdout
    assert " python " in run(tree / "b.md", "--style", "alias").stdout
    result = run(tree / "b.md", "--among", "ruby,lua", "--format", "ndjson", "--no-context")
    assert json.loads(result.stdout.splitlines()[0])["language"] in ("ruby", "lua")


def test_the_folder_is_context(tmp_path):
    (tmp_path / "a.md").write_text("```\nvalue = nil\n```\n", "utf-8")
    (tmp_path / "b.md").write_text("```Lua\nlocal a = 1\n```\n" * 20, "utf-8")
    with_it = json.loads(run(tmp_path / "a.md", "--format", "ndjson", "--min-confidence", "0").stdout)
    without = run(tmp_path / "a.md", "--format", "ndjson", "--min-confidence", "0", "--no-context")
    assert (with_it["language"], with_it["label"]) == ("lua", "Lua")
    assert json.loads(without.stdout)["language"] != "lua" or (
        json.loads(without.stdout)["confidence"] < with_it["confidence"]
    )


@pytest.mark.skipif(os.name == "nt", reason="permissions and links are POSIX's")
def test_mode_and_links(tree):
    path = tree / "b.md"
    path.chmod(0o640)
    link = tree / "sub" / "link.md"
    link.symlink_to(path)
    assert run(link, path, "--fix").exit_code == 0
    assert link.is_symlink()
    assert b"```python" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(p.name for p in tree.iterdir()) == [".git", ".hidden", "a.rst", "b.md", "sub"]


def test_bad_inputs(tree):
    (tree / "z.md").write_bytes("```\nx\n```\n".encode("utf-16"))
    (tree / "y.md").write_bytes(b"\0\0")
    result = run(tree, tree / "nowhere.md", tree / "sub" / "d.txt", "--fix")
    assert result.exit_code == 1
    errors = [line for line in result.stderr.splitlines() if line.startswith(f"whichcode: {tree}")]
    assert len(errors) == 4
    assert all(any(name in line for line in errors) for name in ("z.md", "y.md", "nowhere.md", "d.txt"))
    assert b"```python" in (tree / "b.md").read_bytes()


def test_a_missing_library_is_told_once(tree, monkeypatch):
    monkeypatch.setitem(sys.modules, "docutils.frontend", None)
    result = run(tree, "--fix")
    assert result.exit_code == 1
    assert result.stderr.count("pip install 'whichcode[fences]'") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [".", "--fix", "--diff"],
        [".", "--min-confidence", "nan"],
        [".", "--verify", "--check"],
        [".", "--verify", "--fix"],
        [".", "--diff", "--format", "ndjson"],
        [".", "--min-confidence", "2"],
        [".", "--among", "nonesuch"],
        [".", "--style", "loud"],
    ],
)
def test_wrong_usage(arguments):
    assert run(*arguments).exit_code == 2


def test_bytes_that_are_no_utf8_stay(tmp_path):
    path = tmp_path / "a.md"
    data = b"caf\xe9\r\n\r\n```\r\n# caf\xe9\r\n" + PYTHON.replace("\n", "\r\n").encode() + b"```"
    path.write_bytes(data)
    assert run(path, "--fix").exit_code == 0
    assert path.read_bytes() == data.replace(b"```\r\n#", b"```python\r\n#")


def test_a_folder_without_a_document_is_told_of(tmp_path):
    (tmp_path / "a.py").write_text(PYTHON, "utf-8")
    for mode in ("--check", "--verify", "--fix", "--diff", "--text"):
        result = run(mode, tmp_path)
        assert result.exit_code == 0
        assert "no document was found: nothing was looked at" in result.stderr


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "p.md")
    result = run("--check", tmp_path / "p.md")
    assert result.exit_code == 1
    assert "is not a regular file" in result.stderr
