"""normalised_cross_entropy: by hand, the focal form, and its accuracy at the last epoch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.learners.losses.normalised_cross_entropy import learn, loss

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_it_is_the_share_of_the_label_in_all_logarithms():
    log_p = Z.log_softmax(1)
    assert torch.allclose(loss(Z, Y), log_p[[0, 1], Y] / log_p.sum(1))


def test_focal_logarithms_are_weighted_and_the_weights_carry_no_gradient():
    z = Z.clone().requires_grad_()
    log_p = z.log_softmax(1)
    weight = (1 - log_p.exp()).detach().sqrt()
    by_hand = (weight * log_p)[[0, 1], Y] / (weight * log_p).sum(1)
    found = loss(z, Y, gamma=0.5)
    assert torch.allclose(found, by_hand)
    mine, theirs = (torch.autograd.grad(each.sum(), z)[0] for each in (found, by_hand))
    assert torch.allclose(mine, theirs, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5])
def test_beats_cross_entropy_at_the_last_epoch(gamma):
    gains = [gain(learn, seed, lr=0.05, gamma=gamma) for seed in range(3)]
    assert np.mean(gains) > 0.08
