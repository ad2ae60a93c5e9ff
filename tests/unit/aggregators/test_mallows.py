import numpy as np
import pytest
from tests.unit.aggregators.compared import planted_rankings, turned_round

from reliabel.aggregators import kemeny
from reliabel.aggregators.mallows import aggregate
from reliabel.core.labels import Votes
from reliabel.core.orders import Rankings
from reliabel.ops.mallows import expected_distance, log_total, sampled, theta_of


def test_the_formulas():
    assert np.exp(log_total(4, 1.0)) == pytest.approx(3.193308, abs=1e-6)
    assert expected_distance(4, np.array([1.0])) == pytest.approx([1.201078], abs=1e-6)
    theta = theta_of(np.array([2 * 1.201078, 0.0, 99.0]), np.array([[2.0]] * 3), np.array([4]))
    assert theta == pytest.approx([1.0, 10.0, 0.05], abs=1e-4)
    rng = np.random.default_rng(0)
    drawn = [sampled(np.arange(5), 0.8, rng) for _ in range(2000)]
    distance = [sum(a > b for i, a in enumerate(one) for b in one[i + 1 :]) for one in drawn]
    assert np.mean(distance) == pytest.approx(expected_distance(5, np.array([0.8]))[0], rel=0.05)


@pytest.mark.parametrize("partial", [False, True])
def test_planted_workers_are_found_and_weighing_them_pays(partial):
    wrong, plain, told, right, ratio = [], [], [], [], []
    for seed in range(4):
        votes, truth, theta = planted_rankings(seed, partial=partial)
        found = aggregate(votes)
        wrong.append(turned_round(found.labels, truth))
        plain.append(turned_round(kemeny.aggregate(votes).labels, truth))
        sets = np.split(found.labels.order, found.labels.offsets[1:-1])
        right.append([(a == b).all() for a, b in zip(sets, truth, strict=True) if len(a) == len(b)])
        told.append(found.info["p"])
        ratio.append(np.median(found.info["theta"] / theta))
        assert np.corrcoef(found.skill, theta)[0, 1] > 0.7
    assert np.mean(wrong) < 0.85 * np.mean(plain)
    assert abs(np.mean(np.concatenate(told)) - np.mean(np.concatenate(right))) < 0.12
    assert 0.8 < np.mean(ratio) < 1.3


def test_items_of_many_things_and_workers_without_rankings():
    votes, truth, _ = planted_rankings(2, items=8, things=12, workers=6, each=6)
    more = Votes(votes.item, votes.worker, votes.labels, votes.n + 1, votes.w + 1)
    found = aggregate(more)
    assert turned_round(found.labels, truth) < 0.1
    assert np.isnan(found.skill[-1])
    assert np.isnan(found.info["p"][-1])
    single = aggregate(Votes([0], [0], Rankings.of(["a"]), n=1, w=1))
    assert single.labels.order.tolist() == [0]
    with pytest.raises(ValueError, match="prior is a number of rankings above 0, got 0"):
        aggregate(votes, prior=0)
