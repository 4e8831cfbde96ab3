import mmap
import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import make_texts
from whichcode import Detection, Detector
from whichcode.core import is_compiled
from whichcode.detector import default_detector, packaged_models
from whichcode.errors import BinaryInputError, InputError, ModelError, WhichcodeError
from whichcode.model.artefact import load_model
from whichcode.packaged import DATA

SNIPPET = "LET total BECOME price PLUS 7.\nWHENEVER total EXCEEDS 3 PERFORM stop.\n"


def test_it_answers(mini_detector):
    detection = mini_detector.detect(SNIPPET)
    assert detection.language == "wordy"
    assert detection.candidates[0] == ("wordy", detection.confidence)
    assert sum(p for _, p in detection.candidates) == pytest.approx(1)
    with pytest.raises(AttributeError):
        detection.language = "tagged"


def test_it_has_learnt(mini_detector):
    texts = [(language, t) for language in mini_detector.languages for t in make_texts(language, 10, seed=99)]
    assert all(mini_detector.detect(text).language == language for language, text in texts)


def test_str_and_bytes_get_the_same_answer(mini_detector):
    expected = mini_detector.detect(SNIPPET)
    for data in (
        SNIPPET.encode(),
        bytearray(SNIPPET.encode()),
        memoryview(SNIPPET.encode()),
        SNIPPET.encode("utf-8-sig"),
    ):
        assert mini_detector.detect(data) == expected
    assert mini_detector.detect(SNIPPET.replace("\n", "\r\n")) == expected
    assert mini_detector.detect(b"\xff\xfe" + SNIPPET.encode("utf-16-le")) == expected


def test_indentation_of_the_whole_does_not_matter(mini_detector):
    indented = "".join("    " + line + "\n" for line in SNIPPET.splitlines())
    assert mini_detector.detect(indented) == mini_detector.detect(SNIPPET)


@pytest.mark.parametrize("text", ["", " \n\t\r\n", b"", b"\xef\xbb\xbf"])
def test_blank_texts_have_no_answer(mini_detector, text):
    assert mini_detector.detect(text) == Detection(None, 0.0, ())


def test_binary_is_refused(mini_detector):
    with pytest.raises(BinaryInputError):
        mini_detector.detect(b"\x7fELF\0\0\0\0")
    with pytest.raises(BinaryInputError, match="item 1"):
        mini_detector.detect_many(["a", b"\0\0"])


def test_among_renormalises(mini_detector):
    free = dict(mini_detector.detect(SNIPPET, k=3).candidates)
    restricted = mini_detector.detect(SNIPPET, among=["tagged", "apl-ish"])
    assert {name for name, _ in restricted.candidates} == {"tagged", "apl-ish"}
    assert restricted.confidence == pytest.approx(
        max(free["tagged"], free["apl-ish"]) / (free["tagged"] + free["apl-ish"])
    )


def test_prior_multiplies_and_renormalises(mini_detector):
    free = dict(mini_detector.detect(SNIPPET, k=3).candidates)
    weighted = dict(mini_detector.detect(SNIPPET, k=3, prior={"tagged": 5.0}).candidates)
    total = free["tagged"] * 5 + free["apl-ish"] + free["wordy"]
    assert weighted["tagged"] == pytest.approx(free["tagged"] * 5 / total)
    assert "wordy" not in dict(mini_detector.detect(SNIPPET, prior={"wordy": 0}).candidates)


@pytest.mark.parametrize(
    "options",
    [
        {"among": ["nothing"]},
        {"among": []},
        {"prior": {"wordy": -1}},
        {"prior": {"wordy": float("nan")}},
        {"among": ["wordy"], "prior": {"wordy": 0}},
        {"k": 0},
        {"among": "wordy"},
        {"min_confidence": float("nan")},
        {"max_bytes": -5},
    ],
)
def test_impossible_options_are_refused(mini_detector, options):
    with pytest.raises(InputError):
        mini_detector.detect(SNIPPET, **options)
    with pytest.raises(InputError):
        mini_detector.detect("", **options)


def test_min_confidence_withholds_the_answer_only(mini_detector):
    ambiguous = "total stop"
    plain = mini_detector.detect(ambiguous)
    assert 1 / 3 < plain.confidence < 1
    unsure = mini_detector.detect(ambiguous, min_confidence=(plain.confidence + 1) / 2)
    assert unsure == Detection(None, plain.confidence, plain.candidates)
    assert mini_detector.detect(ambiguous, min_confidence=plain.confidence) == plain


def test_k_candidates(mini_detector):
    assert len(mini_detector.detect(SNIPPET, k=2).candidates) == 2
    assert len(mini_detector.detect(SNIPPET, k=50).candidates) == 3


def test_max_bytes_looks_at_the_start_alone(mini_detector):
    long = SNIPPET + make_texts("tagged", 1)[0] * 50
    assert mini_detector.detect(long).language == "tagged"
    assert mini_detector.detect(long, max_bytes=len(SNIPPET)).language == "wordy"


@pytest.mark.parametrize("ask", ["detect_many", "detect_each"])
def test_many_texts_are_no_single_text_and_options_exist(ask, mini_detector):
    with pytest.raises(TypeError, match="not one text"):
        getattr(mini_detector, ask)("import duck")
    with pytest.raises(TypeError, match="no option amog"):
        getattr(mini_detector, ask)(["import duck"], amog=["python"])


def test_a_name_that_no_file_has(mini_detector):
    with pytest.raises(ModelError, match="no file has such a name"):
        type(mini_detector).load("a\0b")


def test_detect_many_is_detect_of_each(mini_detector):
    texts = [SNIPPET, "", "<<a>> b=3 <</a>>"]
    among = iter(["wordy", "tagged"])
    assert mini_detector.detect_many(texts, among=among) == [
        mini_detector.detect(t, among=["wordy", "tagged"]) for t in texts
    ]


@given(text=st.text(max_size=80) | st.binary(max_size=80))
@settings(max_examples=100)
def test_any_input_gets_an_answer_or_one_error(mini_detector, text):
    try:
        detection = mini_detector.detect(text)
    except BinaryInputError:
        return
    if detection.language is None:
        assert detection == Detection(None, 0.0, ())
    else:
        assert 1 / 3 <= detection.confidence <= 1


def test_explanations_add_up(mini_detector):
    explanation = mini_detector.explain(SNIPPET)
    assert explanation.language == "wordy"
    total = explanation.baseline + sum(c.added for c in explanation.contributions)
    assert total == pytest.approx(explanation.log_odds)
    counts = {c.feature: c.count for c in explanation.contributions}
    assert counts["total"] == 2 if "total" in counts else counts["."] == 2
    with pytest.raises(InputError, match="blank"):
        mini_detector.explain("")
    with pytest.raises(InputError, match="one possible language"):
        mini_detector.explain(SNIPPET, among=["wordy"])


def test_the_packaged_model_answers():
    import whichcode

    assert (
        whichcode.detect("for n in range(10):\n    if n % 2:\n        continue\n    print(n)").language == "python"
    )
    assert [
        d.language
        for d in whichcode.detect_many(["#include <stdio.h>\nint main(void) { return 0; }"], among=["c", "js"])
    ] == ["c"]
    with pytest.raises(InputError, match="'pyton'; did you mean 'python' or"):
        default_detector().detect("x", among=["pyton"])
    with pytest.raises(InputError, match=r"'zzzqqq'; it knows \d+ others$"):
        default_detector().detect("x", among=["zzzqqq"])
    with pytest.raises(InputError, match="named by a text, not by None"):
        default_detector().detect("x", among=[None])
    with pytest.raises(InputError, match="prior must map languages to weights, not be a list"):
        default_detector().detect("x", prior=["python"])
    with pytest.raises(InputError, match="names python twice, as 'python' and as 'py'"):
        default_detector().detect("x", prior={"python": 3, "py": 3})
    with pytest.raises(WhichcodeError, match="does not know the language"):
        whichcode.detect("x = 1", among=["brainfuck"])


def test_detection_imports_the_standard_library_alone():
    code = (
        "import sys, whichcode; whichcode.detect('x = 1'); "
        "heavy = {'numpy', 'torch', 'click', 'safetensors', 'pyarrow', 'rich'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_detection_imports_nothing_that_it_does_not_use():
    code = (
        "import sys; before = set(sys.modules); import whichcode; whichcode.detect('x = 1'); "
        "slow = {'dataclasses', 'inspect', 'pathlib', 'hashlib', 'importlib.resources', 'concurrent.futures'}; "
        "print(*sorted(slow & set(sys.modules) - before), whichcode.Explanation.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Explanation"] or not is_compiled()


def test_a_model_is_mapped_and_shared(mini_detector):
    default = Detector.load("default")
    rows = default.model.tensors["bag.weight"].data
    assert isinstance(rows, memoryview)
    assert rows.readonly
    assert isinstance(rows.obj, mmap.mmap)
    again = pickle.loads(pickle.dumps(mini_detector))
    assert again.detect("x = 1") == mini_detector.detect("x = 1")
    assert again.model.config == mini_detector.model.config


def test_the_packaged_models_are_what_their_digests_say():
    """They are not checked when they are loaded."""
    for name in packaged_models():
        path = DATA / "models" / f"{name}.safetensors"
        assert load_model(path).digest == Detector.load(name).model.digest


def test_the_packaged_prior_knows_what_documentation_shows(mini_detector):
    from whichcode.possible import packaged_prior

    default = Detector.load("default")
    weights = packaged_prior("documentation", default.languages)
    assert set(weights) == set(default.languages)
    assert min(weights.values()) > 0
    assert weights["shellsession"] > 1 > weights["cobol"]
    plain = dict(default.detect("x = 1", k=300).candidates)
    told = dict(default.detect("x = 1", k=300, prior="documentation").candidates)
    assert told["python"] / plain["python"] > told["nim"] / plain["nim"]
    # A model of other languages is given the weight of those that were never seen.
    assert len(set(packaged_prior("documentation", mini_detector.languages).values())) == 1
    with pytest.raises(InputError, match="documentation"):
        default.detect("x = 1", prior="documentaries")


def test_packaged_models_are_small_and_intact():
    from whichcode.detector import packaged_models

    assert {"default", "seed"} <= set(packaged_models())
    for name, languages, size in (("default", 200, 8_000_000), ("seed", 27, 3_000_000)):
        model = Detector.load(name).model
        assert len(model.languages) >= languages
        assert (DATA / "models" / f"{name}.safetensors").stat().st_size <= size


@pytest.mark.parametrize("threads", [1, 3])
def test_each_text_gets_an_answer_or_its_error(mini_detector, threads):
    texts = [SNIPPET, b"\0" * 99, "", *[f"x = {i}" for i in range(600)], b"\0\0\0\0", SNIPPET]
    answers = mini_detector.detect_each(texts, threads=threads, k=2)
    assert [i for i, a in enumerate(answers) if isinstance(a, BinaryInputError)] == [1, 603]
    assert [a for a in answers if isinstance(a, Detection)] == mini_detector.detect_many(
        [t for i, t in enumerate(texts) if i not in (1, 603)], k=2
    )
    with pytest.raises(BinaryInputError, match="item 1: "):
        mini_detector.detect_many(texts, threads=threads)
