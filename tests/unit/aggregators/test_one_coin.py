import numpy as np
import pytest

from reliabel.aggregators.one_coin import aggregate
from reliabel.core.labels import Classes, Votes


def test_worked_example(tiny):
    assert aggregate(tiny, iterations=0).labels.p[:, 1] == pytest.approx(
        [0.193240, 0.903442, 0.071082, 0.520833], abs=1e-6
    )
    last = aggregate(tiny, iterations=1000, tol=1e-12)
    assert last.trace[0] == pytest.approx(-11.71519, abs=1e-5)
    assert last.labels.p[:, 1] == pytest.approx([0.115413, 0.831460, 0.077952, 0.544762], abs=1e-5)
    assert last.skill == pytest.approx([0.697143, 0.727619, 0.554027], abs=1e-5)
    assert last.trace[-1] == pytest.approx(-11.636557, abs=1e-6)


def test_planted_skills_come_back(planted):
    votes, truth, right = planted
    found = aggregate(votes)
    assert np.abs(found.skill - right).mean() <= 0.025
    assert (found.labels.p.argmax(1) == truth).mean() >= 0.91


def test_balance_can_be_held(tiny):
    assert aggregate(tiny, balance="uniform").info["balance"].tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="'learnt' or 'uniform', got 'fixed'"):
        aggregate(tiny, balance="fixed")


def test_gold_mends_an_adversarial_crowd(adversarial):
    votes, truth, gold = adversarial
    assert (aggregate(votes, gold=gold).labels.p.argmax(1) == truth)[gold < 0].mean() > 0.95


def test_a_spectral_start_sees_through_many_adversaries():
    """Nine of twenty workers are wrong nine times in ten: majority is a coin, yet who agrees with
    whom tells the camps apart.
    """
    rng = np.random.default_rng(0)
    n, w = 300, 20
    truth, right = rng.integers(2, size=n), np.where(np.arange(w) < 9, 0.1, 0.75)
    item, worker = np.repeat(np.arange(n), w), np.tile(np.arange(w), n)
    votes = Votes(
        item,
        worker,
        Classes(np.where(rng.random(n * w) < right[worker], truth[item], 1 - truth[item])),
        n,
        w,
    )
    found = aggregate(votes, start="spectral")
    assert (found.labels.p.argmax(1) == truth).mean() > 0.95
    assert (found.skill[:9] < 0.3).all()
    with pytest.raises(ValueError, match="'share', 'spectral' or 'tensor', got 'random'"):
        aggregate(votes, start="random")
