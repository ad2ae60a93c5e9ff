"""Pair flips: each wrong label is that of the next class, as if every class had one look-alike.

Assumes that a class is confused with one other alone.  The hardest noise by class for its rate:
from one half on, most labels of a class are wrong, and no method that sees only the labels can
tell.
Cost: O(n). Paper: Han et al. Co-teaching: robust training of deep neural networks with extremely
noisy labels. NeurIPS 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes
from reliabel.core.results import Corrupted
from reliabel.ops.noise import how_many, realised

STATUS = "default"
ALSO = ("next_class",)


def corrupt(labels: Classes, *, rng: Generator, rate: float = 0.2) -> Corrupted:
    """Give a share ``rate`` of the labelled items the next class, the last class the first; the
    number is rounded, not drawn.

    rate: share of the labelled items that become wrong.

    >>> labels = Classes(np.array([0, 1, 2, 0, 1, -1]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.4)
    >>> made.labels.y.tolist(), made.wrong.tolist()
    ([0, 1, 0, 0, 2, -1], [False, False, True, False, True, False])
    """
    m = how_many(labels.y, labels.k, rate)
    item = rng.permutation(np.flatnonzero(labels.y >= 0))[:m]
    y = np.array(labels.y, dtype=np.int64)
    y[item] = (y[item] + 1) % labels.k
    info = {"asked": rate, **realised(labels.y, y, labels.k)}
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y, info)
