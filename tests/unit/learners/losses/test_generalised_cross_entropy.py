"""generalised_cross_entropy: the loss at its ends, and its gain under symmetric noise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes, Soft
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.losses.generalised_cross_entropy import learn, loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]])
Y = torch.tensor([0, 2])


def test_ends_of_the_power():
    plain = torch.nn.functional.cross_entropy(LOGITS, Y, reduction="none")
    given = LOGITS.softmax(1)[[0, 1], Y]
    assert torch.allclose(loss(LOGITS, Y, power=0.0), plain)
    assert torch.allclose(loss(LOGITS, Y, power=1e-4), plain, atol=3e-3)
    assert torch.allclose(loss(LOGITS, Y, power=1.0), 1 - given)
    assert torch.allclose(loss(LOGITS, torch.eye(3)[Y]), loss(LOGITS, Y))


def test_gradients_are_finite_where_the_label_is_impossible():
    logits = torch.tensor([[200.0, -200.0]], requires_grad=True)
    loss(logits, torch.tensor([1])).sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_beats_cross_entropy_at_the_last_epoch_under_symmetric_noise():
    gains = []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        words = {
            "features": x,
            "training": Training(lr=0.2, keep="last", hold_out=0.0, decay=0.001),
        }
        labels = Classes(flipped(truth, 0.4, seed=seed))
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
    assert np.mean(gains) > 0.02


def test_truncated_it_leaves_out_labels_that_the_model_doubts():
    gains, right, left = [], [], []
    last = Training(lr=0.2, keep="last", hold_out=0.0, decay=0.001)
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        y = flipped(truth, 0.4, seed=seed)
        words = {"features": x, "training": last}
        mine = learn(Classes(y), rng=np.random.default_rng(seed), truncate=True, **words)
        plain = learn(Classes(y), rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        stays = mine.labels.y >= 0
        right.append((y[stays] == truth[stays]).mean())
        left.append(stays.mean())
    assert np.mean(gains) > 0.02
    assert np.mean(right) > 0.8, "more right labels than the .6 of all"
    assert 0.4 < np.mean(left) < 0.9


def test_truncated_every_class_keeps_items_and_distributions_do_as_well():
    x, truth, fresh, _ = clouds(200)
    hard = np.random.default_rng(0).permutation(truth)  # labels that say nothing
    words = {"features": x, "truncate": True, "training": Training(epochs=6, lr=0.01)}
    mine = learn(Classes(hard), rng=np.random.default_rng(0), **words)
    assert set(mine.labels.y[mine.labels.y >= 0]) == set(range(4))
    soft = learn(Soft(np.eye(4)[hard]), rng=np.random.default_rng(0), **words)
    assert np.isfinite(soft.predict(fresh).p).all()


def test_a_power_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="power must be from 0 to 1, got 2"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), power=2)
