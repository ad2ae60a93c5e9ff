"""Logistic regression on probabilities: worked cases, and what soft labels are worth."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from reliabel.core.labels import Classes, Soft
from reliabel.learners.soft_logistic import learn


def _planted(rng, n=3000):
    """Two classes in ten dimensions, and probabilities that are honest about how often they err."""
    y = rng.integers(2, size=n)
    x = rng.normal(size=(n, 10))
    x[:, 0] += 1.5 * y
    sure = rng.choice([0.95, 0.7, 0.55], n)
    said = np.where(rng.random(n) < sure, y, 1 - y)
    p = np.where(np.arange(2) == said[:, None], sure[:, None], 1 - sure[:, None])
    return x, y, Soft(p)


def test_probabilities_teach_more_than_likeliest_classes():
    rng, gain = np.random.default_rng(0), []
    for _ in range(5):
        x, _, soft = _planted(rng, 300)
        fresh, truth, _ = _planted(rng)
        right = [
            (learn(one, features=x).predict(fresh).p.argmax(1) == truth).mean()
            for one in (soft, soft.hard())
        ]
        gain.append(right[0] - right[1])
    assert np.mean(gain) > 0.005


def test_on_classes_it_is_scikit_learns():
    x, y, _ = _planted(np.random.default_rng(1), 400)
    found = learn(Classes(y), features=x, strength=0.5)
    centred = (x - x.mean(0)) / x.std()
    theirs = LogisticRegression(C=0.5).fit(centred, y).predict_proba(centred)
    assert found.predict(x).p == pytest.approx(theirs, abs=1e-3)
    assert found.info["converged"]
    assert not learn(Classes(y), features=x, iterations=1).info["converged"]


def test_a_class_without_labels_is_never_said_and_one_class_always():
    x = np.arange(6.0)[:, None]
    found = learn(Classes(np.array([0, 0, 0, 2, 2, -1]), ("a", "b", "c")), features=x)
    assert found.predict(x).p[:, 1].max() < 1e-9
    assert found.predict(x).p.argmax(1).tolist()[:1] == [0]
    only = learn(Classes(np.array([1, 1, -1, -1, -1, -1]), ("a", "b")), features=x)
    assert only.predict(x).p.argmax(1).tolist() == [1] * 6
    with pytest.raises(ValueError, match="no item has a label"):
        learn(Classes(np.full(6, -1), ("a", "b")), features=x)
