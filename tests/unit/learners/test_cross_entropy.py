"""cross_entropy: the plain classifier that others are compared with."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes, Soft
from reliabel.core.training import Training
from reliabel.learners.cross_entropy import learn

RNG = np.random.default_rng


def test_an_early_epoch_is_kept_where_the_last_one_has_learnt_the_noise():
    """Held-out given labels pick the epoch, without any clean label."""
    gains, epochs = [], []
    for seed in range(3):
        x, truth, fresh, true = clouds(2000, seed=seed)
        labels = Classes(flipped(truth, 0.4, seed=seed))
        long = Training(lr=0.01, decay=0.0, hidden=64, optimiser="adamw", epochs=12)
        best = learn(labels, features=x, rng=RNG(seed), training=long)
        last = learn(labels, features=x, rng=RNG(seed), training=replace(long, keep="last"))
        gains.append(accuracy(best, fresh, true) - accuracy(last, fresh, true))
        epochs.append(best.info["epoch"])
    assert np.mean(gains) > 0.1
    assert max(epochs) < 6


def test_distributions_that_are_certain_give_the_same_model_as_classes():
    x, truth, fresh, _ = clouds(200)
    words = {"features": x, "training": Training(epochs=3, hold_out=0)}
    hard = learn(Classes(truth), rng=RNG(0), **words).predict(fresh).p
    soft = learn(Soft(np.eye(4)[truth]), rng=RNG(0), **words).predict(fresh).p
    assert np.abs(hard - soft).max() < 1e-5
