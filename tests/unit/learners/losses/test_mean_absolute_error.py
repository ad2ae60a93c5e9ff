"""mean_absolute_error: the loss by hand, and its accuracy at the last epoch under noise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.learners.losses.mean_absolute_error import learn, loss

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_it_is_one_less_the_probability_of_the_label():
    p = Z.softmax(1)
    assert torch.allclose(loss(Z, Y), 1 - p[[0, 1], Y])
    halved = (p - torch.eye(3)[Y]).abs().sum(1) / 2
    assert torch.allclose(loss(Z, Y), halved)


def test_its_pull_vanishes_where_the_label_is_unlikely():
    z = torch.tensor([[0.0, 0.0], [8.0, 0.0]], requires_grad=True)
    loss(z, torch.tensor([1, 1])).sum().backward()
    assert abs(z.grad[1, 1]) < abs(z.grad[0, 1]) / 100


@pytest.mark.parametrize("pair", [False, True])
def test_beats_cross_entropy_at_the_last_epoch(pair):
    gains = [gain(learn, seed, rate=0.3 if pair else 0.4, pair=pair) for seed in range(3)]
    assert np.mean(gains) > 0.08
