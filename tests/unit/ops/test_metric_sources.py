"""Errors of workers from distances of their votes: worked examples and planted errors."""

import numpy as np
import pytest

from reliabel.core.labels import Numbers, Votes
from reliabel.ops.metric_sources import (
    SourcePairs,
    error_of_sources,
    errors_of_pairs,
    source_pairs,
    unknown_errors_said,
)


def _votes(error, n=400, each=5, d=2, seed=0):
    """Workers off by a squared distance of ``error`` (w,) on average; ``each`` votes an item."""
    rng = np.random.default_rng(seed)
    w = len(error)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    truth = rng.normal(0, 3, (n, d))
    x = truth[item] + rng.normal(size=(n * each, d)) * np.sqrt(error / d)[worker][:, None]
    mixed = rng.permutation(n * each)
    return Votes(item[mixed], worker[mixed], Numbers(x[mixed]), n, w)


def _square(votes):
    return lambda one, two: np.square(votes.labels.y[one] - votes.labels.y[two]).sum(1)


def test_three_distances_give_three_errors():
    far = np.array([[0, 5, 4], [5, 0, 3], [4, 3, 0.0]])
    error, ok = error_of_sources(far, 1 - np.eye(3))
    assert error == pytest.approx([3, 2, 1])
    assert ok.all()


def test_planted_errors_are_found():
    truth = np.array([0.2, 0.4, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0])
    votes = _votes(truth)
    error, ok = errors_of_pairs(source_pairs(votes, _square(votes)))
    assert ok.all()
    assert np.abs(error / truth - 1)[1:].max() < 0.25


def test_pairs_are_those_of_a_plain_loop_and_do_not_depend_on_the_order_of_votes():
    votes = _votes(np.ones(5), n=30, each=3)
    found = source_pairs(votes, _square(votes))
    far, many = np.zeros((5, 5)), np.zeros((5, 5))
    for i in range(30):
        rows = np.flatnonzero(votes.item == i)
        for one in rows:
            for two in rows:
                a, b = votes.worker[one], votes.worker[two]
                if a < b:
                    far[a, b] += np.square(votes.labels.y[one] - votes.labels.y[two]).sum()
                    many[a, b] += 1
    assert found.many.tolist() == many[found.a, found.b].tolist()
    assert found.distance == pytest.approx(far[found.a, found.b] / many[found.a, found.b])


def test_an_even_circle_determines_nothing_and_an_odd_one_all():
    even = SourcePairs(
        np.array([0, 1, 2, 0]), np.array([1, 2, 3, 3]), np.array([1.0, 2, 3, 2]), np.ones(4), 4
    )
    error, ok = errors_of_pairs(even)
    assert not ok.any()
    assert error == pytest.approx(np.full(4, 1.0))
    odd = SourcePairs(
        np.array([0, 1, 0, 2]), np.array([1, 2, 2, 3]), np.array([3.0, 5, 4, 7]), np.ones(4), 5
    )
    error, ok = errors_of_pairs(odd)
    assert ok.tolist() == [True, True, True, True, False]
    assert error[:4] == pytest.approx([1, 2, 3, 4])
    assert np.isnan(error[4])


def test_groups_of_workers_are_judged_on_their_own():
    far, meet = np.zeros((5, 5)), np.zeros((5, 5))
    for a, b, d in [(0, 1, 5), (0, 2, 4), (1, 2, 3), (3, 4, 8)]:
        far[a, b] = far[b, a] = d
        meet[a, b] = meet[b, a] = 2
    error, ok = error_of_sources(far, meet)
    assert error == pytest.approx([3, 2, 1, 4, 4])
    assert ok.tolist() == [True, True, True, False, False]
    assert "2 of 5 workers" in unknown_errors_said(ok, np.ones(5, dtype=bool))[0]
    assert unknown_errors_said(ok, ok) == []


def test_a_negative_error_is_held_above_a_tenth_of_the_median():
    far = np.array([[0, 1, 1], [1, 0, 4], [1, 4, 0.0]])
    assert error_of_sources(far, 1 - np.eye(3))[0] == pytest.approx([0.2, 2, 2])


def test_faith_draws_errors_to_that_of_the_group():
    far = np.array([[0, 5, 4], [5, 0, 3], [4, 3, 0.0]])
    loose = error_of_sources(far, 1 - np.eye(3), faith=1.0)[0]
    held = error_of_sources(far, 1 - np.eye(3), faith=1e9)[0]
    assert 2 < loose[0] < 3
    assert held == pytest.approx([2, 2, 2])


def test_many_workers_are_solved_without_a_full_matrix(monkeypatch):
    votes = _votes(np.linspace(0.5, 3, 30))
    pairs = source_pairs(votes, _square(votes))
    full = errors_of_pairs(pairs)[0]
    monkeypatch.setattr("reliabel.ops.metric_sources.DENSE", 3)
    assert errors_of_pairs(pairs)[0] == pytest.approx(full, rel=1e-6)


def test_nobody_votes_and_nobody_meets():
    none = Votes([], [], Numbers(np.empty(0)), n=2, w=3)
    error, ok = errors_of_pairs(source_pairs(none, lambda one, two: np.zeros(len(one))))
    assert np.isnan(error).all()
    assert not ok.any()


def test_pairs_beyond_the_most_are_left_out_evenly():
    votes = _votes(np.ones(6), n=100, each=4)
    found = source_pairs(votes, _square(votes), most=300)
    assert 250 <= found.many.sum() <= 320


def test_matrices_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="two \\(w, w\\) matrices"):
        error_of_sources(np.zeros((2, 2)), np.zeros((3, 3)))


def test_errors_among_classes_are_found_beyond_what_chance_hides():
    """Workers right in 90, 80, 60 % of cases, else at random among three classes."""
    wrong = np.array([0.1, 0.2, 0.4])
    random = 1.5 * wrong  # the share of votes that are drawn at random
    far = 2 / 3 * (1 - np.outer(1 - random, 1 - random))
    a, b = np.triu_indices(3, 1)
    pairs = SourcePairs(a, b, far[a, b], np.full(3, 50.0), 3)
    assert errors_of_pairs(pairs, chance=2 / 3)[0] == pytest.approx(wrong)
    assert errors_of_pairs(pairs)[0][2] < 0.35
