"""Calibration of P(wrong): predicted against observed shares of wrong labels, in bins, on known
truth or on the verdicts of a weighted draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import wilson


@dataclass(frozen=True)
class Bin:
    """Labels with about the same P(wrong): its mean, the observed share of wrong labels with its
    95 % interval, and the number of labels.
    """

    predicted: float
    wrong: float
    low: float
    high: float
    size: int

    __repr__ = by_fields


def calibration(
    p: Floats, bad: Floats, weight: Floats | None = None, *, bins: int = 10
) -> list[Bin]:
    """Compare p (m,) with what is observed, in bins of equal width; empty bins are left out.

    bad: (m,) 1 wrong, 0 right; NaN in p or bad is left out.
    weight: (m,) how many labels each one stands for, if they were drawn with unequal probabilities;
    intervals are Wilson's for the effective number of draws.

    >>> calibration(np.array([0.1, 0.15, 0.9]), np.array([0.0, 1.0, 1.0]), bins=2)[0].wrong
    0.5
    """
    known = np.isfinite(p) & np.isfinite(bad)
    p, bad = p[known], bad[known]
    weight = np.ones(len(p)) if weight is None else np.asarray(weight, dtype=float)[known]
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    found = []
    for b in np.unique(place):
        here = place == b
        w = weight[here] / weight[here].sum()
        share, size = float(w @ bad[here]), 1 / float(w @ w)
        low, high = wilson(np.array(share * size), np.array(size))
        found.append(Bin(float(w @ p[here]), share, float(low), float(high), int(here.sum())))
    return found
