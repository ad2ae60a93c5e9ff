"""Camps and accuracies of workers from planted agreements, and where EM starts."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops.spectral import (
    WorkerPairs,
    accuracies,
    majority_side,
    starting_rows,
    worker_pairs,
)
from reliabel.ops.tensor import tensor_confusions
from reliabel.ops.votes import votes_matrix as votes_matrix


def known(pairs_of, w, common=1.0):
    """Pairs of workers from {(a, b): agreement beyond chance}, both ways round."""
    a, b = np.array([*pairs_of, *((b, a) for a, b in pairs_of)]).T
    shared = np.array([*pairs_of.values()] * 2, dtype=float)
    return WorkerPairs(a, b, np.full(len(a), common), shared, w)


def test_two_camps_and_the_larger_is_taken_for_the_honest_one():
    own, other = 0.5, -0.4
    sides = np.array([1, 1, -1, 1, -1])
    table = {(a, b): own if sides[a] == sides[b] else other for a in range(5) for b in range(a)}
    assert majority_side(known(table, 5)).tolist() == sides.tolist()
    turned = {(4 - a, 4 - b): agreement for (a, b), agreement in table.items()}
    assert majority_side(known(turned, 5)).tolist() == sides[::-1].tolist()


def test_workers_who_share_nothing_belong_to_the_honest_camp():
    assert majority_side(known({(0, 1): 0.5}, 4)).tolist() == [1, 1, 1, 1]
    assert majority_side(known({(0, 1): 0.0}, 2)).tolist() == [1, 1]


def test_liars_come_out_below_chance():
    """Accuracies .9 .8 .7 .2 of two classes: s = .8 .6 .4 -.6."""
    s = np.array([0.8, 0.6, 0.4, -0.6])
    table = {(a, b): s[a] * s[b] for a in range(4) for b in range(a)}
    assert accuracies(known(table, 4), 2, iterations=1000) == pytest.approx(
        [0.9, 0.8, 0.7, 0.2], abs=1e-5
    )


def test_pairs_weigh_by_their_common_items():
    """Worker 2 agrees with 0 on many items (s = .64), less with 1 on few items: the many decide."""
    a, b = np.array([0, 1, 0, 2, 1, 2]), np.array([1, 0, 2, 0, 2, 1])
    common = np.array([1e6, 1e6, 1e6, 1e6, 1.0, 1.0])
    shared = np.array([0.64, 0.64, 0.64, 0.64, 0.0, 0.0])
    found = accuracies(WorkerPairs(a, b, common, shared, 3), 2, iterations=3000)
    assert (found[0] * 2 - 1) * (found[2] * 2 - 1) == pytest.approx(0.64, abs=0.01)


def test_where_em_starts():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=200)
    right = rng.random((200, 3)) < [0.95, 0.75, 0.6]
    y = np.where(right, truth[:, None], 1 - truth[:, None]).ravel()
    votes = Votes(np.repeat(np.arange(200), 3), np.tile(np.arange(3), 200), Classes(y), 200, 3)
    blocks = votes_matrix(votes)
    accuracy = np.clip(accuracies(worker_pairs(blocks), 2), 0.25, 0.99)
    force = np.log(accuracy / (1 - accuracy))
    score = np.zeros((200, 2))
    np.add.at(score, (votes.item, votes.labels.y), force[votes.worker])
    expected = 1 / (1 + np.exp(score[:, ::-1] - score))
    np.testing.assert_allclose(starting_rows("spectral", blocks)(blocks[0]), expected)
    shares = np.bincount(votes.item, votes.labels.y, 200) / 3
    np.testing.assert_allclose(starting_rows("share", blocks)(blocks[0])[:, 1], shares)
    matrices, balance = tensor_confusions(blocks)
    log = np.tile(np.log(balance), (200, 1))
    np.add.at(log, votes.item, np.log(matrices[votes.worker, :, votes.labels.y]))
    tensor = np.exp(log) / np.exp(log).sum(1, keepdims=True)
    np.testing.assert_allclose(starting_rows("tensor", blocks)(blocks[0]), tensor)
    with pytest.raises(
        ValueError, match="start must be 'share', 'spectral' or 'tensor', got 'best'"
    ):
        starting_rows("best", blocks)


def test_agreement_at_chance_tells_nothing_of_anybody():
    nothing = known({(0, 1): 0.0, (1, 2): 0.0}, 3)
    assert accuracies(nothing, 4).tolist() == [0.25] * 3
