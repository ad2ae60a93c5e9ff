import numpy as np

from reliabel.aggregators.borda import aggregate
from reliabel.core.labels import Votes
from reliabel.core.orders import Rankings


def test_points_of_whole_rankings():
    told = Rankings.of(["a > b > c", "a > c > b", "b > a > c"])
    found = aggregate(Votes([0, 0, 0], [0, 1, 2], told, n=1, w=3))
    assert found.labels.order.tolist() == [0, 1, 2]
    assert found.info["share"].round(3).tolist() == [0.833, 0.5, 0.167]  # 5, 3, 1 of 6 pairs
    assert found.info["cost"].tolist() == [2]


def test_a_thing_that_few_rank_is_not_last_for_it():
    told = Rankings.of(["b > c", "b > c", "b > c", "a > b > c"])
    found = aggregate(Votes([0] * 4, range(4), told, n=1, w=4))
    assert found.labels.order.tolist() == [0, 1, 2]


def test_items_without_votes_and_equal_things():
    told = Rankings.of(["b > a", "a > b", "c"])
    found = aggregate(Votes([1, 1, 2], [0, 1, 0], told, n=4, w=2))
    assert found.labels.offsets.tolist() == [0, 0, 2, 3, 3]
    assert found.labels.order.tolist() == [0, 1, 2]
    assert found.info["share"].tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(found.info["p"]).all()
