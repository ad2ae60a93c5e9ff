"""privileged_information: which loss reaches what, and noise that annotators explain."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.privileged_information import (
    Tower,
    Transfer,
    learn,
    standardised,
)
from reliabel.ops.torch.nets import Head
from reliabel.ops.torch.penultimate import penultimate
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.table import Table


def test_the_hidden_layer_learns_from_the_tower_and_the_classifier_from_the_plain_loss():
    rng, y = np.random.default_rng(0), np.arange(8) % 2
    x, a = rng.normal(size=(8, 3)).astype(np.float32), rng.normal(size=(8, 2))
    torch.manual_seed(0)
    net, recipe = Head(3, 2, hidden=5), Transfer(standardised(a), 2, 4, 0.01, 0.0)
    (own,) = recipe.begin([net])
    table = Table(x, Classes(y), Training(), rng)
    recipe.step([net], Batch(torch.arange(8), table, 0, 0.0)).backward()
    hidden, logits = penultimate(net, torch.tensor(x))
    target = torch.tensor(y)
    plain = torch.nn.functional.cross_entropy(logits, target)
    tower = torch.nn.functional.cross_entropy(recipe.tower(hidden, recipe.privileged), target)
    (out,) = torch.autograd.grad(plain, net.out.weight)
    (body,) = torch.autograd.grad(tower, net.body.weight)
    assert torch.allclose(net.out.weight.grad, out, atol=1e-6)
    assert torch.allclose(net.body.weight.grad, body, atol=1e-6)
    assert len(own.param_groups[0]["params"]) == len(list(recipe.tower.parameters()))


def test_the_tower_is_that_of_the_paper():
    torch.manual_seed(0)
    tower, h, a = Tower(3, 2, 4, 5), torch.randn(6, 3), torch.randn(6, 2)
    u = torch.relu(tower.first(a))
    v = torch.relu(tower.second(torch.hstack([h, u]))) + u
    assert torch.equal(tower(h, a), tower.out(torch.hstack([h, v])))


def test_beats_cross_entropy_where_annotators_explain_the_noise():
    """Classes that only a hidden layer parts; four annotators of ten turn nine labels in ten."""
    gains = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(3500, 8)).astype(np.float32)
        truth, who = (x[:, 0] * x[:, 1] > 0).astype(int), rng.integers(0, 10, 1500)
        turned = (who < 4) & (rng.random(1500) < 0.9)
        words = {
            "features": x[:1500],
            "training": Training(hidden=64, keep="last", hold_out=0.0, epochs=30, lr=0.005),
        }
        labels = Classes(truth[:1500] ^ turned)
        model = learn(labels, privileged=np.eye(10)[who], rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        fresh = (x[1500:], truth[1500:])
        gains.append(accuracy(model, *fresh) - accuracy(plain, *fresh))
    assert min(gains) > 0.02, gains


def test_bad_and_odd_privileged_features():
    flat = standardised(np.ones((4, 2, 2)))
    assert flat.shape == (4, 4)
    assert not flat.any()
    holes = np.array([[1.0], [np.nan]])
    words = {"features": np.eye(2), "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match="the first in row 1"):
        learn(Classes([0, 1]), privileged=holes, **words)
