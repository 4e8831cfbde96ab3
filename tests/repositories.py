"""Git directories and manifests that tests of the corpus builder make, and the builder run on them."""

import json
import random
from pathlib import Path

import pyarrow.parquet as pq
import pygit2
from click.testing import CliRunner

from whichcode.cli.commands import group

ROOT = Path(__file__).resolve().parent.parent


def python_text(seed, lines=12):
    rng = random.Random(seed)

    def word():
        return "".join(rng.choice("abcdefghijklmnoprstuvw") for _ in range(6))

    return "".join(
        f"def {word()}({word()}):\n    return {word()} + {rng.randint(0, 9999)}\n\n" for _ in range(lines)
    )


def lua_text(seed):
    return "".join(line.replace("def", "function") + "\n" for line in python_text(f"lua{seed}").split("\n"))


def make_mirror(mirrors, repository, files, extra=()):
    """Make a bare repository with one commit; return the commit's name."""
    path = mirrors / f"{repository.replace('/', '+')}.git"
    git = pygit2.init_repository(str(path), bare=True)
    index = pygit2.Index()
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        index.add(pygit2.IndexEntry(name, git.create_blob(data), pygit2.enums.FileMode.BLOB))
    for entry in extra:
        index.add(entry)
    author = pygit2.Signature("A Duck", "duck@example.org", 1_700_000_000, 0)
    commit = git.create_commit("HEAD", author, author, "Begin", index.write_tree(git), [])
    return str(commit)


def write_manifest(tmp_path, *entries, caps=None):
    path = tmp_path / "manifest.json"
    entries = [{"licence": "MIT", **({"repository": e} if isinstance(e, str) else e)} for e in entries]
    path.write_text(json.dumps({"repositories": entries, **({"caps": caps} if caps else {})}), "utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(group, ["corpus", *(str(argument) for argument in arguments)])


def build(tmp_path, manifest, *options):
    out = tmp_path / "corpus.parquet"
    return run("build", manifest, "--mirrors", tmp_path / "mirrors", "--out", out, "--workers", 1, *options)


def rows(tmp_path):
    return pq.read_table(tmp_path / "corpus.parquet").to_pylist()


def report(tmp_path):
    return json.loads((tmp_path / "corpus.report.json").read_text("utf-8"))
