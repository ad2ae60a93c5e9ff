"""What the labels of the nearest neighbours of each item say of its class."""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.ops.chunks import cut, rows


def vote_shares(labels: Classes, neighbours: Neighbours, nearest: int) -> Floats:
    """(n, k) the share of each class in the votes of the nearest neighbours, weighted by cosine.

    The item's own label has 1 / k votes, so that it breaks ties.  The row of an item that nothing
    votes on is even.

    >>> around = Neighbours(np.array([[1, 2], [2, 0], [1, 0]]), np.zeros((3, 2)))
    >>> vote_shares(Classes(np.array([0, 1, 1])), around, 2).round(2).tolist()
    [[0.2, 0.8], [0.4, 0.6], [0.4, 0.6]]
    """
    near = neighbours.nearest(nearest)
    blocks = cut(labels.y, near.index, near.distance, k=max(labels.k, near.index.shape[1]))
    return rows(lambda block: _shares(labels.y, labels.k, *block.read()), blocks)


def _shares(labels: Ints, k: int, y: Ints, index: Ints, distance: Floats) -> Floats:
    votes = cosine_votes(labels, k, index, distance)
    known = np.flatnonzero(y >= 0)
    votes[known, y[known]] += 1 / k
    total = votes.sum(1, keepdims=True)
    return np.where(total > 0, votes / np.where(total > 0, total, 1), 1 / k)


def cosine_votes(labels: Ints, k: int, index: Ints, distance: Floats) -> Floats:
    """(rows, k) the sum of the cosines of the neighbours of each class; negative cosines do not
    vote.
    """
    label = np.where(index >= 0, labels[index], -1)
    weight = np.where(label >= 0, np.maximum(1 - distance.astype(float), 0), 0)
    cell = np.arange(len(index))[:, None] * k + np.maximum(label, 0)
    size = len(index) * k
    return (
        np.bincount(cell.ravel(), weight.ravel(), minlength=size)[:size]
        .astype(float)
        .reshape(len(index), k)
    )
