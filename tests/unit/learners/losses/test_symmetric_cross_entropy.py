"""symmetric_cross_entropy: its two parts, and its accuracy at the last epoch under noise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.learners.losses.symmetric_cross_entropy import learn, loss
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.robust import absolute_error, reverse_cross_entropy

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_the_reverse_part_is_a_multiple_of_the_absolute_error():
    assert torch.allclose(reverse_cross_entropy(Z, Y), 9.2103404 * absolute_error(Z, Y))


def test_it_is_the_weighted_sum_of_both():
    by_hand = 6 * cross_entropy(Z, Y) + 0.1 * reverse_cross_entropy(Z, Y)
    assert torch.allclose(loss(Z, Y, plain=6.0, reverse=0.1), by_hand)


def test_beats_cross_entropy_at_the_last_epoch():
    assert np.mean([gain(learn, seed) for seed in range(3)]) > 0.05
