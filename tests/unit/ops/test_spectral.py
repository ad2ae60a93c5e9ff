import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops.spectral import accuracies, worker_pairs
from reliabel.ops.votes import votes_matrix


def test_pairs_count_what_both_saw():
    votes = Votes(
        np.array([0, 0, 1, 1, 2, 2]),
        np.array([0, 1, 0, 1, 1, 2]),
        Classes(np.array([0, 0, 1, 0, 1, 1])),
        3,
        4,
    )
    known = worker_pairs(votes_matrix(votes))
    table = {
        (int(a), int(b)): (c, s)
        for a, b, c, s in zip(known.a, known.b, known.common, known.shared, strict=True)
    }
    assert table == {(0, 1): (2, 0.0), (1, 0): (2, 0.0), (1, 2): (1, 1.0), (2, 1): (1, 1.0)}
    assert known.degree.tolist() == [1, 2, 1, 0]


def test_expected_agreement_gives_accuracies_back():
    """Accuracies .9 .8 .6 .4 and three classes: workers 0 and 2 agree .151111 beyond chance, and
    any triple gives each accuracy.
    """
    p = np.array([0.9, 0.8, 0.6, 0.4])
    beyond = np.outer(p - 1 / 3, p - 1 / 3)
    assert 2 / 3 * (p[0] * p[2] + 0.1 * 0.4 / 2 - 1 / 3) == pytest.approx(beyond[0, 2])
    assert np.sqrt(beyond[0, 1] * beyond[0, 2] / beyond[1, 2]) + 1 / 3 == pytest.approx(0.9)


def test_planted_accuracies_come_back():
    rng = np.random.default_rng(0)
    n, w, k = 2000, 30, 3
    truth, right = rng.integers(k, size=n), rng.uniform(0.4, 0.95, w)
    worker = np.concatenate([rng.choice(w, 5, replace=False) for _ in range(n)])
    item = np.repeat(np.arange(n), 5)
    said_ = np.where(
        rng.random(len(item)) < right[worker],
        truth[item],
        (truth[item] + rng.integers(1, k, len(item))) % k,
    )
    found = accuracies(worker_pairs(votes_matrix(Votes(item, worker, Classes(said_), n, w))), k)
    assert np.abs(found - right).mean() < 0.05


def test_workers_without_common_items_are_at_chance():
    known = worker_pairs(
        votes_matrix(Votes(np.array([0, 1]), np.array([0, 1]), Classes(np.array([0, 1])), 2, 2))
    )
    assert accuracies(known, 2) == pytest.approx([0.5, 0.5])


def test_too_many_pairs_are_refused(monkeypatch):
    monkeypatch.setattr("reliabel.ops.spectral.MOST_PAIRS", 3)
    with pytest.raises(ValueError, match=r"4 pairs of workers.*use one_coin"):
        worker_pairs(
            votes_matrix(Votes(np.array([0, 0]), np.array([0, 1]), Classes(np.array([0, 1])), 1, 2))
        )
