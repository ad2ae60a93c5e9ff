import numpy as np
import pytest

from reliabel.aggregators.ibcc import aggregate


def test_worked_example(tiny):
    assert aggregate(tiny, iterations=1).trace == pytest.approx([-8.526234], abs=1e-6)
    last = aggregate(tiny)
    assert last.labels.p[:, 1] == pytest.approx([0.036985, 0.991291, 0.002458, 0.441416], abs=1e-4)
    assert aggregate(tiny, tol=1e-12).trace[-1] == pytest.approx(-8.397850, abs=5e-6)


def test_planted_truth_comes_back(planted):
    votes, truth, right = planted
    found = aggregate(votes)
    assert (found.labels.p.argmax(1) == truth).mean() >= 0.91
    assert np.abs(found.skill - right).mean() <= 0.03


def test_gold_mends_an_adversarial_crowd(adversarial):
    votes, truth, gold = adversarial
    assert (aggregate(votes, gold=gold).labels.p.argmax(1) == truth)[gold < 0].mean() > 0.95
