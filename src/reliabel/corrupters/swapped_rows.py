"""Swapped rows: numbers that stand in the row of another item, as after sorting one column or
pasting with an offset.

Assumes that any item's number may land on any other.  Weak as a model of single slips: a swapped
number is always plausible as a number, so that no check of ranges finds it.
Cost: O(n).
Paper: Neter, Maynes, Ramanathan. The effect of mismatching on the measurement of response errors.
JASA 60 (1965) 1005-1027.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Numbers
from reliabel.core.results import Corrupted
from reliabel.ops.number_noise import items_to_spoil, numbered_items, spoiled

STATUS = "default"
TRIES = 20  # orders that are tried, so that few items get an equal number


def corrupt(labels: Numbers, *, rng: Generator, rate: float = 0.1) -> Corrupted:
    """Hand the numbers of a share ``rate`` of the items on, each to another of them; where numbers
    repeat, a few may get an equal one and stay right.

    rate: share of the items with a number that are chosen.

    >>> made = corrupt(Numbers(np.arange(6.0)), rng=np.random.default_rng(0), rate=0.5)
    >>> made.labels.y.tolist(), made.wrong.tolist()
    ([0.0, 1.0, 2.0, 4.0, 5.0, 3.0], [False, False, False, True, True, True])
    """
    item = items_to_spoil(labels, numbered_items(labels), rate, rng)
    if len(item) < 2:
        return spoiled(labels, item[:0], labels.y[item[:0]], rate)
    best, most = item, -1
    for _ in range(TRIES):
        order = rng.permutation(item)
        moved = int((labels.y[np.roll(order, 1)] != labels.y[order]).sum())
        if moved > most:
            best, most = order, moved
        if moved == labels.y[order].size:
            break
    return spoiled(labels, best, labels.y[np.roll(best, 1)], rate)
