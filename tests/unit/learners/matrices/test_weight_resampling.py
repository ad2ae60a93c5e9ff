"""weight_resampling: the mean of the drawn weights, its two ends, and the gain under structured
flips.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.matrices.structured import CONFUSED, PAIR, gains, world

from reliabel.learners.matrices.weight_resampling import drawn_weights, learn

WEIGHT = torch.tensor([0.0, 1.0, 3.0, 4.0])


@pytest.mark.parametrize("concentration", [0.0, 0.5, 50.0])
def test_weights_sum_to_one_and_follow_the_shares_in_the_mean(concentration):
    torch.manual_seed(0)
    drawn = torch.stack([drawn_weights(WEIGHT, concentration) for _ in range(4000)])
    assert torch.allclose(drawn.sum(1), torch.ones(4000), atol=1e-5)
    assert torch.allclose(drawn.mean(0), WEIGHT / 8, atol=0.02)


def test_concentration_moves_from_one_item_to_all():
    torch.manual_seed(0)
    few = torch.stack([drawn_weights(WEIGHT, 0.01) for _ in range(500)])
    many = torch.stack([drawn_weights(WEIGHT, 1000.0) for _ in range(500)])
    assert (few.max(1).values > 0.95).float().mean() > 0.9
    assert (many - WEIGHT / 8).abs().max() < 0.05


def test_a_batch_without_weight_is_drawn_evenly():
    torch.manual_seed(0)
    drawn = torch.stack([drawn_weights(torch.zeros(4)) for _ in range(2000)])
    assert torch.allclose(drawn.mean(0), torch.full((4,), 0.25), atol=0.02)


def test_gains_on_pair_flips_and_on_confusion_with_an_estimated_matrix():
    assert gains(learn, PAIR, probs=True).min() > 0.05
    assert gains(learn, CONFUSED, probs=True).mean() > 0.05


def test_the_dirichlet_form_gains_too():
    assert gains(learn, PAIR, probs=True, concentration=1.0).mean() > 0.05


def test_a_concentration_below_zero_is_refused():
    labels, x, probs, _, _ = world(PAIR, 0, n=40)
    with pytest.raises(ValueError, match="concentration must be 0 or more"):
        learn(labels, features=x, rng=np.random.default_rng(0), probs=probs, concentration=-1.0)
