"""Relative noise: numbers that are off by a share of themselves, as after a bad measurement.

Assumes that large numbers are off by more; zero stays zero and is never chosen.  Weak as a test of
auditors where right numbers scatter as much: what is drawn near zero cannot be seen by anybody.
Cost: O(n).
Paper: Fuller. Measurement error models. Wiley 1987.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Numbers
from reliabel.core.results import Corrupted
from reliabel.ops.number_noise import items_to_spoil, spoiled

STATUS = "default"


def corrupt(
    labels: Numbers,
    *,
    rng: Generator,
    rate: float = 0.1,
    least: float = 0.1,
    most: float = 0.5,
) -> Corrupted:
    """Raise or lower a share ``rate`` of the numbers by between ``least`` and ``most`` of
    themselves.

    rate: share of the items with a number that become wrong.
    least, most: the smallest and the largest change, as shares of the number.
    Raises ValueError where these are not 0 < least <= most.

    >>> made = corrupt(Numbers(np.full(4, 100.0)), rng=np.random.default_rng(0), rate=0.5)
    >>> made.labels.y.round(1).tolist()
    [100.0, 100.0, 89.3, 57.5]
    """
    if not 0 < least <= most:
        raise ValueError(
            f"least and most must be shares with 0 < least <= most, got {least}, {most}"
        )
    rest = np.nan_to_num(labels.y.reshape(len(labels), -1))
    item = items_to_spoil(labels, (rest != 0).any(1), rate, rng)
    part = rng.choice([-1.0, 1.0], len(item)) * rng.uniform(least, most, len(item))
    y = labels.y[item] * (1 + part.reshape(-1, *(1,) * (labels.y.ndim - 1)))
    return spoiled(labels, item, y, rate)
