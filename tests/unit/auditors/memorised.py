"""A small network that memorises digits of which one label in five is wrong, and its dynamics."""

from functools import cache

import numpy as np
from sklearn.datasets import load_digits

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.core.run import running
from reliabel.core.training import Training


@cache
def memorised() -> tuple[Classes, np.ndarray, Dynamics]:
    """Labels, which are wrong, and the dynamics."""
    from reliabel.learners.cross_entropy import learn

    x, y = load_digits(return_X_y=True)
    x, y = x[:800], y[:800]
    draw = np.random.default_rng(0)
    wrong = draw.random(len(y)) < 0.2
    labels = Classes(np.where(wrong, (y + draw.integers(1, 10, len(y))) % 10, y))
    training = Training(epochs=40, hidden=256, lr=0.01)
    with running(record=True):
        model = learn(labels, features=x, rng=draw, training=training)
    return labels, wrong, model.dynamics
