"""Accounts that agree too much, by hand."""

import numpy as np
import pytest
from scipy import stats

from reliabel.core.labels import Classes, Votes
from reliabel.crowd import accounts
from reliabel.crowd.accounts import alike_accounts, poisson_binomial_tail

A = np.array([[0.8, 0.2], [0.3, 0.7]])
B = np.array([[0.6, 0.4], [0.4, 0.6]])
BALANCE = np.array([0.5, 0.5])
SAME = ((A[0] * B[0]).sum() + (A[1] * B[1]).sum()) / 2  # chance that both give one answer: .55


def twins(n, agreeing):
    """Two workers over n items that nobody else votes on, with so many equal votes."""
    y = np.r_[
        np.arange(n) % 2, np.where(np.arange(n) < agreeing, np.arange(n) % 2, 1 - np.arange(n) % 2)
    ]
    return Votes(np.tile(np.arange(n), 2), np.repeat([0, 1], n), Classes(y, ("a", "b")), n, 2)


def found_of(votes, confusion=(A, B)):
    return alike_accounts(votes, np.stack(confusion), BALANCE, np.random.default_rng(0))


def test_few_common_items_are_counted_exactly():
    found = found_of(twins(12, 12))
    assert found.pair.tolist() == [[0, 1]]
    assert (found.common.tolist(), found.agree.tolist()) == ([12], [12])
    assert found.expected[0] == pytest.approx(12 * SAME)
    assert found.p[0] == pytest.approx(SAME**12)
    nearly = found_of(twins(30, 29))
    assert nearly.p[0] == pytest.approx(SAME**30 + 30 * SAME**29 * (1 - SAME))
    assert nearly.left_out == 0


def test_many_common_items_are_counted_roughly():
    found = found_of(twins(150, 120))
    z = (120 - 0.5 - 150 * SAME) / np.sqrt(150 * SAME * (1 - SAME))
    assert found.p[0] == pytest.approx(stats.norm.sf(z))


@pytest.mark.parametrize(("n", "pairs"), [(9, 0), (10, 1)])
def test_ten_common_items_are_needed(n, pairs):
    assert len(found_of(twins(n, n)).pair) == pairs


def test_agreement_that_the_matrices_explain_is_none():
    assert len(found_of(twins(40, 24)).pair) == 0
    sure = np.eye(2) * 0.98 + 0.01
    truth = np.tile(np.arange(40) % 2, 3)
    votes = Votes(
        np.tile(np.arange(40), 3), np.repeat(np.arange(3), 40), Classes(truth, ("a", "b")), 40, 3
    )
    assert len(found_of(votes, (sure, sure, sure)).pair) == 0


def test_what_all_others_say_of_the_item_is_what_both_know():
    """Of votes 0 and 1, on an item for which worker 2 votes b: a chance of b of .7/(.7 + .2)."""
    votes = Votes(
        np.array([0, 0, 0]), np.array([0, 1, 2]), Classes(np.array([0, 1, 1]), ("a", "b")), 1, 3
    )
    confusion = np.stack([A, B, A])
    b = 0.7 / (0.7 + 0.2)
    expected = (1 - b) * (A[0] * B[0]).sum() + b * (A[1] * B[1]).sum()
    chance = accounts._chance(votes, confusion, BALANCE, np.array([0]), np.array([1]))
    assert chance[0] == pytest.approx(expected)
    uneven = accounts._chance(votes, confusion, np.array([0.9, 0.1]), np.array([0]), np.array([1]))
    b = 0.1 * 0.7 / (0.1 * 0.7 + 0.9 * 0.2)
    assert uneven[0] == pytest.approx((1 - b) * (A[0] * B[0]).sum() + b * (A[1] * B[1]).sum())


def test_two_votes_of_one_worker_are_no_pair():
    votes = Votes(
        np.repeat(np.arange(20), 2),
        np.zeros(40, dtype=int),
        Classes(np.zeros(40, dtype=int), ("a", "b")),
        20,
        1,
    )
    assert len(found_of(votes, (A,)).pair) == 0


def test_the_worst_pair_comes_first():
    n = 40
    y = np.arange(n) % 2
    other = np.where(np.arange(n) < 4, 1 - y, y)  # worker 2 copies worker 3 but for four
    votes = Votes(
        np.r_[np.arange(n), np.arange(n), n + np.arange(n), n + np.arange(n)],
        np.repeat([0, 1, 2, 3], n),
        Classes(np.r_[y, y, y, other], ("a", "b")),
        2 * n,
        4,
    )
    found = found_of(votes, (A, B, A, B))
    assert found.pair.tolist() == [[0, 1], [2, 3]]
    assert found.agree.tolist() == [40, 36]
    assert (np.diff(found.p) > 0).all()


def test_chances_of_unequal_trials():
    """Of three trials with .5, .2 and .1: at least two succeed with .1 + .05 + .02 - 2 x .01."""
    assert poisson_binomial_tail(2, np.array([0.5, 0.2, 0.1])) == pytest.approx(
        0.1 + 0.05 + 0.02 - 0.02
    )
    assert poisson_binomial_tail(0, np.array([0.5, 0.2])) == 1
    assert poisson_binomial_tail(2, np.array([0.5, 0.2])) == pytest.approx(0.1)


def test_from_a_hundred_common_items_on_the_tail_is_not_added_up():
    for n, exact in ((99, True), (100, False)):
        p = found_of(twins(n, 80)).p[0]
        rough = stats.norm.sf((80 - 0.5 - n * SAME) / np.sqrt(n * SAME * (1 - SAME)))
        assert p == pytest.approx(poisson_binomial_tail(80, np.full(n, SAME)) if exact else rough)
        assert p != pytest.approx(rough if exact else poisson_binomial_tail(80, np.full(n, SAME)))
