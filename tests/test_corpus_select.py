"""What of all that was read goes into a corpus: copies, and caps."""

import hashlib
from collections import Counter

from whichcode.corpus.manifest import Caps
from whichcode.corpus.select import Candidate, author_of, in_order, within_caps, without_copies


def candidate(name, language="python", repository="a/b", kind="file", **told):
    key = hashlib.sha256(name.encode()).digest()[:16]
    return Candidate(
        repository, 0, language, kind, hashlib.sha256(name.encode()).hexdigest(), key, b"", None, **told
    )


def test_copies_with_different_labels():
    skipped = Counter()
    majority = [candidate("x", "c"), candidate("x", "c"), candidate("x", "c++")]
    tie = [candidate("y", "c"), candidate("y", "c++")]
    assert [one.language for one in without_copies([*majority, *tie], skipped)] == ["c"]
    assert skipped == {"exact copy": 2, "copies with different labels": 2}


def test_a_large_repository_loses_first():
    many = [candidate(f"m{i}", repository="a/many") for i in range(10)]
    few = [candidate(f"f{i}", repository="a/few") for i in range(2)]
    kept = within_caps(in_order([*many, *few]), Caps(language_files=6), frozenset(), Counter())
    assert Counter(one.repository for one in kept) == {"a/many": 4, "a/few": 2}


def test_each_author_of_a_collection_loses_as_a_repository_does():
    many = [candidate(f"m{i}", repository="a/many", files_per_author=2) for i in range(10)]
    few = [candidate(f"f{i}", repository="a/few") for i in range(5)]
    kept = within_caps(in_order([*many, *few]), Caps(language_files=6), frozenset(), Counter())
    assert Counter(one.repository for one in kept) == {"a/many": 5, "a/few": 1}
    kept = within_caps(in_order([*many, *few]), Caps(language_files=12), frozenset(), Counter())
    assert Counter(one.repository for one in kept) == {"a/many": 10, "a/few": 2}


def test_blocks_of_one_page_are_of_one_author():
    authors = {
        page: {author_of("a/many", f"{page}#L{line}", 400, 4) for line in (1, 20, 300)}
        for page in (f"tasks/{i}.md" for i in range(40))
    }
    assert {len(found) for found in authors.values()} == {1}
    assert len(set.union(*authors.values())) > 20
    assert author_of("a/many", "tasks/1.md#L7", 400, None) is None
