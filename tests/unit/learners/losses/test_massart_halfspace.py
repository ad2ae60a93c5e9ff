"""massart_halfspace: noise inside a wedge leads convex losses astray, and steeper sigmoids less."""

import numpy as np
import pytest
from tests.unit.learners.planted import accuracy

from reliabel.core.labels import Classes
from reliabel.learners.losses.massart_halfspace import learn
from reliabel.ops import logistic
from reliabel.ops.halfspace import descend


def wedge(seed: int, n: int = 20_000, d: int = 20):
    """Gaussian features, a halfspace, and labels of which 40 % are wrong between 18 and 47 degrees
    from the boundary: 6.4 % of all.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    truth = (x[:, 0] > 0).astype(int)
    angle = np.mod(np.arctan2(x[:, 0], x[:, 1]) / np.pi, 1)
    inside = (angle > 0.1) & (angle < 0.26)
    return x, truth, np.where(inside & (rng.random(n) < 0.4), 1 - truth, truth)


def test_the_steeper_the_sigmoid_the_fewer_errors():
    errors = []
    for seed in range(2):
        x, truth, y = wedge(seed)
        plain = logistic.fit(x, y, strength=1.0).predict_proba(x).argmax(1)
        row = [np.mean(plain != truth)]
        for widths in ((), (1.0,), (1.0, 0.3, 0.1)):
            found = descend(x, y, 2, rng=np.random.default_rng(seed), widths=widths)
            row.append(np.mean((x @ found.weights + found.bias).argmax(1) != truth))
        errors.append(row)
    convex, start, *steeper = np.mean(errors, axis=0)
    assert convex > 0.04
    assert start > steeper[0] > steeper[1]
    assert steeper[1] < 0.2 * convex


def test_probabilities_follow_the_given_labels():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 3))
    truth = (x[:, 0] > 0).astype(int)
    y = np.where(rng.random(4000) < 0.3, 1 - truth, truth)
    model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    assert accuracy(model, x, truth) > 0.95
    assert 0.6 < model.predict(x).p.max(1).mean() < 0.75, "seven labels in ten are right"
    assert abs(model.info["missed"] - 0.3) < 0.02


def test_several_classes_and_bad_input():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    x = 4 * np.eye(3)[truth] + rng.normal(size=(600, 3))
    y = np.where(np.arange(600) % 3 == 0, -1, truth)
    model = learn(Classes(y, ("a", "b", "c")), features=x, rng=np.random.default_rng(0))
    assert accuracy(model, x, truth) > 0.95
    with pytest.raises(ValueError, match="one vector per item"):
        learn(Classes(y), features=np.zeros((600, 2, 2)), rng=rng)
