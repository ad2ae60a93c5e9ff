"""Long tail: the accuracy that a model loses on other items if it may not learn the items that it
would have to memorise, compared with losing as many at random.

Above zero, memorised items are rare kinds that others need; at or below zero, they are wrong labels
or one of a kind. The model is the nearest neighbour; half of the items are learnt from, the other
half is predicted, several times.
Assumes features in which near items share a class. The other items keep their labels as given, so
wrong ones among them lower every accuracy alike. Weak with few items: a half has not the tail of
the whole.
Cost: O(splits n j), memory O(n j).
Paper: Feldman, Zhang. What neural networks memorize and why: discovering the long tail via
influence estimation. NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.core.run import track
from reliabel.ops.memorised import MEMORISED, memorised, nearest_label

STATUS = "optional"
ALSO = ("long_tail_value",)


def measure(
    labels: Classes, *, neighbours: Neighbours, rng: Generator, splits: int = 10
) -> Measure:
    """Mean over items of (right without as many random ones - right without the memorised).

    The interval is that of the mean of a sample of items, at 95 %.
    splits: how often the items are halved; each half is learnt from once.
    ``parts`` holds "memorisation" (n,) of each item among all, "histogram" (10,) of it, "share"
    above .25, and the accuracies "all", "without_memorised" and "without_random". Raises ValueError
    for splits below 1.

    >>> around = Neighbours(np.array([[1, 2], [0, 2], [3, 0], [2, 0]]), np.ones((4, 2)))
    >>> rng = np.random.default_rng(0)
    >>> measure(Classes(np.array([0, 0, 1, 1])), neighbours=around, rng=rng).parts["share"]
    0.0
    """
    if splits < 1:
        raise ValueError(f"splits must be at least 1, got {splits}")
    y, index, n = labels.y, neighbours.index, len(labels)
    known = np.flatnonzero(y >= 0)
    right, times = np.zeros((3, n)), np.zeros(n)
    for _ in track("halves", range(splits)):
        order = rng.permutation(known)
        for half in (order[: len(order) // 2], order[len(order) // 2 :]):
            learnt = np.zeros(n, dtype=bool)
            learnt[half] = True
            drop = half[np.nan_to_num(memorised(y, index, learnt)[half]) > MEMORISED]
            asked = np.setdiff1d(known, half)
            for way, gone in enumerate((half[:0], drop, rng.permutation(half)[: len(drop)])):
                left = learnt.copy()
                left[gone] = False
                right[way, asked] += nearest_label(y, index[asked], left) == y[asked]
            times[asked] += 1
    return _made(y, index, right[:, known] / np.maximum(times[known], 1))


def _made(y: Ints, index: Ints, right: Floats) -> Measure:
    """The measure, of how often each item is right in each of the three ways (3, m)."""
    m = right.shape[1]
    score = memorised(y, index, np.ones(len(y), dtype=bool))
    told = score[~np.isnan(score)]
    names = ("all", "without_memorised", "without_random")
    parts = {
        "memorisation": score,
        "histogram": np.histogram(told, 10, (0.0, 1.0))[0],
        "share": float((told > MEMORISED).mean()) if len(told) else float("nan"),
        **{
            name: float(row.mean()) if m else np.nan for name, row in zip(names, right, strict=True)
        },
    }
    if m < 2:
        why = "no interval: it takes two labelled items to learn from one and predict the other"
        return Measure(np.nan, np.nan, np.nan, parts, {"interval": why})
    lost = right[2] - right[1]
    half = 1.96 * float(lost.std(ddof=1)) / np.sqrt(m)
    value = float(lost.mean())
    return Measure(value, value - half, value + half, parts, {"level": 0.95})
