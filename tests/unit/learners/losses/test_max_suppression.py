"""max_suppression: the penalty, how it grows, and that it calibrates a model that is too sure."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import overconfidence

from reliabel.core.labels import Classes
from reliabel.learners.losses.max_suppression import Suppressed, learn, loss
from reliabel.ops.torch.losses import cross_entropy

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_the_penalty_by_hand():
    by_hand = torch.tensor([2.0 - 0.5, 3.0 - 0.0])
    assert torch.allclose(loss(Z, Y, strength=0.3) - cross_entropy(Z, Y), 0.3 * by_hand)


def test_it_pushes_down_the_largest_logit_even_where_the_label_is_another():
    z = Z.clone().requires_grad_()
    (loss(z, Y, strength=1.0) - cross_entropy(z, Y)).sum().backward()
    third = 1 / 3
    assert torch.allclose(
        z.grad, torch.tensor([[1 - third, -third, -third], [-third, 1 - third, -third]])
    )


def test_the_strength_grows_evenly():
    class Now:
        x, y, share = Z, Y, 0.5

    found = Suppressed(0.1, 0.2).step([torch.nn.Identity()], Now)
    assert torch.allclose(found, loss(Z, Y, strength=0.15).mean())


def test_it_calibrates_a_network_that_is_too_sure():
    plain, mine = np.mean([overconfidence(learn, seed) for seed in range(3)], axis=0)
    assert plain > 0.12
    assert mine < plain / 2


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="strength and last must not be negative"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), last=-0.1)
