import numpy as np
import pytest

from reliabel.core.run import running
from reliabel.ops.em import ascend, climb, divergence, expected_log, highest


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


def test_the_slope_is_climbed_to_the_top():
    top = np.array([1.0, -2.0, 30.0])

    def hill(x):
        return -float((np.array([1.0, 2.0, 3.0]) * (x - top) ** 2).sum()), -2 * np.array(
            [1.0, 2.0, 3.0]
        ) * (x - top)

    found, trace = ascend(hill, np.zeros(3), iterations=100, tol=1e-12)
    assert found == pytest.approx(top, abs=1e-4)
    assert trace[0] == hill(np.zeros(3))[0]
    assert trace[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(trace) > 0).all()


def test_climbing_stops_after_so_many_steps_and_at_small_gains():
    def valley(x):  # Rosenbrock's, upside down: many small steps
        a, b = 1 - x[0], x[1] - x[0] ** 2
        return -(a * a + 100 * b * b), np.array([2 * a + 400 * x[0] * b, -200 * b])

    start = np.array([-1.2, 1.0])
    assert len(ascend(valley, start, iterations=3, tol=0.0)[1]) == 4
    long, short = (ascend(valley, start, iterations=1000, tol=tol)[1] for tol in (1e-12, 1.0))
    assert long[-1] == pytest.approx(0, abs=1e-8)
    assert len(short) < len(long)
    assert short[-1] - short[-2] < 1.0


def test_the_highest_of_several_climbs_and_the_earlier_of_equals():
    def ends(*values):
        return highest(
            [(name, np.array([-9.0, value])) for name, value in zip("abc", values, strict=False)]
        )[0]

    assert ends(-3.0, -1.0, -2.0) == "b"
    assert ends(-1.0, -1.0 + 1e-12) == "a"
    assert ends(-1.0, -1.0 + 1e-6) == "b"


def test_every_step_is_told():
    told = []
    with running(listener=lambda *words: told.append(words)):
        _, trace = ascend(lambda x: (-float(x @ x), -2 * x), np.ones(2), iterations=9, tol=0.0)
    assert told == [("rounds", step, 9) for step in range(1, len(trace))]
