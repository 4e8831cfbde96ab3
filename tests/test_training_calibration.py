"""The temperature: how it is fitted, for whom, and what few windows make of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from conftest import train_quietly
from whichcode.training.calibration import fit_temperature


def test_the_temperature_is_found_again():
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(rng.normal(size=(20_000, 3))).float() * 2
    evidence = rng.integers(1, 400, size=20_000)
    temperature = np.exp(0.5 - 0.3 * np.log1p(evidence))
    p = torch.softmax(logits / torch.from_numpy(temperature)[:, None], 1).numpy()
    labels = np.array([rng.choice(3, p=row / row.sum()) for row in p])
    a, b = fit_temperature(logits, labels, evidence, np.ones(3, np.int64))
    assert (a, b) == (pytest.approx(0.5, abs=0.15), pytest.approx(-0.3, abs=0.05))


def test_the_temperature_is_that_of_the_languages_trained_on_most():
    # The first language's logits are right as they are, those of the second ten times too certain.
    rng = np.random.default_rng(0)
    sure = rng.random(4000) < 0.9
    logits = torch.from_numpy(np.stack([np.where(sure, 2.2, 0), np.where(sure, 0, 2.2)], 1)).float()
    logits = torch.cat([logits, torch.tensor([[0.0, 22.0], [22.0, 0.0]]).repeat(500, 1)])
    labels = np.array([0] * 4000 + [1] * 1000)
    evidence = np.ones(5000, np.int64)
    often, seldom = (
        np.exp(np.array(fit_temperature(logits, labels, evidence, np.array(f))) @ [1, np.log(2)])
        for f in ([1000, 1], [1, 1000])
    )
    assert often < 1.5
    assert seldom > 5


def test_languages_count_in_the_calibration_by_the_power_that_the_configuration_names(
    split, config, tmp_path, monkeypatch
):
    told = []

    def told_frequencies(_logits, _labels, _evidence, frequencies):
        told.append(frequencies)
        return 0.0, 0.0

    monkeypatch.setattr("whichcode.training.train.fit_temperature", told_frequencies)
    for power in (1.0, 1.5):
        training = replace(config.training, epochs=1, calibration_power=power)
        train_quietly(split, replace(config, training=training), tmp_path / "m", folder=tmp_path / str(power))
    assert (told[0] > 1).all()
    assert told[1] == pytest.approx(told[0] ** 1.5)


def test_what_is_never_drawn_and_alone_is_validated_on_has_a_temperature():
    rng = np.random.default_rng(0)
    logits, labels = torch.from_numpy(rng.normal(size=(50, 3))).float(), np.full(50, 2)
    fitted = fit_temperature(logits, labels, np.full(50, 9), np.array([5, 5, 0]))
    assert np.isfinite(fitted).all()
    assert fitted == fit_temperature(logits, labels, np.full(50, 9), np.array([5, 5, 1]))


@pytest.mark.parametrize("scale", [1.0, 50.0, 1e4])
@pytest.mark.parametrize("evidence", [[9, 9, 9, 9], [1, 9, 9, 9], [9, 1, 1, 1], [9, 10, 10, 10]])
@pytest.mark.parametrize("first", [0, 1])
def test_few_windows_have_a_temperature_that_can_be_used(first, evidence, scale):
    # The first answer is wrong where `first` is 1; else all are right, and no temperature is the best.
    logits = torch.tensor([[scale, 0.0], [0.0, scale], [scale, 0.0], [0.0, scale]])
    a, b = fit_temperature(logits, np.array([first, 1, 0, 1]), np.array(evidence), np.array([1, 1]))
    temperatures = np.exp(a + b * np.log1p(np.array([0, 1, 10, 100])))
    assert np.isfinite(temperatures).all()
    if first == 0 and scale == 1:
        assert (temperatures > 0.05).all()


def test_the_calibration_fitted_is_the_one_applied(mini_detector):
    predictor = mini_detector._predictor
    a, b = predictor._calibration
    for evidence in (0, 1, 9, 500):
        assert predictor.temperature(evidence) == pytest.approx(np.exp(a + b * np.log(1 + evidence)))
