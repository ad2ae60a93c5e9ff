"""Kinds of workers by hand: one worker, judged by gold alone, and what each kind makes of the votes."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.crowd.workers import KINDS, estimate_workers


def alone(truth, y, k=2):
    """One worker, every item of known truth."""
    truth, y = np.asarray(truth), np.asarray(y)
    votes = Votes(
        np.arange(len(y)), np.zeros(len(y), dtype=int), Classes(y, tuple("abc"[:k])), len(y), 1
    )
    return estimate_workers(votes, np.eye(k)[truth], gold=truth)


def half_right(n, right):
    """n items, half of each class; ``right`` of the votes are right, evenly over the classes."""
    truth = np.arange(n) % 2
    return truth, np.where(np.arange(n) < n - right, 1 - truth, truth)


def test_the_prior_and_the_likelihoods_of_fourteen_right_votes_of_twenty():
    """Honest votes with skill s = 14.5/21, which costs half the log of what the votes are worth; a spammer answers evenly.

    A better skill than chance is the likelier the better it is (density 2 above); an adversary is no better than chance.
    The prior of the kinds is .85, .10, .03 and .02.
    """
    found = alone(*half_right(20, 14))
    s = 14.5 / 21
    worth = (
        (14 / s**2 + 6 / (1 - s) ** 2) * s * (1 - s)
    )  # Fisher's information times the variance of one vote: 19.7 votes
    honest = 0.85 * s**14 * (1 - s) ** 6 / np.sqrt(worth) * 2 * (s - 0.5) / 0.5
    spammer = 0.10 * 0.5**20
    constant = 0.03 * 0.98**10 * 0.02**10
    adversary = 0.02 * 0.5**20 / np.sqrt(worth)
    total = honest + spammer + constant + adversary
    assert found.skill[0] == pytest.approx((s + s) / 2)
    assert found.kind_p[0] == pytest.approx(
        np.array([honest, spammer, constant, adversary]) / total, rel=1e-4
    )
    assert found.kind == ("honest",)


def test_a_kind_is_named_from_a_chance_of_four_fifths_on():
    """Twelve of twenty leave a spammer possible."""
    less = alone(*half_right(20, 12))
    assert 0.1 < less.kind_p[0, 1] < 0.8
    assert less.kind_p[0].max() < 0.8
    assert less.kind == ("unknown",)


ITEM = np.arange(60)


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (ITEM % 3, "honest"),
        (ITEM // 3 % 3, "spammer"),
        (np.ones(60, dtype=int), "constant"),
        (np.where(ITEM == 3, 0, 1), "constant"),  # one slip in sixty
        ((ITEM + 1) % 3, "adversary"),
    ],
)
def test_clear_kinds(y, kind):
    found = alone(ITEM % 3, y, k=3)
    assert found.kind == (kind,)
    assert found.kind_p[0].argmax() == KINDS.index(kind)
    assert found.kind_p[0].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("n", "skill", "kind"),
    [(4, False, False), (5, True, False), (9, True, False), (10, True, True)],
)
def test_skill_is_told_from_five_votes_on_and_the_kind_from_ten(n, skill, kind):
    truth = np.arange(n) % 2
    found = alone(truth, truth)
    assert np.isfinite(found.skill[0]) == skill
    assert np.isfinite(found.kind_p[0]).all() == kind
    assert found.kind == ("honest" if kind else "unknown",)


def test_a_confused_worker_who_is_better_than_chance_is_honest_by_their_matrix():
    """Class c is always called b: two of three classes are right, and the errors are no coin's."""
    truth = np.arange(90) % 3
    found = alone(truth, np.where(truth == 2, 1, truth), k=3)
    assert found.kind == ("honest",)
    assert found.confusion[0, 2, 1] > 0.8
    assert found.spammer_score[0] == pytest.approx(
        (2 + 2 + 0) / 6, abs=0.1
    )  # squared distances of the three pairs of rows


def test_shares_on_gold_are_counted_over_gold_items_alone():
    item, y = np.arange(12), np.r_[np.zeros(9, dtype=int), 1, 1, 1]
    votes = Votes(item, np.zeros(12, dtype=int), Classes(y, ("a", "b")), 12, 2)
    gold = np.where(item % 3 == 0, 0, -1)
    found = estimate_workers(votes, np.tile([0.8, 0.2], (12, 1)), gold=gold)
    assert found.gold_votes.tolist() == [4, 0]
    assert found.gold_right[0] == 0.75
    assert np.isnan(found.gold_right[1])


def test_lean_is_the_share_of_votes_less_the_share_of_the_class():
    votes = Votes(
        np.arange(10),
        np.zeros(10, dtype=int),
        Classes(np.r_[np.zeros(7, dtype=int), 1, 1, 1], ("a", "b")),
        10,
        2,
    )
    found = estimate_workers(votes, np.tile([0.4, 0.6], (10, 1)))
    assert found.bias[0] == pytest.approx([0.3, -0.3])
    assert np.isnan(found.bias[1]).all()
