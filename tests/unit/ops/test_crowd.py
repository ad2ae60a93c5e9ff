"""Shrunk matrices, posteriors without one vote, and hard items, by hand."""

import numpy as np
import pytest
from scipy.optimize import brentq

from reliabel.core.labels import Classes, Votes
from reliabel.ops import crowd
from reliabel.ops.crowd import (
    ambiguity,
    confusion_matrices,
    excess_disagreement,
    fit_confusion,
    leave_one_vote_out,
    shrunk_matrices,
)

A = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.7, 0.3], [0.4, 0.6]]])  # two workers


def votes_of(item, worker, y, n, w, k=2):
    return Votes(np.array(item), np.array(worker), Classes(np.array(y), tuple("abcd"[:k])), n, w)


def test_a_matrix_is_drawn_to_the_workers_accuracy_by_four_votes_a_row():
    """Seven of eight votes are right; of the crowd (7 + 7)/(8 + 10), of this worker (7 + 4
    crowd)/12.
    """
    right = (7 + 4 * 14 / 18) / 12
    row = np.array([right, 1 - right])
    expected = [(np.array([3, 1]) + 4 * row) / 8, (np.array([0, 4]) + 4 * row[::-1]) / 8]
    np.testing.assert_allclose(
        shrunk_matrices(np.array([[[3.0, 1.0], [0.0, 4.0]]]), 4.0)[0], expected
    )


def test_off_the_diagonal_a_matrix_is_drawn_to_the_confusions_of_the_crowd():
    """The crowd takes a for b six times of seven (a third of a vote more each): 6.33 to 1.33."""
    other = np.array([[10.0, 6.0, 1.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    found = shrunk_matrices(np.stack([other, np.zeros((3, 3))]), 2.0)[
        1
    ]  # nobody knows the second worker
    share = (28 + 7) / (35 + 10)
    a_to_b = (6 + 1 / 3) / (7 + 2 / 3)
    assert found[0].tolist() == pytest.approx(
        [share, (1 - share) * a_to_b, (1 - share) * (1 - a_to_b)]
    )
    assert found[1].tolist() == pytest.approx([(1 - share) / 2, share, (1 - share) / 2])


def test_nobody_is_always_right_nor_always_wrong():
    right, wrong = shrunk_matrices(np.array([np.eye(2) * 1e9, np.eye(2)[::-1] * 1e9]), 4.0)
    assert 0 < right[0, 1] < 1e-9
    assert 0 < wrong[0, 0] < 1e-9


def test_matrices_count_votes_by_the_posterior_of_their_items_and_the_balance_by_items_with_votes():
    votes = votes_of([0, 1, 1], [0, 0, 1], [0, 1, 1], n=3, w=2)
    posterior = np.array([[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]])  # nobody votes on the third item
    confusion, balance = confusion_matrices(votes, posterior, strength=3.0)
    counts = np.array([[[0.75, 0.5], [0.25, 0.5]], [[0.0, 0.5], [0.0, 0.5]]])
    np.testing.assert_allclose(confusion, shrunk_matrices(counts, 3.0))
    np.testing.assert_allclose(balance, [(1.25 + 1) / 4, (0.75 + 1) / 4])


def test_the_fitted_posterior_is_that_of_its_own_matrices_and_balance():
    rng = np.random.default_rng(0)
    truth = rng.choice(3, 200, p=[0.6, 0.3, 0.1])
    item, worker = np.repeat(np.arange(200), 4), np.tile(np.arange(4), 200)
    y = np.where(rng.random(800) < 0.7, truth[item], rng.integers(0, 3, 800))
    votes = Votes(item, worker, Classes(y), 200, 4)
    gold = np.where(np.arange(200) < 5, truth, -1)
    posterior, confusion, balance = fit_confusion(votes, gold, rounds=100)
    score = np.tile(np.log(balance), (200, 1))
    np.add.at(score, item, np.log(confusion[worker, :, y]))
    expected = np.exp(score) / np.exp(score).sum(1, keepdims=True)
    np.testing.assert_allclose(posterior[5:], expected[5:], atol=2e-3)
    assert posterior[:5].tolist() == np.eye(3)[truth[:5]].tolist()
    np.testing.assert_allclose(confusion, confusion_matrices(votes, posterior)[0])


def test_others_speak_of_the_item_of_a_vote_and_the_vote_itself_does_not():
    votes = votes_of([0, 0, 1, 2], [0, 1, 1, 0], [0, 1, 1, 0], n=3, w=2)
    balance, gold = np.array([0.6, 0.4]), np.array([-1, -1, 1])
    ((_, found),) = leave_one_vote_out(votes, A, balance)
    first, second = balance * A[1, :, 1], balance * A[0, :, 0]  # the vote of the other of the two
    expected = [first / first.sum(), second / second.sum(), balance, balance]
    np.testing.assert_allclose(found, expected)
    ((_, told),) = leave_one_vote_out(votes, A, balance, gold)
    np.testing.assert_allclose(told, [*expected[:3], [0, 1]])


def test_hard_items_have_more_unequal_pairs_than_their_workers_lead_to_expect():
    """Both workers on an item that is a: they differ with .9 x .3 + .1 x .7.  On one that is a or b
    alike, half with that and half with .2 x .6 + .8 x .4.
    """
    votes = votes_of([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], n=4, w=2)
    posterior = np.array([[1.0, 0.0], [0.5, 0.5], [1.0, 0.0], [0.5, 0.5]])
    found = excess_disagreement(votes, posterior, A)
    on_a, on_b = 0.9 * 0.3 + 0.1 * 0.7, 0.2 * 0.6 + 0.8 * 0.4
    assert found[:2].tolist() == pytest.approx([1 - on_a, 0 - (on_a + on_b) / 2])
    assert np.isnan(found[2:]).all()


def test_of_three_votes_each_pair_counts():
    votes = votes_of([0, 0, 0], [0, 0, 1], [0, 1, 1], n=1, w=2)  # two of three pairs differ
    pairs = [A[0, 0] @ A[0, 0], A[0, 0] @ A[1, 0], A[0, 0] @ A[1, 0]]
    expected = 1 - np.mean(pairs)
    assert excess_disagreement(votes, np.array([[1.0, 0.0]]), A)[0] == pytest.approx(
        2 / 3 - expected
    )


def test_the_share_of_a_mixture_and_its_ends_are_those_of_a_counted_share():
    """Where every ratio is beyond doubt the mixture is a binomial share: 20 of 100, and where its
    likelihood is 1.92 lower.
    """
    ratio = np.where(np.arange(100) < 20, 60.0, -60.0)

    def lower(share):
        return 20 * np.log(share / 0.2) + 80 * np.log((1 - share) / 0.8) + 1.92

    found = crowd._mixed(ratio)
    assert found == pytest.approx(
        [0.2, brentq(lower, 0.01, 0.2), brentq(lower, 0.2, 0.9)], abs=1e-5
    )
    assert crowd._mixed(np.full(50, -60.0))[:2] == (0.0, 0.0)
    assert crowd._mixed(np.full(50, -60.0))[2] == pytest.approx(1 - np.exp(-1.92 / 50), abs=1e-5)
    assert crowd._mixed(np.full(50, 60.0))[0] == pytest.approx(1, abs=1e-6)


def test_the_rival_of_a_class_is_a_pair_of_classes_half_and_half():
    """Two votes, a and b, by workers who are right in 90 %: as a pair of classes they are far
    likelier than as one class.
    """
    right = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
    votes = votes_of([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [0, 1, 0, 0, 2], n=3, w=2, k=3)
    ratio = crowd._rival(
        next(iter(leave_one_vote_out(votes, np.stack([right, right]), np.full(3, 1 / 3))))[0],
        crowd.log_vote_table(np.stack([right, right])),
        np.full(3, 1 / 3),
    )
    for item, (one, other) in enumerate([(0, 1), (0, 0)]):
        single = np.mean([right[c, one] * right[c, other] for c in range(3)])
        pairs = [(0, 1), (0, 2), (1, 2)]
        mixed = [np.prod([(right[a, y] + right[b, y]) / 2 for y in (one, other)]) for a, b in pairs]
        assert ratio[item] == pytest.approx(np.log(np.mean(mixed) / single))
    assert ratio[0] > 1 > 0 > ratio[1]
    assert np.isnan(ratio[2])


def test_ambiguity_of_nothing_to_compare_is_unknown():
    single = votes_of([0, 1], [0, 0], [0, 1], n=2, w=1)
    alike = votes_of([0, 0], [0, 1], [0, 0], n=1, w=2, k=1)
    for votes, k in ((single, 2), (alike, 1)):
        chance, share = ambiguity(votes, np.full((votes.n, k), 1 / k))
        assert np.isnan(chance).all()
        assert np.isnan(share).all()
