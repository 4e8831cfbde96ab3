"""Building a corpus from git directories that the tests make."""

import hashlib
import json
import random
import subprocess
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pygit2
import pytest
from click.testing import CliRunner

from whichcode.cli.commands import group
from whichcode.corpus import read_corpus
from whichcode.corpus.exams import read_exams
from whichcode.corpus.git import Mirror, find_mirror
from whichcode.corpus.near import first_of_each, shingles_of, sketch_of, tokens_of

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


@pytest.fixture
def mirrors(tmp_path):
    (tmp_path / "mirrors").mkdir()
    return tmp_path / "mirrors"


@pytest.fixture
def two(tmp_path, mirrors):
    """Two repositories, and their manifest."""
    guide = "# Guide\n\nIt *works* like this, as everybody knows by now:\n\n```lua\nlocal duck = quack(1)\n```\n"
    make_mirror(
        mirrors,
        "a/one",
        {
            **{f"src/m{i}.py": python_text(i) for i in range(8)},
            "LICENSE": "You may do with this as you like, and nobody will be angry with you for it.\n",
            "README.md": guide,
            "vendor/x.py": python_text("vendored"),
            "lock/package-lock.json": '{"name": "duck", "lockfileVersion": 3, "requires": true, "packages": {}}\n',
            "min.js": "var a=1;" * 200,
            "tiny.py": "x = 1\n",
            "huge.py": python_text("huge", 3000),
            "bin.py": b"\0\1\2" * 100,
            "unheard.of": "words " * 40,
        },
    )
    make_mirror(mirrors, "b/two", {f"{i}.lua": lua_text(i) for i in range(5)})
    return write_manifest(tmp_path, "a/one", "b/two")


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


# Exams.


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


def test_what_slips_through_is_taken_back(tmp_path, mirrors, monkeypatch):
    import whichcode.corpus.build as module

    make_mirror(mirrors, "i/one", {"a.py": python_text(1)})
    monkeypatch.setattr(module, "_without_exam_texts", lambda candidates, *_: candidates)
    exam = write_exam(tmp_path, python_text(1))
    result = build(tmp_path, write_manifest(tmp_path, "i/one"), "--exclude-texts", exam)
    assert result.exit_code == 1
    assert "1 texts like an exam's were in what was written" in result.stderr
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


# Git directories.


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


# Clones.


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
    assert "is written as .parquet" in out.stderr
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
