"""Manifests: what they may say, and the project's own."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from whichcode.corpus.licences import licence_allows
from whichcode.corpus.manifest import Caps, matcher, read_manifest
from whichcode.errors import CorpusError

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("licence", "allows"),
    [
        ("MIT", True),
        ("GPL-3.0", True),
        ("CC-BY-SA-4.0", True),
        ("Apache-2.0 OR MIT", True),
        ("(CC-BY-NC-4.0 OR MIT)", True),
        ("MIT AND CC-BY-ND-4.0", False),
        ("CC-BY-NC-SA-4.0", False),
        ("CC-BY-ND-4.0", False),
        ("MIT OR CC-BY-NC-4.0 AND CC0-1.0", True),
        ("(MIT OR CC0-1.0) AND CC-BY-NC-4.0", False),
        ("CC-BY-NC-4.0 AND (MIT OR Apache-2.0)", False),
        ("CC-BY-4.0 AND (MIT OR (ISC AND NONE))", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("PolyForm-Noncommercial-1.0.0", False),
        ("BUSL-1.1", False),
        ("LicenseRef-Proprietary", False),
        ("LicenseRef-Commercial", False),
        ("PolyForm-Strict-1.0.0", False),
        ("FSL-1.1-MIT", False),
        ("Apache-2.0 WITH Commons-Clause", False),
        ("all-rights-reserved", False),
        ("CC-BY-NC4", False),
        ("(MIT) OR (", False),
        ("MIT OR NONE", True),
        ("MIT AND", False),
        ("NOASSERTION", False),
        ("Other", False),
        ("", False),
        (None, False),
    ],
)
def test_which_licences_allow(licence, allows):
    assert licence_allows(licence) is allows


def test_matching():
    match = matcher(("src/**", "*.md", "docs/", "**/[ab]?.py"))
    assert match("src/a/b.c")
    assert match("README.md")
    assert match("docs/a/b")
    assert match("a1.py")
    assert match("x/y/b2.py")
    assert not match("x/README.md")
    assert not match("x/c1.py")
    assert not matcher(())("a")


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ("{", "not JSON"),
        ('"ducks"', "a list 'repositories'"),
        ("{}", "a list 'repositories'"),
        ("[]", "names no repository"),
        ('{"repositories": [], "cap": 1}', "has no 'cap'"),
        ("[1]", "entry 1 must be an object"),
        ('[{"repository": "ducks"}]', "entry 1: 'repository' must be owner/name, not 'ducks'"),
        ('[{"repository": "../x"}]', "must be owner/name"),
        ('[{"repository": "a/b"}, {"repository": "A/B"}]', "entry 2 (A/B) is listed twice"),
        ('[{"repository": "a/b.git"}]', "must be owner/name"),
        ('[{"repository": "a/b.GIT"}]', "must be owner/name"),
        ('[{"repository": "a/.."}]', "must be owner/name"),
        ('[{"repository": "a/b", "include": ["[z-a]"]}]', "'[z-a]' is no pattern"),
        ('[{"repository": "a/b", "folders": {"[!]": "lua"}}]', "'[!]' is no pattern"),
        ('[{"repository": "a/b", "licence": "MIT\\ud800"}]', "'licence' must be an SPDX expression"),
        ('[{"repository": "a/b", "branch": "x"}]', "entry 1 (a/b): there is no 'branch'"),
        ('[{"repository": "a/b", "commit": "main"}]', "'commit' must be 40 hexadecimal digits or null"),
        ('[{"repository": "a/b", "licence": 1}]', "'licence' must be an SPDX expression"),
        ('[{"repository": "a/b", "include": "x"}]', "'include' must be a list of patterns"),
        ('[{"repository": "a/b", "cap": 0}]', "'cap' must be a whole number"),
        ('[{"repository": "a/b", "fences": true}]', "'fences' must be a whole number"),
        ('[{"repository": "a/b", "leave_out": "lua"}]', "'leave_out' must be a list of languages"),
        ('[{"repository": "a/b", "leave_out": ["duckscript"]}]', "'leave_out': 'duckscript' is not the name"),
        ('[{"repository": "a/b", "leave_out": ["bison"]}]', "'leave_out': 'bison' is learnt as 'yacc'; name that"),
        (
            '[{"repository": "a/b", "labels": "folders", "folders": {"x": "lua"}, "leave_out": ["Lua"]}]',
            "'lua' is in 'folders' and in 'leave_out'",
        ),
        ('[{"repository": "a/b", "relabel": ["lua"]}]', "'relabel' must map languages to languages"),
        ('[{"repository": "a/b", "relabel": {"lua": 1}}]', "'relabel' must map languages to languages"),
        (
            '[{"repository": "a/b", "relabel": {"lua": "duckscript"}}]',
            "'duckscript' is not the name of a language",
        ),
        ('[{"repository": "a/b", "relabel": {"bison": "lua"}}]', "'bison' is learnt as 'yacc'; name that"),
        ('[{"repository": "a/b", "relabel": {"lua": "bison"}}]', "'bison' is learnt as 'yacc'; name that"),
        ('[{"repository": "a/b", "relabel": {"lua": "Lua"}}]', "are the same language"),
        ('[{"repository": "a/b", "relabel": {"perl": "raku", "Perl": "lua"}}]', "'perl' is there twice"),
        (
            '[{"repository": "a/b", "labels": "folders", "folders": {"x": "c"}, "relabel": {"lua": "luau"}}]',
            "'relabel' is for blocks",
        ),
        (
            '[{"repository": "a/b", "relabel": {"lua": "luau"}, "leave_out": ["luau"]}]',
            "'luau' is in 'relabel' and in 'leave_out'",
        ),
        (
            '[{"repository": "a/b", "relabel": {"Lua": "luau"}, "leave_out": ["lua"]}]',
            "'lua' is in 'relabel' and in 'leave_out'",
        ),
        ('[{"repository": "a/b", "files_per_author": 0.5}]', "'files_per_author' must be a whole number"),
        ('[{"repository": "a/b", "labels": "guess"}]', "'labels' must be 'names' or 'folders'"),
        ('[{"repository": "a/b", "labels": "folders"}]', "'folders' must say the language"),
        ('[{"repository": "a/b", "folders": {"x": 1}}]', "must map patterns to languages"),
        ('[{"repository": "a/b", "folders": {"x": "duckscript"}}]', "'duckscript' is not the name of a language"),
        ('[{"repository": "a/b", "folders": {"x": "text/poem"}}]', "there is no kind 'poem'"),
        ('{"repositories": [{"repository": "a/b"}], "caps": 1}', "'caps' must be an object"),
        ('{"repositories": [{"repository": "a/b"}], "caps": {"x": 1}}', "'caps' has no 'x'"),
        ('{"repositories": [{"repository": "a/b"}], "caps": {"files": 0}}', "the cap 'files' must be"),
    ],
)
def test_wrong_manifests(tmp_path, stored, message):
    path = tmp_path / "manifest.json"
    path.write_text(stored, "utf-8")
    with pytest.raises(CorpusError, match=re.escape(message)) as raised:
        read_manifest(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_list_is_a_manifest(tmp_path):
    path = tmp_path / "list.json"
    path.write_text('[{"repository": "b/two"}, {"repository": "a/one", "licence": "MIT"}]', "utf-8")
    manifest = read_manifest(path)
    assert [one.repository for one in manifest.repositories] == ["a/one", "b/two"]
    assert manifest.caps == Caps()


@pytest.mark.parametrize("name", ["manifest.json", "further.json"])
def test_the_projects_manifests_are_free_of_exams(name):
    manifest = read_manifest(ROOT / "corpora" / name)
    refused = set((ROOT / "src" / "whichcode" / "data" / "heldout.sha256").read_text("utf-8").split())
    assert len(refused) > 200
    names = {one.repository.lower() for one in manifest.repositories}
    assert {name for name in names if hashlib.sha256(name.encode()).hexdigest() in refused} == set()
    assert {one.repository for one in manifest.repositories if not licence_allows(one.licence)} == set()
    assert {one.repository for one in manifest.repositories if one.commit is None} == set()
    # A repository that moved may be listed under both names.
    commits = Counter(one.commit for one in manifest.repositories)
    assert [commit for commit, times in commits.items() if times > 1] == []
    held_back = read_manifest(ROOT / "corpora" / "text-held-back.json")
    assert len(held_back.repositories) >= 10
    assert names & {one.repository.lower() for one in held_back.repositories} == set()


def test_what_is_to_be_learnt_further_is_not_in_the_manifest():
    first, further = (
        read_manifest(ROOT / "corpora" / name).repositories for name in ("manifest.json", "further.json")
    )
    assert not {one.repository.lower() for one in first} & {one.repository.lower() for one in further}
    assert not {one.commit for one in first} & {one.commit for one in further}
