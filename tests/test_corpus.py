import json
import random
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import make_texts, write_folder
from whichcode.corpus import Corpus, Document, read_corpora, read_corpus
from whichcode.corpus.duplicates import find_duplicates
from whichcode.corpus.near import shingles_of, similarity, tokens_of
from whichcode.corpus.splits import split_corpus
from whichcode.corpus.writers import write_corpus
from whichcode.errors import CorpusError


def documents(language="wordy", count=12, **fields):
    return [
        Document(language, text, f"{language}/{i}", **fields) for i, text in enumerate(make_texts(language, count))
    ]


def test_folder(tmp_path):
    root = write_folder(tmp_path / "c", count=3)
    (root / "wordy" / ".hidden").write_text("no")
    (root / "wordy" / "blank.txt").write_text(" \n")
    (root / "wordy" / "picture.png").write_bytes(b"\x89PNG\0\0\0\0")
    corpus = read_corpus(root)
    assert corpus.languages == ("apl-ish", "tagged", "wordy")
    assert len(corpus.documents) == 9
    assert corpus.skipped == {"binary": 1, "empty": 1}
    assert corpus.documents[0].source == "c"


def test_the_three_formats_read_alike(tmp_path):
    rows = documents() + documents("tagged")
    for name in ("c.jsonl", "c.parquet"):
        write_corpus(tmp_path / name, rows)
    a, b = read_corpus(tmp_path / "c.jsonl"), read_corpus(tmp_path / "c.parquet")
    assert [d.text for d in a.documents] == [d.text for d in rows]
    assert [(d.language, d.text, d.path) for d in a.documents] == [
        (d.language, d.text, d.path) for d in b.documents
    ]
    assert a.digests == b.digests


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.jsonl", '{"language": "x", "content": "y"}\n{"language": "x"}\n', "line 2"),
        ("c.jsonl", '{"language": "x", "content": "y"}\nnot json\n', "line 2 is not JSON"),
        ("c.jsonl", '["x", "y"]\n', "line 1 must be an object"),
        ("c.jsonl", '{"language": "", "content": "y"}\n', "'language' must be a text that is not empty"),
        ("c.jsonl", '{"language": "x", "content": "y", "split": "dev"}\n', "'split' is 'dev'"),
        ("c.jsonl", "[" * 100_000, "line 1 is not JSON"),
        ("c.jsonl", '{"language": "x\\ud800", "content": "y"}\n', "cannot be printed"),
        ("c.jsonl", '{"language": "x", "content": "y", "repository": 7}\n', "'repository' must be a text"),
        ("c.jsonl", "", "no labelled text"),
        ("c.jsonl", '{"language": "x", "content": " "}\n', "1 empty left out"),
        ("c.parquet", "not parquet", "not a Parquet file"),
        ("c.txt", "x", "not a corpus"),
    ],
)
def test_bad_corpora_are_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(CorpusError, match=message) as error:
        read_corpus(path)
    assert str(path) in str(error.value)


def test_missing_corpus_and_column(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        read_corpus(tmp_path / "nothing")
    pq.write_table(pa.table({"language": ["x"], "text": ["y"]}), tmp_path / "c.parquet")
    with pytest.raises(CorpusError, match="no column 'content'"):
        read_corpus(tmp_path / "c.parquet")


def test_labels_are_lower_case_in_every_format(tmp_path):
    text = make_texts("wordy", 1)[0]
    (tmp_path / "folder" / "Wordy").mkdir(parents=True)
    (tmp_path / "folder" / "Wordy" / "a.txt").write_text(text)
    write_corpus(tmp_path / "c.jsonl", [Document("Wordy", text, "a")])
    for name in ("folder", "c.jsonl"):
        assert read_corpus(tmp_path / name).languages == ("wordy",)


def test_two_corpora_of_one_name_are_refused(tmp_path):
    write_corpus(tmp_path / "c.jsonl", documents())
    write_corpus(tmp_path / "c.parquet", documents())
    with pytest.raises(CorpusError, match="another corpus is called 'c'"):
        read_corpora([tmp_path / "c.jsonl", tmp_path / "c.parquet"])


def test_duplicates():
    text = make_texts("wordy", 1)[0] * 5
    near = text.replace("LET", "LET", 1) + "END last.\n"
    other = make_texts("wordy", 2)[1]
    rows = [Document("a", t, str(i)) for i, t in enumerate([text, other, text.replace(" ", "  "), near])]
    found = find_duplicates(rows)
    assert found.exact == (0, 1, 0, 3)
    assert found.group == (0, 1, 0, 0)
    assert (found.exact_count, found.near_count) == (1, 1)


def test_texts_without_tokens_and_short_ones_are_handled():
    rows = [Document("a", t, str(i)) for i, t in enumerate(["x", "x y", "x", ";"])]
    assert find_duplicates(rows).group == (0, 1, 0, 3)


def test_split_is_70_10_20_and_the_same_in_any_order():
    rows = documents(count=200) + documents("tagged", count=100)
    split = split_corpus(Corpus(tuple(rows)), seed=3)
    of = {d.digest: d.split for d in split.documents}
    for language, count in (("wordy", 200), ("tagged", 100)):
        sizes = [
            sum(d.split == s and d.language == language for d in split.documents) / count
            for s in ("train", "validation", "test")
        ]
        assert sizes == pytest.approx([0.7, 0.1, 0.2], abs=0.02)
    shuffled = random.Random(1).sample(rows, len(rows))
    again = split_corpus(Corpus(tuple(shuffled)), seed=3)
    assert {d.digest: d.split for d in again.documents} == of
    other = split_corpus(Corpus(tuple(rows)), seed=4)
    assert {d.digest: d.split for d in other.documents} != of


def test_the_split_of_a_seed_is_recorded():
    # The same on any machine: these letters must never change.
    rows = [Document("ab"[i % 2], f"token{i} is number {i * i} here\n", str(i)) for i in range(20)]
    split = split_corpus(Corpus(tuple(rows)), seed=0)
    assert "".join(d.split[:2] for d in split.documents) == RECORDED_SPLIT


RECORDED_SPLIT = "vatrtetrtetrtrtrtrtrtrtrtetrtevatrtrtrtr"


def test_near_duplicates_and_repositories_never_cross_the_split():
    rows = []
    for i, text in enumerate(make_texts("wordy", 60)):
        rows.append(Document("wordy", text * 3, f"w{i}"))
        rows.append(Document("wordy", text * 3 + "END copy.\n", f"w{i}copy"))
    rows += [
        Document("tagged", text, f"t{i}", repository=f"Owner/{i % 9}")
        for i, text in enumerate(make_texts("tagged", 60))
    ]
    split = split_corpus(Corpus(tuple(rows)))
    place = {d.path: d.split for d in split.documents}
    assert all(place[f"w{i}"] == place[f"w{i}copy"] for i in range(60))
    for repository in range(9):
        assert len({place[f"t{i}"] for i in range(60) if i % 9 == repository}) == 1
    assert set(place.values()) == {"train", "validation", "test"}


def shingle_set(text):
    return shingles_of(tokens_of(text))


def with_share_changed(text, share, seed):
    """Return `text` with a share of its words replaced, so that a similarity of the two is as wanted."""
    rng = random.Random(seed)
    return " ".join(f"new{rng.random()}" if rng.random() < share else word for word in text.split(" "))


def test_revised_copies_never_cross_the_split_either():
    # From 0.6 to 0.95: where an estimate from hash functions alone would miss some of forty.
    rows = []
    for i in range(40):
        text = " ".join(f"word{i}x{n}" for n in range(300))
        rows += [Document("ab"[i % 2], text, f"{i}"), Document("ab"[i % 2], text, f"{i}r")]
        rows[-1] = Document("ab"[i % 2], with_share_changed(text, 0.005 + i / 900, i), f"{i}r")
    alike = [similarity(shingle_set(rows[i].text), shingle_set(rows[i + 1].text)) for i in range(0, 80, 2)]
    assert min(alike) < 0.7
    assert max(alike) > 0.9
    place = {d.path: d.split for d in split_corpus(Corpus(tuple(rows))).documents}
    near = [i for i, value in enumerate(alike) if value >= 0.6]
    assert len(near) >= 30
    assert all(place[str(i)] == place[f"{i}r"] for i in near)


def test_similarity_is_of_the_sets_themselves():
    a, b = shingle_set("a b c d e f g h"), shingle_set("b c d e f g h i")
    assert (len(a), len(b)) == (4, 4)
    assert similarity(a, b) == pytest.approx(3 / 5)
    texts = " ".join(f"w{n}" for n in range(400))
    rows = [Document("a", t, str(i)) for i, t in enumerate([texts, with_share_changed(texts, 0.02, 1)])]
    exact = similarity(*(shingle_set(d.text) for d in rows))
    assert find_duplicates(rows, threshold=exact).near_count == 1
    assert find_duplicates(rows, threshold=exact + 1e-9).near_count == 0


def test_texts_that_repositories_share_are_on_one_side():
    texts = make_texts("wordy", 240)
    rows = [Document("ab"[i % 2], t * 3, f"{i}", repository=f"Owner/{i // 8}") for i, t in enumerate(texts)]
    # Each repository holds a copy of a file of the next one, and a revision of another.
    for r in range(30):
        copied, revised = texts[(8 * r + 8) % 240] * 3, texts[(8 * r + 9) % 240] * 3 + "END revised.\n"
        rows.append(Document("a", copied + " ", f"copy{r}", repository=f"owner/{r}"))
        rows.append(Document("b", revised, f"revised{r}", repository=f"owner/{r}"))
    split = split_corpus(Corpus(tuple(rows)))
    assert split.dropped == 30
    assert split.alike > 0
    sides = {}
    for d in split.documents:
        sides.setdefault(d.repository.lower(), set()).add(d.split)
    assert all(len(s) == 1 for s in sides.values())
    assert {s for several in sides.values() for s in several} == {"train", "validation", "test"}
    place = {d.path: d.split for d in split.documents}
    pairs = [(f"revised{r}", str((8 * r + 9) % 240)) for r in range(30)]
    assert all(place[a] == place[b] for a, b in pairs if a in place and b in place)
    # The training texts are all there; what was dropped was to be measured on.
    here = {d.bare_digest for d in split.documents}
    assert all(d.bare_digest in here for d in rows if sides.get(d.repository.lower()) == {"train"})


def test_a_copy_without_a_repository_goes_with_the_repository():
    rows = []
    for r in range(12):
        for i, text in enumerate(make_texts("wordy", 6, seed=r)):
            rows.append(Document("ab"[r % 2], text, f"{r}/{i}", repository=f"o/{r}"))
        # The same text from a corpus that names no repositories.
        rows.append(Document("ab"[r % 2], rows[-1].text, f"{r}/copy"))
    for order in (rows, rows[::-1]):
        side = {}
        for d in split_corpus(Corpus(tuple(order))).documents:
            side.setdefault(d.path.split("/")[0], set()).add(d.split)
        assert all(len(splits) == 1 for splits in side.values())


def test_neither_the_order_of_rows_nor_the_names_of_corpora_matter():
    rows = []
    for r in range(20):
        texts = [*make_texts("wordy", 5, seed=r), make_texts("tagged", 1, seed=r // 2)[0]]
        rows += [
            Document("ab"[r % 2], t, f"{i}", source="xy"[i % 2], repository=f"o/{r}") for i, t in enumerate(texts)
        ]
    renamed = [replace(d, source={"x": "z", "y": "w"}[d.source]) for d in rows]
    splits = [split_corpus(Corpus(tuple(order))) for order in (rows, rows[::-1], renamed)]
    places = [[(d.digest, d.repository, d.split) for d in split.documents] for split in splits]
    assert places[0] == places[1] == places[2]


def test_a_language_without_a_text_in_some_part_is_told():
    rows = [
        Document(name, text, f"{name}{i}", repository=f"{name}/{i // 3}")
        for name in ("common", "other")
        for i, text in enumerate(make_texts("wordy", 60, seed=len(name)))
    ]
    rare = make_texts("tagged", 1)[0] * 4
    rows += [Document("rare", rare + f"<<v{r}/>>\n", f"r{r}", repository=f"common/{r}") for r in range(5)]
    split = split_corpus(Corpus(tuple(rows)))
    assert split.missing() == {"train": [], "validation": ["rare"], "test": ["rare"]}
    assert split.alike > 0


def test_languages_that_are_in_repositories_of_others_have_their_share():
    rows = []
    for r in range(40):
        for i, text in enumerate(make_texts("wordy", 6, seed=r)):
            rows.append(Document("common", text, f"{r}/{i}", repository=f"o/{r}"))
        if r % 8 == 0:
            rows.append(Document("rare", make_texts("tagged", 1, seed=r)[0], f"{r}/rare", repository=f"o/{r}"))
    split = split_corpus(Corpus(tuple(rows)))
    assert {d.split for d in split.documents if d.language == "rare"} == {"train", "validation", "test"}
    share = sum(d.split == "train" and d.language == "common" for d in split.documents) / 240
    assert share == pytest.approx(0.7, abs=0.05)


def test_the_fractions_can_be_chosen():
    rows = documents(count=100) + documents("tagged", count=100)
    split = split_corpus(Corpus(tuple(rows)), fractions={"train": 0.9, "validation": 0.1, "test": 0.0})
    assert {name: len(split.part(name)) for name in ("train", "validation", "test")} == {
        "train": 180,
        "validation": 20,
        "test": 0,
    }


def test_a_group_of_several_languages_is_on_one_side():
    texts = make_texts("wordy", 60)
    rows = [Document("ab"[i % 2], text * 3, f"{i}") for i, text in enumerate(texts)]
    rows += [Document("ba"[i % 2], text * 3 + "END copy.\n", f"{i}copy") for i, text in enumerate(texts)]
    split = split_corpus(Corpus(tuple(rows)))
    place = {d.path: d.split for d in split.documents}
    assert all(place[f"{i}"] == place[f"{i}copy"] for i in range(60))
    assert len(set(split.groups)) == 60


def test_the_split_does_not_depend_on_which_copy_was_read_first():
    rows = documents(count=40) + documents("tagged", count=40)
    rows += [Document(d.language, d.text.replace(" ", "  "), d.path + "copy") for d in rows]
    splits = [split_corpus(Corpus(tuple(order))) for order in (rows, rows[::-1])]
    assert splits[0].documents == splits[1].documents
    assert splits[0].groups == splits[1].groups


def test_a_recorded_split_is_kept_unless_it_leaks():
    texts = make_texts("wordy", 6)
    rows = [Document("wordy", t, str(i), split="test" if i else "train") for i, t in enumerate(texts)]
    rows.append(Document("tagged", make_texts("tagged", 1)[0], "t", split="train"))
    kept = {d.path: d.split for d in split_corpus(Corpus(tuple(rows))).documents}
    assert kept == {d.path: d.split for d in rows}
    leaking = [*rows, Document("wordy", texts[0] + "END x.\n", "copy", split="test")]
    leaking[0] = Document("wordy", texts[0] * 4, "0", split="train")
    leaking[-1] = Document("wordy", texts[0] * 4 + "END x.\n", "copy", split="test")
    with pytest.raises(CorpusError, match="leaks"):
        split_corpus(Corpus(tuple(leaking)))
    with pytest.raises(CorpusError, match="no 'split'"):
        split_corpus(Corpus((*rows, Document("wordy", "END more.", "m"))))


def test_corpora_too_small_to_split_are_refused():
    with pytest.raises(CorpusError, match="one language only"):
        split_corpus(Corpus(tuple(documents())))
    with pytest.raises(CorpusError, match="'tagged' has 2 independent texts"):
        split_corpus(Corpus((*documents(), *documents("tagged", count=2))))


def test_jsonl_written_is_one_object_a_line(tmp_path):
    write_corpus(tmp_path / "c.jsonl", documents(count=3))
    lines = (tmp_path / "c.jsonl").read_text().splitlines()
    assert [json.loads(line)["language"] for line in lines] == ["wordy"] * 3
    with pytest.raises(CorpusError, match="written as"):
        write_corpus(tmp_path / "c.csv", documents())


def test_links_are_not_followed_and_folders_in_the_way_are_told(tmp_path):
    root = write_folder(tmp_path / "c", count=3)
    (root / "loop").symlink_to(root)
    (root / "wordy" / "loop").symlink_to(root)
    assert len(read_corpus(root).documents) == 9
    with pytest.raises(CorpusError, match="cannot be read"):
        read_corpus(tmp_path / ("x" * 5000))
