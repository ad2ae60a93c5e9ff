"""What an audit says of every label, and what it takes from its folder."""

import numpy as np
import pytest

import reliabel as rl


def world(seed=0, n=400):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    probs = np.exp(4 * np.eye(3)[truth] + rng.normal(size=(n, 3)))
    slipped = rng.random(n) < 0.1
    return np.where(slipped, (truth + 1) % 3, truth), probs / probs.sum(1, keepdims=True)


def p_wrong(y, probs, **words):
    return rl.audit(
        rl.Classes(y, ("a", "b", "c")), probs=probs, by=["self_confidence"], **words
    ).p_wrong


def test_other_labels_are_judged_anew_from_the_same_evidence(tmp_path):
    """Probabilities that are given do not change with the labels: the labels themselves must be
    part of what is kept.
    """
    y, probs = world()
    first = p_wrong(y, probs, folder=tmp_path)
    moved = y.copy()
    moved[:20] = (moved[:20] + 1) % 3
    second = p_wrong(moved, probs, folder=tmp_path)
    assert second.tolist() == p_wrong(moved, probs).tolist()
    assert (second[:20] != first[:20]).all()
    assert p_wrong(y, probs, folder=tmp_path).tolist() == first.tolist()


def test_the_noise_matrix_is_that_of_the_joint_counts_and_has_the_interval_of_the_count():
    y, probs = world(n=1500)
    y[:10] = -1
    audit = rl.audit(rl.Classes(y, ("a", "b", "c")), probs=probs, by=["self_confidence"])
    measure = audit.measures["noise_matrix_posterior"]
    joint, n = measure.parts["joint"], 1490
    assert joint.sum(0) == pytest.approx(np.bincount(y[10:], minlength=3), rel=1e-3)
    assert measure.value == pytest.approx((joint.sum() - np.trace(joint)) / n)
    assert measure.value == pytest.approx(np.nanmean(audit.p_wrong), rel=1e-3)
    assert (measure.low, measure.high) == (audit.count.low / n, audit.count.high / n)
    assert measure.parts["noise_matrix"] == pytest.approx(joint / joint.sum(1, keepdims=True))


def test_labels_of_one_class_are_not_judged():
    probs = np.tile([0.9, 0.1], (60, 1))
    audit = rl.audit(rl.Classes(np.zeros(60, dtype=int), ("a", "b")), probs=probs, seed=1)
    assert (audit.p_wrong, audit.count, audit.budget) == (None, None, None)


def test_evidence_that_says_nothing_gives_no_p_wrong_and_no_noise_matrix():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([1.0, 1.0], 300)
    audit = rl.audit(rl.Classes(rng.integers(0, 2, 300)), probs=probs, by=["self_confidence"])
    assert audit.p_wrong is None
    assert "noise_matrix_posterior" not in audit.measures
    assert any("the evidence says nothing about the labels" in line for line in audit.warnings)


def test_units_of_groups_are_judged_like_labels_of_their_own():
    y, probs = world()
    ends = np.r_[
        0, np.sort(np.random.default_rng(1).choice(np.arange(1, 400), 59, replace=False)), 400
    ]
    grouped = rl.Grouped(rl.Classes(y, ("a", "b", "c")), ends)
    audit = rl.audit(grouped, probs=probs, by=["self_confidence"])
    assert audit.p_wrong.tolist() == p_wrong(y, probs).tolist()
    assert len(audit.data.labels) == 60


def test_each_class_of_several_is_a_question():
    rng = np.random.default_rng(0)
    truth = rng.random((600, 2)) < 0.4
    probs = np.clip(np.where(truth, 0.9, 0.1) + rng.normal(0, 0.05, (600, 2)), 0.01, 0.99)
    wrong = rng.random((600, 2)) < 0.05
    audit = rl.audit(rl.MultiLabel((truth ^ wrong).astype(int), ("a", "b")), probs=probs)
    assert audit.p_wrong.shape == (1200,)
    assert audit.info["p_wrong"]["questions"] == 2
    assert audit.p_wrong[wrong.ravel()].mean() > 0.5 > audit.p_wrong[~wrong.ravel()].mean() + 0.3
    assert len(audit.budget.k) > 10
