"""The noise-ignorant probe chooses its strength and steps by held-out given labels."""

import numpy as np
import pytest
from tests.worlds import classes

from reliabel.core.labels import Classes
from reliabel.learners import noise_ignorant
from reliabel.ops import logistic


def learnt(labels, x, seed=0, **words):
    return noise_ignorant.learn(labels, features=x, rng=np.random.default_rng(seed), **words)


def noisy(seed, n=400, d=120, share=0.35):
    """Two classes in many dimensions: a plain fit learns the wrong labels by heart."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 2 * n)
    x = rng.normal(size=(2 * n, d))
    x[:, 0] += 2 * (2 * truth - 1)
    given = np.where(rng.random(2 * n) < share, 1 - truth, truth)
    return x[:n], given[:n], x[n:], truth[n:]


def test_it_beats_a_logistic_regression_of_fixed_strength_under_noise():
    gains = []
    for seed in range(4):
        x, given, fresh, truth = noisy(seed)
        mine = learnt(Classes(given), x).predict(fresh).p.argmax(1)
        plain = logistic.fit(x, given, strength=1.0, iterations=200).predict_proba(fresh).argmax(1)
        gains.append((mine == truth).mean() - (plain == truth).mean())
    assert min(gains) > 0.05, gains


def test_what_it_tells_of_the_held_out_rows_is_true():
    world = classes(0)
    model = learnt(world.labels, world.evidence["features"])
    y = world.labels.y
    held_out = (model.info["probs"].argmax(1) == y)[y >= 0].mean()
    assert model.info["agreement"] == pytest.approx(held_out, abs=0.03)
    assert np.allclose(model.info["probs"].sum(1), 1, atol=1e-5)
    assert (model.info["probs"].argmax(1) == world.truth.y).mean() > 0.85


def test_groups_and_exact_copies_are_held_out_together():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 200)), np.tile([0, 1], 30)  # nothing to learn but the copies
    twice, again = np.concatenate([x, x]), np.concatenate([y, y])
    assert learnt(Classes(again), twice).info["agreement"] < 0.7
    near = np.concatenate([x, x + 1e-9])
    assert learnt(Classes(again), near).info["agreement"] > 0.8
    groups = np.tile(np.arange(60), 2)
    assert learnt(Classes(again), near, groups=groups).info["agreement"] < 0.7


def test_unlabelled_rows_change_nothing_that_is_learnt_from():
    world = classes(0)
    y = world.labels.y.copy()
    y[::3] = -1
    model = learnt(Classes(y, world.labels.names), world.evidence["features"])
    assert len(model.info["probs"]) == len(y)
    said = model.predict(world.evidence["features"]).p.argmax(1)
    assert (said == world.truth.y).mean() > 0.85


def test_a_class_without_items_is_never_predicted():
    x, y = np.repeat([[0.0], [4.0]], 20, 0), np.repeat([0, 2], 20)
    p = learnt(Classes(y, ("a", "b", "c")), x).predict(x).p
    assert p[:, 1].max() < 1e-6
    assert p[0].argmax() == 0
    assert p[-1].argmax() == 2


def test_labels_that_are_all_the_same_are_predicted():
    x = np.random.default_rng(0).normal(size=(8, 3))
    model = learnt(Classes(np.ones(8, dtype=int), ("a", "b")), x)
    assert model.predict(np.zeros((1, 3))).p[0].tolist() == pytest.approx([0, 1])


def test_no_label_at_all_gets_a_sentence():
    with pytest.raises(ValueError, match="nothing to learn from: no item has a label"):
        learnt(Classes(np.full(5, -1), ("a", "b")), np.zeros((5, 2)))
