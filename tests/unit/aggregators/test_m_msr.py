import numpy as np
import pytest

from reliabel.aggregators import majority
from reliabel.aggregators.m_msr import aggregate
from reliabel.core.labels import Classes, Votes


@pytest.mark.parametrize(("k", "floor"), [(2, 0.99), (3, 0.99)])
def test_adversaries_are_found_and_used(k, floor):
    rng = np.random.default_rng(0)
    n, w = 400, 60
    truth, right = rng.integers(k, size=n), np.where(np.arange(w) < 20, 0.1, 0.8)
    worker = np.concatenate([rng.choice(w, 20, replace=False) for _ in range(n)])
    item = np.repeat(np.arange(n), 20)
    label = np.where(
        rng.random(len(item)) < right[worker],
        truth[item],
        (truth[item] + rng.integers(1, k, len(item))) % k,
    )
    votes = Votes(item, worker, Classes(label, tuple("abc"[:k])), n, w)
    found = aggregate(votes)
    assert (
        (found.labels.p.argmax(1) == truth).mean()
        >= floor
        > (majority.aggregate(votes).labels.p.argmax(1) == truth).mean()
    )
    assert (found.skill[:20] < 1 / k).all()
    assert found.skill[20:] == pytest.approx(np.full(40, 0.8), abs=0.12)


def test_workers_who_share_nothing_are_all_alike():
    votes = Votes(np.arange(4), np.arange(4), Classes(np.array([0, 1, 1, 0])), 4, 4)
    found = aggregate(votes)
    assert found.labels.p.argmax(1).tolist() == [0, 1, 1, 0]
    assert len(set(found.skill.tolist())) == 1
