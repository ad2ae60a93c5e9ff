"""How likely a given box lies in the wrong place: a mixture of how far right and wrong boxes lie
off the prediction that is about them.

Right boxes scatter about their predictions: log(1 - IoU) has a middle and a scale that change with
the size of the box and the confidence of the prediction, and a tail.  Where a box and its
prediction lie further apart, one of the two is in the wrong place: the prediction in a share that
grows as its confidence falls, the box in a share that does not.  So boxes that lie off predictions
which are sure tell how many boxes are wrong.  All of it is fitted, for several thicknesses of the
tail, and these fits are weighed by how likely they make the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields

TAILS = (5.0, 10.0, 30.0)  # degrees of freedom of the scatter of right boxes
LEAST = 50  # pairs without which nothing is said
SIZES, LEVELS = 3, 4  # groups of size and of confidence in which middle and scale are taken
CLOSE = 0.005  # 1 - IoU below which differences are roundings
FROM = 1.0  # scales above the middle from which a box or a prediction in a wrong place may lie
ROUNDS = 300
PRIOR, AS_MANY = 0.02, 100  # share of wrong boxes that is expected, and boxes that it counts as
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


def wrong_places(overlap: Floats, area: Floats, sure: Floats) -> Places:
    """The chance of each box by its overlap with the prediction about it (NaN: there is none), and
    the confidence of that.

    >>> right = 1 - 0.1 * np.exp(np.random.default_rng(0).normal(0, 0.3, 500))
    >>> found = wrong_places(np.append(right, [0.35, 0.4]), np.full(502, 900.0), np.full(502, 0.98))
    >>> found.p[-2:].round(1).tolist(), int((found.p > 0.5).sum())
    ([1.0, 1.0], 2)
    """
    known = np.isfinite(overlap) & (area > 0)
    p = np.full(len(overlap), np.nan)
    if known.sum() < LEAST:
        return Places(p, 0.0, 0.0, 0.0)
    z = _scaled(overlap[known], area[known], sure[known])
    top = max(float(z.max()), FROM + 3.0)
    broad = np.where(z >= FROM, 1 / (top - FROM), 0.0)
    fits = [_fit(student.pdf(z, tail), broad, 1 - sure[known]) for tail in TAILS]
    likely = np.array([value for _, value, _ in fits])
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    p[known] = sum(w * wrong for w, (wrong, _, _) in zip(weight, fits, strict=True))
    value, n = float(np.nansum(p)), len(z)
    some = [float(wrong.sum()) for wrong, value_, _ in fits if value_ > likely.max() - 3]
    reach = 1.96 * np.sqrt(value + 1)
    gain = float(likely.max() - max(none for *_, none in fits))
    told = gain > np.log(n) / 2  # what one more parameter gains by chance
    return Places(p, value, max(min(some) - reach, 0.0) if told else 0.0, max(some) + reach)


def _scaled(overlap: Floats, area: Floats, sure: Floats) -> Floats:
    """How far off boxes lie, in scales of boxes of like size that are seen as surely; 0 = as far as
    the middle one.
    """
    off = np.log(np.maximum(1 - overlap, CLOSE))
    group = _group(np.log(area), SIZES) * LEVELS + _group(sure, LEVELS)
    middle, upper = np.quantile(off, (0.5, 0.75))
    z = (off - middle) / max((upper - middle) / QUARTER, 0.05)
    for g in np.unique(group).tolist():
        of = group == g
        if of.sum() >= LEAST:
            middle, upper = np.quantile(off[of], (0.5, 0.75))
            z[of] = (off[of] - middle) / max((upper - middle) / QUARTER, 0.05)
    return np.asarray(z)


def _group(value: Floats, many: int) -> Ints:
    edges = np.quantile(value, np.linspace(0, 1, many + 1)[1:-1])
    return np.asarray(np.searchsorted(edges, value, side="right"))


def _fit(right: Floats, broad: Floats, doubt: Floats) -> tuple[Floats, float, float]:
    """The chance that each box is in the wrong place, and the log-likelihood with and without such
    boxes: EM over the share of wrong boxes, and that of wrong predictions in parts of their doubt.
    """
    both, none = 0.0, 0.0
    wrong = np.zeros(len(right))
    for start in (0.0, 0.02):  # without wrong boxes, then with them
        share, slope = start, 0.3
        for _ in range(ROUNDS):
            theirs = np.minimum(slope * doubt, 0.9)
            parts = (
                share * broad,
                (1 - share) * theirs * broad,
                (1 - share) * (1 - theirs) * right,
            )
            total = np.maximum(parts[0] + parts[1] + parts[2], 1e-300)
            new = float((parts[0] / total).sum() + PRIOR * AS_MANY) / (len(right) + AS_MANY)
            new = new if start else 0.0
            fallen = float((parts[1] / total).sum() / max(float(doubt.sum()), 1e-9))
            done = abs(new - share) + abs(fallen - slope) < 1e-7
            share, slope = new, min(fallen, 1.0)
            if done:
                break
        value = float(np.log(total).sum())
        none, both, wrong = (value, value, wrong) if start == 0 else (none, value, parts[0] / total)
    return wrong, both, none
