"""trajectory: the drift, what is remembered, and flatter networks that know fewer wrong labels."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.losses.trajectory import Trajectory, drift, learn
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.table import Table


def test_the_drift_is_that_of_the_definition():
    z, before = torch.tensor([[2.0, 0.0, -1.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    now, then = (z / 5).softmax(1), (before / 5).softmax(1)
    assert torch.allclose(drift(z, before, 5.0), 25 * (then * (then / now).log()).sum(1))
    assert drift(z, z, 5.0).abs().max() < 1e-5


def test_its_gradient_points_back_to_what_was_said():
    z = torch.zeros(1, 2, requires_grad=True)
    drift(z, torch.tensor([[3.0, 0.0]]), 5.0).sum().backward()
    assert z.grad[0, 0] < 0 < z.grad[0, 1]


def test_cross_entropy_alone_until_there_is_a_prediction_of_lag_epochs_ago():
    x, y = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32), np.arange(8) % 2
    table = Table(x, Classes(y), Training(), np.random.default_rng(0))
    net, recipe, index = torch.nn.Linear(3, 2), Trajectory(8, 2, 1.0, 5.0, 2), torch.arange(8)
    extra = []
    with torch.no_grad():
        for epoch in range(4):
            plain = torch.nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(y))
            extra.append(float(recipe.step([net], Batch(index, table, epoch, 0.0)) - plain))
            net.bias[0] += 1.0
        here = net(torch.tensor(x))
    assert np.allclose(extra[:2], 0, atol=1e-6)
    assert min(extra[2:]) > 0.01
    assert torch.allclose(recipe.said[1], here - torch.tensor([1.0, 0.0]), atol=1e-5)
    assert recipe.seen.all()


def test_a_strength_of_zero_is_cross_entropy():
    x, truth, fresh, _ = clouds(200)
    words = {"features": x, "training": Training(epochs=4)}
    mine = learn(Classes(truth), rng=np.random.default_rng(0), strength=0.0, **words)
    plain = cross_entropy.learn(Classes(truth), rng=np.random.default_rng(0), **words)
    assert np.array_equal(mine.predict(fresh).p, plain.predict(fresh).p)


def test_beats_cross_entropy_at_the_last_epoch_of_a_network_with_a_hidden_layer():
    gains = []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.4, seed=seed))
        words = {"features": x, "training": Training(hidden=64, keep="last", hold_out=0.0)}
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
    assert min(gains) > 0, gains
    assert np.mean(gains) > 0.005, gains


def test_a_lag_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="lag must be at least one epoch, got 0"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), lag=0)
