"""Prune by noise rate: for each cell of the confident joint, flag as many items as it counts, those
with the largest margin of the other class.

Assumes class-conditional noise and out-of-fold probabilities. The calibrated joint also counts
items that are not confident themselves, so it flags more than confident learning does; weak if
classes are many and small, so that a cell of the joint is one item or none.
Cost: O(n k) in four passes over blocks, memory O(n + k^2).
Paper: Northcutt, Jiang, Chuang. Confident learning: estimating uncertainty in dataset labels. JAIR
70 (2021) 1373-1411, method 4 (PBNR).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, fold, rows
from reliabel.ops.confident import joint, own, thresholds, whole

ALSO = ("pbnr",)
# A key holds the cell (given label * k + other class) in its high bits and the bits of the margin,
# inverted so that the largest comes first, in its low ones.
LOW = np.uint64(2**32 - 1)


def audit(labels: Classes, *, probs: Floats) -> Suspicion:
    """Flag = among the n Q items of a cell with the largest margin of the other class over the
    given one.

    Flagged items score above all others. Ties at the edge of a cell are flagged together, and an
    item whose given label is its most probable class never is. Each part is ordered by one minus
    the probability of the given label; suggestion = the most probable class that flags the item.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    >>> found = audit(Classes(np.array([0, 0, 1, 1, 1, 0])), probs=p)
    >>> found.flag.tolist(), found.score.round(2).tolist()
    ([False, False, False, True, False, True], [0.05, 0.1, 0.1, 0.95, 0.05, 0.8])
    >>> found.info["joint"].tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """
    k = probs.shape[1]
    threshold = thresholds(labels.y, probs)
    counts = joint(labels.y, probs, threshold)
    wanted = whole(counts).T.copy()  # [given, other]
    np.fill_diagonal(wanted, 0)
    edge = np.full(k * k, np.inf, dtype=np.float32)
    if wanted.any():
        most = wanted.ravel()
        keys = fold(
            lambda block: _leaning(most, *block.read()),
            lambda a, b: _first(most, np.concatenate([a, b])),
            cut(labels.y, probs),
        )
        np.minimum.at(
            edge,
            (keys >> np.uint64(32)).astype(np.intp),
            (LOW - (keys & LOW)).astype(np.uint32).view(np.float32),
        )
    edge = edge.reshape(k, k)
    score, flag, best = rows(lambda block: _judge(edge, *block.read()), cut(labels.y, probs))
    return Suspicion(
        score, flag, Classes(best, labels.names), info={"thresholds": threshold, "joint": counts}
    )


def _leaning(most: Ints, y: Ints, probs: Floats) -> Ints:
    """Keys of the items with the largest margins of another class, ``most[cell]`` for each cell."""
    given = own(y, probs)
    away = np.flatnonzero((probs.max(1) > given) & (y >= 0))
    row, other = np.nonzero(probs[away] > given[away, None])
    cell = y[away][row] * probs.shape[1] + other
    counted = most[cell] > 0
    row, other = away[row[counted]], other[counted]
    margin = (probs[row, other] - given[row]).astype(np.float32)
    return _first(
        most, (cell[counted].astype(np.uint64) << np.uint64(32)) | (LOW - margin.view(np.uint32))
    )


def _first(most: Ints, keys: Ints) -> Ints:
    """The first ``most[cell]`` keys of each cell: its largest margins."""
    keys.sort()
    cell = (keys >> np.uint64(32)).astype(np.intp)
    start = np.flatnonzero(np.diff(cell, prepend=-1))
    place = np.arange(len(cell)) - np.repeat(start, np.diff(start, append=len(cell)))
    return keys[place < most[cell]]


def _judge(edge: Floats, y: Ints, probs: Floats) -> tuple[Floats, Bools, Ints]:
    given = own(y, probs)
    flag, suggest = np.zeros(len(y), dtype=bool), np.array(y)
    away = np.flatnonzero((probs.max(1) > given) & (y >= 0))
    lean, least = probs[away], given[away, None]
    best = np.where((lean > least) & ((lean - least).astype(np.float32) >= edge[y[away]]), lean, -1)
    flag[away] = best.max(1, initial=-1) >= 0
    suggest[away] = np.where(flag[away], best.argmax(1), y[away])
    return np.where(y >= 0, (flag + 1 - given.astype(float)) / 2, np.nan), flag, suggest
