"""What an audit says of every label, and what it takes from its folder."""

import numpy as np

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
    """Probabilities that are given do not change with the labels: the labels themselves must be part of what is kept."""
    y, probs = world()
    first = p_wrong(y, probs, folder=tmp_path)
    moved = y.copy()
    moved[:20] = (moved[:20] + 1) % 3
    second = p_wrong(moved, probs, folder=tmp_path)
    assert second.tolist() == p_wrong(moved, probs).tolist()
    assert (second[:20] != first[:20]).all()
    assert p_wrong(y, probs, folder=tmp_path).tolist() == first.tolist()
