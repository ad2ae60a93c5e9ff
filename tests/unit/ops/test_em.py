import numpy as np
import pytest

from reliabel.ops.em import climb, divergence, expected_log


def test_climb_stops_at_the_first_small_gain_and_after_enough_rounds():
    state, trace = climb(lambda x: (x + 1, -1.0 / (1 + x)), 0, iterations=100, tol=0.01)
    assert trace[-1] - trace[-2] < 0.01 < trace[-2] - trace[-3]
    assert state == len(trace)
    assert len(climb(lambda x: (x, 0.0 if x else 1.0), 1, iterations=1, tol=0)[1]) == 1
    assert climb(lambda x: (x, 0.0), "start", iterations=0, tol=0)[0] == "start"


def test_climb_goes_on_where_an_alias_would_stop_it():
    def step(
        x,
    ):  # changes its state in place: a test for convergence that compared states would stop here
        x += 1
        return x, float(x[0])

    assert len(climb(step, np.zeros(1), iterations=7, tol=0)[1]) == 7


def test_dirichlet_formulas_against_sampling():
    counts, prior = np.array([[3.0, 1.5, 0.7]]), np.array([[1.0, 2.0, 0.5]])
    draws = np.random.default_rng(0).dirichlet(counts[0], size=400_000)
    assert expected_log(counts)[0] == pytest.approx(np.log(draws).mean(0), abs=0.01)
    from scipy.stats import dirichlet

    sampled = (dirichlet.logpdf(draws.T, counts[0]) - dirichlet.logpdf(draws.T, prior[0])).mean()
    assert divergence(counts, prior) == pytest.approx(sampled, abs=0.01)
    assert divergence(counts, counts) == pytest.approx(0, abs=1e-12)
