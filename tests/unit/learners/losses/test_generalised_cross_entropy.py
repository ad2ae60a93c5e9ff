"""generalised_cross_entropy: the loss at its ends, and its gain under symmetric noise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
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


def test_a_power_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="power must be from 0 to 1, got 2"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), power=2)
