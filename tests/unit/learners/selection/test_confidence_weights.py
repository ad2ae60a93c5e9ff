"""confidence_weights: what a label counts, and the gain over trusted labels alone and all alike."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sklearn.datasets import load_digits

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.confidence_weights import learn, weights


def test_a_class_that_nobody_believes_counts_a_little():
    p = np.array([[0.99, 0.01, 0.0]] * 4)
    found = weights(p, np.array([1, 1, 2, 0]), np.zeros(4, dtype=bool))
    assert found.round(3).tolist() == [0.05, 0.05, 0.05, 0.99]


def test_the_variance_form_and_items_without_a_label():
    p = np.array([[0.95, 0.05], [0.95, 0.05], [0.5, 0.5]])
    sure = np.array([False, True, False])
    found = weights(p, np.array([0, 1, -1]), sure, "uncertainty")
    assert found.round(3).tolist() == [5.0, 10.0, 0.0]


def test_what_cannot_be_learnt_from_is_told():
    labels, x = Classes([0, 1]), np.eye(2)
    none = np.zeros(2, dtype=bool)
    with pytest.raises(ValueError, match="no labelled item is trusted"):
        learn(labels, features=x, trusted=none, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match='form must be "weight" or "uncertainty", got \'x\''):
        learn(labels, features=x, trusted=~none, rng=np.random.default_rng(0), form="x")


@pytest.mark.slow
def test_beats_the_trusted_labels_alone_and_all_labels_alike():
    """Digits: 100 trusted, 900 labels wrong in 10 % of even and 60 % of odd digits."""
    x, truth = load_digits(return_X_y=True)
    gained = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(truth))
        rows, test = order[:1000], order[1000:]
        y, sure = truth[rows].copy(), np.arange(1000) < 100
        wrong = (rng.random(1000) < np.where(y % 2, 0.6, 0.1)) & ~sure
        y[wrong] = (y[wrong] + rng.integers(1, 10, wrong.sum())) % 10
        training = Training(epochs=30, hold_out=0.0, keep="last")

        def right(model, test=test):
            return (model.predict(x[test]).p.argmax(1) == truth[test]).mean()

        given = {"training": training, "rng": np.random.default_rng(seed)}
        labels = Classes(y, [str(c) for c in range(10)])
        ours = right(learn(labels, features=x[rows], trusted=sure, **given))
        alike = right(cross_entropy.learn(labels, features=x[rows], **given))
        gold = right(cross_entropy.learn(labels.take(sure), features=x[rows][sure], **given))
        gained.append((ours - gold, ours - alike))
    assert np.mean(gained, 0).min() > 0.03, np.round(gained, 3)
