"""label_robust_divergence: its relation to cross-entropy, its worst case, and the accuracy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import gain

from reliabel.core.labels import Classes
from reliabel.learners.losses.label_robust_divergence import learn, loss
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.robust import label_margins

Z, Y = torch.tensor([[0.9, -0.4, 0.5], [0.0, 0.8, -0.9]]), torch.tensor([0, 2])


def test_at_temperature_one_without_margin_it_is_cross_entropy_less_log_k():
    found = loss(Z, Y, temperature=1.0, margin=0.0)
    assert torch.allclose(found, cross_entropy(Z, Y) - np.log(3))


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_it_is_the_worst_case_over_distributions_of_the_label(temperature):
    """max over q of <q, margins> - temperature KL(q || uniform), which a softmax attains."""
    margins = label_margins(Z, Y, margin=0.1)
    q = (margins / temperature).softmax(1)
    cost = temperature * (q * (q * 3).log()).sum(1)
    found = loss(Z, Y, temperature=temperature)
    assert torch.allclose(found, (q * margins).sum(1) - cost, atol=1e-5)
    other = torch.rand(2, 3, generator=torch.Generator().manual_seed(0)) + 0.1
    other = other / other.sum(1, keepdim=True)
    less = (other * margins).sum(1) - temperature * (other * (other * 3).log()).sum(1)
    assert (found >= less - 1e-6).all()


def test_cold_it_is_the_largest_margin_and_hot_their_mean():
    margins = label_margins(Z, Y, margin=0.1)
    assert torch.allclose(loss(Z, Y, temperature=1e-3), margins.amax(1), atol=5e-3)
    assert torch.allclose(loss(Z, Y, temperature=1e3), margins.mean(1), atol=5e-3)


@pytest.mark.parametrize(("options", "least"), [({}, 0.05), ({"temperature": 10.0}, 0.08)])
def test_beats_cross_entropy_at_the_last_epoch(options, least):
    gains = [gain(learn, seed, **options) for seed in range(3)]
    assert np.mean(gains) > least


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_temperature_that_makes_no_sense_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be above 0"):
        learn(
            Classes([0, 1]),
            features=np.eye(2),
            rng=np.random.default_rng(0),
            temperature=temperature,
        )
