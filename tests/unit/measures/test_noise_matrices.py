"""Noise matrices by high-order consensus, anchor points and a posterior, on worlds where the matrix
is planted.
"""

import numpy as np
import pytest
from scipy.optimize import check_grad

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.measures import (
    anchor_points,
    confident_joint,
    noise_matrix_anchors,
    noise_matrix_dual_t,
    noise_matrix_hoc,
    noise_matrix_posterior,
)
from reliabel.ops import high_order_consensus
from reliabel.ops.anchors import anchor_matrix
from reliabel.ops.noise import picked, wrong_share

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
        lambda x: high_order_consensus._distance(x, 3, seen)[0],
        lambda x: high_order_consensus._distance(x, 3, seen)[1],
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


def test_consensus_says_when_it_can_be_relied_on():
    labels, _, near = world()
    info = noise_matrix_hoc.measure(labels, neighbours=near).info
    assert info["reliable"]
    assert "warning" not in info
    two = labels.y[near.index]
    assert info["purity"] == pytest.approx((two[:, 0] == two[:, 1]).mean())
    drawn = np.random.default_rng(0).permutation(len(labels))
    apart = Neighbours(np.stack([drawn, np.roll(drawn, 1)], axis=1), np.zeros((12_000, 2)))
    info = noise_matrix_hoc.measure(labels, neighbours=apart).info
    assert not info["reliable"]
    assert "hardly more often than by chance" in info["warning"]
    assert abs(info["purity_beyond_chance"]) < 0.05


def test_consensus_tells_neighbours_that_no_matrix_explains():
    """Pairs agree always, the item itself never: no item shares its class with its neighbours."""
    y = np.arange(3000) % 3
    near = np.stack([(np.arange(3000) + s) % 3000 for s in (1, 4)], axis=1)
    info = noise_matrix_hoc.measure(
        Classes(y), neighbours=Neighbours(near, np.zeros((3000, 2)))
    ).info
    assert "do not fit any matrix" in info["warning"]


def calibrated(sharp=0.7, n=20_000, matrix=MATRIX):
    """Probabilities of the given label where classes overlap by how far ``sharp`` is from one."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, n)
    x = np.eye(3)[truth] * 3 * sharp + rng.normal(size=(n, 3))
    clean = np.exp(x * 3 * sharp)
    clean /= clean.sum(1, keepdims=True)
    y = (matrix[truth].cumsum(1) > rng.random((n, 1))).argmax(1)
    return Classes(y), truth, clean @ matrix


def test_the_surest_items_recover_a_matrix_where_classes_overlap():
    labels, truth, p = calibrated()
    found = noise_matrix_anchors.measure(labels, probs=p)
    np.testing.assert_allclose(found.parts["noise_matrix"], MATRIX, atol=0.05)
    assert found.value == pytest.approx((labels.y != truth).mean(), abs=0.03)
    assert found.parts["joint"].sum() == pytest.approx(20_000)
    with pytest.raises(ValueError, match="share must lie between 0 and 1"):
        noise_matrix_anchors.measure(labels, probs=p, share=1.5)


def test_the_surest_items_need_no_calibration():
    """A model that says nearly one where the labels say .8 or .7."""
    labels, _, p = calibrated(sharp=2.0)
    sharpened = p**6 / (p**6).sum(1, keepdims=True)
    found = noise_matrix_anchors.measure(labels, probs=sharpened)
    np.testing.assert_allclose(found.parts["noise_matrix"], MATRIX, atol=0.05)
    one = anchor_points.measure(labels, probs=sharpened).parts["noise_matrix"]
    assert np.abs(one - MATRIX).max() > 0.15


def test_how_many_items_are_sure():
    p = np.stack([np.linspace(0, 1, 1000), 1 - np.linspace(0, 1, 1000)], axis=1)
    y = np.repeat([1, 0], [960, 40])
    sizes = [
        len(rows) for rows in noise_matrix_anchors.measure(Classes(y), probs=p).parts["anchors"]
    ]
    assert sizes == [20, 240], "half of a small class, a quarter of a large one"
    y = np.repeat([1, 0], [900, 100])
    sizes = [
        len(rows) for rows in noise_matrix_anchors.measure(Classes(y), probs=p).parts["anchors"]
    ]
    assert sizes == [30, 225]


def test_dual_t_is_the_product_of_anchors_and_counts():
    labels, _truth, p = calibrated(sharp=2.0)
    found = noise_matrix_dual_t.measure(labels, probs=p)
    np.testing.assert_allclose(
        found.parts["noise_matrix"], found.parts["first"] @ found.parts["second"]
    )
    counts = np.zeros((3, 3))
    np.add.at(counts, (p.argmax(1), labels.y), 1)
    np.testing.assert_allclose(found.parts["second"], counts / counts.sum(1, keepdims=True))


def test_dual_t_is_the_anchors_where_predictions_are_the_given_labels():
    labels, _truth, _ = world()
    p = 0.9 * np.eye(3)[labels.y] + 0.1 / 3  # the given label is predicted: S is the identity
    found = noise_matrix_dual_t.measure(labels, probs=p)
    assert found.parts["second"].tolist() == np.eye(3).tolist()
    np.testing.assert_allclose(found.parts["noise_matrix"], found.parts["first"])
    np.testing.assert_allclose(found.parts["first"], anchor_matrix(labels.y, p))


def test_dual_t_is_the_counts_where_anchors_are_certain():
    labels, truth, _ = world()
    found = noise_matrix_dual_t.measure(labels, probs=np.eye(3)[truth])
    assert found.parts["first"].tolist() == np.eye(3).tolist()
    np.testing.assert_allclose(found.parts["noise_matrix"], found.parts["second"])
    np.testing.assert_allclose(found.parts["noise_matrix"], MATRIX, atol=0.03)


def test_a_class_that_is_never_predicted_keeps_its_label():
    p = np.tile([0.6, 0.3, 0.1], (30, 1))
    found = noise_matrix_dual_t.measure(Classes(np.arange(30) % 3), probs=p)
    assert found.parts["second"][1:].tolist() == np.eye(3)[1:].tolist()


def test_overlap_of_classes_that_passes_for_noise_is_told():
    """Clean labels of classes that overlap, and noisy ones of classes that do not."""
    labels, truth, p = calibrated(sharp=0.5, matrix=np.eye(3))
    info = confident_joint.measure(Classes(truth), probs=p).info
    assert info["overlap"] > 0.08
    assert "classes overlap" in info["warning"]
    labels, truth, p = calibrated(sharp=3.0)
    info = confident_joint.measure(labels, probs=p).info
    assert info["overlap"] < 0.02
    assert "warning" not in info


def test_the_confident_joint_of_labels_drawn_from_the_probabilities_is_no_test_of_overlap():
    """Why ``overlap`` looks at the surest items: labels that are drawn anew from the probabilities
    give the same count, whether it is noise or overlap that they are unsure about.
    """
    for sharp, matrix in ((0.5, np.eye(3)), (3.0, MATRIX)):
        labels, _, p = calibrated(sharp=sharp, matrix=matrix)
        again = picked(p, np.random.default_rng(1))
        assert wrong_share(again, p) == pytest.approx(wrong_share(labels.y, p), abs=0.02)


def test_without_labels_there_is_no_matrix():
    none, p = Classes(np.full(4, -1), ("a", "b")), np.full((4, 2), 0.5)
    for module in (noise_matrix_anchors, noise_matrix_dual_t):
        assert module.measure(none, probs=p).info["why"] == "there is no label"
    assert confident_joint.measure(none, probs=p).info["overlap"] == 0
