"""The public exam: what it asks, that it is the same everywhere, and how answers are scored."""

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.exam import labels, sources
from benchmarks.exam.__main__ import main
from benchmarks.exam.answers import NO_ANSWER, OTHER, peer_sheet, whichcode_sheet
from benchmarks.exam.build import INDEX, build, differences, read_index
from benchmarks.exam.cache import AnswerCache, RawAnswer
from benchmarks.exam.items import Item, digest, read_part, to_jsonl
from benchmarks.exam.report import NAMES, write_report
from benchmarks.exam.run import Selection, run
from benchmarks.exam.sampling import draw_raw_windows
from benchmarks.exam.score import score
from benchmarks.exam.systems import SCRIPTS, SYSTEMS, Peer, ask_peer, describe, peer
from benchmarks.exam.trees import commit, read_tree
from whichcode.detection import Detection
from whichcode.errors import CorpusError, EvaluationError
from whichcode.languages import languages

REGISTRY = {language.id for language in languages()}


# Texts


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


# Labels


def test_every_table_leads_to_the_registry():
    for table, entries in labels.tables().items():
        for label, found in entries.items():
            assert label == label.lower(), (table, label)
            assert found in REGISTRY | {""}, (table, label)
    assert labels.the_40() <= REGISTRY
    assert len(labels.the_40()) == 40


@pytest.mark.parametrize(
    ("label", "table", "found"),
    [
        ("pl/pgsql", "smola", "plpgsql"),
        ("coq", "smola", "rocq prover"),
        ("shell", "smola", "shell"),
        ("shell", "highlightjs", "shellsession"),
        ("mm", "vscode", "objective-c"),
        ("v", "vscode", "verilog"),
        ("Javascript", "flourite", "javascript"),
        ("S", "pygments", "r"),
        ("Text only", "pygments", "text"),
        ("sqlite", "magika", None),
        ("pdf", "magika", None),
        ("asl-of-nobody", "magika", None),
        ("rd", "rouge", None),  # an extension, from which nothing is guessed
    ],
)
def test_labels(label, table, found):
    assert labels.registry_id(label, table) == found


# Answers and scores


def make_items(languages, texts_each=4, files_each=2):
    return [
        Item(f"p/{language}-{i}", "smola-1", language, 1, f"{language}/{i % files_each}", i, f"{language} {i}")
        for language in languages
        for i in range(texts_each)
    ]


def test_a_perfect_and_a_silent_peer():
    items = make_items(["lua", "ruby"])
    everything = frozenset({"lua", "ruby"})
    perfect = peer_sheet(items, [RawAnswer(item.language) for item in items], "flourite", confident=False)
    figures = score(perfect, everything)
    assert figures["macro_recall"] == {
        "pessimistic": 1.0, "expected": 1.0, "optimistic": 1.0, "interval_95": [1.0, 1.0]
    }  # fmt: skip
    assert (figures["texts"], figures["files"], figures["languages"]) == (8, 4, 2)
    assert "expected_calibration_error" not in figures
    silent = score(peer_sheet(items, [RawAnswer(None)] * 8, "flourite", confident=False), everything)
    assert silent["macro_recall"]["optimistic"] == 0.0
    assert (silent["abstained"], silent["within_families"]) == (1.0, 0.0)
    assert score(perfect, frozenset({"ada"})) is None


def test_languages_weigh_the_same_and_unknown_labels_are_wrong():
    items = make_items(["lua"], 6) + make_items(["ruby"], 2)
    raw = (
        [RawAnswer("Lua")] * 3
        + [RawAnswer("nonesuch"), RawAnswer("PHP"), RawAnswer(None)]
        + [RawAnswer("Ruby")] * 2
    )
    sheet = peer_sheet(items, raw, "flourite", confident=False)
    assert set(sheet.classes) == {"lua", "ruby", "php", OTHER, NO_ANSWER}
    figures = score(sheet, frozenset({"lua", "ruby"}))
    assert figures["macro_recall"]["expected"] == pytest.approx((3 / 6 + 2 / 2) / 2)
    assert figures["recall"] == {"lua": 0.5, "ruby": 1.0}
    assert figures["abstained"] == pytest.approx(1 / 6 / 2)
    only = score(sheet, frozenset({"lua"}), full=False)
    assert only["macro_recall"]["expected"] == 0.5
    assert set(only) == {"texts", "files", "languages", "macro_recall"}


def test_families_stand_beside_strict_accuracy():
    items = make_items(["javascript"], 4)
    raw = [RawAnswer("Javascript"), RawAnswer("Typescript"), RawAnswer("Typescript"), RawAnswer("Python")]
    figures = score(peer_sheet(items, raw, "flourite", confident=False), frozenset({"javascript"}))
    assert figures["macro_recall"]["expected"] == 0.25
    assert figures["within_families"] == 0.75


def test_confidence_and_abstention_of_a_peer():
    items = make_items(["lua"], 4)
    raw = [
        RawAnswer("lua", 0.95), RawAnswer("lua", 0.92, abstains=True),
        RawAnswer("ruby", 0.97), RawAnswer("txt", 0.3, abstains=True),
    ]  # fmt: skip
    figures = score(peer_sheet(items, raw, "magika", confident=True), frozenset({"lua"}))
    assert figures["confident"] == {"threshold": 0.9, "accuracy": pytest.approx(2 / 3), "share": 0.75}
    # Every row is a bin of its own.
    assert figures["expected_calibration_error"] == pytest.approx((0.05 + 0.08 + 0.97 + 0.3) / 4)
    # An answer at p that is right p of the time is off by 2 p (1 - p) in the mean.
    assert figures["calibration_error_by_chance"] == pytest.approx(0.18, abs=0.05)
    assert (figures["abstained"], figures["would_abstain"]) == (0.25, 0.5)


class Tied:
    """Answers lua and ruby alike to all texts but blank ones."""

    languages = ("lua", "ruby", "ada")

    def detect_many(self, texts, k):
        tie = Detection("lua", 0.5, (("lua", 0.5), ("ruby", 0.5), ("ada", 0.0))[:k])
        return [tie if text.strip() else Detection(None, 0.0, ()) for text in texts]


def test_ties_of_whichcode_get_expected_credit_with_bounds():
    items = make_items(["lua", "ruby", "zig"], 2)
    figures = score(whichcode_sheet(Tied(), items), frozenset({"lua", "ruby", "zig"}))
    recall = figures["macro_recall"]
    assert recall["expected"] == pytest.approx(1 / 3)
    assert (recall["pessimistic"], recall["optimistic"]) == (0.0, pytest.approx(2 / 3))
    assert not figures["headline"]


def test_a_blank_text_is_no_tie():
    item = Item("p/0", "smola-1", "lua", 1, "f", 0, "  ")
    figures = score(whichcode_sheet(Tied(), [item]), frozenset({"lua"}))
    assert figures["macro_recall"]["optimistic"] == 0.0
    assert figures["abstained"] == 1.0


def test_whichcode_answers_as_its_users_see_it(mini_detector):
    texts = ["LET a BECOME b PLUS 1.", "\0\0\0\0", "<<call a with=b/>>"]
    items = [Item(f"p/{i}", "p", "wordy", 1, f"{i}", 0, text) for i, text in enumerate(texts)]
    sheet = whichcode_sheet(mini_detector, items)
    assert sheet.abstained.tolist() == [False, True, False]
    names = [sheet.classes[i] for i in sheet.scores.argmax(axis=1)]
    assert names == [mini_detector.detect(texts[0]).language, NO_ANSWER, mini_detector.detect(texts[2]).language]
    first = dict(zip(sheet.classes, sheet.scores[0], strict=True))
    assert [first[name] for name in mini_detector.languages] == pytest.approx(
        mini_detector.probabilities(texts[0])
    )


def test_intervals_resample_files():
    # Two files, one all right and one all wrong: windows of one file are not independent.
    items = make_items(["lua"], 100)
    raw = [RawAnswer("Lua" if item.file.endswith("0") else "Ruby") for item in items]
    figures = score(peer_sheet(items, raw, "flourite", confident=False), frozenset({"lua"}))
    assert figures["macro_recall"]["interval_95"] == [0.0, 1.0]


# Peers

FAKE = """
import json, sys
from pathlib import Path

log, most = Path(sys.argv[1]), int(sys.argv[2])
if sys.argv[3:] == ["--describe"]:
    print(json.dumps({"version": "7", "labels": ["Lua", "PL/pgSQL", "Nonesuch"], "probabilities": True}))
    sys.exit()
for number, line in enumerate(sys.stdin):
    if number == most:
        sys.exit("out of breath")
    row = json.loads(line)
    with log.open("a") as file:
        file.write(row["text"] + "\\0")
    label = "Lua" if "lu_" in row["text"] else None
    print(json.dumps({"id": row["id"], "label": label, "score": 0.75}), flush=True)
"""


def fake_peer(folder, most=10**9):
    script = folder / "ask_fake.py"
    script.write_text(FAKE, "utf-8")
    return Peer("magika", (sys.executable, str(script), str(folder / "asked"), str(most)), "pygments")


def asked(folder):
    path = folder / "asked"
    return path.read_text("utf-8").split("\0")[:-1] if path.exists() else []


def test_a_peer_is_asked_once(tmp_path):
    texts = ["lu_1", "pl_1", "lu_1"]
    peer = fake_peer(tmp_path)
    assert describe(peer).version == "7"
    for _ in range(2):
        with AnswerCache(tmp_path, "fake", "7", "part", "0" * 64) as cache:
            answers = ask_peer(peer, texts, cache)
        assert answers == [RawAnswer("Lua", 0.75), RawAnswer(None, 0.75), RawAnswer("Lua", 0.75)]
        assert asked(tmp_path) == ["lu_1", "pl_1"]


def test_another_version_or_part_is_asked_anew(tmp_path):
    with AnswerCache(tmp_path, "fake", "7", "part", "0" * 64) as cache:
        cache.add("text", RawAnswer("Lua"))
    assert AnswerCache(tmp_path, "fake", "7", "part", "0" * 64).get("text") == RawAnswer("Lua")
    for version, part, sha256 in (("8", "part", "0" * 64), ("7", "other", "0" * 64), ("7", "part", "1" * 64)):
        assert AnswerCache(tmp_path, "fake", version, part, sha256).get("text") is None


def test_an_interrupted_run_goes_on(tmp_path):
    texts = [f"lu_{i}" for i in range(5)]
    with (
        AnswerCache(tmp_path, "fake", "7", "part", "0" * 64) as cache,
        pytest.raises(EvaluationError, match="run again"),
    ):
        ask_peer(fake_peer(tmp_path, most=3), texts, cache)
    # As if the machine had failed while the last answer was written.
    cache.path.write_bytes(cache.path.read_bytes()[:-10])
    with AnswerCache(tmp_path, "fake", "7", "part", "0" * 64) as cache:
        assert len(ask_peer(fake_peer(tmp_path), texts, cache)) == 5
    assert asked(tmp_path) == ["lu_0", "lu_1", "lu_2", "lu_2", "lu_3", "lu_4"]
    with AnswerCache(tmp_path, "fake", "7", "part", "0" * 64) as cache:
        assert list(cache.missing(texts)) == []


def test_a_damaged_cache_is_told(tmp_path):
    with AnswerCache(tmp_path, "fake", "7", "part", "0" * 64) as cache:
        cache.add("text", RawAnswer("Lua"))
    cache.path.write_text("{}\n", "utf-8")
    with pytest.raises(CorpusError, match="line 1 is no answer"):
        AnswerCache(tmp_path, "fake", "7", "part", "0" * 64)


def test_a_peer_that_is_not_installed_is_told(tmp_path):
    with pytest.raises(EvaluationError, match=r"does not start .* says how to install it"):
        describe(Peer("flourite", (str(tmp_path / "none"), "x"), "flourite"))
    broken = tmp_path / "broken.py"
    broken.write_text("import nonesuch_of_nobody\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"nonesuch_of_nobody.* says how to install it"):
        describe(Peer("flourite", (sys.executable, str(broken)), "flourite"))


def test_a_peer_that_ends_at_once_is_one_error(tmp_path):
    script = tmp_path / "ends.py"
    script.write_text("import os\nos.close(0)\n", "utf-8")
    gone = Peer("flourite", (sys.executable, str(script)), "flourite")
    with (
        AnswerCache(tmp_path, "gone", "1", "part", "0" * 64) as cache,
        pytest.raises(EvaluationError, match=r"flourite: .*run again"),
    ):
        ask_peer(gone, ["text " * 50_000], cache)


def test_pygments_is_asked(tmp_path):
    pytest.importorskip("pygments")
    found = peer("pygments", python=sys.executable, node="node", node_modules=Path("node_modules"))
    described = describe(found)
    assert not described.probabilities
    known = labels.registry_ids(described.labels, found.table)
    assert {"python", "c++", "r", "rust", "emacs lisp", "text"} <= known
    with AnswerCache(tmp_path, "pygments", described.version, "part", "0" * 64) as cache:
        answers = ask_peer(found, ["#!/usr/bin/perl\nprint 1;\n", "word"], cache)
    assert [labels.registry_id(answer.label, found.table) for answer in answers] == ["perl", "text"]


SLOW = """
const { serve } = require(process.env.SERVE);
const answer = (text) => {
  while (text === "slow");
  return { label: text.toUpperCase(), score: 0.5 };
};
serve(__filename, () => ({ version: "1", labels: ["A"], probabilities: true }), () => answer);
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
def test_peers_in_javascript_have_a_time_limit(tmp_path):
    script = tmp_path / "ask_slow.js"
    script.write_text(SLOW, "utf-8")
    environment = (("SERVE", str(SCRIPTS / "serve.js")), ("PEER_SECONDS", "1"))
    slow = Peer("flourite", ("node", str(script)), "flourite", environment)
    assert describe(slow).labels == ("A",)
    with AnswerCache(tmp_path, "slow", "1", "part", "0" * 64) as cache:
        answers = ask_peer(slow, ["a", "slow", "b"], cache)
    assert answers == [RawAnswer("A", 0.5), RawAnswer(None, None, timeout=True), RawAnswer("B", 0.5)]


def test_every_system_has_its_script_table_and_name():
    assert set(NAMES) == set(SYSTEMS)
    for name in SYSTEMS[1:]:
        found = peer(name, python="python3", node="node", node_modules=Path("node_modules"))
        assert Path(found.command[1]).parent == SCRIPTS
        assert Path(found.command[1]).exists()
        assert found.table in labels.tables()


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


def test_the_selection():
    items = make_items(["lua", "ada"], 4)
    assert [item.draw for item in Selection(draws=1).of(items, "magika")] == [0, 0]
    assert {item.language for item in Selection(only_40=True).of(items, "magika")} == {"lua"}
    assert [item.id for item in Selection(limit=2).of(items, "magika")] == [items[0].id, items[4].id]
    assert len(Selection(draws=3, fewer={"vscode": 1}).of(items, "vscode")) == 2
    assert len(Selection(draws=3, fewer={"vscode": 1}).of(items, "magika")) == 6


def test_wrong_usage(tmp_path, capsys):
    for arguments in (["--systems", "nobody"], ["--systems", "magika", "--fewer", "nobody=3"], ["--limit", "0"]):
        with pytest.raises(SystemExit) as stopped:
            main(["run", "--exam", str(tmp_path), "--out", str(tmp_path), *arguments])
        assert stopped.value.code == 2
    assert main(["run", "--exam", str(tmp_path), "--systems", "whichcode", "--out", str(tmp_path / "r")]) == 1
    assert "no index of an exam" in capsys.readouterr().err


def test_scores_are_rows_of_the_right_shape():
    items = make_items(["lua"], 3)
    sheet = peer_sheet(items, [RawAnswer("lua", 0.0), RawAnswer("lua"), RawAnswer(None)], "magika", confident=True)
    assert sheet.scores.shape == (3, len(sheet.classes))
    # An answer without any confidence is an answer still, and no sure one.
    assert np.count_nonzero(sheet.scores) == 3
    figures = score(sheet, frozenset({"lua"}))
    assert figures["macro_recall"]["expected"] == pytest.approx(2 / 3)
    assert figures["confident"] == {"threshold": 0.9, "accuracy": None, "share": 0.0}
