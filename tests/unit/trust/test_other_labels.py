"""What other labels say: relations between classes are seen, and a label never supports itself."""

import numpy as np

from reliabel.core.labels import MultiLabel
from reliabel.trust.other_labels import other_labels


def world(n=600, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random((n, 3)) < 0.4).astype(int)
    y[:, 1] = y[:, 0]  # two names of one class
    return MultiLabel(y), np.full((n, 3), 0.4), rng.integers(0, 5, n)


def test_a_class_is_told_by_its_twin_and_another_by_nothing():
    labels, probs, fold = world()
    odds = other_labels(labels, probs, fold)
    assert (odds[labels.y[:, 1] == 1, 0] > 2).all()
    assert (odds[labels.y[:, 1] == 0, 0] < -2).all()
    assert np.abs(odds[:, 2]).max() < 2


def test_changing_a_label_never_changes_what_is_said_of_it():
    labels, probs, fold = world()
    before = other_labels(labels, probs, fold)
    y = labels.y.copy()
    y[7, 2] = 1 - y[7, 2]
    after = other_labels(MultiLabel(y), probs, fold)
    same = fold == fold[7]  # the regression of its own fold has not seen it
    np.testing.assert_allclose(after[same][:, 2], before[same][:, 2])


def test_unknown_labels_say_nothing():
    labels, probs, fold = world()
    y = labels.y.copy()
    y[:, 0] = -1
    odds = other_labels(MultiLabel(y), probs, fold)
    assert np.isfinite(odds).all()
    assert np.abs(odds[:, 1]).max() < 2
