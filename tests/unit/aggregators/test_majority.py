import numpy as np
import pytest

from reliabel.aggregators.majority import aggregate
from reliabel.core.labels import Classes, Votes


def test_worked_example(tiny):
    found = aggregate(tiny)
    assert found.labels.p[:, 1] == pytest.approx([1 / 3, 1, 0, 0.5])
    assert found.skill == pytest.approx([3.5 / 4, 1, 2.5 / 4]), "a tie of two counts half"


def test_the_prior_softens_and_fills_gaps():
    votes = Votes(np.array([0, 0, 1]), np.array([0, 1, 0]), Classes(np.array([0, 0, 1])), n=3, w=2)
    assert aggregate(votes, prior=2.0, balance="uniform").labels.p.tolist() == [
        [0.75, 0.25],
        [1 / 3, 2 / 3],
        [0.5, 0.5],
    ]
    assert aggregate(votes).labels.p[2].tolist() == [0.5, 0.5]
    assert np.isnan(aggregate(Votes(votes.item, votes.worker, votes.labels, 3, 3)).skill[2]), (
        "a worker without votes has no skill"
    )


def test_gold_is_held(tiny):
    assert aggregate(tiny, gold=np.array([1, -1, -1, -1])).labels.p[0].tolist() == [0.0, 1.0]


def test_balance_must_be_known(tiny):
    with pytest.raises(ValueError, match="'mean' or 'uniform', got 'flat'"):
        aggregate(tiny, balance="flat")
