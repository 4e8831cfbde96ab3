import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from conftest import make_texts, write_folder
from whichcode import Detector
from whichcode.cli.commands import group
from whichcode.corpus import Document, read_corpora, read_corpus
from whichcode.corpus.writers import write_corpus


def run(*arguments):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def test_stats(mini_corpus):
    result = run("corpus", "stats", mini_corpus)
    assert result.exit_code == 0
    assert "60 documents of 3 languages; 0 are exact and 0 near copies of others" in result.stdout
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:4]] == [
        ["apl-ish", "20"],
        ["tagged", "20"],
        ["wordy", "20"],
    ]


def test_dedupe(tmp_path):
    root = write_folder(tmp_path / "c", count=4)
    text = (root / "wordy" / "000.txt").read_text("utf-8")
    (root / "wordy" / "copy.txt").write_text(text.replace(" ", "\t"), "utf-8")
    (root / "wordy" / "near.txt").write_text(text + "END.\n", "utf-8")
    listed = run("corpus", "dedupe", root)
    assert "exact  wordy/copy.txt  is a copy of  wordy/000.txt" in listed.stdout
    assert "near  wordy/near.txt  is a copy of  wordy/000.txt" in listed.stdout
    out = tmp_path / "out.parquet"
    assert run("corpus", "dedupe", root, "--out", out).exit_code == 0
    assert len(read_corpus(out).documents) == 12
    assert run("corpus", "dedupe", root, "--exact", "--out", out).exit_code == 0
    assert len(read_corpus(out).documents) == 13
    assert run("corpus", "dedupe", root, "--out", tmp_path / "out.csv").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "{mini}", "--lengths", "x"], "is no length"),
        (["evaluate", "{mini}", "--lengths", "0"], "is no length"),
        (["corpus", "dedupe", "{mini}", "--threshold", "nan"], "nan is no number"),
        (["corpus", "split", "{mini}", "--out", "{tmp}/o.parquet", "--threshold", "nan"], "nan is no number"),
        (
            ["corpus", "split", "{mini}", "--out", "{tmp}/o.parquet", "--fractions", "1e308/1e308/1e308"],
            "three shares",
        ),
        (["corpus", "split", "{mini}", "--out", "{tmp}/o.txt"], "must end in .parquet or .jsonl"),
        (
            ["corpus", "build", "{tmp}/m.json", "--mirrors", "{tmp}", "--out", "{tmp}/o.jsonl"],
            "must end in .parquet",
        ),
        (["detect", "--prior", "python=1,python=2", "-"], "python has two weights"),
    ],
)
def test_wrong_usage(arguments, message, mini_corpus, tmp_path):
    result = run(*(a.format(tmp=tmp_path, mini=mini_corpus) for a in arguments))
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_split_writes_a_corpus_that_says_its_split(mini_corpus, tmp_path):
    out = tmp_path / "split.jsonl"
    result = run("corpus", "split", mini_corpus, "--out", out)
    assert "42 documents to train, 6 to validate, 12 to test" in result.stdout
    assert {d.split for d in read_corpus(out).documents} == {"train", "validation", "test"}
    assert {d.source for d in read_corpus(out).documents} == {"mini"}
    two = write_folder(tmp_path / "two", count=1, languages=("wordy", "tagged"))
    run("corpus", "split", mini_corpus, "--languages-of", two, "--out", out)
    assert read_corpus(out).languages == ("tagged", "wordy")


def test_vocabulary(mini_corpus):
    result = run("vocabulary", mini_corpus, "--top", 12, "--ngrams", 2)
    lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert "ANNOUNCE" in lines["wordy"]
    assert "⟵" in lines["apl-ish"]
    assert "<<" in lines["tagged"]
    rows = json.loads(run("vocabulary", mini_corpus, "--format", "json").stdout)
    assert rows["wordy"][0]["bits"] >= rows["wordy"][1]["bits"] > 0


def test_a_split_of_languages_that_a_file_names(tmp_path):
    write_folder(tmp_path / "corpus", count=8, languages=("wordy", "tagged", "apl-ish"))
    (tmp_path / "corpus" / "wordy").rename(tmp_path / "corpus" / "c++")
    (tmp_path / "corpus" / "tagged").rename(tmp_path / "corpus" / "c#")
    names = tmp_path / "names.txt"
    names.write_bytes(b"\xef\xbb\xbfcpp\n# ducks\nc# # sharp\nklingon\n")
    out = tmp_path / "out.jsonl"
    result = run("corpus", "split", tmp_path / "corpus", "--languages", names, "--out", out)
    assert result.exit_code == 0, result.output
    assert "not in the corpus: klingon" in result.stderr
    assert {json.loads(line)["language"] for line in out.read_text("utf-8").splitlines()} == {"c++", "c#"}
    names.write_bytes(b"caf\xe9\n")
    result = run("corpus", "split", tmp_path / "corpus", "--languages", names, "--out", out)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_evaluate_finds_the_test_part_again(mini_corpus, mini_model, tmp_path):
    options = [
        "--lengths",
        "1,file",
        "--draws",
        2,
        "--out",
        tmp_path / "r",
        "--misclassified",
        tmp_path / "wrong.jsonl",
    ]
    result = run("evaluate", mini_corpus, "--model", mini_model, *options)
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "r" / "report.json").read_text("utf-8"))
    assert report["corpus"]["documents"] == 12
    assert report["corpus"]["which"] == "the test part of the model's own split"
    assert [c["length"] for c in report["conditions"]] == ["1", "file"]
    assert (tmp_path / "wrong.jsonl").exists()
    everything = run("evaluate", mini_corpus, "--model", mini_model, "--split", "all", "--lengths", "file")
    assert "60 documents" in everything.stdout


def test_evaluate_on_other_texts_takes_them_all(mini_model, tmp_path):
    root = tmp_path / "other"
    for language in ("wordy", "tagged", "klingon"):
        (root / language).mkdir(parents=True)
        for i, text in enumerate(make_texts("wordy" if language == "klingon" else language, 3, seed=8)):
            (root / language / str(i)).write_text(text, "utf-8")
    result = run("evaluate", root, "--model", mini_model, "--lengths", "file")
    assert result.exit_code == 0, result.output
    assert "klingon (3)" in result.stdout
    assert "6 documents" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["corpus", "stats", "{tmp}/nothing"], "no such file or folder"),
        (["corpus", "stats", "{tmp}/empty"], "no labelled text"),
        (["vocabulary", "{tmp}/empty"], "no labelled text"),
        (["train", "{tmp}/empty", "--out", "{tmp}/m"], "no labelled text"),
        (["train", "{tmp}/one", "--out", "{tmp}/m"], "one language only"),
        (["train", "{mini}", "--config", "nothing", "--out", "{tmp}/m"], "no configuration 'nothing'"),
        (["evaluate", "{tmp}/one", "--model", "{tmp}/nothing"], "cannot be read"),
        (["evaluate", "{tmp}/one", "--model", "{model}", "--split", "test"], "no column 'split'"),
        (["evaluate", "{mini}", "--model", "{model}", "--source", "x"], "no text comes from 'x'"),
        (["evaluate", "{tmp}/strange", "--model", "{model}"], "knows none of the corpus's languages"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(arguments, message, mini_corpus, mini_model, tmp_path):
    (tmp_path / "empty").mkdir()
    write_folder(tmp_path / "one", count=4, languages=("wordy",))
    (tmp_path / "strange" / "klingon").mkdir(parents=True)
    (tmp_path / "strange" / "klingon" / "a").write_text("tlhIngan Hol\n")
    result = run(*(a.format(tmp=tmp_path, mini=mini_corpus, model=mini_model) for a in arguments))
    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    assert not (tmp_path / "m").exists()


def test_a_detector_for_languages_of_ones_own(mini_corpus, mini_config, tmp_path):
    out = tmp_path / "own.safetensors"
    result = run("train", mini_corpus, "--config", mini_config, "--out", out, "--workers", 1, "--no-tensorboard")
    assert result.exit_code == 0, result.output
    assert "train-acc=" in result.stdout
    assert Detector.load(out).languages == ("apl-ish", "tagged", "wordy")
    assert (tmp_path / "own.safetensors.run" / "last.safetensors").exists()


def test_texts_that_the_model_has_seen_are_left_out(mini_corpus, mini_model, tmp_path):
    # A part of the training corpus and new texts, in a corpus of another name and content.
    root = tmp_path / "mixed"
    (root / "wordy").mkdir(parents=True)
    for path in (mini_corpus / "wordy").iterdir():
        (root / "wordy" / path.name).write_text("\n\n" + path.read_text("utf-8"), "utf-8")
    for i, text in enumerate(make_texts("wordy", 3, seed=9)):
        (root / "wordy" / f"new{i}").write_text(text, "utf-8")
    options = ("--model", mini_model, "--lengths", "file", "--format", "json")
    corpus = json.loads(run("evaluate", root, *options).stdout)["corpus"]
    trained_on = 20 - sum(
        not Detector.load(mini_model).model.has_seen(d.bare_digest)
        for d in read_corpus(mini_corpus).documents
        if d.language == "wordy"
    )
    assert 14 <= trained_on <= 17
    assert corpus["which"] == f"all texts but {trained_on} that are copies of those it was trained on"
    assert corpus["documents"] == 23 - trained_on
    everything = json.loads(run("evaluate", root, *options, "--split", "all").stdout)["corpus"]
    assert everything["documents"] == 23


def test_a_column_that_calls_training_texts_test_is_not_believed(mini_corpus, mini_model, tmp_path):
    documents = [replace(d, split="test") for d in read_corpus(mini_corpus).documents]
    documents += [
        Document(language, text, f"{language}{i}", split="train")
        for language in ("wordy", "tagged")
        for i, text in enumerate(make_texts(language, 2, seed=9))
    ]
    write_corpus(tmp_path / "c.jsonl", documents)
    options = ("--model", mini_model, "--lengths", "file", "--format", "json")
    corpus = json.loads(run("evaluate", tmp_path / "c.jsonl", *options).stdout)["corpus"]
    assert corpus["documents"] == 12
    assert corpus["which"] == "the texts marked test but 48 that are copies of those it was trained on"


def test_the_split_of_a_model_is_found_again_with_its_seed(mini_corpus, mini_config, tmp_path):
    from whichcode.corpus.splits import split_corpus
    from whichcode.model.config import load_config
    from whichcode.training.train import train

    corpus = read_corpora([mini_corpus])
    out = tmp_path / "seeded.safetensors"
    train(
        split_corpus(corpus, seed=5),
        load_config(str(mini_config)),
        out,
        seed=5,
        tensorboard=False,
        workers=1,
        log=lambda line: None,
    )
    result = run("evaluate", mini_corpus, "--model", out, "--lengths", "file", "--format", "json")
    report = json.loads(result.stdout)["corpus"]
    # With another split some of its test texts would be training texts, and left out as such.
    assert (report["documents"], report["which"]) == (12, "the test part of the model's own split")


def test_a_models_corpora_are_wanted_all_and_alone(mini_corpus, mini_config, tmp_path):
    a = write_folder(tmp_path / "a", count=8)
    (tmp_path / "b" / "wordy").mkdir(parents=True)
    for i, text in enumerate(make_texts("wordy", 6, seed=4)):
        (tmp_path / "b" / "wordy" / str(i)).write_text(text, "utf-8")
    out = tmp_path / "m"
    assert (
        run("train", a, tmp_path / "b", "--config", mini_config, "--out", out, "--no-tensorboard").exit_code == 0
    )
    part = run("evaluate", a, "--model", out, "--lengths", "file")
    assert part.exit_code == 1
    assert "missing: b" in part.stderr
    (tmp_path / "c" / "wordy").mkdir(parents=True)
    (tmp_path / "c" / "wordy" / "new").write_text(make_texts("wordy", 1, seed=6)[0], "utf-8")
    more = run("evaluate", a, tmp_path / "b", tmp_path / "c", "--model", out, "--lengths", "file")
    assert more.exit_code == 1
    assert "c: not what the model was trained on" in more.stderr
    assert run("evaluate", a, tmp_path / "b", "--model", out, "--lengths", "file").exit_code == 0
