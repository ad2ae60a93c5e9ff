"""How likely a given box lies in the wrong place: a mixture of how far right and wrong boxes lie
off the prediction that is about them.

Right boxes scatter about their predictions: log(1 - IoU) has a middle and a scale that change with
the size of the box, and a tail.  Wrong ones lie anywhere between there and no overlap.  The share
of wrong ones is fitted, for several thicknesses of the tail, and these fits are weighed by how
likely they make the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from reliabel.core.labels import Floats
from reliabel.core.short_repr import by_fields

TAILS = (4.0, 8.0, 30.0)  # degrees of freedom of the scatter of right boxes
LEAST = 50  # pairs without which nothing is said
SIZES = 6  # groups of size in which middle and scale are taken
CLOSE = 0.005  # 1 - IoU below which differences are roundings
FROM = 1.0  # scales above the middle from which a wrong box may lie
ROUNDS = 200
QUARTER = 0.6745  # of a normal distribution: its upper quartile


@dataclass(frozen=True, eq=False)
class Places:
    """``p`` (m,) chance of a wrong place (NaN where nothing can be said), and the number of wrong
    places with the ends of its interval.
    """

    p: Floats
    value: float
    low: float
    high: float

    __repr__ = by_fields


def wrong_places(overlap: Floats, area: Floats) -> Places:
    """The chance of each box by its overlap with the prediction about it (NaN: there is none).

    >>> right = 1 - 0.1 * np.exp(np.random.default_rng(0).normal(0, 0.3, 500))
    >>> found = wrong_places(np.append(right, [0.35, 0.4]), np.full(502, 900.0))
    >>> found.p[-2:].round(1).tolist(), int((found.p > 0.5).sum())
    ([1.0, 1.0], 2)
    """
    known = np.isfinite(overlap) & (area > 0)
    p = np.full(len(overlap), np.nan)
    if known.sum() < LEAST:
        return Places(p, 0.0, 0.0, 0.0)
    z = _scaled(overlap[known], area[known])
    top = max(float(z.max()), FROM + 3.0)
    broad = np.where(z >= FROM, 1 / (top - FROM), 0.0)
    fits = [_fit(student.pdf(z, tail), broad) for tail in TAILS]
    likely = np.array([value for _, _, value, _ in fits])
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    p[known] = sum(w * wrong for w, (_, wrong, _, _) in zip(weight, fits, strict=True))
    value, n = float(np.nansum(p)), len(z)
    some = [share * n for share, _, value_, _ in fits if value_ > likely.max() - 3]
    reach = 1.96 * np.sqrt(value + 1)
    gain = float(likely.max() - max(none for *_, none in fits))
    sure = gain > np.log(n) / 2  # what one more parameter gains by chance
    low = max(min(some) - reach, 0.0) if sure else 0.0
    return Places(p, value, low, max(some) + reach)


def _scaled(overlap: Floats, area: Floats) -> Floats:
    """How far off boxes lie, in scales of boxes of like size, 0 = as far as the middle one."""
    off = np.log(np.maximum(1 - overlap, CLOSE))
    edges = np.quantile(np.log(area), np.linspace(0, 1, SIZES + 1))
    group = np.clip(np.searchsorted(edges, np.log(area), side="right") - 1, 0, SIZES - 1)
    z = np.zeros(len(off))
    for g in range(SIZES):
        of = group == g
        if of.any():
            some = off[of] if of.sum() >= LEAST else off
            middle, upper = np.quantile(some, (0.5, 0.75))
            z[of] = (off[of] - middle) / max((upper - middle) / QUARTER, 0.05)
    return z


def _fit(right: Floats, broad: Floats) -> tuple[float, Floats, float, float]:
    """The share of wrong boxes, the chance of each, and the log-likelihood with and without."""
    share = 0.03
    for _ in range(ROUNDS):
        wrong = share * broad / ((1 - share) * right + share * broad)
        new = float(wrong.mean())
        if abs(new - share) < 1e-7:
            break
        share = new
    share = min(max(share, 1e-6), 0.5)
    both = (1 - share) * right + share * broad
    return share, share * broad / both, float(np.log(both).sum()), float(np.log(right).sum())
