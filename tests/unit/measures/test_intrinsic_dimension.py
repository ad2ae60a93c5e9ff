"""Intrinsic dimension: the figures of known dimensions, copies, and inputs that have none."""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.measures.intrinsic_dimension import measure


def dimension(x, seed=0, **options):
    labels = Classes(np.zeros(len(x), dtype=np.int64))
    return measure(labels, features=x, rng=np.random.default_rng(seed), **options)


@pytest.mark.parametrize(
    ("d", "two_nn", "mle"), [(2, 2.0, 2.0), (5, 5.0, 5.0), (10, 9.6, 9.3), (20, 17.0, 15.7)]
)
def test_gaussians_of_known_dimension(d, two_nn, mle):
    found = dimension(np.random.default_rng(d).normal(size=(4000, d)))
    assert found.value == found.parts["two_nn"] == pytest.approx(two_nn, rel=0.06)
    assert found.parts["mle"] == pytest.approx(mle, rel=0.03)
    assert found.parts["two_nn_fit"] == pytest.approx(found.value, rel=0.1)
    assert ("bound" in found.info) == (found.value > 15)


def test_features_beyond_the_dimension_do_not_count():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(1500, 2))
    bent = np.column_stack([plane, np.sin(plane), plane @ rng.normal(size=(2, 30))])
    found = dimension(bent, estimator="mle")
    assert found.value == found.parts["mle"] == pytest.approx(2, abs=0.15)
    assert found.low <= found.value <= found.high


def test_the_interval_covers_the_scatter_of_draws():
    draws = [dimension(np.random.default_rng(s).normal(size=(500, 3)), seed=s) for s in range(20)]
    assert sum(one.low <= 3 <= one.high for one in draws) >= 16


def test_copies_and_gaps_are_left_out():
    x = np.random.default_rng(0).normal(size=(800, 3))
    plain = dimension(x)
    marred = np.concatenate([x, x[:100], np.full((2, 3), np.nan)])
    found = dimension(marred)
    assert found.value == pytest.approx(plain.value)
    assert found.info == {"items": 800, "copies": 100, "not_finite": 2}


def test_many_items_are_drawn_from():
    x = np.random.default_rng(0).normal(size=(1000, 2))
    assert dimension(x, most=300).info["items"] == 300


@pytest.mark.parametrize("x", [np.zeros((50, 3)), np.ones((3, 2)), np.full((20, 2), np.nan)])
def test_no_dimension_without_different_items(x):
    found = dimension(x)
    assert np.isnan(found.value)
    assert "10 different items" in found.info["why"]


@pytest.mark.parametrize(
    "options", [{"estimator": "pca"}, {"nearest": 1}, {"level": 1.0}, {"level": 0.0}]
)
def test_bad_options(options):
    with pytest.raises(ValueError, match="estimator must be one of"):
        dimension(np.zeros((20, 2)), **options)
