"""Matrices from moments of three groups of workers."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops import tensor
from reliabel.ops.tensor import tensor_confusions
from reliabel.ops.votes import votes_matrix


def _world(k, each=10, n=3000, w=30, seed=0, low=0.4):
    """Workers with a matrix each, errors towards the next class, and uneven classes."""
    rng = np.random.default_rng(seed)
    balance = np.arange(2, k + 2) / np.arange(2, k + 2).sum()
    right = rng.uniform(low, 0.95, w)
    matrix = right[:, None, None] * np.eye(k) + (1 - right)[:, None, None] * (
        0.7 * np.roll(np.eye(k), 1, axis=1) + 0.3 / k
    )
    matrix /= matrix.sum(2, keepdims=True)
    truth = rng.choice(k, n, p=balance)
    item, worker = (
        np.repeat(np.arange(n), each),
        np.concatenate([rng.choice(w, each, replace=False) for _ in range(n)]),
    )
    chance = matrix[worker, truth[item]].cumsum(1)
    y = (rng.random(len(item))[:, None] > chance).sum(1).clip(max=k - 1)
    return Votes(item, worker, Classes(y, tuple("abcdef"[:k])), n, w), matrix, balance


@pytest.mark.parametrize("k", [2, 3, 4])
def test_planted_matrices_come_back(k):
    votes, matrix, balance = _world(k)
    found, shares = tensor_confusions(votes_matrix(votes))
    assert np.abs(found - matrix).mean() < 0.06
    assert shares == pytest.approx(balance, abs=0.06)
    assert found.sum(2) == pytest.approx(np.ones(found.shape[:2]))


def test_rows_in_another_order_change_nothing_that_matters():
    votes, _, _ = _world(3)
    a, b = (
        tensor_confusions(votes_matrix(votes)),
        tensor_confusions(
            votes_matrix(votes.take(np.random.default_rng(1).permutation(len(votes))))
        ),
    )
    assert a[0] == pytest.approx(b[0], abs=1e-8)


def test_where_moments_say_nothing_there_is_no_answer():
    few = Votes(
        np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), Classes(np.array([0, 1, 1, 0])), 2, 2
    )
    assert tensor_confusions(votes_matrix(few)) is None
    alike = Votes(
        np.repeat(np.arange(50), 3),
        np.tile(np.arange(3), 50),
        Classes(np.zeros(150, dtype=int), ("a", "b")),
        50,
        3,
    )
    assert tensor_confusions(votes_matrix(alike)) is None
    apart = Votes(np.arange(60), np.tile(np.arange(3), 20), Classes(np.tile([0, 1], 30)), 60, 3)
    assert tensor_confusions(votes_matrix(apart)) is None


@pytest.mark.parametrize("k", [2, 3, 4])
def test_exact_moments_are_taken_apart_exactly(k):
    """Second and third moments of a group whose mean votes on class c are column c, at known
    shares.
    """
    rng = np.random.default_rng(k)
    means = 0.6 * np.eye(k) + 0.4 * rng.dirichlet(np.ones(k), k).T
    balance = rng.dirichlet(np.full(k, 5.0))
    second = np.einsum("c,ac,bc->ab", balance, means, means)
    third = np.einsum("c,ac,bc,dc->abd", balance, means, means, means)
    found, shares = tensor._parts(second, third)
    assert found == pytest.approx(means, abs=1e-6)
    assert shares == pytest.approx(balance, abs=1e-6)
    again, less = tensor._parts(second, 1.2 * third)  # moments that do not fit quite together
    assert again == pytest.approx(found, abs=1e-6)
    assert less == pytest.approx(balance / 1.44, abs=1e-6)


def test_moments_without_an_inverse_are_told():
    assert tensor._singular(np.array([[1.0, 0.0], [0.0, 0.9e-3]]))
    assert not tensor._singular(np.array([[1.0, 0.0], [0.0, 1.1e-3]]))
    flat = np.full((2, 2), 0.25)
    assert tensor._parts(flat, np.full((2, 2, 2), 0.125)) is None


def test_votes_of_a_group_count_only_where_all_three_groups_have_voted():
    votes = Votes(
        np.array([0, 0, 0, 0, 1, 1]),
        np.array([0, 1, 2, 3, 0, 1]),
        Classes(np.array([0, 1, 1, 0, 0, 0])),
        2,
        4,
    )
    (block,) = votes_matrix(votes)
    group = np.array([0, 1, 2, 0])
    shares = tensor._group_shares(block, group)
    assert shares[:, 0].tolist() == [[1, 0], [0, 1], [0, 1]]  # workers 0 and 3 both say class 0
    assert (shares[:, 1] == 0).all()


def test_groups_see_as_much_as_each_other(monkeypatch):
    """Dealt out by their votes: 0 1 2 2 1 0 0 1 2, the busiest first."""
    each = np.array([90, 80, 70, 60, 50, 40, 30, 20, 10])
    item = np.concatenate([np.arange(m) for m in each])
    worker = np.repeat(np.arange(9), each)
    votes = Votes(item, worker, Classes(item % 2), 90, 9)
    seen = []
    whole = tensor._pairs
    monkeypatch.setattr(
        tensor, "_pairs", lambda block, group: seen.append(group) or whole(block, group)
    )
    tensor_confusions(votes_matrix(votes))
    assert seen[0].tolist() == [0, 1, 2, 2, 1, 0, 0, 1, 2]


def test_classes_that_claim_one_name_take_the_next():
    """A group that calls two classes mostly by the first name: the rarer takes the next name."""
    means = np.array([[0.8, 0.6], [0.2, 0.4]])
    balance = np.array([0.7, 0.3])
    second = np.einsum("c,ac,bc->ab", balance, means, means)
    third = np.einsum("c,ac,bc,dc->abd", balance, means, means, means)
    found, shares = tensor._parts(second, third)
    assert sorted(found[0].tolist()) == pytest.approx([0.6, 0.8], abs=1e-6)
    assert sorted(shares.tolist()) == pytest.approx([0.3, 0.7], abs=1e-6)
