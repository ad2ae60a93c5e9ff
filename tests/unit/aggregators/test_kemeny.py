import itertools

import numpy as np
import pytest
from tests.unit.aggregators.compared import planted_rankings, turned_round

from reliabel.aggregators import borda
from reliabel.aggregators.kemeny import aggregate
from reliabel.core.labels import Votes
from reliabel.core.orders import Rankings
from reliabel.ops import kemeny, rankings
from reliabel.ops.all_orders import exact_orders, pair_chances
from reliabel.ops.mallows import sampled


def worked():
    told = Rankings.of(["a > b > c > d"] * 3 + ["b > a > c > d"] * 2 + ["d > c > b > a"] * 2)
    return Votes(np.zeros(7, int), np.arange(7), told, n=1, w=7)


def test_the_worked_example():
    found = aggregate(worked())
    assert found.labels.order.tolist() == [1, 0, 2, 3]
    assert found.info["cost"].tolist() == [13]
    assert found.info["bound"].tolist() == [13]
    assert found.info["agreement"][0] == pytest.approx(1 - 2 * 13 / 42)


def costs(above):
    return {
        order: sum(above[b, a] for a, b in itertools.combinations(order, 2))
        for order in itertools.permutations(range(len(above)))
    }


def test_all_orders_at_once_are_what_they_are_one_by_one():
    above = np.random.default_rng(0).integers(0, 4, (3, 5, 5)).astype(float)
    order, total = exact_orders(above)
    chance = pair_chances(above)
    for item in range(3):
        cost = costs(above[item])
        assert cost[tuple(order[item].tolist())] == min(cost.values())
        weight = {one: np.exp(-value) for one, value in cost.items()}
        assert total[item] == pytest.approx(np.log(sum(weight.values())))
        for x, y in itertools.permutations(range(5), 2):
            held = sum(v for one, v in weight.items() if one.index(x) < one.index(y))
            assert chance[item, x, y] == pytest.approx(held / sum(weight.values()))


def test_the_search_ends_no_worse_than_its_starts_and_often_at_the_best(monkeypatch):
    votes, _, _ = planted_rankings(0, items=20, things=7)
    exact = aggregate(votes)
    monkeypatch.setattr(kemeny, "FEW", 2)
    monkeypatch.setattr(rankings, "FEW", 2)
    found = aggregate(votes)
    assert (found.info["cost"] <= borda.aggregate(votes).info["cost"]).all()
    assert (found.info["cost"] >= exact.info["cost"]).all()
    assert (found.info["cost"] == exact.info["cost"]).mean() >= 0.8
    assert (
        found.info["cost"][found.info["exact"]] == exact.info["cost"][found.info["exact"]]
    ).all()


def test_no_order_costs_less_than_the_bound_and_borda_never_less_than_kemeny():
    votes, _, _ = planted_rankings(1, partial=True)
    best, points = aggregate(votes), borda.aggregate(votes)
    assert (best.info["bound"] <= best.info["cost"]).all()
    assert (best.info["cost"] <= points.info["cost"]).all()
    assert best.info["exact"].all()
    votes, truth, _ = planted_rankings(1)
    assert turned_round(aggregate(votes).labels, truth) < turned_round(
        borda.aggregate(votes).labels, truth
    )


def test_many_things():
    rng = np.random.default_rng(0)
    order = np.concatenate([sampled(np.arange(40), 0.3, rng) for _ in range(9)])
    votes = Votes(np.zeros(9, int), np.arange(9), Rankings(order, np.arange(10) * 40, 40), 1, 9)
    found = aggregate(votes)
    assert turned_round(found.labels, [np.arange(40)]) < 0.08
    assert found.info["bound"][0] <= found.info["cost"][0] <= borda.aggregate(votes).info["cost"][0]


def test_things_that_a_vote_leaves_out_and_items_without_votes():
    told = Rankings.of(["c > a", "a > b", None, "d"])
    found = aggregate(Votes([0, 0, 0, 2], [0, 1, 2, 0], told, n=4, w=3))
    sets = np.split(found.labels.order, found.labels.offsets[1:-1])
    assert [part.tolist() for part in sets] == [[2, 0, 1], [], [3], []]
    assert np.isnan(found.info["agreement"][[1, 2, 3]]).all()
    nothing = aggregate(Votes([], [], Rankings([], [0], 0), n=1, w=0))
    assert len(nothing.labels) == 1
