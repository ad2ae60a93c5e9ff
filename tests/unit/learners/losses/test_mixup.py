"""mixup: blends of rows and labels, and its accuracy with a network that learns by heart."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.core.labels import Classes
from reliabel.learners.losses.mixup import learn, loss
from reliabel.ops.torch.losses import cross_entropy, mixed

X = torch.arange(12.0).reshape(6, 2)
TARGET = torch.eye(3)[[0, 1, 2, 0, 1, 2]]


def test_rows_and_targets_are_blended_alike():
    torch.manual_seed(0)
    rows, targets, weight, partner = mixed(X, TARGET, 1.0)
    assert 0.5 <= weight <= 1
    assert torch.allclose(rows, weight * X + (1 - weight) * X[partner])
    assert torch.allclose(targets, weight * TARGET + (1 - weight) * TARGET[partner])


def test_nothing_is_blended_at_alpha_zero():
    net = torch.nn.Linear(2, 3)
    found = loss(net, X, TARGET, alpha=0.0)
    assert torch.allclose(found, cross_entropy(net(X), TARGET))


def test_large_alphas_blend_half_and_half():
    torch.manual_seed(0)
    weights = [mixed(X, TARGET, 1000.0)[2] for _ in range(50)]
    assert max(weights) < 0.55


def test_beats_cross_entropy_where_a_network_learns_by_heart():
    words = {"hidden": 64, "lr": 0.01, "epochs": 20}
    gains = [gain(learn, seed, alpha=8.0, **words) for seed in range(3)]
    assert np.mean(gains) > 0.04


def test_a_negative_alpha_is_refused():
    with pytest.raises(ValueError, match="alpha must not be negative, got -1"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), alpha=-1.0)
