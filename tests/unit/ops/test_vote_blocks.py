"""Blocks of votes by hand: starts, agreement, one-coin posteriors, repeated votes."""

import numpy as np
import pytest
from scipy.special import expit

from reliabel.core.labels import Classes, Votes
from reliabel.ops.votes import (
    agreeing_votes,
    as_distribution,
    check_matrices_fit,
    class_sizes,
    group_sums,
    initial_shares,
    log_shares,
    normalise,
    posterior_given_logits,
    set_gold,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)
from reliabel.ops.votes_by_item import one_per_pair

VOTES = Votes(
    np.array([2, 0, 0, 2, 2, 0]),
    np.array([0, 1, 0, 1, 2, 2]),
    Classes(np.array([2, 0, 0, 1, 2, 1]), ("a", "b", "c")),
    n=4,
    w=3,
)


def block_of(gold=None):
    (block,) = votes_matrix(VOTES, gold)
    return block


def test_counts_shares_and_weights():
    block = block_of()
    assert len(block) == 4
    assert vote_counts(block).tolist() == [[2, 1, 0], [0, 0, 0], [0, 1, 2], [0, 0, 0]]
    weight = block.worker + 1.0
    assert vote_counts(block, weight).tolist() == [[3, 3, 0], [0, 0, 0], [0, 2, 4], [0, 0, 0]]
    even = [pytest.approx([1 / 3] * 3)] * 2
    assert vote_shares(block).tolist() == [
        pytest.approx([2 / 3, 1 / 3, 0]),
        even[0],
        pytest.approx([0, 1 / 3, 2 / 3]),
        even[1],
    ]
    assert block.by_worker.toarray().tolist() == [[1, 1, 1], [0, 0, 0], [1, 1, 1], [0, 0, 0]]
    assert block.has_votes.tolist() == [True, False, True, False]
    assert group_sums(np.array([2, 0, 2]), np.array([1.5, 2.0, 1.0]), 4).tolist() == [2, 0, 2.5, 0]


def test_where_gold_is_known_other_items_weigh_a_hundredth_at_the_start():
    start = initial_shares(block_of(np.array([-1, 2, -1, -1])))
    assert start[1].tolist() == [0, 0, 1]
    assert start[0] == pytest.approx([0.02 / 3, 0.01 / 3, 0])
    assert initial_shares(block_of(np.full(4, -1)))[0] == pytest.approx([2 / 3, 1 / 3, 0])


def test_scores_become_distributions_and_gold_is_set():
    block = block_of(np.array([-1, 0, -1, -1]))
    found = as_distribution(np.array([[1.0, 3, 0], [0, 5, 0], [0, 0, 0], [2, 2, 4]]), block)
    assert found.tolist() == [
        [0.25, 0.75, 0],
        [1, 0, 0],
        pytest.approx([1 / 3] * 3),
        [0.25, 0.25, 0.5],
    ]
    p = np.full((2, 2), 0.5)
    assert set_gold(p, np.array([-1, 1])) is p
    assert p.tolist() == [[0.5, 0.5], [0, 1]]
    assert set_gold(p, None) is p


@pytest.mark.parametrize("k", [1, 2, 64, 65, 100])
def test_normalise_is_the_softmax_of_any_number_of_classes(k):
    score = np.random.default_rng(0).normal(size=(5, k)) * 3
    before = score.copy()
    posterior, evidence = normalise(score)
    size = np.exp(score).sum(1, keepdims=True)
    assert posterior == pytest.approx(np.exp(score) / size)
    assert evidence == pytest.approx(np.log(size).sum())
    assert (score == before).all()


def test_log_shares_by_hand():
    assert np.exp(log_shares(np.array([1.0, 3.0]))) == pytest.approx([0.25, 0.75])
    assert log_shares(np.zeros(2)) == pytest.approx(np.log([0.5, 0.5]))


def test_items_without_votes_count_for_no_class():
    assert class_sizes(
        block_of(), np.array([[1.0, 0, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]])
    ).tolist() == [1, 0.5, 0.5]


def test_votes_for_the_top_class_and_shared_ties():
    posterior = np.array([[0.5, 0.5, 0.0], [1, 0, 0], [0.1, 0.2, 0.7], [1, 0, 0]])
    assert agreeing_votes(block_of(), posterior).tolist() == [1.5, 0.5, 1.5]
    assert votes_per_worker(votes_matrix(VOTES)).tolist() == [2, 2, 2]


def test_one_coin_posteriors_by_hand():
    """Vote t is right with chance s(l_t), else one of the two other classes evenly."""
    block = block_of()
    logit = np.linspace(-1, 2, 6)
    posterior, evidence, surprise = posterior_given_logits(block, logit)
    right, score = expit(logit), np.full((4, 3), np.log(1 / 3))
    for t, (i, label) in enumerate(zip(block.row, block.label, strict=True)):
        for c in range(3):
            score[i, c] += np.log(right[t] if c == label else (1 - right[t]) / 2)
    size = np.exp(score).sum(1, keepdims=True)
    assert posterior == pytest.approx(np.exp(score) / size)
    assert evidence == pytest.approx(np.log(size).sum())
    step = 1e-6
    for t in range(6):  # the surprise is the slope
        moved = logit + step * (np.arange(6) == t)
        assert (posterior_given_logits(block, moved)[1] - evidence) / step == pytest.approx(
            surprise[t], abs=1e-4
        )


@pytest.mark.parametrize("item_sorted", [True, False])
def test_of_repeated_votes_the_last_or_the_first_stays(item_sorted):
    item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 0, 0, 0, 0])
    order = np.arange(6) if item_sorted else np.array([3, 0, 4, 1, 5, 2])
    votes = Votes(item[order], worker[order], Classes(np.zeros(6, dtype=int)), 2, 2)
    last, first = one_per_pair(votes), one_per_pair(votes, "first")
    assert sorted(order[last].tolist()) == [1, 2, 5]
    assert sorted(order[first].tolist()) == [0, 1, 3]


def test_a_gigabyte_of_matrices_is_the_limit(monkeypatch):
    monkeypatch.setattr("reliabel.ops.votes.LARGEST", 3 * 9)
    check_matrices_fit(VOTES)
    with pytest.raises(ValueError, match=r"3 workers over 3 classes.* 54 cells, more than 27"):
        check_matrices_fit(VOTES, times=2)
