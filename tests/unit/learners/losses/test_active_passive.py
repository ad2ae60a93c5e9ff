"""active_passive: every pair, the automatic weights, and the accuracy at the last epoch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.core.labels import Classes
from reliabel.learners.losses.active_passive import learn, loss
from reliabel.ops.torch.robust import absolute_error, normalised, reverse_cross_entropy

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])
PASSIVE = {"mae": absolute_error, "rce": reverse_cross_entropy}


@pytest.mark.parametrize("active", ["nce", "nfl"])
@pytest.mark.parametrize("passive", ["mae", "rce"])
def test_it_is_the_weighted_sum_of_both_parts(active, passive):
    raising = normalised(Z, Y, gamma=0.5 if active == "nfl" else 0.0)
    by_hand = 3 * raising + 0.5 * PASSIVE[passive](Z, Y)
    found = loss(Z, Y, active=active, passive=passive, alpha=3.0, beta=0.5)
    assert torch.allclose(found, by_hand)


@pytest.mark.parametrize(
    ("k", "passive", "weights"),
    [
        (4, "rce", (1, 1)),
        (10, "rce", (1, 1)),
        (10, "mae", (1, 1)),
        (100, "rce", (10, 0.1)),
        (100, "mae", (10, 1)),
    ],
)
def test_the_automatic_weights_are_the_published_ones(k, passive, weights):
    z = torch.randn(5, k, generator=torch.Generator().manual_seed(0))
    y = torch.arange(5) % k
    alpha, beta = weights
    stated = loss(z, y, passive=passive, alpha=alpha, beta=beta)
    assert torch.allclose(loss(z, y, passive=passive), stated)


@pytest.mark.parametrize("active", ["nce", "nfl"])
@pytest.mark.parametrize("passive", ["mae", "rce"])
def test_beats_cross_entropy_at_the_last_epoch(active, passive):
    gains = [gain(learn, seed, active=active, passive=passive) for seed in range(2)]
    assert np.mean(gains) > 0.1


@pytest.mark.parametrize("bad", [{"active": "ce"}, {"passive": "gce"}])
def test_other_parts_are_refused_in_a_sentence(bad):
    with pytest.raises(ValueError, match="active must be one of nce, nfl and passive one of mae"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), **bad)
