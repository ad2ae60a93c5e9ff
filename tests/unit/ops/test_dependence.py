"""Independent votes: planted copies, shared hard items, and workers who share nothing."""

import numpy as np
import pytest

from reliabel.aggregators import dawid_skene
from reliabel.core.labels import Classes, Votes
from reliabel.ops.crowd import confusion_matrices
from reliabel.ops.dependence import dependence, independent


def panel(seed, raters, copies=1, n=500, k=3, hard=0.0, slips=0.0):
    """Independent raters, each of them ``copies`` times, who all answer all items; on a share of
    ``hard`` items each says with chance .6 the same wrong class.
    """
    rng = np.random.default_rng(seed)
    truth, right = rng.integers(k, size=n), rng.uniform(0.6, 0.9, raters)
    wrong = (truth[:, None] + rng.integers(1, k, size=(n, raters))) % k
    y = np.where(rng.random((n, raters)) < right, truth[:, None], wrong)
    bait = (truth + rng.integers(1, k, size=n)) % k
    misled = (rng.random(n) < hard)[:, None] & (rng.random((n, raters)) < 0.6)
    y = np.repeat(np.where(misled, bait[:, None], y), copies, axis=1)
    slip = rng.random(y.shape) < slips
    y = np.where(slip, rng.integers(k, size=y.shape), y)
    w = y.shape[1]
    labels = Classes(y.ravel(), tuple("abcd"[:k]))
    return Votes(np.repeat(np.arange(n), w), np.tile(np.arange(w), n), labels, n, w)


def found(votes, seed=0):
    p = dawid_skene.aggregate(votes).labels.p
    return dependence(votes, *confusion_matrices(votes, p), np.random.default_rng(seed))


def worth(votes):
    return found(votes).worth(votes)[1].mean()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", [2, 3, 4])
def test_independent_raters_are_worth_about_their_number(seed, k):
    votes = panel(seed, 12, k=k)
    assert 8.5 < worth(votes) <= 12
    assert found(votes).copies() == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("raters", "copies"), [(6, 2), (5, 3), (8, 2)])
def test_copies_of_independent_raters_are_worth_about_the_raters(seed, raters, copies):
    votes = panel(seed, raters, copies)
    assert found(votes).copies() == tuple(
        tuple(range(copies * j, copies * (j + 1))) for j in range(raters)
    )
    assert 0.7 * raters < worth(votes) <= raters


@pytest.mark.parametrize("seed", range(3))
def test_copies_that_slip_now_and_then_are_found_too(seed):
    assert sum(map(len, found(panel(seed, 6, 2, slips=0.03)).copies())) >= 10


@pytest.mark.parametrize("seed", range(3))
def test_the_more_hard_items_workers_share_the_fewer_independent_votes(seed):
    none, some, many = (worth(panel(seed, 12, hard=share)) for share in (0.0, 0.2, 0.4))
    assert none > some > many
    assert many < 0.85 * none


def test_classes_at_which_workers_err_together_are_named():
    """Half of the items that are a are taken for b by most workers."""
    votes = panel(0, 10)
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(500) % 3, 10)
    misled = np.repeat((np.arange(500) % 3 == 0) & (rng.random(500) < 0.4), 10)
    right = np.where(rng.random(5000) < 0.85, truth, rng.integers(3, size=5000))
    y = np.where(misled & (rng.random(5000) < 0.55), 1, right)
    found_ = found(Votes(votes.item, votes.worker, Classes(y, ("a", "b", "c")), 500, 10))
    assert found_.shared > 0.05
    assert found_.shared_errors()[0] in ((0, 1), (1, 0))
    assert (np.diag(found_.together) == 0).all()


def test_votes_of_a_group_count_once_and_items_without_votes_are_worth_nothing():
    votes = Votes(
        np.array([0, 0, 0, 1, 3]),
        np.array([0, 1, 2, 1, 2]),
        Classes(np.zeros(5, int), ("a", "b")),
        4,
        3,
    )
    plain = independent(votes)
    assert [each.tolist() for each in plain.worth(votes)] == [[3, 1, 0, 1], [3, 1, 0, 1]]
    assert plain.copies() == plain.shared_errors() == ()
    pair = type(plain)(0.5, np.array([0, 0, 2]), np.array([[0, 1]]), np.ones(1), np.zeros((2, 2)))
    groups, value = pair.worth(votes)
    assert groups.tolist() == [2, 1, 0, 1]
    assert value == pytest.approx([2 / 1.5, 1, 0, 1])
    assert pair.copies() == ((0, 1),)


def test_nothing_is_shared_where_no_item_has_two_votes_or_there_is_one_class():
    rng = np.random.default_rng(0)
    one = Votes(np.arange(3), np.zeros(3, int), Classes(np.zeros(3, int), ("a", "b")), 3, 1)
    assert dependence(one, np.full((1, 2, 2), 0.5), np.full(2, 0.5), rng).shared == 0
    same = Votes(np.zeros(3, int), np.arange(3), Classes(np.zeros(3, int), ("a",)), 1, 3)
    assert dependence(same, np.ones((3, 1, 1)), np.ones(1), rng).group.tolist() == [0, 1, 2]


def test_names_of_workers_and_the_order_of_votes_do_not_matter():
    votes = panel(2, 6, 2, hard=0.2)
    rng = np.random.default_rng(0)
    new, order = rng.permutation(12), rng.permutation(len(votes))
    other = Votes(
        votes.item[order],
        new[votes.worker[order]],
        Classes(votes.labels.y[order], votes.labels.names),
        votes.n,
        votes.w,
    )
    a, b = found(votes), found(other)
    assert b.shared == pytest.approx(a.shared, abs=1e-9)
    renamed = {tuple(sorted(new[list(group)].tolist())) for group in a.copies()}
    assert set(b.copies()) == renamed
