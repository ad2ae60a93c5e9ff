"""The part of the bench on comparisons and rankings: its worlds, its measure, its tables."""

import numpy as np

import reliabel as rl
from reliabel.bench import votes_orders
from reliabel.bench.run import Row


def test_worlds_are_what_they_say():
    votes, s, good = votes_orders.compared(0, things=8, votes=400, near=2, crowd="turned")
    assert (len(votes), len(s), len(good)) == (400, 8, 20)
    apart = (votes.labels.right - votes.labels.left) % 8
    assert set(apart.tolist()) == {1, 2, 6, 7}
    assert votes_orders.compared(0)[2] is None
    told, truth, theta = votes_orders.ranked(0, things=5, each=3, items=4, partial=True)
    assert (told.n, truth.shape, len(theta)) == (4, (4, 5), 15)


def test_wrong_pairs_are_counted():
    truth = np.array([2.0, 1.0, 0.0])
    assert votes_orders.wrong_pairs(truth, truth) == 0
    assert votes_orders.wrong_pairs(-truth, truth) == 1
    assert votes_orders.wrong_pairs(np.array([1.0, 1.0, 0.0]), truth) == 1 / 6
    assert votes_orders.wrong_pairs(np.array([np.nan, 1.0, 0.0]), truth) == 1 / 3


def test_intervals_hold_the_strengths_as_a_crowd_of_uneven_workers_answers():
    held = []
    for seed in range(4):
        votes, s, _ = votes_orders.compared(seed, crowd="turned")
        info = rl.aggregate(votes).info
        crowds = votes_orders.as_the_crowd_answers(votes.labels, s, "turned")
        held.append((info["low"] < crowds) & (crowds < info["high"]))
        assert 2.05 < (info["high"] - info["low"])[0] / 2 / info["sd"][0] < 2.15  # of 20 workers
    assert np.mean(held) > 0.92


def test_scenarios_and_tables():
    made = votes_orders.scenarios(quick=True, data=None)
    assert all(name.startswith("orders-") for name in made)
    rows = [
        Row("orders-a chain", "", "", 0, "bradley_terry", "wrong pairs", 0.123),
        Row("orders-short rankings", "", "", 0, "mallows", "wrong pairs", 0.05),
        Row("orders-cost", "", "9 things", 0, "bradley_terry", "cpu_s", 1.5),
    ]
    pairs, *_, rankings, _, cost = votes_orders.sections(rows)
    assert ["bradley_terry", "", "", "12.3", "", "", ""] in pairs[1]
    assert rankings[1][1][0] == "mallows"
    assert cost[1][1] == ["bradley_terry", "9 things", "cpu_s", "1.5"]
