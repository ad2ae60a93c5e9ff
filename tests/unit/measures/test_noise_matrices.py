"""Noise matrices by high-order consensus, anchor points and a posterior, on worlds where the matrix
is planted.
"""

import numpy as np
import pytest
from scipy.optimize import check_grad

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.measures import anchor_points, noise_matrix_hoc, noise_matrix_posterior

MATRIX = np.array([[0.8, 0.15, 0.05], [0.1, 0.85, 0.05], [0.0, 0.3, 0.7]])


def world(n=12_000, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.sort(rng.choice(3, n, p=[0.5, 0.3, 0.2]))
    y = (MATRIX[truth].cumsum(1) > rng.random((n, 1))).argmax(1)
    near = np.stack(
        [np.roll(np.arange(n), s) for s in (1, 2)], axis=1
    )  # neighbours share the class, but for the borders
    return Classes(y), truth, Neighbours(near, np.zeros((n, 2)))


def test_high_order_consensus_recovers_a_planted_matrix():
    labels, truth, near = world()
    found = noise_matrix_hoc.measure(labels, neighbours=near)
    np.testing.assert_allclose(found.parts["noise_matrix"], MATRIX, atol=0.03)
    np.testing.assert_allclose(found.parts["balance"], [0.5, 0.3, 0.2], atol=0.02)
    assert found.value == pytest.approx((labels.y != truth).mean(), abs=0.02)
    assert found.parts["joint"].sum() == pytest.approx(12_000)
    assert np.isnan(found.low)
    assert "no interval" in found.info["interval"]


def test_the_gradient_of_the_consensus_is_right():
    labels, _, near = world(600)
    two = labels.y[near.index]
    triple = (
        np.bincount(
            np.ravel_multi_index((labels.y, two[:, 0], two[:, 1]), (3, 3, 3)), minlength=27
        ).reshape(3, 3, 3)
        / 600
    )
    seen = (triple.sum((1, 2)), triple.sum(2), triple)
    theta = np.random.default_rng(0).normal(size=12)
    wrong = check_grad(
        lambda x: noise_matrix_hoc._distance(x, 3, seen)[0],
        lambda x: noise_matrix_hoc._distance(x, 3, seen)[1],
        theta,
    )
    assert wrong < 1e-6


def test_consensus_without_enough_labels_says_so_and_refuses_what_it_cannot_do():
    labels, _, near = world(60)
    found = noise_matrix_hoc.measure(
        Classes(np.where(np.arange(60) < 40, -1, labels.y), labels.names), neighbours=near
    )
    assert np.isnan(found.value)
    assert "fewer than ten per class" in found.info["why"]
    with pytest.raises(ValueError, match="needs two neighbours"):
        noise_matrix_hoc.measure(labels, neighbours=near.nearest(1))
    many = Classes(np.zeros(60, dtype=int), tuple(map(str, range(101))))
    with pytest.raises(ValueError, match="at most 100 classes"):
        noise_matrix_hoc.measure(many, neighbours=near)


def test_anchor_points_read_the_matrix_off_calibrated_probabilities():
    labels, truth, _ = world()
    sure = np.random.default_rng(1).dirichlet([0.2, 0.2, 0.2], 12_000)
    sure = np.where(
        np.arange(12_000)[:, None] % 2 == 0, np.eye(3)[truth], 0.6 * np.eye(3)[truth] + 0.4 * sure
    )
    found = anchor_points.measure(labels, probs=sure @ MATRIX, quantile=1.0)
    np.testing.assert_allclose(found.parts["noise_matrix"], MATRIX, atol=1e-6)
    assert found.value == pytest.approx((labels.y != truth).mean(), abs=0.02)
    with pytest.raises(ValueError, match="quantile must lie between"):
        anchor_points.measure(labels, probs=sure, quantile=0.1)


def test_a_posterior_that_knows_gives_the_counts():
    labels, truth, _ = world(2000)
    y = np.where(np.arange(2000) % 10 == 0, -1, labels.y)
    post = np.eye(3)[truth]
    post[5] = np.nan
    found = noise_matrix_posterior.measure(Classes(y, labels.names), posterior=post)
    keep = (y >= 0) & (np.arange(2000) != 5)
    expected = np.zeros((3, 3))
    np.add.at(expected, (truth[keep], y[keep]), 1)
    np.testing.assert_allclose(found.parts["joint"], expected)
    assert found.value == pytest.approx((truth != y)[keep].mean())
    nothing = noise_matrix_posterior.measure(
        Classes(np.full(4, -1), ("a", "b")), posterior=np.full((4, 2), 0.5)
    )
    assert np.isnan(nothing.value)


def test_no_label_at_all_is_an_answer():
    found = anchor_points.measure(Classes(np.full(4, -1), ("a", "b")), probs=np.full((4, 2), 0.5))
    assert found.info["why"] == "there is no label"
