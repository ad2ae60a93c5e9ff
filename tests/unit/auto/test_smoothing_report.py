"""The smoothing report: its parts by hand, and what smoothing is known to do on 150 digits."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.auto.smoothing_report import COLUMNS, inversion_distance, smoothing_report
from reliabel.core.labels import Classes, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.calibration import calibration_error, fitted_temperature, leakage


def means(labels, features, rng):
    """A model without torch: nearest class mean, softly."""
    p = labels.p if isinstance(labels, Soft) else np.eye(labels.k)[labels.y]
    centre = (p.T @ features) / np.maximum(p.sum(0), 1e-9)[:, None]

    def predict(x):
        z = -0.5 * ((x[:, None] - centre) ** 2).sum(2)
        q = np.exp(z - z.max(1, keepdims=True))
        return Soft(q / q.sum(1, keepdims=True), labels.names)

    return Model(predict)


def world(n: int = 200, seed: int = 0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return Classes(y), (3 * np.eye(3, 4)[y] + rng.normal(size=(n, 4))).astype(np.float32)


def test_calibration_error_by_hand():
    p = np.array([[0.8, 0.2], [0.8, 0.2], [0.3, 0.7], [0.45, 0.55]])
    by_hand = (abs(1.6 - 1) + abs(0.7 - 1) + abs(0.55 - 0)) / 4
    assert calibration_error(p, np.array([0, 1, 1, 0])) == pytest.approx(by_hand)


def test_the_temperature_undoes_a_stretch():
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, (20_000, 4))
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    y = (p.cumsum(1) < rng.random((len(p), 1))).sum(1).clip(0, 3)
    stretched = np.exp(3 * z) / np.exp(3 * z).sum(1, keepdims=True)
    assert fitted_temperature(stretched, y) == pytest.approx(3, rel=0.05)
    assert fitted_temperature(p, y) == pytest.approx(1, rel=0.05)


def test_leakage_is_half_where_losses_are_alike_and_one_where_they_are_apart():
    rng = np.random.default_rng(0)
    same = leakage(rng.exponential(size=4000), rng.exponential(size=4000))
    assert same == pytest.approx(0.5, abs=0.02)
    assert leakage(np.full(10, 0.3), np.array([0.0, 5.0, 2.0])) == 1.0
    assert leakage(np.array([0.0, 9.0]), np.array([4.0, 5.0])) == 0.5, "at least a half"


def test_leakage_sees_losses_on_either_side_of_those_of_training_items():
    rng = np.random.default_rng(0)
    both = np.concatenate([rng.normal(0, 0.1, 500), rng.normal(4, 0.1, 500)])
    assert leakage(rng.normal(2, 0.3, 1000), both) > 0.99


def test_inputs_made_from_a_model_of_class_means_go_to_the_class():
    labels, x = world(600)
    model = means(labels, x, None)
    near = inversion_distance(model, x, labels.y)
    away = Model(lambda rows: Soft(model.predict(rows).p[:, [1, 2, 0]], labels.names))
    assert near < 0.6
    assert inversion_distance(away, x, labels.y) > near + 0.5


def test_every_number_comes_for_any_model_and_a_factory_of_ones_own():
    labels, x = world()
    asked = []

    def make(rate):
        asked.append(rate)
        return means

    report = smoothing_report(labels, features=x, rates=(0.0, 0.2), make=make, repeats=2)
    assert set(report.value) == set(COLUMNS)
    assert set(asked) == {0.0, 0.2}
    assert np.isnan(report.value["within"]).all(), "a predictor that does not show its features"
    rest = [report.value[name] for name in COLUMNS if name != "within"]
    assert np.isfinite(rest).all()
    assert (report.value["accuracy"] > 0.8).all()
    assert report.penalty.tolist() == [0.0, 0.0], "both rates are the same model here"
    assert "| leakage |" in report.table()
    assert repr(report) == "SmoothingReport(2 rates, 2 splits)"


def test_truth_is_what_answers_are_compared_with():
    labels, x = world(400)
    wrong = Classes((labels.y + (np.arange(400) % 5 == 0)) % 3)
    words = {"features": x, "rates": (0.0,), "make": lambda rate: means, "repeats": 1}
    given = smoothing_report(wrong, **words)
    true = smoothing_report(wrong, truth=labels.y, **words)
    assert true.value["accuracy"][0] > given.value["accuracy"][0] + 0.1
    assert np.isnan(given.error["accuracy"]).all(), "one split gives no error"


@pytest.mark.parametrize("bad", [{"rates": ()}, {"members": 190}, {"members": 5}, {"repeats": 0}])
def test_too_little_is_refused_in_a_sentence(bad):
    labels, x = world()
    with pytest.raises(ValueError, match="needs at least one rate, one split and 20 items"):
        smoothing_report(labels, features=x, make=lambda rate: means, **bad)


@pytest.mark.slow
def test_smoothing_on_150_digits():
    """As published: leakage and under-confidence grow with the rate, a temperature mends the
    latter, accuracy stays.
    """
    pytest.importorskip("torch")
    data = pytest.importorskip("sklearn.datasets").load_digits()
    x, y = (data.data / 16).astype(np.float32), data.target
    training = Training(keep="last", hold_out=0, hidden=64)
    report = smoothing_report(Classes(y), features=x, members=150, repeats=1, training=training)
    value = report.value
    assert (np.diff(value["leakage"]) > 0).all()
    assert value["leakage"][-1] > value["leakage"][1] + 0.05
    assert (np.diff(value["calibration_error"][1:]) > 0.05).all()
    assert (value["tempered_error"][1:] < 0.05).all()
    assert np.ptp(value["accuracy"][1:]) < 0.02
    assert np.isfinite(value["within"]).all()
    assert (np.abs(report.penalty) < 0.03).all()
