"""Sets of label vectors near a prediction, without going through all 2^k of them.

The squared distance of a vector of 0 and 1 to probabilities is a sum over labels, so that every
vector is the nearest one with some labels flipped, each at a cost of its own.  With many labels the
sum may hold any one flip, so that every label differs somewhere in the set: a set by distance has
few vectors, but settles no label.  A set by the boldest flip alone is a box, in which each label is
either settled or open.
Source: Maltoudoglou, Paisios, Lenc, Martinek, Kral, Papadopoulos. Well-calibrated confidence
measures for multi-label text classification with a large number of labels. Pattern Recognition 122
(2022); the order of the flips is ours.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints

CLOSE = 1e-12


def distance(y: Ints, probs: Floats) -> Floats:
    """(n,) squared distance of label vectors (n, k) to probabilities."""
    return np.asarray(((y - probs) ** 2).sum(1))


def boldest(y: Ints, probs: Floats) -> Floats:
    """(n,) the chance that probabilities give to the answer which the boldest flip of a label
    vector (n, k) turned, at least .5; 0 where nothing is flipped.

    >>> boldest(np.array([[1, 0], [0, 0]]), np.array([[0.9, 0.4], [0.8, 0.4]])).tolist()
    [0.0, 0.8]
    """
    sure = np.maximum(probs, 1 - probs)
    flipped = (probs >= 0.5) != (y == 1)
    return np.asarray(np.where(flipped, sure, 0.0).max(1, initial=0.0))


def entropy(probs: Floats) -> Floats:
    """(n,) bits that the answers to all labels take, if the probabilities are true and the labels
    independent of each other.
    """
    p = np.clip(probs, 1e-12, 1 - 1e-12)
    return np.asarray(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)).sum(1))


def nearest(probs: Floats) -> tuple[Ints, Floats, Floats]:
    """The nearest vector (n, k), its squared distance (n,), and what flipping each label adds
    (n, k).

    >>> base, least, more = nearest(np.array([[0.9, 0.2]]))
    >>> base.tolist(), least.round(2).tolist(), more.round(2).tolist()
    ([[1, 0]], [0.05], [[0.8, 0.6]])
    """
    base = (probs >= 0.5).astype(np.int64)
    return base, distance(base, probs), np.abs(2 * probs - 1)


def threshold(scores: Floats, error: float) -> float:
    """The squared distance up to which vectors are in the set, from those of calibration items;
    infinite where these are too few for the level.
    """
    need = int(np.floor(error * (len(scores) + 1) - 1 + 1e-9)) + 1
    if need <= 0:
        return float("inf")
    return float(np.partition(scores, len(scores) - need)[len(scores) - need])


def left_open(probs: Floats, limit: Floats | float) -> Bools:
    """(n, k) the labels that a box leaves open: whose likelier answer has a chance of ``limit`` at
    most.  The others are as in the nearest vector.
    """
    return np.asarray(np.maximum(probs, 1 - probs) <= limit + CLOSE)


def members(probs: Floats, within: float) -> Iterator[Ints]:
    """The vectors of the set of one item (k,), nearest first; the nearest alone where the set would
    be empty.

    >>> [vector.tolist() for vector in members(np.array([0.9, 0.6]), within=0.5)]
    [[1, 1], [1, 0]]
    """
    base, least, more = (part[0] for part in nearest(probs[None]))
    yield base
    order = np.argsort(more, kind="stable")
    cost = more[order]
    heap: list[tuple[float, tuple[int, ...]]] = [(float(cost[0]), (0,))] if len(cost) else []
    while heap:
        added, flips = heapq.heappop(heap)
        if least + added > within + CLOSE:
            return
        vector = base.copy()
        chosen = order[list(flips)]
        vector[chosen] = 1 - vector[chosen]
        yield vector
        last = flips[-1]
        if last + 1 < len(cost):  # one flip more, or the last one moved on
            heapq.heappush(heap, (added + float(cost[last + 1]), (*flips, last + 1)))
            step = float(cost[last + 1] - cost[last])
            heapq.heappush(heap, (added + step, (*flips[:-1], last + 1)))
