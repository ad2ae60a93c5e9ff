import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kendalltau
from tests.unit.aggregators.compared import by_one_worker, planted

from reliabel.aggregators import bradley_terry, noisy_bradley_terry
from reliabel.aggregators.noisy_bradley_terry import aggregate
from reliabel.core.labels import Votes
from reliabel.core.orders import Comparisons


def noisy(p, worker, rng):
    looks, habit = rng.beta(1.5, 1, 20), expit(1.5 * rng.standard_normal(20))
    return looks[worker] * p + (1 - looks[worker]) * habit[worker], (looks, habit)


def test_planted_workers_and_strengths():
    tau, plain, skill, habit, held = [], [], [], [], []
    for seed in range(6):
        votes, s, (looks, side) = planted(seed, noisy)
        found = aggregate(votes)
        assert (np.diff(found.trace) >= -1e-6).all()
        tau.append(kendalltau(found.labels.y, s)[0])
        plain.append(kendalltau(bradley_terry.aggregate(votes).labels.y, s)[0])
        skill.append(np.corrcoef(found.skill, looks)[0, 1])
        often = looks < 0.6  # of whom enough answers show the habit
        habit.append(np.abs(found.info["bias"] - side)[often].mean())
        held.append((found.info["low"] < s) & (s < found.info["high"]))
    assert np.mean(tau) > np.mean(plain) + 0.02
    assert np.mean(skill) > 0.8
    assert np.mean(habit) < 0.1
    assert 0.9 <= np.mean(held) <= 0.99


def test_the_objective_rises_where_its_slope_says_so(monkeypatch):
    # crowd-kit 1.4 has a regulariser of opposite signs in objective and gradient, and writes the
    # slopes of the habits one place further on
    caught = {}

    def catch(function, start, **options):
        caught["f"], caught["x"] = function, start
        return start, np.array([0.0])

    monkeypatch.setattr(noisy_bradley_terry, "ascend", catch)
    votes, _, _ = planted(1, noisy, n=4, m=80, w=3)
    aggregate(votes)
    rng = np.random.default_rng(0)
    x = caught["x"] + 0.3 * rng.standard_normal(len(caught["x"]))
    _, slope = caught["f"](x)
    step = 1e-6 * np.eye(len(x))
    seen = [(caught["f"](x + d)[0] - caught["f"](x - d)[0]) / 2e-6 for d in step]
    assert slope == pytest.approx(seen, abs=1e-5)


def test_the_habit_is_that_of_its_worker():
    rng = np.random.default_rng(0)
    left, right = rng.permuted(np.tile(np.arange(6), (400, 1)), axis=1)[:, :2].T
    worker = np.tile(np.arange(4), 100)
    y = np.where(worker == 1, 0, np.where(worker == 2, 1, left > right))
    found = aggregate(Votes(np.zeros(400, int), worker, Comparisons(left, right, y), 1, 5))
    bias = found.info["bias"]
    assert bias[1] > 0.8
    assert bias[2] < 0.2
    assert np.isnan(bias[4])
    assert np.isnan(found.skill[4])
    assert found.skill[[0, 3]].min() > 0.9
    assert found.skill[[1, 2]].max() < 0.3


def test_ties_count_half_and_no_answer_is_refused():
    even = aggregate(by_one_worker(Comparisons([0, 0], [1, 1], [2, 2])))
    assert np.abs(even.labels.y).max() < 1e-6
    with pytest.raises(ValueError, match="have no answer"):
        aggregate(by_one_worker(Comparisons([0], [1], [-1])))
