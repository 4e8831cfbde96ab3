"""The public exam: peers in processes of their own, asked once."""

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.exam import labels
from benchmarks.exam.cache import AnswerCache, RawAnswer
from benchmarks.exam.systems import SCRIPTS, SYSTEMS, Peer, ask_peer, describe, peer
from benchmarks.names import COLOURS, TITLES
from peers import fake_peer
from whichcode.errors import CorpusError, EvaluationError


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
    assert set(SYSTEMS) <= set(TITLES)
    assert set(SYSTEMS) <= set(COLOURS)
    for name in SYSTEMS[1:]:
        found = peer(name, python="python3", node="node", node_modules=Path("node_modules"))
        assert Path(found.command[1]).parent == SCRIPTS
        assert Path(found.command[1]).exists()
        assert found.table in labels.tables()
