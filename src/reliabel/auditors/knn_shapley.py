"""kNN-Shapley: the value of each label as a training label of a nearest-neighbour classifier; one
that misleads its neighbours has a low or negative value.

The data are their own queries, each without itself.  Assumes features in which near items share a
class.  Weak for items that are among the neighbours of few (their value is near 0) and for rare
classes.  The Shapley value of the vote is exact up to 1 / (neighbours kept), by a recursion over
each list.
Cost: O(n neighbours), memory O(n) and one block of lists.
Paper: Jia, Dao, Wang et al. Efficient task-specific data valuation for nearest neighbor algorithms.
VLDB 2019.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import RowBlock, cut, total

ALSO = ("data_shapley",)


def audit(
    labels: Classes, *, neighbours: Neighbours, voters: int = 10, nearest: int = 200
) -> Suspicion:
    """Score = (1 - value / largest value) / 2; flag if the value is negative, that is, if the label
    does more harm than good.

    voters: the K neighbours that vote, whose share with the right label is the utility.
    nearest: neighbours of each query among which its utility is shared out.
    info: "value" (n,); the values of all items sum to the mean utility of the queries.

    >>> around = Neighbours(np.array([[1, 2], [2, 0], [0, 1]]), np.array([[0.1, 0.2]] * 3))
    >>> found = audit(Classes(np.array([0, 0, 1])), neighbours=around, voters=1)
    >>> found.info["value"].round(3).tolist(), found.flag.tolist()
    ([0.167, 0.333, -0.167], [False, False, True])
    """
    if voters < 1:
        raise ValueError(f"voters must be at least 1, got {voters!r}")
    near = neighbours.nearest(max(nearest, voters))
    y, n = labels.y, len(labels)
    queries = int((y >= 0).sum())
    value: Floats = np.zeros(n)
    if queries and near.index.size:
        blocks = cut(y, near.index, k=2 * near.index.shape[1])
        value = _total(y, voters, blocks)
    value = np.where(y >= 0, value / max(queries, 1), np.nan)
    most = float(np.abs(value[y >= 0]).max(initial=0.0)) or 1.0
    info = {
        "value": value,
        "voters": voters,
        "nearest": int(near.index.shape[1]),
        "recall": neighbours.recall,
    }
    return Suspicion((1 - value / most) / 2, value < 0, info=info)


def table(labels: Classes, *, neighbours: Neighbours) -> Floats:
    """(n, k) log share of an item's value that each class as its label would have: for each query
    of that class with the item at rank r of its list, 1 / max(10, r), the only part of the
    recursion in which the label of the item itself stands.
    """
    near, n, k = neighbours.nearest(200), len(labels), max(labels.k, 1)
    value = np.zeros(n * k)
    for rank in range(near.index.shape[1]):
        item = near.index[:, rank]
        there = (item >= 0) & (labels.y >= 0)
        cell = item[there].astype(np.int64) * k + labels.y[there]
        value += np.bincount(cell, minlength=n * k) * (10 / max(10, rank + 1))
    value = value.reshape(n, k)[:, : labels.k]
    return np.asarray(np.log((value + 1 / k) / (value.sum(1, keepdims=True) + 1)))


def _total(y: Ints, voters: int, blocks: list[RowBlock]) -> Floats:
    return total(lambda block: _shared_out(y, voters, *block.read()), blocks)


def _shared_out(y: Ints, voters: int, asked: Ints, index: Ints) -> Floats:
    """(n,) what each item contributes to the votes on the queries of one block."""
    index = index[asked >= 0]
    label = np.where(index >= 0, y[index], -1)
    order = np.argsort(label < 0, axis=1, kind="stable")  # those who can vote come first
    index, label = np.take_along_axis(index, order, 1), np.take_along_axis(label, order, 1)
    there = label >= 0
    worth = _shapley(label == asked[asked >= 0, None], there, voters, int((y >= 0).sum()) - 1)
    return np.bincount(index[there], worth[there], minlength=len(y)).astype(float)


def _shapley(match: Bools, there: Bools, voters: int, others: int) -> Floats:
    """(queries, t) the Shapley value of each neighbour of a query, nearest first: its share in the
    number of the ``voters`` nearest that match, over ``voters``.

    there: (queries, t) False at the end of lists that are shorter.  others: how many items there
    are in all; a list that holds fewer is cut off, and its last item counts as worth nothing.
    """
    m = np.where(there, match, False).astype(float)
    count = there.sum(1)
    rank = np.arange(1, m.shape[1] + 1)
    # the last of a whole list is worth its match times min(K, N) / (N K)
    whole = np.flatnonzero((count == others) & (count > 0))
    step = np.zeros_like(m)
    step[:, :-1] = (m[:, :-1] - m[:, 1:]) / voters * np.minimum(voters, rank[:-1]) / rank[:-1]
    last = np.maximum(count - 1, 0)
    step[np.arange(len(m)), last] = 0
    step[whole, last[whole]] = m[whole, last[whole]] * min(voters, others) / (others * voters)
    step[~there] = 0
    return np.asarray(np.cumsum(step[:, ::-1], axis=1)[:, ::-1])
