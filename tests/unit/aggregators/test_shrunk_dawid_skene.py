import numpy as np
import pytest

from reliabel.aggregators import dawid_skene, one_coin
from reliabel.aggregators.shrunk_dawid_skene import aggregate


def test_worked_example(tiny):
    last = aggregate(tiny, iterations=1000, tol=1e-12)
    assert last.labels.p[:, 1] == pytest.approx([0.002975, 0.998717, 0.001063, 0.921196], abs=1e-6)
    assert last.trace[-1] == pytest.approx(-7.706112, abs=1e-6)


def test_the_bound_rises_once_the_prior_stands(planted):
    votes, truth, right = planted
    found = aggregate(votes, tol=0, iterations=40)
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[:-1])).all()
    assert (found.labels.p.argmax(1) == truth).mean() >= 0.905
    assert np.abs(found.skill - right).mean() <= 0.03


def test_strength_leads_from_dawid_skene_to_one_coin(planted):
    votes = planted[0]
    free, tied = dawid_skene.aggregate(votes).labels.p, one_coin.aggregate(votes).labels.p
    weak, strong = (
        aggregate(votes, strength=0.01).labels.p,
        aggregate(votes, strength=1000.0).labels.p,
    )
    assert np.abs(weak - free).mean() < np.abs(weak - tied).mean()
    assert np.abs(strong - tied).mean() < np.abs(strong - free).mean()


def test_a_worker_with_one_vote_is_judged_as_the_crowd(planted):
    votes = planted[0]
    more = type(votes)(
        np.append(votes.item, 0),
        np.append(votes.worker, 30),
        type(votes.labels)(np.append(votes.labels.y, votes.labels.y[0]), votes.labels.names),
        votes.n,
        31,
    )
    skill = aggregate(more).skill
    assert skill[30] == pytest.approx(
        np.average(skill[:30], weights=np.bincount(votes.worker)), abs=0.1
    )
