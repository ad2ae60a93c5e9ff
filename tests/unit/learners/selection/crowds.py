"""Planted crowds: votes of annotators on items with features."""

from typing import Any

import numpy as np
from tests.unit.learners.planted import K, clouds

from reliabel.core.labels import Classes, Votes


def crowd(seed: int, *, n: int = 600, w: int = 12, each: int = 3) -> tuple[Any, ...]:
    """Votes, features and truth, fresh features and truth, and the matrices (w, true, said): half
    of the annotators say the next class for two of the classes in eight cases of ten.
    """
    rng = np.random.default_rng(seed)
    x, truth, fresh, true = clouds(n, seed=seed)
    good = 0.9 * np.eye(K) + 0.1 / K
    bad = good.copy()
    for c in (0, 2):
        bad[c] = 0.2 * good[c] + 0.8 * np.eye(K)[(c + 1) % K]
    matrix = np.array([good if j % 2 else bad for j in range(w)])
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    drawn = matrix[worker, truth[item]].cumsum(1)
    said = (rng.random(len(item))[:, None] > drawn).sum(1).clip(0, K - 1)
    return Votes(item, worker, Classes(said), n, w), x, truth, fresh, true, matrix


def shares_of(votes: Votes[Classes]) -> Any:
    """(n, k) the shares of votes."""
    count = np.zeros((votes.n, votes.labels.k))
    np.add.at(count, (votes.item, votes.labels.y), 1)
    return count / count.sum(1, keepdims=True)
