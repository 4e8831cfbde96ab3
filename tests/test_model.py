import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from whichcode.core import is_compiled, network_of
from whichcode.detector import Detector, prepare
from whichcode.errors import ConfigError, ModelError
from whichcode.features.matrix import bag_matrix
from whichcode.features.vocabulary import Vocabulary
from whichcode.model.artefact import load_model, parse_model
from whichcode.model.config import Config, load_config, packaged_configs
from whichcode.model.network import BagNetwork, from_model
from whichcode.model.predict import Predictor, softmax
from whichcode.model.save import quantise, save_model
from whichcode.training.train import _store

NAMES = ("def", "(", "):", "\n", "x", "return", " ", "\ndef")


def make_model(
    tmp_path, damping="count", normalise=False, hidden=(), head="linear", width=7, scale=1.0, bits=8, rows=None
):
    config = Config.from_dict(
        {
            "name": "made",
            "features": {"ngrams": 2},
            "weights": {"damping": damping, "normalise": normalise},
            "network": {"width": width, "hidden": list(hidden), "head": head, "bits": bits},
        }
    )
    torch.manual_seed(1)
    network = BagNetwork(len(NAMES), 4, config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * scale)
        if rows is not None:
            network.bag_weight.copy_(torch.from_numpy(rows))
    path = tmp_path / "made.safetensors"
    save_model(
        path,
        network,
        quantise(network.bag_weight.detach().numpy(), bits),
        Vocabulary(NAMES),
        ["a", "b", "c", "d"],
        calibration=(0.2, -0.1),
        seen=["ab" * 32, "00" * 32],
        provenance={"seed": 1},
        version="0",
    )
    return path


@pytest.mark.parametrize("damping", ["count", "log", "sqrt", "presence"])
@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize(("hidden", "head"), [((), "linear"), ((5, 3), "linear"), ((), "relu")])
@pytest.mark.parametrize(("width", "bits"), [(7, 8), (6, 4)])
def test_plain_python_agrees_with_pytorch(tmp_path, damping, normalise, hidden, head, width, bits):
    model = load_model(make_model(tmp_path, damping, normalise, hidden, head, width, 0.3, bits))
    texts = ["def x(x):\n  return x", "", "((((", "x " * 300, "nothing known"]
    predictor, network = Predictor(model), from_model(model)
    expected = network.of(bag_matrix(texts, model.vocabulary, model.config.features)).detach().numpy()
    for text, row in zip(texts, expected, strict=True):
        logits, _ = predictor.logits(text)
        assert softmax(logits) == pytest.approx(softmax(row.tolist()), abs=1e-5)
        assert logits == pytest.approx(row.tolist(), rel=1e-5, abs=1e-5)


@given(st.dictionaries(st.integers(0, len(NAMES) - 1), st.integers(1, 1 << 26)))
@settings(max_examples=50)
def test_the_sums_of_rows_are_exact(tmp_path_factory, weights):
    model = load_model(make_model(tmp_path_factory.mktemp("m")))
    rows = np.frombuffer(model.tensors["bag.weight"].data, dtype=np.int8).reshape(len(NAMES), -1).astype(object)
    expected = sum((rows[row] * weight for row, weight in weights.items()), np.zeros(7, dtype=object))
    assert Predictor(model).bag_sums(weights) == expected.tolist()


def test_quantisation_restores_within_half_a_step():
    weight = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    weight[:, 2] = 0
    stored = quantise(weight)
    assert stored.rows.dtype == np.int8
    assert (np.abs(stored.restored - weight) <= stored.scale / 2 + 1e-6).all()
    assert np.array_equal(quantise(stored.restored).rows, stored.rows)


def test_quantisation_in_four_bits_gives_each_row_the_step_that_restores_it_best():
    weight = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
    weight[:30] /= 15
    weight[:, 2] = weight[40] = 0
    stored = quantise(weight, 4)
    packed, steps = stored.tensors["bag.weight"], stored.tensors["bag.step"]
    assert (packed.shape, packed.dtype, steps.dtype) == ((60, 3), np.uint8, np.uint8)
    assert (stored.rows[40] == 0).all()
    assert steps[:30].mean() < 3 < steps[30:].mean()
    wrong = np.abs(stored.restored - weight)
    # A number that is not cut off is half a step away at most; and rows of small numbers are not lost.
    assert np.quantile(wrong / (stored.scale * steps[:, None]), 0.95) <= 0.5
    assert np.square(wrong[:30]).sum() < 0.05 * np.square(weight[:30]).sum()
    for i in range(60):
        for step in range(1, 16):
            other = np.rint(weight[i] / stored.scale / step).clip(-8, 7) * step * stored.scale
            in_units = np.square((other - weight[i]) / stored.scale).sum()
            assert np.square(wrong[i] / stored.scale).sum() <= in_units + 1e-3


@pytest.mark.parametrize("bits", [4, 8])
def test_a_model_file_holds_the_rows_that_were_measured(tmp_path, bits):
    weight = np.random.default_rng(0).normal(size=(len(NAMES), 6)).astype(np.float32)
    model = load_model(make_model(tmp_path, width=6, bits=bits, rows=weight))
    stored = quantise(weight, bits)
    rows = Predictor(model).rows
    assert [list(np.frombuffer(rows[i], np.int8)) for i in range(len(NAMES))] == stored.rows.tolist()
    assert np.array_equal(from_model(model).bag_weight.detach().numpy(), stored.restored)
    if is_compiled():
        plain, texts = Predictor(model), ["x", "def x(x):", "def x(x):\n\n return x"]
        # Rows are made as they are asked for, and found there; or all at once, after many texts.
        for asked in ([*texts, *texts], [*["x"] * 300, *texts]):
            network = network_of(model)
            for text in asked:
                assert network.sums(text) == plain.bag_sums(plain.weights(plain.bag(text)))


@pytest.mark.skipif(not is_compiled(), reason="no compiled core: there was no C compiler")
def test_threads_that_meet_at_a_row_make_it_alike(tmp_path):
    texts = ["def x(x):\n  return x", "x ( x", "):\ndef x"] * 100  # More than after which all rows are made.
    for _ in range(20):
        detector = Detector(load_model(make_model(tmp_path, width=6, bits=4)))
        assert detector.detect_many(texts, threads=8) == [detector.detect(text) for text in texts]


def test_the_rows_that_were_measured_are_written_and_not_quantised_again(tmp_path):
    config = Config.from_dict({"network": {"width": 96, "bits": 4}})
    vocabulary = Vocabulary(tuple(f"w{i}" for i in range(2000)))
    torch.manual_seed(0)
    network = BagNetwork(len(vocabulary), 2, config)
    stored = _store(network)
    about = {"calibration": (0.0, 0.0), "seen": [], "provenance": {}, "version": "0"}
    save_model(tmp_path / "m", network, stored, vocabulary, ["a", "b"], **about)
    assert torch.equal(from_model(load_model(tmp_path / "m")).bag_weight, network.bag_weight)
    again = quantise(stored.restored, 4)
    assert not np.array_equal(again.rows, stored.rows)  # or there would be nothing to test
    with torch.no_grad():
        network.bag_weight[0, 0] = float("inf")
    with pytest.raises(ModelError, match="not finite"):
        _store(network)


def test_a_step_that_rows_cannot_have_is_refused(tmp_path):
    data = make_model(tmp_path, width=6, bits=4).read_bytes()
    model = parse_model(data)
    steps = bytes(model.tensors["bag.step"].data)
    for wrong in (0, 16, 255):
        with pytest.raises(ModelError, match="has a step that is not from 1 to 15"):
            # As packaged, since the digest would tell.
            parse_model(data.replace(steps, bytes([wrong]) + steps[1:]), packaged="made")


def test_a_model_file_restores_everything(tmp_path):
    model = load_model(make_model(tmp_path, hidden=(5,)))
    assert model.languages == ("a", "b", "c", "d")
    assert model.vocabulary.names == NAMES
    assert model.provenance == {"seed": 1}
    assert model.config.network.hidden == (5,)
    assert model.id == "made-" + model.digest[:8]


def test_a_model_knows_the_texts_it_has_seen(tmp_path):
    model = load_model(make_model(tmp_path))
    assert model.has_seen("ab" * 32)
    assert model.has_seen("00" * 32)
    assert not model.has_seen("ac" * 32)


def test_the_same_weights_are_the_same_bytes(tmp_path):
    first = make_model(tmp_path).read_bytes()
    assert make_model(tmp_path).read_bytes() == first


def test_safetensors_reads_the_file(tmp_path):
    from safetensors.numpy import load_file

    assert load_file(make_model(tmp_path))["bag.weight"].shape == (len(NAMES), 7)


def test_every_truncation_is_refused(tmp_path):
    data = make_model(tmp_path).read_bytes()
    for end in [0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1]:
        with pytest.raises(ModelError):
            parse_model(data[:end])


@given(st.data())
@settings(max_examples=60)
def test_any_changed_byte_is_refused(tmp_path_factory, data):
    content = bytearray(make_model(tmp_path_factory.mktemp("m")).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = parse_model(bytes(content))
    except ModelError:
        return
    # White space between the header's parts is all that may change without a trace.
    assert changed == parse_model(make_model(tmp_path_factory.mktemp("m")).read_bytes())


def test_foreign_files_are_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(3, np.float32)}, tmp_path / "foreign.safetensors")
    with pytest.raises(ModelError, match="not a model of whichcode"):
        load_model(tmp_path / "foreign.safetensors")
    (tmp_path / "text").write_text("hello, I am a text and no model")
    with pytest.raises(ModelError, match=r"text: not a safetensors file"):
        load_model(tmp_path / "text")
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "missing")


def test_a_name_that_no_packaged_model_has_is_answered_with_theirs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"defalt: .* packaged models are default, seed"):
        Detector.load("defalt")
    with pytest.raises(ModelError, match=r"packaged models are"):
        Detector.load("my-model")
    with pytest.raises(ModelError) as told:
        Detector.load(tmp_path / "missing.safetensors")
    assert "packaged models" not in str(told.value)
    (tmp_path / "text").write_text("hello, I am a text and no model")
    with pytest.raises(ModelError) as told:
        Detector.load("text")
    assert "packaged models" not in str(told.value)


def test_a_header_that_lies_is_refused(tmp_path):
    data = make_model(tmp_path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    for change in (
        {"shape": [10**12, 7]},
        {"data_offsets": [0, 10**15]},
        {"data_offsets": [0]},
        {"data_offsets": [0, 1, 2]},
        {"dtype": "F64"},
        {"shape": [-1, 7]},
        {"shape": "no"},
        {"dtype": ["I8"]},
    ):
        lying = json.dumps(header | {"bag.weight": header["bag.weight"] | change}).encode()
        with pytest.raises(ModelError):
            parse_model(struct.pack("<Q", len(lying)) + lying + data[8 + size :])


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    network = BagNetwork(len(NAMES), 2, Config())
    with torch.no_grad():
        network.head.bias[0] = float("nan")
    with pytest.raises(ModelError, match="not finite"):
        save_model(
            tmp_path / "m",
            network,
            quantise(network.bag_weight.detach().numpy()),
            Vocabulary(NAMES),
            ["a", "b"],
            calibration=(0, 0),
            seen=[],
            provenance={},
            version="0",
        )
    assert not (tmp_path / "m").exists()


def test_packaged_configurations_load():
    assert packaged_configs() == ["compact", "default", "seed"]
    seed = load_config("seed")
    assert (seed.network.width, seed.training.l2, seed.network.dropout) == (96, 0.01, 0.2)
    for name in packaged_configs():
        config = load_config(name)
        assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[network]\nwidht = 3", "unknown option network.widht"),
        ("[network]\nwidth = 'x'", "option network.width is 'x'"),
        ("[network]\nwidth = true", "option network.width is True"),
        ("[network]\nhead = 'tanh'", "must be one of linear, relu"),
        ("[network]\nbits = 5", "option network.bits is 5; it must be one of 4, 8"),
        ("[network]\nbits = 8.0", "option network.bits is 8.0"),
        ("[network]\nbits = 4\nwidth = 7", "option network.width is odd"),
        ("[network]\ndropout = 1.0", "must be from 0 to 0.99"),
        ("[network]\nhidden = [8, 0]", "must be from 1"),
        ("[training]\nlearning_rate = nan", "learning_rate is nan"),
        ("[training]\nl2 = inf", "l2 is inf"),
        ("[training]\nl2 = 1" + 400 * "0", "l2 is a number of 401 digits"),
        ("x = " + "[" * 5000, "not TOML"),
        ("[windows]\nmin_lines = 9\nmax_lines = 3", "max_lines is less"),
        ("[training]\nepochs = 0", "must be from 1 to"),
        ("network = 3", "must be a table"),
        ("name = ''", "option name is ''; it must be printable and not blank"),
        ('name = "a\\tb"', "option name is"),
        ("= =", "not TOML"),
        ("base = 'huge'", "option base is 'huge'; it must be one of compact, default, seed"),
        ("base = ['seed']", "option base is"),
        ("base = 'seed'\n[network]\nwidht = 3", "unknown option network.widht"),
        ("base = 'seed'\nnetwork = 3", "must be a table"),
    ],
)
def test_bad_configurations_name_the_option(tmp_path, content, message):
    path = tmp_path / "bad.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message) as error:
        load_config(str(path))
    assert "bad.toml" in str(error.value)


def test_a_configuration_on_a_base_says_only_what_differs(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("base = 'compact'\n[training]\nepochs = 3\n")
    compact = load_config("compact")
    expected = replace(compact, name="mine", training=replace(compact.training, epochs=3))
    assert load_config(str(path)) == expected
    path.write_text("base = 'compact'\nname = 'other'\n")
    assert load_config(str(path)) == replace(compact, name="other")


def test_missing_configurations():
    with pytest.raises(ConfigError, match=r"default, seed or a \.toml file"):
        load_config("nothing")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config("nothing.toml")


def test_attributions_add_up(tmp_path):
    for hidden in ((), (5, 3)):
        detector = Detector.load(make_model(tmp_path, "log", True, hidden, scale=0.5))
        explanation = detector.explain("def x(x):\n  return x\n")
        empty = detector._predictor.head(detector._predictor.bag_layer({}))
        a, b = (detector.languages.index(name) for name in (explanation.language, explanation.runner_up))
        evidence = len(explanation.contributions)
        expected = (empty[a] - empty[b]) / detector._predictor.temperature(evidence)
        assert explanation.baseline == pytest.approx(expected, abs=0.02)


def test_a_logit_that_the_relu_cuts_off_gets_no_attribution(tmp_path):
    # Of two logits of which one stays below 0, what the ReLU lets through is the other's rise alone.
    network = BagNetwork(len(NAMES), 2, Config.from_dict({"network": {"width": 7, "head": "relu"}}))
    with torch.no_grad():
        network.head.bias[0], network.head.bias[1] = 5.0, -1000.0
    options = {"calibration": (0.0, 0.0), "seen": [], "provenance": {}, "version": "0"}
    stored = quantise(network.bag_weight.detach().numpy())
    save_model(tmp_path / "m", network, stored, Vocabulary(NAMES), ["a", "b"], **options)
    detector = Detector.load(tmp_path / "m")
    explanation = detector.explain("def x(x):\n  return x\n")
    rise = detector._predictor.logits("def x(x):\n  return x\n")[0][0] - detector._predictor.head([0.0] * 7)[0]
    assert explanation.language == "a"
    assert sum(c.added for c in explanation.contributions) == pytest.approx(rise, abs=0.02)
    assert explanation.log_odds == pytest.approx(sum(c.added for c in explanation.contributions) + 5.0, abs=0.02)


def test_softmax_is_stable():
    assert softmax([1000.0, 1000.0]) == [0.5, 0.5]
    assert softmax([0.0, float("-inf")]) == [1.0, 0.0]


def test_prepare_refuses_what_is_no_text():
    with pytest.raises(TypeError, match="str or bytes"):
        prepare(3)
