"""Building a corpus from git directories that the tests make."""

import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repositories import build, lua_text, make_mirror, python_text, report, rows, run, write_manifest
from whichcode.corpus import read_corpus
from whichcode.corpus.near import first_of_each, shingles_of, sketch_of, tokens_of


def test_plain_paragraphs_of_documents_are_text(tmp_path, mirrors):
    prose = "The {} ducks of the village pond are fed twice a day, and they know the hour very well.\n"
    documents = {f"docs/{i}.md": f"# Part {i}\n\n{prose.format(f'n{i}th')}\n* one\n* two\n" for i in range(20)}
    make_mirror(mirrors, "a/docs", documents)
    assert build(tmp_path, write_manifest(tmp_path, "a/docs")).exit_code == 0
    found = [row for row in rows(tmp_path) if row["language"] == "text"]
    assert 0 < len(found) <= 12
    assert {row["kind"] for row in found} == {"prose"}
    assert all(row["path"].endswith(".md#L3") and b"#" not in row["content"] for row in found)


def test_a_corpus(tmp_path, two):
    result = build(tmp_path, two)
    assert result.exit_code == 0, result.output
    table = pq.read_table(tmp_path / "corpus.parquet")
    columns = ["language", "content", "repository", "commit", "path", "kind", "licence", "author"]
    assert table.schema.names == columns
    assert table.schema.field("content").type == pa.binary()
    kept = Counter((row["language"], row["kind"], row["repository"]) for row in rows(tmp_path))
    assert kept == {
        ("python", "file", "a/one"): 8,
        ("markdown", "file", "a/one"): 1,
        ("text", "licence", "a/one"): 1,
        ("lua", "fence", "a/one"): 1,
        ("lua", "file", "b/two"): 5,
    }
    [fence] = [row for row in rows(tmp_path) if row["kind"] == "fence"]
    assert (fence["path"], fence["content"]) == ("README.md#L5", b"local duck = quack(1)\n")
    assert {row["licence"] for row in rows(tmp_path)} == {"MIT"}
    told = report(tmp_path)
    size = sum(len(row["content"]) for row in rows(tmp_path) if row["language"] == "lua")
    assert told["languages"]["lua"] == {"files": 5, "fences": 1, "repositories": 2, "bytes": size}
    assert told["files skipped"] == {
        "binary": 1,
        "generated": 1,
        "minified": 1,
        "name tells nothing": 1,
        "too large": 1,
        "too small": 1,
        "vendored": 1,
    }
    assert told["thin"]["3"] == ["lua", "markdown", "python", "text"]
    assert "16 texts of 4 languages from 2 repositories" in result.stdout
    markdown = (tmp_path / "corpus.report.md").read_text("utf-8")
    assert "| lua | 5 | 1 | 2 |" in markdown
    assert "held against no exam" in markdown


def test_the_readers_read_it(tmp_path, two):
    build(tmp_path, two)
    corpus = read_corpus(tmp_path / "corpus.parquet")
    assert Counter(document.kind for document in corpus.documents) == {"file": 14, "fence": 1, "licence": 1}
    assert {document.repository for document in corpus.documents} == {"a/one", "b/two"}


def test_the_same_commits_give_the_same_corpus(tmp_path, two):
    build(tmp_path, two)
    first, told = (tmp_path / "corpus.parquet").read_bytes(), report(tmp_path)
    again = build(tmp_path, two, "--work", tmp_path / "elsewhere")
    assert again.exit_code == 0
    assert (tmp_path / "corpus.parquet").read_bytes() == first
    assert report(tmp_path) == told


def test_an_interrupted_build_goes_on(tmp_path, two, monkeypatch):
    import whichcode.corpus.build as module

    whole = build(tmp_path, two)
    digest = report(tmp_path)["sha256"]
    read, calls = module.read_repository, []

    def interrupted(caps, task):
        if calls:
            raise KeyboardInterrupt
        calls.append(task.repository.repository)
        return read(caps, task)

    (tmp_path / "corpus.parquet").unlink()
    monkeypatch.setattr(module, "read_repository", interrupted)
    work = ("--work", tmp_path / "work")
    assert build(tmp_path, two, *work).exit_code == 1
    assert not (tmp_path / "corpus.parquet").exists()
    monkeypatch.setattr(module, "read_repository", lambda caps, task: calls.append("again") or read(caps, task))
    result = build(tmp_path, two, *work)
    assert "2 repositories to read, 1 of them read before" in result.stderr
    assert len(calls) == 2
    assert report(tmp_path)["sha256"] == digest
    assert whole.exit_code == 0


def test_shards_are_read_again_where_something_changed(tmp_path, two):
    build(tmp_path, two)
    assert "2 of them read before" in build(tmp_path, two).stderr
    two.write_text(two.read_text("utf-8").replace('"a/one"', '"a/one", "exclude": ["src/*"]'), "utf-8")
    assert "1 of them read before" in build(tmp_path, two).stderr
    assert "python" not in report(tmp_path)["languages"]


def test_several_processes_do_the_same(tmp_path, two):
    build(tmp_path, two)
    alone = report(tmp_path)["sha256"]
    out = tmp_path / "other.parquet"
    result = run("build", two, "--mirrors", tmp_path / "mirrors", "--out", out, "--workers", 2)
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "other.report.json").read_text("utf-8"))["sha256"] == alone


def test_folders_label(tmp_path, mirrors):
    files = {
        "lua/one": lua_text(1),
        "outputs/ls.out": "total 12\nducks  geese  swans\n" * 3,
        "else/x.py": python_text(1),
    }
    make_mirror(mirrors, "c/three", files)
    folders = {"lua/**": "lua", "outputs/*.out": "text/output"}
    entry = {"repository": "c/three", "labels": "folders", "folders": folders}
    build(tmp_path, write_manifest(tmp_path, entry))
    assert {(row["path"], row["language"], row["kind"]) for row in rows(tmp_path)} == {
        ("lua/one", "lua", "file"),
        ("outputs/ls.out", "text", "output"),
    }
    build(tmp_path, write_manifest(tmp_path, entry | {"labels": "names"}))
    assert {row["path"] for row in rows(tmp_path)} == set(files)


def test_majority_of_the_repository(tmp_path, mirrors):
    sources = {f"{i}.c": f"int f(void);\n/* {python_text(i, 3)} */\n" for i in range(8)}
    header = "/* " + python_text("header", 3) + " */\nint count_ducks(void);\n"
    make_mirror(mirrors, "d/c", sources | {"ducks.h": header})
    make_mirror(mirrors, "d/nothing", {"geese.h": header.replace("ducks", "geese"), "a.py": python_text(1)})
    build(tmp_path, write_manifest(tmp_path, "d/c", "d/nothing"))
    assert {row["path"]: row["language"] for row in rows(tmp_path)}["ducks.h"] == "c"
    assert "geese.h" not in {row["path"] for row in rows(tmp_path)}
    assert report(tmp_path)["files skipped"]["undecided"] == 1


def test_caps(tmp_path, mirrors):
    for name in ("e/one", "e/two"):
        make_mirror(mirrors, name, {f"{i}.py": python_text(f"{name}{i}") for i in range(12)})
    blocks = "".join(
        f"```lua\nlocal {w} = {i}\n```\n\n" for i, w in enumerate(python_text(9).split()) if w.isalpha()
    )
    make_mirror(
        mirrors, "e/three", {"a.lua": lua_text(1), "a.md": "# Blocks of Lua, all of them different\n\n" + blocks}
    )
    caps = {"files": 5, "thin_files": 10, "language_files": 8, "fences": 3, "language_fences": 2}
    result = build(tmp_path, write_manifest(tmp_path, "e/one", "e/two", "e/three", caps=caps))
    assert result.exit_code == 0, result.output
    kept = Counter((row["language"], row["kind"], row["repository"]) for row in rows(tmp_path))
    assert kept["python", "file", "e/one"] + kept["python", "file", "e/two"] == 8
    assert kept["python", "file", "e/one"] == 4
    assert kept["lua", "fence", "e/three"] == 2
    assert report(tmp_path)["files skipped"]["over the cap"] == 14
    assert report(tmp_path)["texts left out"]["over the cap"] == 2 + 1


def test_rare_languages_get_more_of_a_repository(tmp_path, mirrors):
    make_mirror(mirrors, "f/one", {f"{i}.py": python_text(i) for i in range(12)})
    caps = {"files": 5, "thin_files": 8}
    result = build(tmp_path, write_manifest(tmp_path, "f/one", caps=caps))
    assert "1 repositories have more of languages that are rare" in result.stderr
    assert len(rows(tmp_path)) == 8
    build(tmp_path, write_manifest(tmp_path, {"repository": "f/one", "cap": 3}, caps=caps))
    assert len(rows(tmp_path)) == 3


def test_a_repository_can_give_more_blocks_and_leave_languages_out(tmp_path, mirrors):
    labels = ["python", "python", "python", "ruby", "ruby"]
    blocks = "".join(f"```{label}\n{python_text(10 + i)}```\n\n" for i, label in enumerate(labels))
    blocks += "The ducks of the village pond are fed twice a day, and they know the hour very well.\n"
    make_mirror(mirrors, "f/guide", {"guide.md": blocks, "a.py": python_text(1), "b.lua": lua_text(1)})
    caps = {"fences": 1}
    entry = {"repository": "f/guide", "fences": 3, "leave_out": ["Ruby", "lua", "text", "markdown"]}
    result = build(tmp_path, write_manifest(tmp_path, entry, caps=caps))
    assert result.exit_code == 0, result.output
    assert Counter((row["language"], row["kind"]) for row in rows(tmp_path)) == {
        ("python", "file"): 1,
        ("python", "fence"): 3,
    }
    assert report(tmp_path)["files skipped"]["left out by the manifest"] == 4
    build(tmp_path, write_manifest(tmp_path, "f/guide", caps=caps))
    found = Counter((row["language"], row["kind"]) for row in rows(tmp_path))
    assert found["python", "fence"] == found["ruby", "fence"] == found["lua", "file"] == 1
    assert found["text", "prose"] == 1


def test_blocks_are_learnt_as_what_their_author_means(tmp_path, mirrors):
    blocks = "".join(f"```{label}\n{python_text(i)}```\n\n" for i, label in enumerate(["perl", "perl", "ruby"]))
    make_mirror(mirrors, "f/guide", {"guide.md": blocks, "a.pl": "use strict;\n" + python_text(9)})
    entry = {"repository": "f/guide", "relabel": {"Perl": "raku"}, "leave_out": ["markdown"]}
    build(tmp_path, write_manifest(tmp_path, entry))
    assert Counter((row["language"], row["kind"]) for row in rows(tmp_path)) == {
        ("raku", "fence"): 2,
        ("ruby", "fence"): 1,
        ("perl", "file"): 1,
    }
    # Where nothing shows what is meant, the author is believed.
    build(tmp_path, write_manifest(tmp_path, entry | {"relabel": {"perl": "blade", "ruby": "raku"}}))
    found = Counter((row["language"], row["kind"]) for row in rows(tmp_path))
    assert found["perl", "fence"] == 2
    assert found["raku", "fence"] == 1


def test_texts_that_do_not_show_their_language_are_not_taken(tmp_path, mirrors):
    files = {
        "page.erb": python_text(1),
        "other.erb": "<% if wet %>\n" + python_text(2),
        "guide.md": f"```html\n{python_text(3)}```\n\n```html\n<p>\n{python_text(4)}```\n",
    }
    make_mirror(mirrors, "f/guide", files)
    build(tmp_path, write_manifest(tmp_path, "f/guide"))
    found = Counter((row["language"], row["kind"]) for row in rows(tmp_path))
    assert found["html+erb", "file"] == found["html", "fence"] == 1
    assert report(tmp_path)["files skipped"]["nothing shows its language"] == 2


def test_a_collection_is_of_many_authors(tmp_path, mirrors):
    files = {f"{i}.py": python_text(i) for i in range(24)}
    make_mirror(mirrors, "f/collection", files)
    make_mirror(mirrors, "f/project", {f"{i}.py": python_text(100 + i) for i in range(3)})
    entries = [{"repository": "f/collection", "files_per_author": 4}, "f/project"]
    build(tmp_path, write_manifest(tmp_path, *entries))
    found = rows(tmp_path)
    authors = {row["path"]: row["author"] for row in found if row["repository"] == "f/collection"}
    assert set(authors.values()) <= {f"f/collection#{i}" for i in range(6)}
    assert 3 <= len(set(authors.values())) <= 6
    assert {row["author"] for row in found if row["repository"] == "f/project"} == {None}
    before = sorted((tmp_path / "corpus.parquet.work" / "shards").iterdir())
    again = build(tmp_path, write_manifest(tmp_path, entries[0] | {"files_per_author": 1}, "f/project"))
    assert "2 of them read before" in again.stderr
    assert sorted((tmp_path / "corpus.parquet.work" / "shards").iterdir()) == before
    assert len({row["author"] for row in rows(tmp_path)}) > 7


@pytest.mark.parametrize("damage", ["", "[]", "{}", "rows"])
def test_a_damaged_shard_is_read_again(tmp_path, mirrors, damage):
    make_mirror(mirrors, "f/one", {f"{i}.py": python_text(i) for i in range(4)})
    manifest = write_manifest(tmp_path, "f/one")
    build(tmp_path, manifest)
    before = rows(tmp_path)
    shards = tmp_path / "corpus.parquet.work" / "shards"
    if damage == "rows":
        (shard,) = shards.glob("*.parquet")
        shard.write_bytes(shard.read_bytes()[:99])
    else:
        (shard,) = shards.glob("*.json")
        shard.write_text(damage, "utf-8")
    result = build(tmp_path, manifest)
    assert result.exit_code == 0, result.output
    assert rows(tmp_path) == before


def test_nothing_is_left_for_want_of_a_licence(tmp_path, mirrors):
    make_mirror(mirrors, "f/one", {"a.py": python_text(1)})
    result = build(tmp_path, write_manifest(tmp_path, {"repository": "f/one", "licence": None}))
    assert result.exit_code == 1
    assert "every repository was left out (licence: 1)" in result.stderr


def test_copies(tmp_path, mirrors):
    text = python_text(1)
    make_mirror(mirrors, "g/one", {"a.py": text, "b.py": text.replace("    ", "\t"), "c.py": text + "# the end\n"})
    make_mirror(mirrors, "g/two", {"a.py": text, "d.py": python_text(2)})
    build(tmp_path, write_manifest(tmp_path, "g/one", "g/two"))
    assert len(rows(tmp_path)) == 2
    assert report(tmp_path)["texts left out"] == {"exact copy": 2, "near copy": 1}


def test_sketches_find_what_is_similar():
    texts = [python_text(i, 40) for i in range(30)]
    texts += [text + "x = 1\n" for text in texts[:10]]
    sketches = [sketch_of(shingles_of(tokens_of(text))).astype("<u4").tobytes() for text in texts]
    assert first_of_each(sketches) == [*range(30), *range(10)]
    assert first_of_each([]) == []
