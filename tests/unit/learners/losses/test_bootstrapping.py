"""bootstrapping: the mixed targets, the gradient through them, the warm-up and the accuracy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.core.labels import Classes
from reliabel.learners.losses.bootstrapping import Bootstrapped, learn, loss
from reliabel.ops.torch.losses import cross_entropy

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_all_of_the_label_is_cross_entropy():
    for form in ("soft", "hard"):
        assert torch.allclose(loss(Z, Y, form=form, kept=1.0), cross_entropy(Z, Y))


def test_the_targets_by_hand():
    p, label = Z.softmax(1), torch.eye(3)[Y]
    soft = cross_entropy(Z, 0.95 * label + 0.05 * p)
    hard = cross_entropy(Z, 0.8 * label + 0.2 * torch.eye(3)[[0, 1]])
    assert torch.allclose(loss(Z, Y, form="soft"), soft)
    assert torch.allclose(loss(Z, Y, form="hard"), hard)


def test_the_gradient_stops_at_the_opinion_unless_asked():
    z = Z.clone().requires_grad_()
    p = z.softmax(1)
    target = 0.95 * torch.eye(3)[Y] + 0.05 * p.detach()
    stopped = torch.autograd.grad(loss(z, Y, form="soft").sum(), z)[0]
    assert torch.allclose(stopped, (p - target).detach(), atol=1e-6)
    through = torch.autograd.grad(loss(z, Y, form="soft", through=True).sum(), z)[0]
    assert (through - stopped).abs().max() > 1e-3


def test_it_starts_with_cross_entropy():
    class Now:
        x, y, share = Z, Y, 0.1

    recipe, net = Bootstrapped("hard", None, False, 0.2), torch.nn.Identity()
    assert torch.allclose(recipe.step([net], Now), cross_entropy(Z, Y).mean())
    Now.share = 0.2
    assert torch.allclose(recipe.step([net], Now), loss(Z, Y).mean())


def test_the_hard_form_beats_cross_entropy_at_the_last_epoch():
    assert np.mean([gain(learn, seed) for seed in range(4)]) > 0.015


def test_another_form_is_refused():
    with pytest.raises(ValueError, match="form must be one of soft, hard, got 'warm'"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), form="warm")
