"""The scikit-learn classifier and its folds, on the tests' invented languages and on scikit-learn's own checks."""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn")

import joblib
import sklearn
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted, validate_data

from conftest import TEMPLATES, make_texts
from whichcode.corpus.duplicates import find_duplicates
from whichcode.integrations.folds import as_documents
from whichcode.integrations.sklearn import LanguageClassifier, LeakFreeKFold

COUNT = 12
TEXTS = [text for language in TEMPLATES for text in make_texts(language, COUNT)]
LABELS = [language for language in TEMPLATES for _ in range(COUNT)]
UNSEEN = [(language, text) for language in TEMPLATES for text in make_texts(language, 4, seed=7)]
QUICK = {"training.epochs": 3}


@pytest.fixture(scope="module")
def fitted():
    return LanguageClassifier(overrides=QUICK).fit(TEXTS, LABELS)


class RowsAsTexts(LanguageClassifier):
    """Renders rows of numbers as texts, so that scikit-learn's checks, which know rows alone, can be run.

    What a table must be (two dimensions, finite, as many columns as before) is checked here by scikit-learn's own
    `validate_data`; all else that the checks ask for is the classifier's doing.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.one_d_array, tags.input_tags.two_d_array = False, False, True
        return tags

    def fit(self, X, y, groups=None):
        X, y = validate_data(self, X, y)
        return super().fit(rendered(X), y, groups)

    def predict_proba(self, X):
        check_is_fitted(self)
        return super().predict_proba(rendered(validate_data(self, X, reset=False)))


def rendered(rows):
    """One line a column, its number as three words: coarse ones to learn from, fine ones to tell rows apart."""
    letters = str.maketrans("-0123456789", "nabcdefghij")
    marks = (("coarse", 1), ("middle", 4), ("fine", 1000))
    return [
        "\n".join(
            f"column{j} " + " ".join(f"{mark}{round(v * step):d}".translate(letters) for mark, step in marks)
            for j, v in enumerate(row)
        )
        for row in rows
    ]


# Checks of scikit-learn that fail, and why they may. There is none.
EXPECTED_FAILED = {}


def test_scikit_learns_own_checks_pass_on_rows_written_as_texts():
    results = check_estimator(RowsAsTexts(overrides=QUICK), expected_failed_checks=EXPECTED_FAILED, on_skip=None)
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    # The array API is asked about only where an environment variable switches it on.
    assert [r["check_name"] for r in results if r["status"] != "passed"] == ["check_array_api_input"]
    assert {"check_classifiers_train", "check_estimators_pickle", "check_methods_sample_order_invariance"} <= set(
        passed
    )


def test_scikit_learns_own_checks_pass_for_texts():
    with warnings.catch_warnings():
        # It says that it has no check for texts but one.
        warnings.simplefilter("ignore")
        results = check_estimator(LanguageClassifier(), expected_failed_checks=EXPECTED_FAILED)
    assert {result["status"] for result in results} == {"passed"}
    tags = LanguageClassifier().__sklearn_tags__()
    assert (tags.input_tags.string, tags.input_tags.two_d_array, tags.estimator_type) == (
        True,
        False,
        "classifier",
    )


def test_it_learns(fitted):
    assert fitted.classes_.tolist() == sorted(TEMPLATES)
    assert fitted.predict([text for _, text in UNSEEN]).tolist() == [language for language, _ in UNSEEN]
    probabilities = fitted.predict_proba(np.array([text for _, text in UNSEEN]))
    assert probabilities.shape == (len(UNSEEN), 3)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert fitted.detector_.detect(UNSEEN[0][1]).language == UNSEEN[0][0]


def test_a_blank_text_has_flat_probabilities(fitted):
    assert fitted.predict_proba(["", " \n"]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("labels", [[7, 1000, 20], [2.0, 1.0, 10.0], [True, False, True]])
def test_labels_need_not_be_texts(labels):
    y = np.repeat(labels, COUNT)
    classifier = LanguageClassifier(overrides=QUICK).fit(TEXTS, y)
    assert classifier.classes_.tolist() == sorted(set(labels))
    assert classifier.predict(TEXTS).tolist() == y.tolist()


def test_it_has_no_side_effects(capsys, fitted):
    # What the command's training, which other tests call, leaves switched on.
    torch.use_deterministic_algorithms(False)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    again = LanguageClassifier(overrides=QUICK).fit(TEXTS[::-1], LABELS[::-1])
    assert torch.rand(1) == expected
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == threads
    assert capsys.readouterr() == ("", "")
    # The same texts give the same model, in whatever order.
    assert again.detector_.model.digest == fitted.detector_.model.digest
    other = LanguageClassifier(overrides=QUICK, seed=1, verbose=True).fit(TEXTS, LABELS)
    assert other.detector_.model.digest != fitted.detector_.model.digest
    assert "macro recall" in capsys.readouterr().out


def test_it_can_be_stored_and_cloned(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "model.joblib")):
        assert np.array_equal(copy.predict_proba(TEXTS), fitted.predict_proba(TEXTS))
    cloned = clone(fitted)
    assert cloned.get_params() == fitted.get_params()
    assert not hasattr(cloned, "detector_")


def test_the_packaged_detector():
    classifier = LanguageClassifier.from_pretrained("default")
    texts = ["def area(r):\n    return 3.14 * r ** 2", "SELECT name FROM users WHERE id = 7"]
    assert classifier.predict(texts).tolist() == ["python", "sql"]
    # Its pickle names the packaged model instead of holding it.
    assert len(pickle.dumps(classifier)) < 50_000
    scores = cross_val_score(FrozenEstimator(classifier), texts * 2, ["python", "sql"] * 2, cv=2)
    assert scores.tolist() == [1, 1]


def test_a_pipeline_in_cross_validation():
    pipeline = make_pipeline(
        FunctionTransformer(lambda texts: [text.lower() for text in texts]), LanguageClassifier()
    )
    pipeline.set_params(languageclassifier__overrides=QUICK)
    result = cross_validate(
        pipeline, TEXTS, LABELS, cv=LeakFreeKFold(3), scoring=["accuracy", "neg_log_loss", "f1_macro"]
    )
    assert result["test_accuracy"].min() > 0.9
    assert result["test_neg_log_loss"].min() > -0.5


def test_a_search_over_options():
    grid = {"overrides": [{"training.epochs": 1, "training.learning_rate": 1e-9}, QUICK]}
    search = GridSearchCV(LanguageClassifier(), grid, cv=LeakFreeKFold(2)).fit(TEXTS, LABELS)
    assert search.best_params_ == {"overrides": QUICK}


def test_groups_can_be_routed():
    groups = [f"project {i % 4}" for i in range(len(TEXTS))]
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = LanguageClassifier(overrides=QUICK).set_fit_request(groups=True)
        scores = cross_val_score(classifier, TEXTS, LABELS, cv=LeakFreeKFold(2), params={"groups": groups})
    assert scores.min() > 0.9


@pytest.mark.parametrize(
    ("parameters", "texts", "labels", "told"),
    [
        ({}, "one text", ["a"], "write \\[text\\]"),
        ({}, [["a"], ["b"]], ["a", "b"], "item 0 is list"),
        ({}, np.array([["a"], ["b"]]), ["a", "b"], "table of 2 dimensions"),
        ({}, 3, ["a"], "not int"),
        ({}, [], [], "empty"),
        ({}, TEXTS, LABELS[1:], "inconsistent numbers of samples"),
        ({}, TEXTS, None, "requires y"),
        ({}, TEXTS, ["one"] * len(TEXTS), "one class only"),
        ({}, TEXTS[:1] * 4, ["a", "a", "b", "b"], "every text of the class 'b'"),
        ({}, [TEXTS[0], TEXTS[-1]], ["a", "b"], "none is left to validate on"),
        ({}, ["\0\0\0", *TEXTS[1:]], LABELS, "binary"),
        ({"config": "nothing"}, TEXTS, LABELS, "no configuration 'nothing'"),
        ({"overrides": {"training.epoch": 1}}, TEXTS, LABELS, "unknown option training.epoch"),
        ({"overrides": {"training.epochs": 0}}, TEXTS, LABELS, "training.epochs is 0"),
        ({"validation": 1}, TEXTS, LABELS, "between 0 and 1"),
    ],
)
def test_what_cannot_be_is_refused(parameters, texts, labels, told):
    with pytest.raises(ValueError, match=told):
        LanguageClassifier(**parameters).fit(texts, labels)


def test_a_binary_text_is_told_by_its_place(fitted):
    with pytest.raises(ValueError, match=r"text 1: .*binary"):
        fitted.predict(["LET a BECOME b.", b"\0\0\0"])


def revised(text):
    """A text like `text`: one line more."""
    return text + "END revision.\n"


@pytest.mark.parametrize("stratified", [True, False])
def test_folds_do_not_leak(stratified):
    texts = TEXTS + [revised(text) for text in TEXTS[::2]]
    labels = LABELS + LABELS[::2]
    # Some texts have a project, each project has texts of two languages, and revised texts are of another one.
    groups = [f"project {i % 5}" if i % 3 else "" for i in range(len(TEXTS))] + ["fork"] * len(TEXTS[::2])
    near = find_duplicates(as_documents(texts, labels), threshold=0.6, workers=1).group
    seen = []
    left_out = 0
    for train, test in LeakFreeKFold(3).split(texts, labels if stratified else None, groups):
        assert not set(train) & set(test)
        assert not {near[i] for i in train} & {near[i] for i in test}
        assert not {groups[i] for i in train} & {groups[i] for i in test} - {""}
        assert len(train)
        left_out += len(texts) - len(train) - len(test)
        seen += test.tolist()
    assert sorted(seen) == list(range(len(texts)))
    assert left_out > 0


def test_an_ordinary_split_would_leak():
    # The folds' test is one that can fail: shuffled folds put copies on both sides.
    from sklearn.model_selection import KFold

    texts = TEXTS + [revised(text) for text in TEXTS]
    near = find_duplicates(as_documents(texts, LABELS * 2), threshold=0.6, workers=1).group
    folds = KFold(3, shuffle=True, random_state=0).split(texts)
    assert any({near[i] for i in train} & {near[i] for i in test} for train, test in folds)


def test_folds_hold_every_label():
    for train, test in LeakFreeKFold(4).split(TEXTS, LABELS):
        assert {LABELS[i] for i in train} == {LABELS[i] for i in test} == set(TEMPLATES)


def test_folds_are_the_same_for_the_same_seed():
    def folds(seed, shuffle=True):
        splitter = LeakFreeKFold(3, seed=seed, shuffle=shuffle)
        return [test.tolist() for _, test in splitter.split(TEXTS, LABELS)]

    assert folds(0) == folds(0)
    assert folds(0) != folds(1)
    assert folds(0, shuffle=False) == folds(1, shuffle=False)
    assert LeakFreeKFold(3).get_n_splits() == 3


def test_predictions_of_all_texts_can_be_had():
    predicted = cross_val_predict(LanguageClassifier(overrides=QUICK), TEXTS, LABELS, cv=LeakFreeKFold(2))
    assert (predicted == np.array(LABELS)).mean() > 0.9


@pytest.mark.parametrize(
    ("folds", "groups", "told"),
    [
        (5, ["one"] * 18 + ["two"] * 18, "2 independent texts or groups, fewer than the 5 folds"),
        (2, LABELS, "nothing of the label '.*' is left to train on"),
        (2, ["one"], "inconsistent numbers"),
    ],
)
def test_impossible_folds_are_refused(folds, groups, told):
    with pytest.raises(ValueError, match=told):
        list(LeakFreeKFold(folds).split(TEXTS, LABELS, groups))
    with pytest.raises(ValueError, match="use 2 folds or more"):
        LeakFreeKFold(1)


def test_the_example_of_the_module_is_so():
    import doctest

    from whichcode.integrations import sklearn as module

    tried = doctest.testmod(module)
    assert (tried.failed, tried.attempted) == (0, 3)


def test_it_says_which_extra_is_missing():
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['sklearn'] = None; from whichcode import WhichcodeError\n"
        "try: import whichcode.integrations.sklearn\n"
        "except WhichcodeError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "whichcode[sklearn]" in done.stdout
