"""Symmetric noise: errors fall uniformly on all items and all other classes.

Assumes nothing. Weak as a model of people: they confuse what looks alike, so methods look better on
this noise than on real errors.
Cost: O(n). Paper: Angluin, Laird. Learning from noisy examples. Machine Learning 2 (1988) 343-370.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes
from reliabel.core.results import Corrupted
from reliabel.ops.noise import another, how_many, realised

STATUS = "default"
ALSO = ("uniform",)


def corrupt(labels: Classes, *, rng: Generator, rate: float = 0.2) -> Corrupted:
    """Give a share ``rate`` of the labelled items one of the other classes; the number is rounded,
    not drawn.

    rate: share of the labelled items that become wrong.

    >>> labels = Classes(np.array([0, 1, 2, 0, 1, -1]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.4)
    >>> made.labels.y.tolist(), made.wrong.tolist()
    ([0, 1, 2, 1, 2, -1], [False, False, False, True, True, False])
    """
    m = how_many(labels.y, labels.k, rate)
    item = (
        rng.choice(np.flatnonzero(labels.y >= 0), m, replace=False)
        if m
        else np.empty(0, dtype=np.int64)
    )
    y = np.array(labels.y, dtype=np.int64)
    y[item] = another(y[item], labels.k, rng)
    info = {"asked": rate, **realised(labels.y, y, labels.k)}
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y, info)
