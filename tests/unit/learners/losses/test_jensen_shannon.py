"""jensen_shannon: its limits, the formula by hand, and its accuracy at the last epoch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.core.labels import Classes
from reliabel.learners.losses.jensen_shannon import learn, loss
from reliabel.ops.torch.losses import cross_entropy

Z = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0], [-1.0, 0.2, 0.1]], dtype=torch.float64)
Y = torch.tensor([0, 2, 0])


def test_a_small_weight_is_cross_entropy():
    assert torch.allclose(loss(Z, Y, weight=1e-6), cross_entropy(Z, Y), rtol=1e-3)


def test_a_large_weight_is_near_the_absolute_error():
    error = 1 - Z.softmax(1)[[0, 1, 2], Y]
    assert torch.allclose(loss(Z, Y, weight=1 - 1e-6), error, rtol=0.1)


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
def test_the_formula_by_hand(weight):
    p, label = Z.softmax(1).numpy(), np.eye(3)[Y.numpy()]
    mean = weight * label + (1 - weight) * p
    to_mean = -np.log(mean[[0, 1, 2], Y.numpy()])
    from_p = (p * np.log(p / mean)).sum(1)
    by_hand = (weight * to_mean + (1 - weight) * from_p) / (-(1 - weight) * np.log(1 - weight))
    assert loss(Z, Y, weight=weight).numpy() == pytest.approx(by_hand)


def test_it_is_bounded():
    worst = loss(torch.tensor([[-60.0, 60.0]]), torch.tensor([0]), weight=0.5)
    assert float(worst) == pytest.approx(2 * np.log(2) / np.log(2), rel=1e-3)


@pytest.mark.parametrize("weight", [0.5, 0.9])
def test_beats_cross_entropy_at_the_last_epoch(weight):
    gains = [gain(learn, seed, weight=weight) for seed in range(3)]
    assert np.mean(gains) > 0.03


@pytest.mark.parametrize("weight", [0.0, 1.0, -0.2])
def test_a_weight_outside_is_refused_in_a_sentence(weight):
    with pytest.raises(ValueError, match="weight must lie between 0 and 1"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), weight=weight)
