"""Memorisation by the model that memorises all it is given, the nearest neighbour: how much an
item's own presence matters for what is predicted of it.

Over all random parts of the data the mean is known in closed form: the nearest other item that is
in the part is the r-th of the list with chance share (1 - share)^(r - 1).
Source: Feldman. Does learning require memorization? STOC 2020; Feldman, Zhang. What neural networks
memorize and why. NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops.chunks import cut, rows

SHARE = 0.7  # of the items, that each model learns from
MEMORISED = 0.25  # from which an item is called memorised


def memorised(y: Ints, index: Ints, there: Bools, share: float = SHARE) -> Floats:
    """(n,) the chance that an item is predicted as labelled where it is in the part, which is one,
    less that chance where it is not.  NaN without a label, or without a neighbour that has one.

    index: (n, j) the nearest other items, nearest first, -1 where there is none.
    there: (n,) which items can be in a part; unlabelled ones never are.

    >>> index = np.array([[1, 2], [0, 2], [1, 0]])
    >>> memorised(np.array([0, 0, 1]), index, np.ones(3, bool)).round(2).tolist()
    [0.23, 0.23, 1.0]
    """
    return rows(lambda block: _missed(y, there & (y >= 0), share, *block.read()), cut(y, index))


def nearest_label(y: Ints, index: Ints, there: Bools) -> Ints:
    """(n,) the label of the nearest other item among those ``there``, -1 where the list ends."""
    usable = np.append(there & (y >= 0), False)[index]
    first = usable.argmax(1)
    at = np.arange(len(index))
    return np.asarray(np.where(usable[at, first], y[index[at, first]], -1))


def _missed(y: Ints, there: Bools, share: float, own: Ints, index: Ints) -> Floats:
    usable = np.append(there, False)[index]
    place = usable.cumsum(1) - 1
    chance = np.where(usable, share * (1 - share) ** place, 0)
    mass = chance.sum(1)
    right = np.where(y[index] == own[:, None], chance, 0).sum(1)
    known = (own >= 0) & (mass > 0)
    hit = np.divide(right, mass, out=np.full(len(own), np.nan), where=known)
    return np.asarray(1 - hit)
