"""The compiled core against the plain Python that it stands in for."""

import os
import pickle
import subprocess
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from whichcode import Detector
from whichcode.core import PURE, index_of, is_compiled
from whichcode.features.bag import bag
from whichcode.features.extract import extract
from whichcode.features.spec import FeatureSpec
from whichcode.features.vocabulary import Vocabulary, is_usable

pytestmark = pytest.mark.skipif(not is_compiled(), reason="no compiled core: there was no C compiler")

RICH = FeatureSpec(ngrams=3, shapes=4, indentation=True)
SPECS = [RICH, FeatureSpec(), FeatureSpec(ngrams=2), FeatureSpec(shapes=2), FeatureSpec(indentation=True)]

SAMPLE = "def area(w, h):\n\tif w_ < 0x1F and H9:\n\t\treturn __w * _h2  # é\n\n    else: x = 12_000\n" * 3
ODD = " \t\n\f\v\r_aAbB09xX.;:(){}<>=é\x00\x01\x1c\x85\u2028ß\U0001f600\ud800"
texts = st.one_of(st.text(max_size=80), st.text(ODD, max_size=60))


def known_names(text: str, spec: FeatureSpec) -> Vocabulary:
    """Every second feature of a text, so that lookups both hit and miss."""
    return Vocabulary(tuple(sorted({name for name in extract(text, spec) if is_usable(name)})[::2]))


@given(text=texts, other=texts, spec=st.sampled_from(SPECS))
def test_bags_are_the_reference_s(text, other, spec):
    vocabulary = known_names(text + "\n" + other, spec)
    index = index_of(vocabulary, spec)
    assert index is not None
    for one in (text, other, text + "\n" + other):
        assert index.bag(one) == bag(extract(one, spec), vocabulary.index)


@pytest.mark.parametrize("spec", SPECS)
def test_bags_of_code_are_the_reference_s(spec):
    vocabulary = known_names(SAMPLE, spec)
    assert index_of(vocabulary, spec).bag(SAMPLE) == bag(extract(SAMPLE, spec), vocabulary.index)
    assert index_of(vocabulary, spec).bag(SAMPLE)


@pytest.fixture(scope="module", params=["default", "seed"])
def both(request):
    compiled, plain = Detector.load(request.param), Detector.load(request.param)
    plain._predictor.__dict__["compiled"] = None
    assert compiled._predictor.compiled is not None
    return compiled, plain


@given(text=texts)
@settings(deadline=None, max_examples=60)
def test_answers_are_the_reference_s(both, text):
    compiled, plain = both
    assume(text.count("\0") <= 1)
    a, b = compiled.detect(text, k=1000), plain.detect(text, k=1000)
    assert dict(a.candidates) == pytest.approx(dict(b.candidates), abs=1e-6)
    if len(b.candidates) > 1 and b.candidates[0][1] - b.candidates[1][1] > 1e-12:
        assert a.language == b.language


@pytest.mark.parametrize("lead", [1e-9, -1e-9, 1e-6, -1e-6])
def test_what_float32_cannot_tell_is_told_as_the_reference_does(both, lead):
    compiled, plain = both
    for text in (SAMPLE, "x = 1", "fn main() {}", "select 1", "a", "é\n\tb"):
        (a, p), (b, q) = plain.detect(text, k=2).candidates
        options = {"prior": {a: 1.0, b: p / q * (1 + lead)}, "among": [a, b]}
        expected = plain.detect(text, **options)
        found = compiled.detect_many(["y = 2", text, text], **options)
        assert [d.language for d in found[1:]] == [expected.language] * 2
        assert found[2].confidence == pytest.approx(expected.confidence, abs=1e-14)


@given(data=st.one_of(st.binary(max_size=40), texts.map(lambda t: t.encode("utf-8", "surrogatepass"))))
@settings(max_examples=300)
def test_bytes_are_read_where_they_lie_if_they_are_utf8(both, data):
    from whichcode.core._core import is_plain

    compiled, plain = both
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None
    assert is_plain(data, 1000) == (text is not None and is_plain(text, 1000))
    if data.count(0) == 0:
        a, b = compiled.detect(data, k=1000), plain.detect(data, k=1000)
        assert dict(a.candidates) == pytest.approx(dict(b.candidates), abs=1e-6)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_any_processor_answers_alike(both, level):
    from whichcode.core._core import use_vectors

    compiled, plain = both
    try:
        use_vectors(level)  # or less, where this processor has less
        for text in (SAMPLE, SAMPLE * 40, "x = 1", "é" * 500):
            a, b = compiled.detect(text, k=1000), plain.detect(text, k=1000)
            assert dict(a.candidates) == pytest.approx(dict(b.candidates), abs=1e-6)
            predictor = plain._predictor
            assert compiled._predictor.compiled.sums(text) == predictor.bag_sums(
                predictor.weights(predictor.bag(text))
            )
    finally:
        use_vectors(2)


def test_stages_stop_where_they_say(both):
    network = both[0]._predictor.compiled
    assert network.until([SAMPLE, "x"], 0) == network.index.work(SAMPLE) + network.index.work("x") > 0
    found = len(network.index.bag(SAMPLE))
    assert [network.until([SAMPLE], stage) for stage in (1, 2, 3)] == [found, found, found]
    assert found >= 20


def test_sums_are_exact(both):
    compiled, plain = both
    predictor = plain._predictor
    expected = predictor.bag_sums(predictor.weights(predictor.bag(SAMPLE)))
    assert compiled._predictor.compiled.sums(SAMPLE) == expected


def test_among_prior_and_ties_are_the_reference_s(both):
    compiled, plain = both
    for options in (
        {"among": ["python", "c"], "k": 1},
        {"prior": {"c": 0.0, "python": 9.0}},
        {"min_confidence": 1.0},
    ):
        a, b = compiled.detect(SAMPLE, **options), plain.detect(SAMPLE, **options)
        assert (a.language, [name for name, _ in a.candidates]) == (b.language, [name for name, _ in b.candidates])
        assert a.confidence == pytest.approx(b.confidence, abs=1e-6)


def test_numbers_and_names_beyond_the_machine_s_are_no_crash(both):
    compiled, plain = both
    assert (
        compiled.detect(SAMPLE, k=1 << 70, max_bytes=1 << 70).language == plain.detect(SAMPLE, k=1 << 70).language
    )
    assert index_of(Vocabulary(("x" * 10_000,)), RICH) is None


def test_threads_answer_in_order(both):
    compiled, _ = both
    many = [f"x{i} = {i}\n" * (i % 7) for i in range(2000)] + [SAMPLE, "", "print 'a'"]
    assert (
        compiled.detect_many(many, threads=4) == compiled.detect_many(many) == [compiled.detect(t) for t in many]
    )


def test_work_is_linear_whatever_the_input():
    """Counted work, not time: ten times the text is at most eleven times the work."""
    index = index_of(known_names(SAMPLE, RICH), RICH)
    for unit in ("a", "[", "\n", " ", "a b", "[a", "\ta\n", "é", "\x00", "a\n b\n", "\ufffd;", "_" * 70 + " "):
        few, many = index.work(unit * 10_000), index.work(unit * 100_000)
        assert many <= 11 * few + 100, unit
        assert many <= 12 * 3 * len((unit * 100_000).encode()) + 100, unit


def test_detectors_travel(both):
    compiled, _ = both
    stored = pickle.dumps(compiled)
    assert len(stored) < 1000, "a packaged model goes by its name"
    assert pickle.loads(stored).detect(SAMPLE) == compiled.detect(SAMPLE)


def test_the_environment_leaves_the_core_aside():
    code = "from whichcode.core import is_compiled; print(is_compiled())"
    for value, expected in (("1", "False"), ("0", "True")):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, PURE: value},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == expected
