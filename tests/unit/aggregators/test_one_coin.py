import numpy as np
import pytest

from reliabel.aggregators.one_coin import aggregate


def test_worked_example(tiny):
    assert aggregate(tiny, iterations=0).labels.p[:, 1] == pytest.approx([0.193240, 0.903442, 0.071082, 0.520833], abs=1e-6)
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
