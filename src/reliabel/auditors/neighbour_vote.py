"""Neighbour vote: a label is suspect as far as its nearest neighbours vote for another class, each with the weight of its cosine.

Assumes features in which near items share a class.  Weak where classes overlap, for rare classes (outvoted by their surroundings) and where
errors come in clusters.  Items without a label do not vote.  Unlike the paper's many rounds on random subsets, all neighbours vote once.
Cost: O(n nearest) and one block of (rows, k), memory O(n).
Paper: Zhu, Dong, Liu. Detecting corrupted labels without training a model to predict. ICML 2022.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows

STATUS = "default"
ALSO = ("simifeat", "knn_vote")


def audit(labels: Classes, *, neighbours: Neighbours, nearest: int = 50) -> Suspicion:
    """Score = (share of the strongest other class - share of the given one + 1) / 2; flag where another class has more votes.

    nearest: how many neighbours vote.

    >>> around = Neighbours(np.array([[1, 2], [2, 0], [1, 0]]), np.array([[0.1, 0.2], [0.05, 0.1], [0.05, 0.2]]))
    >>> said = audit(Classes(np.array([0, 1, 1])), neighbours=around)
    >>> said.score.round(3).tolist(), said.flag.tolist(), said.suggest.y.tolist()
    ([1.0, 0.486, 0.457], [True, False, False], [1, 1, 1])
    """
    near = neighbours.nearest(nearest)
    blocks = cut(labels.y, near.index, near.distance, k=max(labels.k, near.index.shape[1]))
    score, flag, best = rows(lambda block: _judge(labels.y, labels.k, *block.read()), blocks)
    return Suspicion(score, flag, Classes(best, labels.names), info={"nearest": int(near.index.shape[1]), "recall": neighbours.recall})


def _judge(labels: Ints, k: int, y: Ints, index: Ints, distance: Floats) -> tuple[Floats, Bools, Ints]:
    share = _shares(labels, k, index, distance)
    row, given = np.arange(len(y)), np.maximum(y, 0).astype(np.intp)
    own = share[row, given] if k else np.zeros(len(y))
    others = np.concatenate([share, np.zeros((len(y), 1))], axis=1)  # one class only: the rest has no votes
    others[row, given] = -1
    rival = others.max(1)
    known = (y >= 0) & share.any(1)
    score = np.where(known, (rival - own + 1) / 2, np.nan)
    best = np.where(share.any(1), share.argmax(1), -1) if k else np.full(len(y), -1)
    return score, known & (rival > own), np.where(known & (rival <= own), y, best)


def _shares(labels: Ints, k: int, index: Ints, distance: Floats) -> Floats:
    """(rows, k) the share of the votes of each class; rows without any vote are zero."""
    said = np.where(index >= 0, labels[index], -1)
    weight = np.where(said >= 0, np.maximum(1 - distance.astype(float), 0), 0)
    cell = np.arange(len(index))[:, None] * k + np.maximum(said, 0)
    size = len(index) * k
    votes = np.bincount(cell.ravel(), weight.ravel(), minlength=size)[:size].astype(float).reshape(len(index), k)
    total = votes.sum(1, keepdims=True)
    return np.asarray(np.divide(votes, total, out=np.zeros_like(votes), where=total > 0))
