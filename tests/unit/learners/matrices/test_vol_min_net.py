"""vol_min_net: the matrix at the start and as learnt, and the gain under pair flips."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.matrices.structured import LAST, PAIR, gains, world

from reliabel.learners.matrices.vol_min_net import VolMin, learn, matrix_of


def test_the_matrix_at_the_start():
    assert float(VolMin(10, 1e-4).raw.detach()[0, 1]) == pytest.approx(-2, abs=0.001)
    matrix = matrix_of(torch.full((10, 10), -2.0))
    assert float(matrix[0, 0]) == pytest.approx(1 / (1 + 9 / (1 + math.exp(2))))
    assert torch.allclose(matrix.sum(1), torch.ones(10))
    for k in (2, 3, 4, 77, 100):
        start = VolMin(k, 1e-4).matrix()
        assert start.sum(1) == pytest.approx(1)
        assert start[0, 0] > start[0, 1], "a class stays itself more often than it becomes another"
    assert VolMin(100, 1e-4).matrix()[0, 0] == pytest.approx(0.48, abs=0.01)


def test_the_volume_is_pulled_down():
    recipe = VolMin(3, 1e-4)
    torch.linalg.slogdet(matrix_of(recipe.raw))[1].backward()
    off = ~torch.eye(3, dtype=torch.bool)
    assert (recipe.raw.grad[off] < 0).all(), "fewer errors, larger volume"


def test_learns_a_matrix_near_the_planted_one():
    errors = []
    for seed in range(3):
        labels, x, _, _, _ = world(PAIR, seed, n=1500)
        model = learn(labels, features=x, rng=np.random.default_rng(seed), training=LAST)
        errors.append(np.abs(model.info["noise_matrix"] - PAIR).sum(1).mean())
    first = np.abs(VolMin(4, 1e-4).matrix() - PAIR).sum(1).mean()
    assert np.mean(errors) < first / 2
    assert max(errors) < 0.35


def test_gains_on_pair_flips_without_any_probabilities():
    assert gains(learn, PAIR).min() > 0.1


def test_a_volume_below_zero_is_refused():
    labels, x, _, _, _ = world(PAIR, 0, n=40)
    with pytest.raises(ValueError, match="volume must be 0 or more"):
        learn(labels, features=x, rng=np.random.default_rng(0), volume=-1.0)
