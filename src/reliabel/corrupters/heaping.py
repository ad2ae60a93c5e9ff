"""Heaping: numbers rounded to a coarser step than they were measured with, as people report ages
and weights in fives and tens.

Assumes that who rounds does so to one step; a number that lies on the step already is never chosen.
Weak where all numbers are coarse.
Cost: O(n). Paper: Heitjan, Rubin. Inference from coarse data via multiple imputation with
application to age heaping. JASA 85 (1990) 304-314.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Numbers
from reliabel.core.results import Corrupted
from reliabel.ops.number_noise import items_to_spoil, spoiled

STATUS = "default"
PARTS = 20  # steps between the 5 % and 95 % quantiles where no step is given, about


def corrupt(
    labels: Numbers, *, rng: Generator, rate: float = 0.2, step: float | None = None
) -> Corrupted:
    """Round a share ``rate`` of the numbers to the nearest multiple of ``step``.

    rate: share of the items with a number that are rounded.
    step: None takes 1, 2 or 5 times a power of ten, about a twentieth of the range of most numbers.
    ``info["step"]`` holds the step of each column.
    Raises ValueError for a step that is not positive.

    >>> made = corrupt(Numbers(np.arange(20.0) + 0.3), rng=np.random.default_rng(0), rate=0.2)
    >>> made.info["step"], made.labels.y[made.wrong].tolist()
    ([1.0], [5.0, 9.0, 11.0, 14.0])
    """
    if step is not None and not step > 0:
        raise ValueError(f"step must be positive, got {step!r}")
    y = labels.y.reshape(len(labels), -1)
    steps = np.array([_step(column) if step is None else float(step) for column in y.T])
    rounded = np.round(y / steps) * steps
    item = items_to_spoil(labels, (np.nan_to_num(rounded - y) != 0).any(1), rate, rng)
    new = rounded[item].reshape(labels.y[item].shape)
    return spoiled(labels, item, new, rate, step=steps.tolist())


def _step(column: Floats) -> float:
    known = column[~np.isnan(column)]
    if not len(known):
        return 1.0
    low, high = np.quantile(known, [0.05, 0.95])
    wide = (high - low) / PARTS
    if not wide > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(wide))
    return float(power * min((1, 2, 5, 10), key=lambda digit: abs(np.log(wide / power / digit))))
