"""One training, from documents to a model file."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from conftest import MINI_CONFIG, train_quietly
from whichcode import Detector
from whichcode.corpus import Corpus, Document, read_corpora
from whichcode.corpus.splits import split_corpus
from whichcode.detector import prepare
from whichcode.errors import ConfigError, CorpusError, ModelError, WhichcodeError
from whichcode.features.matrix import bag_matrix
from whichcode.features.vocabulary import Vocabulary, read_vocabulary, write_vocabulary
from whichcode.model.config import Config
from whichcode.model.network import BagNetwork, from_model
from whichcode.training.checkpoints import Progress, load_checkpoint, save_checkpoint
from whichcode.training.dataset import build_dataset
from whichcode.training.loop import batches_per_epoch, learning_rate
from whichcode.training.train import train


def test_the_log_shows_both_accuracies(split, config, tmp_path):
    result, lines = train_quietly(split, config, tmp_path / "m.safetensors")
    iterations = [line for line in lines if line.startswith("iteration=")]
    assert iterations[0].startswith("iteration=2 ")
    assert all("loss=" in line and "train-acc=" in line and "train-alt-acc=" in line for line in iterations)
    assert sum(line.startswith("Files.VAL mean accuracy") for line in lines) == 4
    assert any(line.startswith("Files.TEST mean accuracy") for line in lines)
    figures = result.provenance["figures"]["test"]["macro_recall"]
    assert figures["pessimistic"] <= figures["expected"] <= figures["optimistic"]
    assert figures["expected"] > 0.8


def test_the_model_knows_where_it_comes_from(mini_detector, mini_corpus):
    provenance = mini_detector.model.provenance
    assert provenance["corpora"] == read_corpora([mini_corpus]).digests
    assert provenance["documents"]["train"] == 42
    assert provenance["seed"] == 0


def test_the_file_answers_as_pytorch_on_every_test_text(split, mini_model):
    detector = Detector.load(mini_model)
    model = detector.model
    texts = [prepare(d.text) for d in split.part("test")]
    logits = from_model(model).of(bag_matrix(texts, model.vocabulary, model.config.features)).detach()
    for text, row in zip(texts, logits, strict=True):
        evidence = len(detector._predictor.bag(text))
        expected = torch.softmax(row / detector._predictor.temperature(evidence), 0)
        assert detector.probabilities(text) == pytest.approx(expected.tolist(), abs=1e-5)


def test_the_same_seed_gives_the_same_file(split, config, mini_model, tmp_path):
    train_quietly(split, config, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == mini_model.read_bytes()
    train_quietly(split, config, tmp_path / "other.safetensors", seed=1)
    assert (tmp_path / "other.safetensors").read_bytes() != mini_model.read_bytes()


def test_killed_and_resumed_is_as_never_interrupted(mini_corpus, tmp_path):
    config = tmp_path / "mini.toml"
    # Many epochs, so that the run cannot be over before it is killed; 7 does not divide an epoch's batches.
    config.write_text(
        MINI_CONFIG.replace("epochs = 4", "epochs = 25").replace("checkpoint_every = 3", "checkpoint_every = 7")
    )
    command = [
        sys.executable,
        "-m",
        "whichcode",
        "train",
        str(mini_corpus),
        "--config",
        str(config),
        "--no-tensorboard",
    ]
    command += ["--workers", "1", "--out"]
    # One thread: several would mostly wait for each other on batches this small.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    straight, killed = tmp_path / "straight.safetensors", tmp_path / "killed.safetensors"
    subprocess.run([*command, str(straight)], check=True, capture_output=True, env=environment)
    with subprocess.Popen([*command, str(killed)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout:
            if line.startswith("iteration=38 "):
                process.kill()
                break
    assert not killed.exists()
    resumed = subprocess.run(
        [*command, str(killed), "--resume"], check=True, capture_output=True, text=True, env=environment
    )
    assert "resumed after iteration" in resumed.stdout
    assert killed.read_bytes() == straight.read_bytes()


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    network = BagNetwork(5, 2, Config())
    optimiser = torch.optim.Adam(network.parameters())
    network.of(bag_matrix(["a b"], Vocabulary(("a", "b", "c", "d", "e")), Config().features)).sum().backward()
    optimiser.step()
    save_checkpoint(tmp_path / "c", network, optimiser, Progress("this"))
    assert load_checkpoint(tmp_path / "c", network, optimiser, "this").run == "this"
    with pytest.raises(ModelError, match="another corpus, configuration, start or seed"):
        load_checkpoint(tmp_path / "c", network, optimiser, "that")
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:-7])
    with pytest.raises(ModelError, match="not a checkpoint"):
        load_checkpoint(tmp_path / "c", network, optimiser, "this")


def test_a_checkpoint_that_lacks_something_is_damaged(tmp_path):
    from safetensors import safe_open
    from safetensors.torch import save_file

    from whichcode.training.checkpoints import load_weights

    network = BagNetwork(5, 2, Config())
    optimiser = torch.optim.Adam(network.parameters())
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    save_checkpoint(whole, network, optimiser, Progress("this"))
    with safe_open(whole, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
        told = file.metadata()
    bias = {"network.bag_bias": torch.zeros(3)}
    others = (
        ({name: tensor for name, tensor in tensors.items() if name != "random"}, told),
        (tensors | bias, told),
        (tensors, {"progress": told["progress"].replace('"epoch": 1', '"epoch": "x"')}),
    )
    for changed, metadata in others:
        save_file(changed, broken, metadata)
        with pytest.raises(ModelError, match=r"broken: the checkpoint is damaged .*; start without --resume"):
            load_checkpoint(broken, network, optimiser, "this")
    save_file(tensors | bias, broken, told)
    with pytest.raises(ModelError, match="broken: the best checkpoint is damaged"):
        load_weights(broken, network)


@pytest.mark.parametrize(("last_batch", "batches"), [("keep", 4), ("pad", 4), ("drop", 3)])
def test_the_last_batch(split, config, last_batch, batches):
    from whichcode.training.loop import _batches, _take

    vocabulary = Vocabulary(("LET", "<<", "\n"))
    data = build_dataset(
        split.part("test"), ["apl-ish", "tagged", "wordy"], vocabulary, config, seed=0, comments={}, workers=1
    )
    data = replace(data, epoch=data.epoch[:35])
    assert batches_per_epoch(data, 10, last_batch) == batches
    parts = _batches(data.epoch, 10, last_batch)
    assert len(parts) == batches
    bags, labels = _take(data, parts[-1], 10 if last_batch == "pad" else 0)
    assert len(bags) == len(labels) == (5 if last_batch == "keep" else 10)
    if last_batch == "pad":
        assert labels[5:].tolist() == [0] * 5
        assert bags.dense()[5:].sum() == 0


def test_schedules():
    assert learning_rate(1.0, "constant", 70, 100) == 1.0
    assert learning_rate(1.0, "cosine", 0, 100) == 1.0
    assert learning_rate(1.0, "cosine", 100, 100) == pytest.approx(0.05)


def test_l2_is_in_the_loss_only_where_it_is_asked_for():
    network = BagNetwork(3, 2, Config())
    expected = 0.5 * sum(float((w.detach() ** 2).sum()) for w in (network.bag_weight, network.head.weight))
    assert float(network.l2().detach()) == pytest.approx(expected)
    spared = BagNetwork(3, 2, Config.from_dict({"training": {"l2_bag_layer": False}}))
    assert float(spared.l2().detach()) == pytest.approx(0.5 * float((spared.head.weight.detach() ** 2).sum()))


def test_label_smoothing_bounds_the_confidence(split, config, tmp_path):
    largest = {}
    for smoothing in (0.0, 0.6):
        smoothed = replace(
            config, training=replace(config.training, label_smoothing=smoothing, calibration="none", epochs=8)
        )
        train_quietly(split, smoothed, tmp_path / "m")
        detector = Detector.load(tmp_path / "m")
        largest[smoothing] = np.mean([max(detector.probabilities(d.text)) for d in split.part("train")])
    # The target itself is 0.4 + 0.6 / 3.
    assert largest[0.0] > 0.8 > largest[0.6]
    assert largest[0.6] == pytest.approx(0.6, abs=0.1)


def test_a_language_without_a_window_to_train_on_is_named(config, tmp_path):
    signed = replace(config, windows=replace(config.windows, signs="required", whole_file=0.0))
    names = {"html": "a duck on page", "wordy": "END a duck of"}
    documents = [
        Document(name, "\n".join(f"{words} {i}{j}" for j in range(9)), f"{name}{i}", split=split)
        for name, words in names.items()
        for i, split in enumerate(("train",) * 4 + ("validation",) * 2)
    ]
    corpus = split_corpus(Corpus(tuple(documents)))
    _, lines = train_quietly(corpus, signed, tmp_path / "m", vocabulary=Vocabulary(("duck", "END", "page")))
    assert "without a window to train on, so that they are not learnt: html" in lines
    alone = [d for d in documents if d.language == "html"]
    with pytest.raises(CorpusError, match="do not show their language"):
        build_dataset(alone, ["html"], Vocabulary(("duck",)), signed, seed=0, comments={}, workers=1)


def test_the_best_epoch_is_kept_and_not_the_last(split, config, tmp_path):
    from whichcode.training.checkpoints import load_weights
    from whichcode.training.loop import BEST, LAST

    # A rate so high that later epochs are worse.
    wild = replace(config, training=replace(config.training, learning_rate=0.5, epochs=6))
    result, lines = train_quietly(split, wild, tmp_path / "m", folder=tmp_path / "run")
    recalls = [float(line.split("macro recall = ")[1].split()[0]) for line in lines if "Files.VAL" in line]
    best = result.provenance["best_epoch"]
    assert recalls[best - 1] == max(recalls)
    assert best < 6
    networks = {}
    model = Detector.load(tmp_path / "m").model
    for name in (BEST, LAST):
        networks[name] = BagNetwork(len(model.vocabulary), 3, wild)
        load_weights(tmp_path / "run" / name, networks[name])
    stored = torch.tensor(model.tensors["head.bias"].floats())
    assert torch.equal(stored, networks[BEST].head.bias.detach())
    assert not torch.equal(stored, networks[LAST].head.bias.detach())


def test_a_corpus_without_a_test_part_is_trained_on(mini_corpus, config, tmp_path):
    whole = split_corpus(read_corpora([mini_corpus]), fractions={"train": 0.8, "validation": 0.2, "test": 0.0})
    result, lines = train_quietly(whole, config, tmp_path / "m")
    assert set(result.provenance["figures"]) == {"validation"}
    assert any("no test part" in line for line in lines)


def test_few_texts_to_calibrate_on_are_told(split, config, tmp_path):
    _, lines = train_quietly(split, config, tmp_path / "m")
    assert any("3 languages have fewer than 10 texts to validate on" in line for line in lines)


def test_a_loss_that_is_not_finite_stops_the_run(split, config, tmp_path, monkeypatch):
    # A weight that overflows, as too high a learning rate would make it.
    monkeypatch.setattr(BagNetwork, "l2", lambda network: network.head.bias.sum() * float("inf"))
    wild = replace(config, training=replace(config.training, l2=0.01))
    with pytest.raises(WhichcodeError, match="lower learning rate"):
        train_quietly(split, wild, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_an_empty_vocabulary_is_told(split, tmp_path):
    config = Config.from_dict({"vocabulary": {"min_count": 10**6}})
    with pytest.raises(CorpusError, match="vocabulary is empty"):
        train_quietly(split, config, tmp_path / "m")


def test_tensorboard_gets_scalars_and_histograms(split, config, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(split, config, tmp_path / "m", folder=tmp_path / "run", workers=1, log=lambda line: None)
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    assert {"loss", "train-acc (in_top_k)", "train-alt-acc (argmax)"} <= set(events.Tags()["scalars"])
    assert {"logits", "predicted-distribution", "weights/bag_weight", "gradients/bag_weight"} <= set(
        events.Tags()["histograms"]
    )


def test_outputs_are_tried_before_the_work_begins(split, config, tmp_path):
    (tmp_path / "m.run").write_text("in the way")
    with pytest.raises(WhichcodeError, match="cannot be written"):
        train_quietly(split, config, tmp_path / "m")


def test_resume_without_a_checkpoint_says_so(split, config, tmp_path):
    _, lines = train_quietly(split, config, tmp_path / "m", resume=True)
    assert any("no checkpoint" in line for line in lines)


def test_the_test_figures_are_those_of_the_file_on_the_test_part(split, config, mini_model):
    from whichcode.evaluation.metrics import macro_bounds
    from whichcode.training.train import measured

    model = Detector.load(mini_model).model
    data = build_dataset(
        split.part("test"), model.languages, model.vocabulary, measured(config), seed=0, comments={}, workers=1
    )
    scores = from_model(model).of(data.bags).detach().double().numpy()
    recorded = model.provenance["figures"]["test"]
    assert recorded["windows"] == len(data.labels)
    assert recorded["macro_recall"]["expected"] == pytest.approx(macro_bounds(scores, data.labels).expected)


def test_a_vocabulary_from_elsewhere_is_taken_as_it_is(split, config, mini_model, tmp_path):
    vocabulary = Detector.load(mini_model).model.vocabulary
    write_vocabulary(tmp_path / "v.json", vocabulary)
    assert read_vocabulary(tmp_path / "v.json") == vocabulary
    train_quietly(split, config, tmp_path / "m.safetensors", vocabulary=vocabulary)
    assert (tmp_path / "m.safetensors").read_bytes() == mini_model.read_bytes()
    lists = tuple((content, "JSON list") for content in ('{"a": 1}', "[1]", "[]"))
    for content, words in (*lists, ('["a", "a"]', "twice"), ("", "read")):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(ConfigError, match=words):
            read_vocabulary(tmp_path / "bad.json")
