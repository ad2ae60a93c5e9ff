import numpy as np
import pytest

from reliabel.aggregators.bwa import aggregate
from reliabel.core.labels import Classes, Votes


def test_worked_example(tiny):
    found = aggregate(tiny)
    assert found.labels.p[:, 1] == pytest.approx([0.316920, 0.967628, 0.027388, 0.521305], abs=5e-5)
    assert (np.diff(found.trace) >= 0).all()


def test_unanimous_votes_and_unvoted_classes_give_no_nan():
    item, worker = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    votes = Votes(item, worker, Classes(item % 2, ("a", "b", "never")), n=5, w=4)
    p = aggregate(votes).labels.p
    assert p[:4].argmax(1).tolist() == [0, 1, 0, 1]
    assert (p[:, 2] < 1e-6).all()
    assert p[4] == pytest.approx([0.5, 0.5, 0], abs=1e-6), "no vote: the balance"


def test_planted_truth_comes_back(planted):
    votes, truth, right = planted
    found = aggregate(votes)
    assert (found.labels.p.argmax(1) == truth).mean() >= 0.90
    assert np.corrcoef(found.skill, right)[0, 1] > 0.95


def test_gold_mends_an_adversarial_crowd(adversarial):
    votes, truth, gold = adversarial
    p = aggregate(votes, gold=gold).labels.p
    assert (p[gold >= 0].argmax(1) == truth[gold >= 0]).all()
