"""Neighbour vote: a label is suspect if its nearest neighbours, weighted by cosine similarity, vote
for another class.

Assumes features in which near items share a class. Weak if classes overlap, for rare classes
(outvoted by the classes around them) and for clusters of errors. Items without a label do not vote.
All neighbours vote once; ``simifeat`` is the paper's own form, in rounds on random subsets.
Cost: O(n nearest) and one block of (rows, k), memory O(n).
Paper: Zhu, Dong, Liu. Detecting corrupted labels without training a model to predict. ICML 2022.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows
from reliabel.ops.neighbour_votes import cosine_votes

STATUS = "default"
ALSO = ("knn_vote",)


def audit(labels: Classes, *, neighbours: Neighbours, nearest: int = 50) -> Suspicion:
    """Score = 1 - votes for the given class / length of the vector of votes; flag if another class
    has more votes.

    nearest: how many neighbours vote.

    >>> distance = np.array([[0.1, 0.2], [0.05, 0.1], [0.05, 0.2]])
    >>> around = Neighbours(np.array([[1, 2], [2, 0], [1, 0]]), distance)
    >>> found = audit(Classes(np.array([0, 1, 1])), neighbours=around)
    >>> found.score.round(3).tolist(), found.flag.tolist(), found.suggest.y.tolist()
    ([1.0, 0.274, 0.235], [True, False, False], [1, 1, 1])
    """
    near = neighbours.nearest(nearest)
    blocks = cut(labels.y, near.index, near.distance, k=max(labels.k, near.index.shape[1]))
    score, flag, best = rows(lambda block: _judge(labels.y, labels.k, *block.read()), blocks)
    return Suspicion(
        score,
        flag,
        Classes(best, labels.names),
        info={"nearest": int(near.index.shape[1]), "recall": neighbours.recall},
    )


def table(labels: Classes, *, neighbours: Neighbours) -> Floats:
    """(n, k) log share of the votes of the 50 nearest items, drawn towards even shares as if by one
    more vote; an item's own label is not among them.
    """
    near = neighbours.nearest(50)
    votes = cosine_votes(labels.y, labels.k, near.index, near.distance)
    share = (votes + 1 / labels.k) / (votes.sum(1, keepdims=True) + 1)
    return np.asarray(np.log(np.maximum(share, 1e-6)))


def _judge(
    labels: Ints, k: int, y: Ints, index: Ints, distance: Floats
) -> tuple[Floats, Bools, Ints]:
    votes = cosine_votes(labels, k, index, distance)
    length = np.sqrt((votes**2).sum(1))
    known = (y >= 0) & (length > 0)
    own = (
        np.where(
            known, np.take_along_axis(votes, np.maximum(y, 0)[:, None].astype(np.intp), 1)[:, 0], 0
        )
        if k
        else length
    )
    score = 1 - np.divide(own, length, out=np.full(len(y), np.nan), where=known)
    best = np.where(length > 0, votes.argmax(1), -1) if k else np.full(len(y), -1)
    flag = known & (votes.max(1, initial=0) > own)
    return score, flag, np.where(known & ~flag, y, best)
