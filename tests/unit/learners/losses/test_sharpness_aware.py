"""sharpness_aware: radius 0 is the base, parameters come back bit for bit, flatter networks."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.losses.sharpness_aware import learn
from reliabel.ops.torch.steps import Sam


@pytest.mark.parametrize("hidden", [0, 8])
def test_radius_zero_is_the_plain_optimiser(hidden):
    x, truth, fresh, _ = clouds(200)
    words = {"features": x, "training": Training(epochs=4, hidden=hidden)}
    mine = learn(Classes(truth), rng=np.random.default_rng(0), radius=0.0, **words)
    plain = cross_entropy.learn(Classes(truth), rng=np.random.default_rng(0), **words)
    assert np.array_equal(mine.predict(fresh).p, plain.predict(fresh).p)


def test_the_step_is_made_from_where_it_was_with_the_gradient_from_near_by():
    torch.manual_seed(0)
    net, x, y = torch.nn.Linear(3, 2), torch.randn(6, 3), torch.tensor([0, 1, 0, 1, 1, 0])
    before = [p.detach().clone() for p in net.parameters()]
    met = []

    def closure():
        net.zero_grad()
        met.append([p.detach().clone() for p in net.parameters()])
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        return loss.detach()

    Sam(torch.optim.SGD(net.parameters(), lr=0.0), radius=0.1).step(closure)
    assert all(torch.equal(p, was) for p, was in zip(net.parameters(), before, strict=True))
    away = torch.cat([(a - b).ravel() for a, b in zip(met[1], before, strict=True)]).norm()
    assert float(away) == pytest.approx(0.1, rel=1e-4)
    slope = [p.grad.clone() for p in net.parameters()]
    Sam(torch.optim.SGD(net.parameters(), lr=1.0), radius=0.1).step(closure)
    stepped = [was - g for was, g in zip(before, slope, strict=True)]
    assert all(torch.allclose(p, there) for p, there in zip(net.parameters(), stepped, strict=True))


def test_beats_cross_entropy_at_the_last_epoch_of_a_network_with_a_hidden_layer():
    gains = []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.4, seed=seed))
        words = {"features": x, "training": Training(hidden=64, keep="last", hold_out=0.0)}
        runs = [
            learn(labels, rng=np.random.default_rng(seed), radius=radius, **words)
            for radius in (0.0, 0.1, 0.3)
        ]
        plain, *mine = (accuracy(model, fresh, true) for model in runs)
        gains.append([each - plain for each in mine])
    assert np.mean(gains, axis=0)[0] > 0.01, gains
    assert np.mean(gains, axis=0)[1] > 0.03, gains


def test_a_radius_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="radius must be 0"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), radius=-1.0)
