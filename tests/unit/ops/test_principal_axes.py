"""Principal axes: the largest variance first, signs that do not depend on the machine, NaN kept."""

import numpy as np
import pytest

from reliabel.ops import principal_axes as module
from reliabel.ops.principal_axes import principal_axes


def rng():
    return np.random.default_rng(0)


def cloud(n=300, d=20):
    draw = rng()
    return (draw.normal(size=(n, 6)) * [9, 7, 5, 3, 2, 1]) @ draw.normal(size=(6, d)) + 4.0


def test_they_keep_distances_and_stand_in_order():
    x = cloud()
    made = principal_axes(x, 6, rng=rng())
    assert made.dtype == np.float32
    assert made.shape == (300, 6)
    assert made.mean(0) == pytest.approx(np.zeros(6), abs=1e-3)
    assert (np.diff(made.var(0)) < 0).all()
    apart = np.linalg.norm(x[:50, None] - x[None, :50], axis=2)
    kept = np.linalg.norm(made[:50, None] - made[None, :50], axis=2)
    np.testing.assert_allclose(kept, apart, rtol=1e-3, atol=1e-3)


def test_axes_that_carry_nothing_are_left_out():
    assert principal_axes(cloud(), 20, rng=rng()).shape == (300, 6)
    assert principal_axes(np.ones((5, 3)), 2, rng=rng()).tolist() == [[0.0]] * 5


def test_few_rows_have_the_same_axes_as_many():
    x = cloud(15)  # fewer than columns: the small matrix
    twice = np.concatenate([x, x])
    np.testing.assert_allclose(
        principal_axes(x, 6, rng=rng()), principal_axes(twice, 6, rng=rng())[:15], atol=2e-3
    )


def test_what_is_not_known_stays_unknown():
    x = cloud()
    x[3, 5] = np.nan
    made = principal_axes(x, 4, rng=rng())
    assert np.isnan(made).any(1).nonzero()[0].tolist() == [3]
    whole = principal_axes(np.delete(x, 3, axis=0), 4, rng=rng())
    np.testing.assert_allclose(np.delete(made, 3, axis=0), whole, atol=1e-4)
    assert np.isnan(principal_axes(np.full((2, 3), np.nan), 4, rng=rng())).all()


def test_the_order_of_rows_and_columns_changes_no_sign():
    x = cloud()
    made = principal_axes(x, 4, rng=rng())
    np.testing.assert_allclose(principal_axes(x[::-1], 4, rng=rng())[::-1], made, atol=2e-3)
    np.testing.assert_allclose(principal_axes(x[:, ::-1], 4, rng=rng()), made, atol=2e-3)


def test_a_sample_teaches_the_axes_of_all(monkeypatch):
    x = cloud(900)
    monkeypatch.setattr(module, "SAMPLE", 450)
    monkeypatch.setattr(module, "BLOCK", 100)
    made = principal_axes(x, 6, rng=rng())
    apart = np.linalg.norm(x[:50, None] - x[None, :50], axis=2)
    kept = np.linalg.norm(made[:50, None] - made[None, :50], axis=2)
    np.testing.assert_allclose(kept, apart, rtol=1e-3, atol=1e-3)
