"""Symmetric noise: errors fall uniformly on all items and all other classes; wrong numbers lie
anywhere between the least and the greatest.

Assumes nothing. Weak as a model of people: they confuse what looks alike, so methods look better on
this noise than on real errors.
Cost: O(n). Paper: Angluin, Laird. Learning from noisy examples. Machine Learning 2 (1988) 343-370.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Numbers
from reliabel.core.results import Corrupted
from reliabel.ops.noise import another, how_many, realised
from reliabel.ops.number_noise import items_to_spoil, spoiled

STATUS = "default"
ALSO = ("uniform",)


def corrupt(labels: Classes | Numbers, *, rng: Generator, rate: float = 0.2) -> Corrupted:
    """Give a share ``rate`` of the labelled items one of the other classes, or another number; how
    many is rounded, not drawn.

    rate: share of the labelled items that become wrong.

    >>> labels = Classes(np.array([0, 1, 2, 0, 1, -1]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.4)
    >>> made.labels.y.tolist(), made.wrong.tolist()
    ([0, 1, 2, 1, 2, -1], [False, False, False, True, True, False])
    """
    if isinstance(labels, Numbers):
        return _numbers(labels, rng, rate)
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


def _numbers(labels: Numbers, rng: Generator, rate: float) -> Corrupted:
    y = labels.y.reshape(len(labels), -1)
    known = ~np.isnan(y)
    low = np.where(known, y, np.inf).min(0, initial=np.inf)
    high = np.where(known, y, -np.inf).max(0, initial=-np.inf)
    item = items_to_spoil(labels, known.any(1) & (high > low).any()[None], rate, rng)
    low, high = (np.where(np.isfinite(end), end, 0.0) for end in (low, high))
    new = low + (high - low) * rng.random((len(item), y.shape[1]))
    return spoiled(labels, item, new.reshape(labels.y[item].shape), rate)
