"""conditional_smoothing: its condition, where gradients go, and that it calibrates."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import overconfidence

from reliabel.core.labels import Classes
from reliabel.learners.losses.conditional_smoothing import learn, loss, penalty
from reliabel.ops.torch.losses import cross_entropy

Z, Y = torch.tensor([[12.0, -1.0, 5.0], [0.0, 3.0, -8.0]]), torch.tensor([0, 2])


def test_within_the_margin_it_is_cross_entropy():
    near = Z / 4
    assert torch.allclose(loss(near, Y), cross_entropy(near, Y))


def test_the_penalty_by_hand():
    first = 2.0**2 + 0.1 * (3.0**2 + 0) / 2
    second = 0 + 0.1 * (0 + 1.0**2) / 2
    assert torch.allclose(penalty(Z, 10.0, 0.1), torch.tensor([first, second]))
    by_hand = cross_entropy(Z, Y) + penalty(Z, 10.0, 0.1) / 2
    assert torch.allclose(loss(Z, Y, strength=0.5), by_hand)


def test_the_largest_logit_is_pulled_only_by_its_own_excess():
    z = Z.clone().requires_grad_()
    penalty(z, 10.0, 0.1).sum().backward()
    expected = torch.tensor([[4.0, -0.3, 0.0], [0.0, 0.0, -0.1]])
    assert torch.allclose(z.grad, expected)


@pytest.mark.parametrize(("margin", "share"), [(10.0, 0.85), (6.0, 0.7)])
def test_it_calibrates_a_network_that_is_too_sure(margin, share):
    pairs = [overconfidence(learn, seed, margin=margin) for seed in range(3)]
    plain, mine = np.mean(pairs, axis=0)
    assert plain > 0.12
    assert mine < share * plain


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="strength and others must not be negative"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), strength=-1.0)
