"""Polars and pandas: the same answers as the detector's, over columns."""

import pandas as pd
import polars as pl
import pytest

import whichcode.integrations.pandas
import whichcode.integrations.polars  # noqa: F401  # both add to their libraries
from conftest import make_texts
from whichcode.errors import InputError

TEXTS = [make_texts("wordy", 1)[0], None, "", make_texts("tagged", 1)[0], "\0" * 99]


@pytest.fixture(scope="module")
def expected(mini_detector):
    return [None if t is None or "\0" in t else mini_detector.detect(t, k=2) for t in TEXTS]


def test_polars_expressions(mini_detector, expected):
    frame = pl.DataFrame({"content": TEXTS, "id": range(5)})
    found = frame.select(
        pl.col("id"),
        pl.col("content").whichcode.language(detector=mini_detector).alias("language"),
        pl.col("content").whichcode.detect(detector=mini_detector, k=2, among=["wordy", "tagged"]).alias("all"),
    )
    assert found["language"].to_list() == [a and a.language for a in expected]
    assert [a["error"] is None for a in found["all"]] == [True, False, True, True, False]
    assert [c["language"] for c in found["all"][0]["candidates"]] == ["wordy", "tagged"]
    lazy = frame.lazy().with_columns(pl.col("content").whichcode.language(detector=mini_detector)).collect()
    assert lazy["content"].to_list() == found["language"].to_list()
    binary = frame.select(pl.col("content").cast(pl.Binary).whichcode.language(detector=mini_detector))
    assert binary.to_series().to_list() == found["language"].to_list()
    with pytest.raises(Exception, match="not strings or binaries"):
        frame.select(pl.col("id").whichcode.language(detector=mini_detector))


def test_pandas_accessor(mini_detector, expected):
    series = pd.Series(TEXTS, index=list("abcde"), name="content")
    found = series.whichcode.language(detector=mini_detector, threads=2)
    assert list(found.index) == list("abcde")
    assert found.name == "content"
    assert [None if pd.isna(x) else x for x in found] == [a and a.language for a in expected]
    frame = series.whichcode.detect(detector=mini_detector, k=1, among=["apl-ish"])
    assert list(frame.columns) == ["language", "confidence", "candidates", "error"]
    assert set(frame["language"].dropna()) == {"apl-ish"}
    assert frame["error"].isna().to_list() == [True, False, True, True, False]
    assert pd.Series([None, None]).whichcode.language(detector=mini_detector).isna().all()
    assert pd.Series([b"x", None]).whichcode.detect(detector=mini_detector)["error"].isna().to_list() == [
        True,
        False,
    ]
    for wrong in ([1, 2], ["x", 2], [["x"]]):
        with pytest.raises(InputError, match="column"):
            pd.Series(wrong).whichcode.language(detector=mini_detector)


def test_one_name_is_no_list_of_languages(mini_detector):
    with pytest.raises(InputError, match="must be a list of languages"):
        pd.Series(TEXTS).whichcode.language(detector=mini_detector, among="wordy")
    found = pd.Series(TEXTS).whichcode.language(
        detector=mini_detector, among=(name for name in ["wordy", "tagged"])
    )
    assert set(found.dropna()) == {"wordy", "tagged"}


def test_the_packaged_detector_is_the_default():
    assert pd.Series(["SELECT name FROM users WHERE id = 7"]).whichcode.language().to_list() == ["sql"]
    frame = pl.DataFrame({"content": ["SELECT name FROM users WHERE id = 7"]})
    assert frame.select(pl.col("content").whichcode.language()).item() == "sql"
