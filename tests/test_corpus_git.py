"""Git directories of a manifest: what they lack, where they are looked for, how they are got."""

import subprocess

import pygit2
import pytest

from repositories import build, lua_text, make_mirror, python_text, report, rows, run, write_manifest
from whichcode.corpus.git import Mirror, find_mirror


def test_what_a_mirror_lacks_is_counted(tmp_path, mirrors):
    lost = python_text("lost")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 123456\n"
    link = pygit2.IndexEntry("link.py", pygit2.hash(b"a.py"), pygit2.enums.FileMode.LINK)
    module = pygit2.IndexEntry("module", pygit2.Oid(hex="1" * 40), pygit2.enums.FileMode.COMMIT)
    files = {
        "a.py": python_text(1),
        "lost.py": lost,
        "big.py": pointer,
        "x/y/b.py": python_text(2),
        "target": "a.py",
    }
    make_mirror(mirrors, "j/one", files, extra=[link, module])
    for name in (str(pygit2.hash(lost.encode())),):
        (mirrors / "j+one.git" / "objects" / name[:2] / name[2:]).unlink()
    result = build(tmp_path, write_manifest(tmp_path, "j/one"))
    assert result.exit_code == 0, result.output
    assert {row["path"] for row in rows(tmp_path)} == {"a.py", "x/y/b.py"}
    skipped = report(tmp_path)["files skipped"]
    assert (
        skipped["missing object"] == skipped["link"] == skipped["submodule"] == skipped["large file storage"] == 1
    )


def test_a_missing_folder_is_counted(tmp_path, mirrors):
    make_mirror(mirrors, "j/two", {"a.py": python_text(1), "x/b.py": python_text(2)})
    path = mirrors / "j+two.git"
    tree = pygit2.Repository(str(path)).head.peel(pygit2.Tree)["x"].id
    (path / "objects" / str(tree)[:2] / str(tree)[2:]).unlink()
    assert build(tmp_path, write_manifest(tmp_path, "j/two")).exit_code == 0
    assert {row["path"] for row in rows(tmp_path)} == {"a.py"}
    assert report(tmp_path)["files skipped"]["missing folder"] == 1


def test_where_mirrors_are_looked_for(tmp_path):
    for folder in ("a+one/repo", "A+Two.git", "b/three", "b/four.git", "c+five/repo/.git", "c+six/.git"):
        pygit2.init_repository(str(tmp_path / folder), bare=True)
    for name in ("a/one", "a/two", "b/three", "B/four", "c/five", "c/six"):
        assert find_mirror(tmp_path, name) is not None, name
    assert find_mirror(tmp_path, "d/seven") is None
    assert find_mirror(tmp_path / "nowhere", "d/seven") is None


def test_owner_validation_is_put_back(mirrors):
    make_mirror(mirrors, "k/one", {"a.py": python_text(1)})
    before = pygit2.settings.owner_validation
    Mirror.open(mirrors / "k+one.git")
    assert pygit2.settings.owner_validation == before


def test_commits(tmp_path, mirrors):
    commit = make_mirror(mirrors, "l/one", {"a.py": python_text(1)})
    manifest = write_manifest(tmp_path, {"repository": "l/one", "commit": commit})
    assert build(tmp_path, manifest).exit_code == 0
    assert {row["commit"] for row in rows(tmp_path)} == {commit}
    assert report(tmp_path)["repositories"]["l/one"]["commit"] == commit
    missing = write_manifest(tmp_path, {"repository": "l/one", "commit": "0" * 40}, "l/nothing")
    result = build(tmp_path, missing)
    assert result.exit_code == 1
    assert "l/nothing: there is no git directory in" in result.stderr
    assert "(and 1 more)" in result.stderr
    assert "every repository was left out (missing: 2)" in build(tmp_path, missing, "--skip-missing").stderr


def test_a_part_of_a_manifest(tmp_path, two):
    names = tmp_path / "names.txt"
    names.write_text("# a part\nB/two  # and no more\n\n", "utf-8")
    assert build(tmp_path, two, "--only", names).exit_code == 0
    assert {row["repository"] for row in rows(tmp_path)} == {"b/two"}
    names.write_text("b/two\nc/three\n", "utf-8")
    result = build(tmp_path, two, "--only", names)
    assert result.exit_code == 1
    assert "names.txt: the manifest does not list 'c/three'" in result.stderr
    names.write_text("# none\n", "utf-8")
    assert "names no repository" in build(tmp_path, two, "--only", names).stderr
    assert "cannot be read" in build(tmp_path, two, "--only", tmp_path / "no.txt").stderr


@pytest.fixture
def remotes(tmp_path):
    """Repositories to clone from, by a file address."""
    (tmp_path / "remotes").mkdir()
    commit = make_mirror(tmp_path / "remotes", "m/one", {"a.py": python_text(1)})
    make_mirror(tmp_path / "remotes", "m/two", {"a.lua": lua_text(1)})
    for name in ("one", "two"):
        (tmp_path / "remotes" / "m").mkdir(exist_ok=True)
        (tmp_path / "remotes" / f"m+{name}.git").rename(tmp_path / "remotes" / "m" / f"{name}.git")
    return commit


def test_clone(tmp_path, remotes):
    address = f"file://{tmp_path}/remotes/{{repository}}.git"
    manifest = write_manifest(tmp_path, {"repository": "m/one", "commit": remotes}, "m/two")
    command = ("clone", manifest, "--mirrors", tmp_path / "mirrors", "--from", address)
    result = run(*command)
    assert (result.exit_code, result.stdout) == (0, "2 repositories were got\n"), result.output
    assert "2 repositories, of which 2 are there" in run(*command).stderr
    assert build(tmp_path, manifest).exit_code == 0
    assert {row["repository"] for row in rows(tmp_path)} == {"m/one", "m/two"}
    (tmp_path / "mirrors" / "m+two.git" / "HEAD").unlink()
    assert run(*command).stdout == "1 repositories were got\n"


def test_clone_says_what_it_could_not_get(tmp_path, remotes):
    address = f"file://{tmp_path}/remotes/{{repository}}.git"
    manifest = write_manifest(tmp_path, {"repository": "m/one", "commit": "1" * 40}, "m/two", "m/nothing")
    result = run("clone", manifest, "--mirrors", tmp_path / "mirrors", "--from", address)
    assert result.exit_code == 1
    assert "m/one: " in result.stderr
    assert "m/nothing: " in result.stderr
    assert "2 repositories could not be got, 1 were; run the command again to go on" in result.stderr
    assert sorted(path.name for path in (tmp_path / "mirrors").iterdir()) == ["m+two.git"]
    assert run("clone", manifest, "--mirrors", tmp_path, "--from", "nowhere").exit_code == 2


def test_clone_without_git(tmp_path, monkeypatch, two):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "needs the program git" in run("clone", two, "--mirrors", tmp_path / "m").stderr


def test_other_wrong_input(tmp_path, two):
    assert "cannot be read" in build(tmp_path, tmp_path / "nothing.json").stderr
    (tmp_path / "wrong.json").write_text('[{"repository": "a/b", "cap": 0}]', "utf-8")
    wrong = build(tmp_path, tmp_path / "wrong.json")
    assert wrong.exit_code == 1
    assert "'cap' must be a whole number" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1
    assert not (tmp_path / "corpus.parquet").exists()
    out = run("build", two, "--mirrors", tmp_path / "mirrors", "--out", tmp_path / "corpus.csv")
    assert "must end in .parquet" in out.stderr
    bad = tmp_path / "bad.sha256"
    bad.write_text("a/one\n", "utf-8")
    assert "line 1 is not the SHA-256" in build(tmp_path, two, "--exclude-sha256", bad).stderr
    assert "cannot be read" in build(tmp_path, two, "--exclude-sha256", tmp_path / "none").stderr
    assert "no such file" in build(tmp_path, two, "--exclude-texts", tmp_path / "none.parquet").stderr
    assert run("build", two).exit_code == 2
    (tmp_path / "mirrors" / "b+two.git" / "HEAD").write_text("nowhere\n", "utf-8")
    damaged = build(tmp_path, two)
    assert damaged.exit_code == 1
    assert "b/two: " in damaged.stderr
    assert len(damaged.stderr.splitlines()) == 1


def test_git_itself_agrees_on_what_was_made(tmp_path, mirrors):
    commit = make_mirror(mirrors, "n/one", {"a.py": python_text(1), "x/b.py": python_text(2)})
    listed = subprocess.run(
        ["git", "--git-dir", str(mirrors / "n+one.git"), "ls-tree", "-r", commit],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    entries = Mirror.open(mirrors / "n+one.git").entries(commit)
    assert {(entry.object, entry.path) for entry in entries} == {
        (line.split()[2], line.split("\t")[1]) for line in listed
    }
