"""Steps that are no plain gradient step."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from functools import partial

from tests.unit.learners.planted import clouds, flipped
from torch import nn

from reliabel.core.labels import Classes
from reliabel.core.run import running
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.steps import Sam, ahead

X, TRUTH, _, _ = clouds(200)
Y = Classes(flipped(TRUTH, 0.2))


def probs(radius=None, **options):
    around = {} if radius is None else {"around": partial(Sam, radius=radius)}
    training = Training(epochs=3, **options)
    rng = np.random.default_rng(0)
    recipe = from_loss(cross_entropy)
    return train(Y, recipe, features=X, rng=rng, training=training, **around).probs()


@pytest.mark.parametrize("hidden", [0, 6])
def test_a_radius_of_zero_is_the_optimiser_inside(hidden):
    assert np.array_equal(probs(0.0, hidden=hidden), probs(hidden=hidden))
    assert not np.allclose(probs(0.5, hidden=hidden), probs(hidden=hidden))


def test_the_gradient_is_that_of_the_highest_point_within_the_radius():
    """On a quadratic: w - lr * A (w + radius * A w / |A w|)."""
    a, w = torch.diag(torch.tensor([1.0, 4.0])), nn.Parameter(torch.tensor([1.0, 1.0]))
    sam = Sam(torch.optim.SGD([w], lr=0.1), radius=0.5)
    before, slope = w.detach().clone(), a @ w.detach()

    def closure():
        sam.zero_grad()
        loss = 0.5 * w @ a @ w
        loss.backward()
        return loss.detach()

    loss = sam.step(closure)
    higher = before + 0.5 * slope / slope.norm()
    assert torch.allclose(w.detach(), before - 0.1 * a @ higher)
    assert float(loss) == pytest.approx(2.5), "the loss told is that of the point itself"


def test_it_loads_the_state_of_the_optimiser_inside(tmp_path):
    w = nn.Parameter(torch.ones(2))
    sam = Sam(torch.optim.SGD([w], lr=0.1, momentum=0.9))
    w.grad = torch.ones(2)
    sam.base.step()
    other = Sam(torch.optim.SGD([w], lr=0.5, momentum=0.9))
    other.load_state_dict(sam.state_dict())
    assert other.param_groups[0]["lr"] == 0.1
    assert torch.equal(other.base.state[w]["momentum_buffer"], torch.ones(2))
    with running(folder=tmp_path, seconds=0):
        once = probs(0.1)
    with running(folder=tmp_path, seconds=0):
        assert np.array_equal(probs(0.1), once)


def test_ahead_is_the_gradient_of_one_real_step():
    """The slope of the loss after one step by the weights of the rows, against differences."""
    torch.manual_seed(0)
    net, x, y = nn.Linear(4, 3).double(), torch.randn(10, 4).double(), torch.randint(0, 3, (10,))
    weight = torch.rand(10, dtype=torch.double, requires_grad=True)
    moved = ahead(net, lambda f: (weight * cross_entropy(f(x), y)).mean(), 0.5)
    (slope,) = torch.autograd.grad(cross_entropy(moved(x), y).mean(), weight)

    def after(weight):
        real = nn.Linear(4, 3).double()
        real.load_state_dict(net.state_dict())
        (weight * cross_entropy(real(x), y)).mean().backward()
        with torch.no_grad():
            for p in real.parameters():
                p -= 0.5 * p.grad
            return float(cross_entropy(real(x), y).mean())

    for row in range(10):
        step = torch.zeros(10, dtype=torch.double)
        step[row] = 1e-5
        plain = weight.detach()
        difference = (after(plain + step) - after(plain - step)) / 2e-5
        assert difference == pytest.approx(float(slope[row]), abs=1e-8)
    assert all(p.grad is None for p in net.parameters()), "the network itself is untouched"
    assert torch.allclose(moved(x), moved(x))
