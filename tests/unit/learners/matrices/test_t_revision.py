"""t_revision: the slack gets a gradient, its matrix stays one, it moves towards the truth, and the
gain under pair flips.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.matrices.structured import PAIR, gains, world

from reliabel.core.training import Training
from reliabel.learners.matrices.t_revision import Revision, learn, revised
from reliabel.ops.torch.through_matrix import importance


def test_rows_of_the_revised_matrix_sum_to_one_and_are_not_negative():
    slack = torch.tensor([[0.3, -0.5], [0.1, 0.2]])
    matrix = revised(torch.tensor([[0.6, 0.4], [0.1, 0.9]]), slack)
    assert torch.allclose(matrix, torch.tensor([[1.0, 0.0], [0.2 / 1.3, 1.1 / 1.3]]))


def test_the_slack_gets_a_gradient_through_the_weights():
    recipe = Revision(PAIR, 0.04, 100)
    p = torch.tensor([[0.7, 0.1, 0.1, 0.1]])
    importance(p, torch.tensor([1]), revised(recipe.matrix, recipe.slack)).sum().backward()
    assert recipe.slack.grad[0, 1] < 0, "more errors 0 -> 1 explain the label: it weighs less"


def test_the_slack_moves_as_far_as_it_may_and_no_further():
    labels, x, probs, _, _ = world(PAIR, 0)
    words = {"features": x, "probs": probs, "training": Training(hold_out=0.0, keep="last")}
    info = learn(labels, rng=np.random.default_rng(0), reach=0.04, **words).info
    moved = np.abs(info["noise_matrix"] - info["first_matrix"]).max()
    assert 0.005 < moved < 0.09
    info = learn(labels, rng=np.random.default_rng(0), reach=0.0, **words).info
    assert info["noise_matrix"] == pytest.approx(info["first_matrix"], abs=1e-6)


def test_the_revised_matrix_is_nearer_to_the_planted_one():
    """From a matrix with too many errors, as the confident joint finds where classes overlap."""
    start, off = 0.9 * PAIR + 0.1 / 4, []
    for seed in range(3):
        labels, x, probs, _, _ = world(PAIR, seed)
        words = {"features": x, "probs": probs, "training": Training(hold_out=0.0, keep="last")}
        found = learn(labels, rng=np.random.default_rng(seed), noise_matrix=start, **words).info
        off.append(np.abs(found["noise_matrix"] - PAIR).sum(1).mean())
    assert max(off) < np.abs(start - PAIR).sum(1).mean()


def test_gains_on_pair_flips_with_an_estimated_matrix():
    assert gains(learn, PAIR, probs=True).min() > 0.05


def test_a_reach_below_zero_is_refused():
    labels, x, probs, _, _ = world(PAIR, 0, n=40)
    with pytest.raises(ValueError, match="reach must be 0 or more"):
        learn(labels, features=x, rng=np.random.default_rng(0), probs=probs, reach=-1.0)
