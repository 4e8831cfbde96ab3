"""Trainings that start from another model's weights."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from conftest import train_quietly
from whichcode import Detector
from whichcode.cli.commands import group
from whichcode.corpus import Corpus, Document, read_corpus
from whichcode.corpus.splits import split_corpus
from whichcode.errors import ConfigError, CorpusError, ModelError
from whichcode.features.matrix import bag_matrix
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.artefact import load_model
from whichcode.model.network import from_model
from whichcode.training.start import calibration_near, check_start, draw_near, extended, network_from
from whichcode.training.train import train


@pytest.fixture(scope="module")
def start(mini_model):
    return load_model(mini_model)


def quietly(split, config, out, **options):
    _, lines = train_quietly(split, config, out, **options)
    return load_model(out), lines


def test_it_answers_as_the_start_before_it_learns(split, config, start):
    texts = [document.text for document in split.part("test")]
    order = tuple(reversed(start.languages))
    network = network_from(start, Vocabulary((*start.vocabulary.names, "§new")), order, config).eval()
    grown = network.of(bag_matrix(texts, Vocabulary((*start.vocabulary.names, "§new")), config.features))
    old = from_model(start).of(bag_matrix(texts, start.vocabulary, config.features))
    assert torch.allclose(grown.flip(1), old, atol=1e-6)


def test_one_epoch_from_a_model_is_better_than_one_from_nothing(split, config, start, tmp_path):
    # A learning rate that moves the weights by next to nothing: what is right was right before.
    short = replace(config, training=replace(config.training, epochs=1, learning_rate=1e-6))
    from_nothing, _ = quietly(split, short, tmp_path / "a.safetensors")
    from_start, lines = quietly(split, short, tmp_path / "b.safetensors", start=start)
    figures = [m.provenance["figures"]["validation"]["accuracy"]["expected"] for m in (from_nothing, from_start)]
    assert figures[1] > figures[0]
    assert f"starting from the weights of {start.id}" in lines
    assert from_start.provenance["started_from"] == {"id": start.id, "digest": start.digest}
    assert "started_from" not in from_nothing.provenance


def test_the_mean_of_start_and_end_lies_between(split, config, start, tmp_path):
    def rows(model):
        network = from_model(model)
        return {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def share(value):
        return replace(config, training=replace(config.training, epochs=1, start_share=value))

    end, _ = quietly(split, share(0.0), tmp_path / "end.safetensors", start=start)
    mean, _ = quietly(split, share(0.25), tmp_path / "mean.safetensors", start=start)
    for name, ours in rows(mean).items():
        expected = 0.75 * rows(end)[name] + 0.25 * rows(start)[name]
        # The bag layer is rounded to 127 steps of its largest weight, in each of the three.
        tolerance = 0.01 * float(expected.abs().max()) if name == "bag_weight" else 1e-6
        assert torch.allclose(ours, expected, atol=tolerance), name
    assert not torch.equal(rows(end)["head.weight"], rows(start)["head.weight"])


def test_the_temperature_is_a_mean_too(start):
    a, b = np.frombuffer(start.tensors["calibration"].data, dtype="<f4").tolist()
    assert (a, b) != (0.0, 0.0)
    assert calibration_near((1.0, 2.0), start, 0.0) == (1.0, 2.0)
    assert calibration_near((1.0, 2.0), start, 0.75) == pytest.approx((0.25 + 0.75 * a, 0.5 + 0.75 * b))


def test_what_is_new_is_not_drawn_to_a_start_that_lacks_it(config, start):
    languages = (*start.languages, "zig")
    vocabulary = Vocabulary((*start.vocabulary.names, "§new"))
    network = network_from(start, vocabulary, languages, config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(5.0)
    draw_near(network, start, vocabulary, languages, 0.5)
    assert (network.bag_weight[-1] == 5).all()
    assert (network.head.weight[-1] == 5).all()
    assert network.head.bias[-1] == 5
    assert not (network.bag_weight[:-1] == 5).any()
    assert not (network.dense[0].weight == 5).any()


def test_what_the_start_has_seen_is_seen(split, config, start, tmp_path):
    others = [
        replace(document, text=document.text + "\nlet end_of_this_text\n", unit=f"{i}")
        for i, document in enumerate(split.documents)
    ]
    short = replace(config, training=replace(config.training, epochs=1))
    model, _ = quietly(replace(split, documents=tuple(others)), short, tmp_path / "m.safetensors", start=start)
    assert start.seen < model.seen


def test_languages_come_and_go(split, config, start, tmp_path):
    gone, *stay = start.languages
    new = [
        replace(document, language="zig")
        for document in split.documents
        if document.language == gone and document.split != "test"
    ]
    kept = [document for document in split.documents if document.language != gone]
    documents = sorted([*kept, *new], key=lambda d: (d.language, d.digest))
    corpus = replace(split, documents=tuple(documents), groups=tuple(str(d.unit) for d in documents))
    model, lines = quietly(corpus, config, tmp_path / "m.safetensors", start=start)
    assert model.languages == tuple(sorted([*stay, "zig"]))
    assert any(line == "new to it: zig" for line in lines)
    assert any(line.startswith("1 of its languages") and gone in line for line in lines)
    detector = Detector(model)
    texts = [document.text for document in new if document.split == "train"]
    assert sum(detector.detect(text).language == "zig" for text in texts) > len(texts) / 2


def test_the_vocabulary_is_the_starts_and_then_more():
    first, more = Vocabulary(("a", "b")), Vocabulary(("c", "b", "d", "e"))
    assert extended(first, more, 4).names == ("a", "b", "c", "d")
    assert extended(first, more, 1).names == ("a", "b")


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("features", "ngrams", 3),
        ("network", "width", 7),
        ("network", "hidden", (5, 5)),
        ("weights", "damping", "sqrt"),
    ],
)
def test_what_does_not_fit_is_refused(config, start, section, option, value):
    assert getattr(getattr(config, section), option) != value
    other = replace(config, **{section: replace(getattr(config, section), **{option: value})})
    with pytest.raises(ModelError, match=f"{start.id} cannot be started from: its {section}.{option} is "):
        check_start(start, other)


def test_repositories_that_a_model_has_seen_are_trained_on():
    def text(owner, i, language):
        mark = {"lua": "local function", "python": "def"}[language]
        return "\n".join(f"{mark} {owner}_{i}_{n}(x, y_{n * i})" for n in range(12))

    documents = [
        Document(language, text(owner, i, language), path=f"{owner}/{i}", source="s", repository=f"{owner}/code")
        for owner in ("ant", "bee", "cat", "dog", "eel", "fox")
        for language in ("lua", "python")
        for i in range(4)
    ]
    # Of ants and bees everything is known, of cats' eight texts one, of foxes' none.
    known = {d.bare_digest for d in documents if d.repository in ("ant/code", "bee/code")}
    known.add(next(d for d in documents if d.repository == "cat/code").bare_digest)
    result = split_corpus(
        Corpus(documents, {}, {}),
        fractions={"train": 0.3, "validation": 0.35, "test": 0.35},
        known=known.__contains__,
        workers=1,
    )
    assert {d.split for d in result.documents if d.repository in ("ant/code", "bee/code", "cat/code")} == {"train"}
    assert {d.split for d in result.documents} == {"train", "validation", "test"}
    assert not any(d.bare_digest in known for d in result.documents if d.split != "train")


def small_corpus(owners, count):
    return [
        Document(
            language,
            "\n".join(f"{language} = {sha256(f'{owner} {i} {n}'.encode()).hexdigest()}" for n in range(12)),
            path=f"{owner}/{i}",
            source="s",
            repository=f"{owner}/code",
        )
        for owner in owners
        for language in ("lua", "python")
        for i in range(count)
    ]


def test_a_known_text_among_new_ones_is_left_out():
    documents = small_corpus(("ant", "cat", "dog", "bee"), 12)
    one = {documents[-1].bare_digest}
    fractions = {"train": 0.5, "validation": 0.5, "test": 0.0}
    sides = set()
    # One of 24 texts does not make it the model's repository.
    for seed in range(8):
        plain = split_corpus(Corpus(documents, {}, {}), fractions=fractions, seed=seed, workers=1)
        result = split_corpus(
            Corpus(documents, {}, {}), fractions=fractions, seed=seed, known=one.__contains__, workers=1
        )
        side = next(d.split for d in plain.documents if d.bare_digest in one)
        sides.add(side)
        left = len(plain.documents) - len(result.documents)
        assert left == (0 if side == "train" else 1)
        assert result.alike == left
    assert sides == {"train", "validation"}


def test_texts_like_known_ones_are_measured_nowhere():
    documents = small_corpus(("ant", "cat", "dog", "bee"), 12)
    revised = replace(documents[-1], text=documents[-1].text + "\nand a line more")
    documents.append(revised)
    known = {documents[-2].bare_digest}
    fractions = {"train": 0.5, "validation": 0.5, "test": 0.0}

    def measured_on(seed, known):
        result = split_corpus(Corpus(documents, {}, {}), fractions=fractions, seed=seed, known=known, workers=1)
        return revised.bare_digest in {d.bare_digest for d in result.documents if d.split != "train"}

    assert any(measured_on(seed, None) for seed in range(8))
    assert not any(measured_on(seed, known.__contains__) for seed in range(8))


def test_a_language_of_one_repository_is_learnt_from_where_a_model_goes_on():
    documents = small_corpus("abcdef", 4)
    alone = replace(documents[0], text="const answer = 42; // alone", language="zig", repository="z/code")
    documents.append(alone)
    corpus = Corpus(documents, {}, {})
    with pytest.raises(CorpusError, match="language 'zig' has 1 independent texts"):
        split_corpus(corpus, workers=1)
    met = {document.bare_digest for document in documents if (document.repository or "").startswith("a/")}
    split = split_corpus(corpus, known=met.__contains__, workers=1)
    assert [document.split for document in split.documents if document.language == "zig"] == ["train"]


def test_what_few_repositories_are_new_is_validated_on_before_it_is_tested_on():
    documents = small_corpus("abcdefgh", 4)
    met = {d.bare_digest for d in documents if (d.repository or "")[0] in "abcdefg"}
    for seed in range(4):
        split = split_corpus(Corpus(documents, {}, {}), known=met.__contains__, seed=seed, workers=1)
        assert {d.repository for d in split.documents if d.split == "validation"} == {"h/code"}
        assert not any(d.split == "test" for d in split.documents)


def test_nothing_is_new_but_lone_repositories():
    documents = [replace(d, language=f"{d.language} of {(d.repository or '')[0]}") for d in small_corpus("ab", 4)]
    with pytest.raises(CorpusError, match="each language has one repository alone"):
        split_corpus(Corpus(documents, {}, {}), known=lambda _digest: False, workers=1)


def test_nothing_is_left_to_validate_on():
    documents = small_corpus("abcdef", 4)
    with pytest.raises(CorpusError, match="nothing to validate on: the model has seen"):
        split_corpus(Corpus(documents, {}, {}), known=lambda digest: True, workers=1)
    split = split_corpus(Corpus(small_corpus("abcdef", 4), {}, {}), workers=1)
    with pytest.raises(CorpusError, match="split already"):
        split_corpus(Corpus(list(split.documents), {}, {}), known=lambda digest: True, workers=1)


def test_trainings_that_cannot_be_are_refused(split, config, start, tmp_path):
    out = tmp_path / "m.safetensors"
    alone = replace(config, training=replace(config.training, start_share=0.5))
    with pytest.raises(ConfigError, match="start_share is for a training that starts from a model"):
        quietly(split, alone, out)
    documents = tuple(d for d in split.documents if d.split == "train")
    groups = tuple(str(d.unit) for d in documents)
    with pytest.raises(CorpusError, match="no text to validate on"):
        quietly(replace(split, documents=documents, groups=groups), config, out)
    assert not out.exists()


def test_a_split_of_what_was_seen_is_told(split, config, start, tmp_path):
    short = replace(config, training=replace(config.training, epochs=1))
    _, lines = quietly(split, short, tmp_path / "m.safetensors", start=start)
    assert any(line.startswith("6 of the texts to validate and to test were seen by") for line in lines)


def test_few_new_texts_do_with_the_vocabulary_of_the_start(split, config, start, tmp_path):
    wanted = replace(config.vocabulary, size=10**6, min_documents=10**6)
    short = replace(config, vocabulary=wanted, training=replace(config.training, epochs=1))
    model, _ = quietly(split, short, tmp_path / "m.safetensors", start=start)
    assert model.vocabulary == start.vocabulary


def test_it_goes_on_after_an_interruption(split, config, start, tmp_path):
    whole, _ = quietly(split, config, tmp_path / "whole.safetensors", start=start)

    def stop(line):
        if "epoch 2" in line:
            raise KeyboardInterrupt

    out = tmp_path / "again.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(split, config, out, start=start, tensorboard=False, workers=1, log=stop)
    with pytest.raises(ModelError, match="another corpus, configuration, start or seed"):
        quietly(split, config, out, resume=True)
    again, _ = quietly(split, config, out, start=start, resume=True)
    assert again.digest == whole.digest


def test_the_commands(mini_corpus, mini_config, mini_model, tmp_path):
    def run(*arguments):
        return CliRunner().invoke(group, [str(argument) for argument in arguments])

    again = tmp_path / "again.safetensors"
    short = tmp_path / "short.toml"
    short.write_text(mini_config.read_text("utf-8").replace("epochs = 4", "epochs = 1"), "utf-8")
    result = run("train", mini_corpus, "--config", short, "--start-from", mini_model, "--out", again)
    assert result.exit_code == 0, result.output
    assert f"starting from the weights of {load_model(mini_model).id}" in result.stdout
    assert load_model(again).provenance["started_from"]["digest"] == load_model(mini_model).digest
    refused = run("train", mini_corpus, "--config", "compact", "--start-from", mini_model, "--out", again)
    assert refused.exit_code == 1
    assert "cannot be started from: its" in refused.stderr
    words = tmp_path / "words.json"
    words.write_text('["a"]', "utf-8")
    both = run("train", mini_corpus, "--vocabulary", words, "--start-from", mini_model, "--out", again)
    assert both.exit_code == 2
    assert "leave --vocabulary out" in both.stderr
    split = tmp_path / "split.parquet"
    of_none = run("corpus", "split", mini_corpus, "--languages-of", tmp_path / "no.safetensors", "--out", split)
    assert of_none.exit_code == 1
    assert "no.safetensors" in of_none.stderr
    only = run("corpus", "split", mini_corpus, "--languages-of", mini_model, "--out", split)
    assert only.exit_code == 0
    assert read_corpus(split).languages == load_model(mini_model).languages
    # Everything here is known to the model but its test texts.
    known = run("corpus", "split", mini_corpus, "--known-to", mini_model, "--out", split)
    assert "or seen by " in known.output
    assert sum(document.split == "train" for document in read_corpus(split).documents) == 48
