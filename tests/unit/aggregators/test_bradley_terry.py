import numpy as np
import pytest
from tests.unit.aggregators.compared import by_one_worker, of_wins, planted

from reliabel.aggregators.bradley_terry import aggregate
from reliabel.core.orders import Comparisons
from reliabel.ops import comparisons

WORKED = [[0, 7, 8], [3, 0, 6], [2, 4, 0]]


def shares(found):
    p = np.exp(found.labels.y)
    return p / p.sum()


@pytest.mark.parametrize(
    ("eps", "expected"),
    [(0.0, [0.597111, 0.245288, 0.157601]), (0.1, [0.594874, 0.246284, 0.158842])],
)
def test_the_worked_example(eps, expected):
    found = aggregate(of_wins(WORKED), eps=eps)
    assert shares(found).round(6).tolist() == expected
    assert (np.diff(found.trace) >= 0).all()
    assert found.labels.y.sum() == pytest.approx(0, abs=1e-12)
    if not eps:
        d = found.labels.y
        assert 1 / (1 + np.exp(d[1] - d[0])) == pytest.approx(0.7088, abs=1e-4)


def test_it_goes_on_after_the_second_round_where_crowd_kit_stops():
    # crowd-kit 1.4 compares an array with itself and returns .5534 .2737 .1729
    found = aggregate(of_wins(WORKED), eps=0.0)
    assert np.abs(shares(found) - [0.5534, 0.2737, 0.1729]).max() > 0.01
    assert found.trace[-1] - found.trace[-2] < 1e-9


def test_the_worked_example_with_ties():
    votes = of_wins([[0, 5, 7], [2, 0, 5], [1, 3, 0]], {(0, 1): 3, (0, 2): 2, (1, 2): 2})
    found = aggregate(votes, eps=0.0, ties="rao_kupper")
    assert shares(found).round(5).tolist() == [0.57474, 0.27197, 0.15329]
    assert found.info["threshold"] == pytest.approx(1.78263, abs=1e-5)
    assert found.trace[-1] == pytest.approx(-28.87165, abs=1e-5)
    assert (np.diff(found.trace) >= 0).all()
    without = aggregate(of_wins(WORKED), ties="rao_kupper")
    assert without.info["threshold"] == 1
    assert shares(without) == pytest.approx(shares(aggregate(of_wins(WORKED))))


def test_a_tie_is_half_a_win_each():
    half = aggregate(of_wins([[0, 2], [0, 0]], {(0, 1): 2})).labels.y
    assert half == pytest.approx(aggregate(of_wins([[0, 3], [1, 0]])).labels.y)


def test_each_comparison_twice_changes_nothing_without_eps():
    once, twice = of_wins(WORKED), of_wins((2 * np.array(WORKED)).tolist())
    assert aggregate(twice, eps=0.0).labels.y == pytest.approx(aggregate(once, eps=0.0).labels.y)
    narrower = aggregate(twice, eps=0.0).info["sd"] / aggregate(once, eps=0.0).info["sd"]
    assert narrower == pytest.approx(np.sqrt(0.5))


def test_the_sides_and_the_order_of_things_are_irrelevant():
    votes = of_wins(WORKED)
    labels = votes.labels
    turned = Comparisons(labels.right, labels.left, 1 - labels.y, 3)
    assert aggregate(by_one_worker(turned)).labels.y == pytest.approx(aggregate(votes).labels.y)
    place = np.array([2, 0, 1])
    moved = Comparisons(place[labels.left], place[labels.right], labels.y, 3)
    there, here = aggregate(by_one_worker(moved)), aggregate(votes)
    assert there.labels.y[place] == pytest.approx(here.labels.y)
    assert there.info["rank"][place].tolist() == here.info["rank"].tolist()


def test_intervals_hold_what_is_planted():
    held, order = [], []
    for seed in range(8):
        votes, s, _ = planted(seed, m=1500)
        found = aggregate(votes)
        held.append((found.info["low"] < s) & (s < found.info["high"]))
        order.append(np.corrcoef(found.labels.y, s)[0, 1])
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(order) > 0.97
    ranks = found.info["rank_low"], found.info["rank"], found.info["rank_high"]
    assert (ranks[0] <= ranks[1]).all()
    assert (ranks[1] <= ranks[2]).all()


def test_many_things_are_solved_alike(monkeypatch):
    votes, _, _ = planted(3, n=60, m=900)
    here = aggregate(votes)
    monkeypatch.setattr(comparisons, "DENSE", 10)
    there = aggregate(votes)
    assert there.labels.y == pytest.approx(here.labels.y, abs=1e-6)
    assert there.info["sd"] == pytest.approx(here.info["sd"], rel=0.1)
    monkeypatch.setattr(comparisons, "DENSE", 60)
    # without a prior nothing but differences is known
    whole = of_wins((1 - np.eye(5, dtype=int)).tolist())
    assert np.abs(aggregate(whole, eps=0.0).labels.y).max() < 1e-9


def test_parts_that_never_met_get_a_sentence():
    votes = of_wins([[0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], names=list("abcd"))
    found = aggregate(votes)
    (said,) = found.info["warnings"]
    assert said.startswith("the comparisons fall into 2 parts (2 things: a, b; 2 things: c, d)")
    assert found.info["part"].tolist() == [0, 0, 1, 1]
    assert (found.info["sd"] > 1).all()
    with pytest.raises(ValueError, match="with eps=0 every thing needs a chain of wins to every o"):
        aggregate(votes, eps=0.0)


def test_a_thing_that_never_lost_gets_a_sentence_and_a_wide_interval():
    found = aggregate(of_wins([[0, 3, 3], [0, 0, 2], [0, 2, 0]], names=["ace", "b", "c"]))
    (said,) = found.info["warnings"]
    assert "the wins go one way between 2 parts (2 things: b, c; 1 thing: ace)" in said
    assert "eps=0.1 alone says how far" in said
    assert found.info["rank"].tolist() == [1, 2, 2]
    assert np.isfinite(found.labels.y).all()


def test_a_thing_that_was_never_compared_has_no_strength():
    found = aggregate(by_one_worker(Comparisons([0, 1], [1, 0], [0, 0], 3, ("a", "b", "c"))))
    assert np.isnan(found.labels.y).tolist() == [False, False, True]
    assert found.info["rank"].tolist() == [1, 1, 0]
    assert found.info["rank_high"].tolist() == [2, 2, 0]
    assert "1 thing was never compared (c)" in found.info["warnings"][0]
    nothing = aggregate(by_one_worker(Comparisons([], [], [], 2)))
    assert np.isnan(nothing.labels.y).all()


def test_a_favourite_side_is_told():
    def side(p, worker, rng):
        return np.where(rng.random(len(p)) < 0.3, 1.0, p), None

    votes, _, _ = planted(0, side)
    found = aggregate(votes)
    assert found.info["left"] > 0.08
    assert "people favour that side; noisy_bradley_terry allows" in found.info["warnings"][0]
    assert abs(aggregate(planted(0)[0]).info["left"]) < 0.03


def test_workers_who_differ_are_told():
    def guess(p, worker, rng):
        return np.where(worker < 5, 0.5, p), None

    found = aggregate(planted(0, guess)[0])
    (said,) = found.info["warnings"]
    assert said.startswith("workers differ in how well their answers follow the strengths")
    assert found.info["follows"][:5].max() < 0
    assert found.info["follows"][5:].mean() > 0
    assert not any(aggregate(planted(seed)[0]).info["warnings"] for seed in range(10))


def test_bad_input():
    votes = of_wins(WORKED)
    with pytest.raises(ValueError, match="ties must be 'half' or 'rao_kupper', got 'davidson'"):
        aggregate(votes, ties="davidson")
    with pytest.raises(ValueError, match="eps is a number of wins and losses, 0 or more, got -1"):
        aggregate(votes, eps=-1)
    with pytest.raises(ValueError, match=r"level is a share between 0 and 1 such as 0\.95, got 95"):
        aggregate(votes, level=95)
    with pytest.raises(ValueError, match="1 comparisons have no answer"):
        aggregate(by_one_worker(Comparisons([0, 0], [1, 1], [0, -1])))
