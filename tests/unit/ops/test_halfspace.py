"""Halfspaces: whitening, the smoothed count of errors and its slope."""

import numpy as np
import pytest

from reliabel.ops.halfspace import descend, slope, smoothed_errors, whitening


def test_whitened_features_have_the_identity_as_covariance():
    x = np.random.default_rng(0).normal(size=(500, 4)) @ np.diag([1.0, 10.0, 0.1, 3.0]) + 7
    z = whitening(x, np.arange(500), ridge=0.0)(x)
    assert np.allclose(z.mean(0), 0, atol=1e-9)
    assert np.allclose(z.T @ z / 500, np.eye(4), atol=1e-9)


def test_directions_without_variance_are_left_out():
    x = np.random.default_rng(0).normal(size=(50, 3))
    x[:, 2] = 5
    assert whitening(x, np.arange(50), ridge=0.0)(x).shape == (50, 2)
    assert np.isfinite(whitening(np.ones((5, 3)), np.arange(5))(np.ones((5, 3)))).all()


def test_the_slope_is_that_of_the_errors():
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(6, 3)), rng.integers(0, 3, 6)
    found, step = slope(scores, y, 0.7), 1e-6
    for c in range(3):
        up, down = scores.copy(), scores.copy()
        up[:, c] += step
        down[:, c] -= step
        numeric = (smoothed_errors(up, y, 0.7) - smoothed_errors(down, y, 0.7)) / (2 * step)
        assert np.allclose(found[:, c], numeric, atol=1e-7)


def test_a_narrow_sigmoid_counts_the_classes_scored_higher():
    scores = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, -5.0]])
    assert smoothed_errors(scores, np.array([2, 2]), 1e-3).round(6).tolist() == [0.5, 1.0]


def test_no_label_at_all_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="no item has a label"):
        descend(np.zeros((3, 2)), np.full(3, -1), 2, rng=np.random.default_rng(0))
