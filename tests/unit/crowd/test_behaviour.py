"""Tests of behaviour by hand: each p-value from the counts of a small crowd."""

import numpy as np
import pytest
from scipy import stats

from reliabel.core.labels import Classes, Votes
from reliabel.crowd import behaviour
from reliabel.crowd.behaviour import (
    constant_answers,
    repeated_answers,
    skill_drift,
    too_fast,
    two_proportions_z,
    with_behaviour,
)
from reliabel.crowd.workers import estimate_workers
from reliabel.ops.agreement import significant


def votes_of(item, worker, y, k=2):
    item, worker = np.array(item), np.array(worker)
    return Votes(
        item, worker, Classes(np.array(y), tuple("abc"[:k])), item.max() + 1, worker.max() + 1
    )


def test_benjamini_hochberg_by_hand():
    """The j-th smallest of four p-values is compared with .01 j/4; one that passes makes all
    smaller ones pass.
    """
    assert significant(np.array([0.01, 0.0076, 0.0025, 0.2])).tolist() == [
        False,
        False,
        True,
        False,
    ]
    assert significant(np.array([0.0051, 0.005, 0.2, 0.3])).tolist() == [False, False, False, False]
    assert significant(np.array([0.0075, 0.007, 0.006, 0.3])).tolist() == [True, True, True, False]
    assert significant(np.array([np.nan, 0.01])).tolist() == [False, True]
    assert significant(np.array([0.04, 0.3]), level=0.1).tolist() == [True, False]
    assert significant(np.full(3, np.nan)).tolist() == [False] * 3


def test_one_answer_too_often_for_these_items():
    """Worker 0 votes a ten times, on five items of each class; worker 1 is right: the crowd votes a
    on five of ten items of class b.
    """
    truth = np.arange(10) % 2
    item = np.r_[np.arange(10), np.arange(10)]
    votes = votes_of(item, np.repeat([0, 1], 10), np.r_[np.zeros(10, dtype=int), truth])
    found = constant_answers(votes, np.eye(2)[truth])
    a_of_a, a_of_b = 10.5 / 11, 5.5 / 11
    assert found[0] == pytest.approx(2 * ((a_of_a + a_of_b) / 2) ** 10)
    assert found[1] == 1  # half of the votes on a class is no single answer


@pytest.mark.parametrize(
    ("n", "other", "tested"), [(9, 0, False), (10, 0, True), (20, 2, True), (20, 3, False)]
)
def test_constant_takes_ten_votes_and_nine_of_ten_on_one_class(n, other, tested):
    votes = votes_of(np.arange(n), np.zeros(n, dtype=int), np.where(np.arange(n) < other, 1, 0))
    (p,) = constant_answers(votes, np.tile([0.5, 0.5], (n, 1)))
    if n < 10:
        assert np.isnan(p)
    else:
        assert (p < 1) == tested


def test_votes_three_robust_deviations_under_the_median_of_the_item_are_too_fast():
    """Workers 0 to 4 take e^1 to e^5 seconds on each of 20 items (median 3, deviation 1.48); worker
    5 takes e^-3 on four.
    """
    item, worker = np.tile(np.arange(20), 6), np.repeat(np.arange(6), 20)
    log = worker + 1.0
    log[worker == 5] = 3.0
    hasty = (worker == 5) & (item < 4)
    log[hasty] = -3.0
    votes = votes_of(item, worker, np.zeros(120, dtype=int))
    found = too_fast(votes, np.exp(log))
    assert found[5] == pytest.approx(stats.binom.sf(3, 20, 0.01))
    assert (found[:5] == 1).all()
    near = np.where(hasty, 3 - 3 * 1.4826 + 0.01, log)  # not quite three deviations
    assert too_fast(votes, np.exp(near))[5] == 1


def test_votes_without_a_time_are_no_votes_of_the_test():
    item, worker = np.tile(np.arange(12), 2), np.repeat([0, 1], 12)
    seconds = np.full(24, 5.0)
    seconds[:3] = [np.nan, 0.0, -1.0]
    found = too_fast(votes_of(item, worker, np.zeros(24, dtype=int)), seconds)
    assert np.isnan(found[0])  # nine are left
    assert found[1] == 1
    assert np.isnan(
        too_fast(votes_of(item, worker, np.zeros(24, dtype=int)), np.full(24, np.nan))
    ).all()


def test_the_usual_share_of_quick_votes_is_that_of_the_worker_in_the_middle():
    """Everybody is quick once in ten: nobody stands out, whoever is quick in half is."""
    rng = np.random.default_rng(0)
    n, w = 400, 9
    item, worker = np.tile(np.arange(n), w), np.repeat(np.arange(w), n)
    log = rng.normal(3, 0.1, n * w)
    log[rng.random(n * w) < np.where(worker == 8, 0.3, 0.1)] = -5.0
    found = too_fast(votes_of(item, worker, np.zeros(n * w, dtype=int)), np.exp(log))
    assert (found[:8] > 1e-3).all()
    assert found[8] < 1e-20


def test_the_median_of_each_item():
    item, x = np.array([2, 0, 2, 0, 2, 0, 0]), np.array([9.0, 1.0, 5.0, 4.0, 7.0, 3.0, 10.0])
    assert behaviour._median(item, x, 4).tolist() == [3.5, 0.0, 7.0, 0.0]


def test_skill_that_drifts_by_hand():
    """Ten right votes, then ten wrong ones: halves 10/10 and 0/10, and a cumulative sum that
    deviates by 5.
    """
    time = np.random.default_rng(0).permutation(20)
    right = (time < 10).astype(float)
    z = 1 / np.sqrt(0.25 * (1 / 10 + 1 / 10))
    halves, bridge = 2 * stats.norm.sf(z), stats.kstwobign.sf(5 / np.sqrt(20 * 0.25))
    assert skill_drift(np.zeros(20, dtype=int), right, time.astype(float), 1)[0] == pytest.approx(
        2 * min(halves, bridge)
    )
    late = (time < 15).astype(float)  # the change lies past the middle: the swing tells it better
    swing = 15 * (1 - 15 / 20) / np.sqrt(15 * (5 / 20) ** 2 + 5 * (15 / 20) ** 2)
    z = 0.5 / np.sqrt(0.75 * 0.25 * 0.2)
    expected = 2 * min(2 * stats.norm.sf(z), stats.kstwobign.sf(swing))
    assert skill_drift(np.zeros(20, dtype=int), late, time.astype(float), 1)[0] == pytest.approx(
        expected
    )


def test_drift_is_of_each_worker_and_needs_twenty_votes():
    worker = np.r_[np.zeros(20, dtype=int), np.full(19, 1), np.full(20, 2)]
    time = np.r_[np.arange(20), np.arange(19), np.arange(20)].astype(float)
    right = np.r_[np.repeat([1.0, 0.0], 10), np.r_[np.ones(10), np.zeros(9)], np.ones(20)]
    mixed = np.random.default_rng(0).permutation(59)
    found = skill_drift(worker[mixed], right[mixed], time[mixed], 3)
    alone = skill_drift(np.zeros(20, dtype=int), right[:20], time[:20], 1)
    assert found[0] == pytest.approx(alone[0])
    assert np.isnan(found[1])
    assert found[2] == 1


def test_two_proportions():
    assert two_proportions_z(
        np.array(8.0), np.array(10), np.array(2.0), np.array(10)
    ) == pytest.approx(0.6 / np.sqrt(0.25 * 0.2))
    assert two_proportions_z(np.array(2.0), np.array(10), np.array(8.0), np.array(10)) < 0
    assert two_proportions_z(np.array(10.0), np.array(10), np.array(20.0), np.array(20)) == 0
    assert two_proportions_z(
        np.array(0.0), np.array(0), np.array(3.0), np.array(5)
    ) == pytest.approx(-0.6 / np.sqrt(0.5 * 0.5 * (1 + 1 / 5)))


def test_answers_like_the_one_before_by_hand():
    """A worker who is right in 90 %, over items a and b in turn, votes a eleven times."""
    a = np.array([[[0.9, 0.1], [0.1, 0.9]]])
    votes = votes_of(np.arange(11), np.zeros(11, dtype=int), np.zeros(11, dtype=int))
    posterior = np.eye(2)[np.arange(11) % 2]
    chance = 2 * 0.9 * 0.1
    z = (10 - 0.5 - 10 * chance) / np.sqrt(10 * chance * (1 - chance))
    assert repeated_answers(votes, posterior, a, np.arange(11.0))[0] == pytest.approx(
        stats.norm.sf(z)
    )
    order = np.r_[np.arange(0, 11, 2), np.arange(1, 11, 2)]  # first all items a, then all b
    time = np.argsort(order).astype(float)
    same, other = 0.9**2 + 0.1**2, chance
    z = (10 - 0.5 - 9 * same - other) / np.sqrt(9 * same * (1 - same) + other * (1 - other))
    assert repeated_answers(votes, posterior, a, time)[0] == pytest.approx(stats.norm.sf(z))
    assert np.isnan(
        repeated_answers(votes.take(np.arange(10)), posterior, a, np.arange(10.0))[0]
    )  # nine pairs


def test_only_what_the_data_hold_is_tested():
    votes = votes_of(np.arange(12), np.zeros(12, dtype=int), np.zeros(12, dtype=int))
    posterior = np.tile([0.9, 0.1], (12, 1))
    workers = estimate_workers(votes, posterior)
    assert set(with_behaviour(votes, posterior, workers).tests) == {"constant"}
    timed = with_behaviour(votes, posterior, workers, time=np.arange(12.0))
    assert set(timed.tests) == {"constant", "drift", "repeats"}
    taken = with_behaviour(votes, posterior, workers, seconds=np.ones(12))
    assert set(taken.tests) == {"constant", "too fast"}
    assert taken.flags == ((),)


def test_answers_of_a_worker_who_never_errs_are_no_surprise():
    """Items a and b in turn: no two answers are equal, and none is expected to be."""
    truth = np.arange(12) % 2
    votes = votes_of(np.arange(12), np.zeros(12, dtype=int), truth)
    found = repeated_answers(votes, np.eye(2)[truth], np.eye(2)[None], np.arange(12.0))
    assert found[0] == pytest.approx(1)
