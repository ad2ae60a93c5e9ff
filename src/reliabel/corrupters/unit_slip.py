"""Unit slips: numbers written in another unit or with a misplaced decimal point, such as ten times
too much.

Assumes that a slip multiplies by one of a few factors; zero stays zero and is never chosen.  Weak
for temperatures, whose units differ by an offset as well.
Cost: O(n).
Paper: de Waal, Pannekoek, Scholtus. Handbook of statistical data editing and imputation. Wiley
2011, chapter 2.
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
    rate: float = 0.05,
    factors: tuple[float, ...] = (10.0, 0.1),
) -> Corrupted:
    """Multiply a share ``rate`` of the numbers by one of the factors.

    rate: share of the items with a number that become wrong.
    factors: what a slip multiplies by, drawn evenly: 10 and .1 are misplaced points, 2.54 inches as
        centimetres, .4536 pounds as kilograms.
    ``info["factor"]`` holds the factor of each item, 1 where it is right.
    Raises ValueError for a factor that is 1, 0 or no number.

    >>> made = corrupt(Numbers(np.arange(5.0)), rng=np.random.default_rng(0), rate=0.4)
    >>> made.labels.y.tolist()
    [0.0, 1.0, 2.0, 30.0, 40.0]
    """
    known = np.asarray(factors, dtype=np.float64)
    if not len(known) or not np.isfinite(known).all() or np.isin(known, (0.0, 1.0)).any():
        raise ValueError(f"factors must be finite numbers other than 0 and 1, got {factors!r}")
    rest = np.nan_to_num(labels.y.reshape(len(labels), -1))
    item = items_to_spoil(labels, (rest != 0).any(1), rate, rng)
    drawn = rng.choice(known, len(item))
    factor = np.ones(len(labels))
    factor[item] = drawn
    y = labels.y[item] * drawn.reshape(-1, *(1,) * (labels.y.ndim - 1))
    return spoiled(labels, item, y, rate, factor=factor)
