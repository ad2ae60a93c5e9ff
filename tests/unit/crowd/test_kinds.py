"""Kinds of workers by hand: one worker, checked by gold alone, and the votes' likelihood under each
kind.
"""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.crowd.workers import KINDS, estimate_workers
from reliabel.ops.agreement import wilson


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
    """Honest votes with skill s = 14.5/21, which costs half the log of what the votes are worth; a
    spammer answers evenly.

    A better skill than chance is the likelier the better it is (density 2 above); an adversary is
    no better than chance.  The prior of the kinds is .85, .10, .03 and .02.
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


def test_a_spammer_is_named_only_where_the_interval_of_skill_says_so():
    """Twelve votes that do not depend on the item are as likely a weak worker's."""
    truth = np.tile([0, 0, 1, 1], 15)
    guess = np.tile([0, 1, 0, 1], 15)
    few, many = alone(truth[:12], guess[:12]), alone(truth, guess)
    assert few.kind_p[0, KINDS.index("spammer")] > 0.8
    assert few.high[0] > 0.625
    assert few.kind == ("unknown",)
    assert many.high[0] < 0.625
    assert many.kind == ("spammer",)


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


def test_agreement_is_the_share_of_the_other_votes_on_the_items_of_a_worker():
    """Worker 0 votes a like one of two others, then b like both; worker 3 votes alone."""
    votes = Votes(
        np.array([0, 0, 0, 1, 1, 1, 2]),
        np.array([0, 1, 2, 0, 1, 2, 3]),
        Classes(np.array([0, 0, 1, 1, 1, 1, 0]), ("a", "b")),
        3,
        4,
    )
    found = estimate_workers(votes, np.full((3, 2), 0.5))
    assert found.agreement[:3].tolist() == [0.75, 0.75, 0.5]
    assert np.isnan(found.agreement[3])
    assert found.votes.tolist() == [2, 2, 2, 1]
    assert (found.low[3], found.high[3]) == (0, 1)


def test_skill_is_the_share_of_right_votes_where_the_truth_is_known():
    """The mean of two estimates that are one here: (right + 1/2)/(votes + 1), with Wilson's
    interval of all votes.
    """
    for n, right in ((30, 20), (40, 28)):
        found = alone(*half_right(n, right))
        share = (right + 0.5) / (n + 1)
        assert found.skill[0] == pytest.approx(share)
        worth = (right / share**2 + (n - right) / (1 - share) ** 2) * share * (1 - share)
        low, high = wilson(np.array(share * min(worth, n)), np.array(min(worth, n)))
        assert (found.low[0], found.high[0]) == pytest.approx((float(low), float(high)))


def test_wrong_votes_that_come_together_are_more_dispersed_than_independent_ones():
    """Workers who are right in .8: on 30 items both are right, on 10 neither."""
    y = np.r_[np.zeros(60, dtype=int), np.ones(20, dtype=int)]
    votes = Votes(np.repeat(np.arange(40), 2), np.tile([0, 1], 40), Classes(y, ("a", "b")), 40, 2)
    found = estimate_workers(votes, np.tile([0.99, 0.01], (40, 1)), gold=np.zeros(40, dtype=int))
    wrong = 1 - found.skill
    expected = (wrong * (1 - wrong)).sum() * 40
    against = 30 * wrong.sum() ** 2 + 10 * (2 - wrong.sum()) ** 2
    assert found.dispersion == pytest.approx(against / expected)
    assert found.dispersion > 1.5


def test_the_consensus_counts_half_and_votes_of_an_open_item_are_worth_less():
    """Twenty votes of chance .7 or .3 under the consensus: that estimate is (16 x .7 + 4 x .3 +
    1/2)/21.
    """
    n, y = 20, np.r_[np.zeros(16, dtype=int), np.ones(4, dtype=int)]
    votes = Votes(np.arange(n), np.zeros(n, dtype=int), Classes(y, ("a", "b")), n, 1)
    found = estimate_workers(votes, np.tile([0.7, 0.3], (n, 1)), gold=np.zeros(n, dtype=int))
    by_gold, by_consensus = 16.5 / 21, (16 * 0.7 + 4 * 0.3 + 0.5) / 21
    assert found.skill[0] == pytest.approx((by_gold + by_consensus) / 2)
    spread = by_consensus * (1 - by_consensus)
    worth = n * spread / (spread + 0.7 * 0.3)
    low, high = (float(end) for end in wilson(np.array(found.skill[0] * worth), np.array(worth)))
    apart = (by_gold - by_consensus) / 2
    assert found.low[0] == pytest.approx(found.skill[0] - np.hypot(found.skill[0] - low, apart))
    assert found.high[0] == pytest.approx(found.skill[0] + np.hypot(high - found.skill[0], apart))


def test_of_one_class_everybody_is_right():
    zeros = np.zeros(12, dtype=int)
    found = alone(zeros, zeros, k=1)
    assert found.kind_p[0].sum() == pytest.approx(1)
    assert found.spammer_score[0] == 1
    assert found.skill[0] == pytest.approx(12.5 / 13)
