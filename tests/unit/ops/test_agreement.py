"""Sums over items, intervals of statistics of such sums, Wilson's interval, and pairs of votes."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Numbers, Votes
from reliabel.ops.agreement import (
    class_counts,
    class_order,
    class_shares,
    class_values,
    pair_agreement,
    pairable,
    sorted_pairs,
    vote_values,
    wilson,
    with_interval,
)

VOTES = Votes(
    np.array([0, 0, 0, 1, 2, 2, 2, 2]),
    np.array([0, 1, 2, 0, 0, 1, 2, 3]),
    Classes(np.array([0, 0, 2, 1, 1, 1, 1, 0]), ("a", "b", "c")),
    n=4,
    w=4,
)


def mean(totals):
    value, size = totals
    return value / size


def parts(x):
    return [np.asarray(x, dtype=float), np.ones(len(x))]


def test_votes_are_counted_by_item_and_class():
    table = class_counts(VOTES)
    assert table.toarray().tolist() == [[2, 0, 1], [0, 1, 0], [1, 3, 0], [0, 0, 0]]
    kept, size, squares = pairable(table)
    assert kept.toarray().tolist() == [[2, 0, 1], [1, 3, 0]]
    assert (size.tolist(), squares.tolist()) == ([3, 4], [5, 10])
    assert pair_agreement(size, squares).tolist() == pytest.approx(
        [1 / 3, 1 / 2]
    )  # 1 of 3 pairs, 3 of 6
    assert class_shares(kept, size).toarray() == pytest.approx(
        np.array([[2, 0, 1], [0.75, 2.25, 0]]) / 3
    )


def test_two_votes_make_a_pair():
    two = Votes(np.array([0, 0]), np.array([0, 1]), Classes(np.array([0, 0])), 1, 2)
    assert pairable(class_counts(two))[1].tolist() == [2]


def test_classes_in_an_order_and_as_numbers():
    labels = Classes(np.array([0]), ("low", "mid", "high"))
    assert class_order(labels, None)[0].tolist() == [0, 1, 2]
    place, names = class_order(labels, ["mid", "low", "high"])
    assert (place.tolist(), names) == ([1, 0, 2], ("mid", "low", "high"))
    assert class_values(Classes(np.array([0]), ("10", "-2.5", "1e3")), "alpha").tolist() == [
        10,
        -2.5,
        1000,
    ]
    with pytest.raises(ValueError, match="alpha needs classes that are numbers, got 'nan', 'x'"):
        class_values(Classes(np.array([0]), ("1", "nan", "x")), "alpha")


def test_numbers_of_one_column_are_read_as_one_number_a_vote():
    def votes(y):
        return Votes(np.array([0, 1]), np.array([0, 0]), Numbers(np.array(y)), 2, 1)

    assert (
        vote_values(votes([1.0, 2.0])).tolist()
        == vote_values(votes([[1.0], [2.0]])).tolist()
        == [1, 2]
    )
    with pytest.raises(ValueError, match="one number per vote, got 2"):
        vote_values(votes([[1.0, 2.0], [3.0, 4.0]]))


def test_the_bootstrap_interval_of_a_mean_is_that_of_its_standard_error():
    x = np.random.default_rng(0).normal(3, 2, 900)
    found = with_interval(mean, parts(x), np.random.default_rng(1), {"of": "x"})
    half = 1.96 * x.std() / np.sqrt(900)
    assert found.value == pytest.approx(x.mean())
    assert (found.low, found.high) == pytest.approx(
        (x.mean() - half, x.mean() + half), abs=0.1 * half
    )
    narrow = with_interval(mean, parts(x), np.random.default_rng(1), {}, level=0.5)
    assert narrow.high - narrow.low == pytest.approx(2 * half * 0.6745 / 1.96, rel=0.1)
    assert found.parts == {"of": "x"}
    assert found.info == {
        "items": 900,
        "level": 0.95,
        "warnings": [],
        "method": "bootstrap over items",
    }


def test_every_draw_counts_and_none_more():
    """Draws are made in blocks of fifty: 120 draws are two blocks and a part of one."""
    seen = []

    def spy(totals):
        seen.append(len(totals[1]))
        assert (totals[1] == 30).all()
        return mean(totals)

    with_interval(spy, parts(np.arange(30.0)), np.random.default_rng(0), {}, draws=120)
    assert seen == [1, 50, 50, 20]


def test_of_many_items_groups_are_left_out_in_turn(monkeypatch):
    x = np.random.default_rng(0).normal(3, 2, 20_001)
    found = with_interval(mean, parts(x), np.random.default_rng(1), {})
    half = 1.972 * x.std() / np.sqrt(20_001)  # Student's t of 199 degrees of freedom
    assert found.info["method"] == "200 groups of items left out in turn"
    assert found.high - found.value == pytest.approx(half, rel=0.15)
    assert found.value - found.low == pytest.approx(found.high - found.value)
    few = with_interval(mean, parts(x[:20_000]), np.random.default_rng(1), {}, draws=10)
    assert few.info["method"] == "bootstrap over items"


def test_groups_left_out_by_hand():
    """The error of the jackknife: (g - 1)/g times the squared distances of the groups from their
    mean.
    """
    from scipy.stats import t

    from reliabel.ops import agreement

    x = np.random.default_rng(0).normal(size=40)
    group = np.random.default_rng(5).integers(4, size=40)
    low, high = agreement._jackknife(
        mean,
        parts(x),
        (np.array([[x.sum()]])[0], np.array([40.0])),
        x.mean(),
        np.random.default_rng(5),
        0.9,
        groups=4,
    )
    left = np.array([x[group != one].mean() for one in range(4)])
    half = t.ppf(0.95, 3) * np.sqrt(3 / 4 * ((left - left.mean()) ** 2).sum())
    assert (low, high) == pytest.approx((x.mean() - half, x.mean() + half))


@pytest.mark.parametrize(
    ("x", "why", "warned"),
    [
        ([], "no item has two votes, so that nothing can agree", []),
        ([2.0], "one item with two votes gives no interval", []),
        ([1.0] * 19, None, ["only 19 items have two votes or more", "all 19 items are alike"]),
        ([1.0, 2.0] * 10, None, []),
    ],
)
def test_what_few_items_allow(x, why, warned):
    found = with_interval(mean, parts(x), np.random.default_rng(0), {})
    assert found.info.get("why") == why
    assert len(found.info["warnings"]) == len(warned)
    assert all(
        line.startswith(start) for line, start in zip(found.info["warnings"], warned, strict=True)
    )
    assert found.info["items"] == len(x)
    assert np.isnan(found.low) == (why is not None)


def test_a_statistic_that_is_not_defined_says_so():
    found = with_interval(
        lambda totals: totals[0] * np.nan, [np.ones(5)], np.random.default_rng(0), {"of": 1}
    )
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.info["why"].startswith("all votes are equal, so that agreement beyond chance")
    assert found.parts == {"of": 1}


def test_wilsons_interval():
    """(p + z^2/2n -+ z sqrt(p(1 - p)/n + z^2/4n^2))/(1 + z^2/n), Wilson 1927."""
    z, n, p = 1.959964, 50, 0.2
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = wilson(np.array([10.0, 0.0, 5.0]), np.array([50.0, 0.0, 5.0]))
    assert (low[0], high[0]) == pytest.approx(
        ((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)), abs=1e-6
    )
    assert (low[1], high[1]) == (0, 1)
    assert high[2] == 1
    assert low[2] == pytest.approx(5 / (5 + z * z), abs=1e-6)
    narrow = wilson(np.array([10.0]), np.array([50.0]), level=0.8)
    assert low[0] < narrow[0][0] < 0.2 < narrow[1][0] < high[0]


def test_all_pairs_of_votes_on_an_item():
    item = np.array([1, 0, 1, 2, 1, 0])
    a, b, left_out = sorted_pairs(item, 4, np.random.default_rng(0), 10)
    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == [(0, 2), (0, 4), (1, 5), (2, 4)]
    assert left_out == 0
    assert len(sorted_pairs(item, 4, np.random.default_rng(0), 4)[0]) == 4


def test_items_are_left_out_whole_where_there_are_too_many_pairs():
    item = np.repeat(np.arange(100), 3)
    a, b, left_out = sorted_pairs(item, 100, np.random.default_rng(0), 100)
    assert len(a) == 99
    assert left_out == 67
    assert (item[a] == item[b]).all()
    assert (np.bincount(item[a], minlength=100) % 3 == 0).all()
    other = sorted_pairs(item, 100, np.random.default_rng(1), 100)[0]
    assert set(item[a].tolist()) != set(item[other].tolist())
