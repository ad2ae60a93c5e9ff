"""How many objects have no box: the rate of each class, and which predictions are objects that the
annotation left out.

The confidences of predictions that are about a given box say how objects look to the detector.
Predictions about no given box are a mixture of such objects and of false alarms.  At a confidence
where many objects lie, false alarms stand to them as the doubt that is left there, so that they
vanish towards certainty, and what stays is the ratio of objects without a box to those with one.
Assumes that the detector saw objects with and without a box alike, and that its surest predictions
are objects.  Weak where the detector learnt that some objects have no box: it then sees fewer, and
the rate is too low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.short_repr import by_fields
from reliabel.ops.box_agreement import Agreement, class_of, confidence

LEAST = 30  # matched predictions without which nothing is read from the rest
LOW, TOP = (
    0.25,
    0.95,
)  # quantiles of the matched confidences: from the first on ratios are read, and
# from the second on the detector is taken to be certain
ROUNDS = 500
POWER = 1.5  # of the doubt that false alarms grow with
SHRINK = 10.0  # matched predictions of a class that the rate of all classes counts as
SPARSE = 0.25  # rate from which a class is annotated in part, and not merely with slips
GROUPS = 6  # of low confidence, in which free and matched predictions are compared
CERTAIN = 0.98  # no chance is called greater


@dataclass(frozen=True, eq=False)
class Missing:
    """``rate`` (k,) the share of the objects of each class that have no box, with the ends ``low``
    and ``high`` of its 95 % interval, and ``p`` (p,) the chance that a prediction is an object
    without a box (0 where it is about a given one).
    """

    rate: Floats
    low: Floats
    high: Floats
    p: Floats

    __repr__ = by_fields

    def sparse(self) -> Ints:
        """The classes that are annotated in part."""
        return np.flatnonzero((self.rate >= SPARSE) & (self.low >= SPARSE / 2))


def missing_rate(labels: Grouped[Boxes], predicted: Grouped[Boxes], found: Agreement) -> Missing:
    """The rate of each class, and the chance of each free prediction.

    found: which predictions are about which given boxes (``ops.box_agreement.agreement``).
    """
    said, k = predicted.units, labels.units.k
    score, y = confidence(said), class_of(said, labels.units.names)
    has = found.partner >= 0
    matched = np.zeros(len(said), dtype=bool)
    matched[found.partner[has]] = labels.units.y[has] == y[found.partner[has]]
    free = found.free
    base, slope, spread = _ratio(score[matched], score[free])
    rate, low, high = np.zeros(k), np.zeros(k), np.ones(k)
    p = np.zeros(len(said))
    p[free] = _chance(score[matched], score[free], base, slope)
    everywhere = float(p.sum()) / max(int(matched.sum()), 1)
    for c in range(k):
        open_, seen = free & (y == c), int((matched & (y == c)).sum())
        ratio = (float(p[open_].sum()) + everywhere * SHRINK) / (seen + SHRINK)
        # counts of about ``seen * ratio`` and ``seen``, and what is not known of all classes
        off = 1.96 * np.sqrt(1 / (seen + SHRINK) + 1 / ((seen + SHRINK) * ratio + 1) + spread**2)
        ends = ratio, ratio * np.exp(-off), ratio * np.exp(off)
        rate[c], low[c], high[c] = (end / (1 + end) for end in ends)
    return Missing(rate, low, high, p)


def _doubt(score: Floats, top: float) -> Floats:
    """How unsure the detector is, in parts of its top, to a power: false alarms thin out faster
    than objects (1, 1.5 and 2 were tried on the first draw of the bench's scenes).
    """
    return np.asarray(np.clip(1 - score / max(top, 1e-9), 0, 1) ** POWER)


def _ratio(matched: Floats, free: Floats) -> tuple[float, float, float]:
    """The ratio of objects without a box to those with one, that of false alarms in parts of their
    doubt, and the standard deviation of the logarithm of the first: the likeliest ones for free
    predictions that come as often as matched ones, times ratio + slope x doubt.

    >>> matched = np.linspace(0.5, 1, 1001)
    >>> ratio, slope, _ = _ratio(matched, matched[::10])
    >>> round(ratio, 2), round(slope, 1)
    (0.1, 0.0)
    """
    if len(matched) < LEAST:
        return 0.0, 1.0, 1.0
    cut, top = np.quantile(matched, (LOW, TOP))
    theirs, doubt = _doubt(matched[matched >= cut], top), _doubt(free[free >= cut], top)
    n, all_of = len(theirs), max(float(theirs.sum()), 1e-9)
    ratio, slope = len(doubt) / (2 * n), len(doubt) / (2 * all_of)
    for _ in range(ROUNDS if len(doubt) else 0):
        objects = ratio / np.maximum(ratio + slope * doubt, 1e-300)
        new = float(objects.sum()) / n, float((1 - objects).sum()) / all_of
        done = abs(new[0] - ratio) < 1e-7
        ratio, slope = new
        if done:
            break
    rate = np.maximum(ratio + slope * doubt, 1e-12)
    found = np.array(
        [[np.sum(rate**-2), np.sum(doubt * rate**-2)], [0, np.sum((doubt / rate) ** 2)]]
    )
    found[1, 0] = found[0, 1]
    left = found[0, 0] - found[0, 1] ** 2 / max(found[1, 1], 1e-12)  # information on the ratio
    spread = 1 / max(np.sqrt(max(left, 1e-12)) * ratio, 1e-6)
    return ratio, slope, float(min(spread, 2.0))


def _chance(matched: Floats, free: Floats, ratio: float, slope: float) -> Floats:
    """(f,) the chance that free predictions are objects; never falling with confidence."""
    if not len(free) or len(matched) < LEAST or ratio <= 0:
        return np.zeros(len(free))
    cut, top = np.quantile(matched, (LOW, TOP))
    p = ratio / (ratio + slope * _doubt(free, top))
    below = free < cut
    if below.any():  # where few objects lie: what is expected of them, in parts of what is there
        edges = np.quantile(free[below], np.linspace(0, 1, GROUPS + 1))[1:-1]
        at, of = (np.searchsorted(edges, one, side="right") for one in (free, matched))
        there = np.bincount(at[below], minlength=GROUPS)
        expected = ratio * np.bincount(of[matched < cut], minlength=GROUPS)
        share = _rising(expected / np.maximum(there, 1), there + 1e-9)
        p[below] = np.minimum(
            share[at[below]], ratio / (ratio + slope * float(_doubt(np.array(cut), top)))
        )
    return np.asarray(np.minimum(p, CERTAIN))


def _rising(value: Floats, weight: Floats) -> Floats:
    """The nearest values that never fall (pool adjacent violators)."""
    means: list[list[float]] = []
    for v, w in zip(value.tolist(), weight.tolist(), strict=True):
        means.append([v, w, 1])
        while len(means) > 1 and means[-2][0] >= means[-1][0]:
            v2, w2, n2 = means.pop()
            v1, w1, n1 = means.pop()
            means.append([(v1 * w1 + v2 * w2) / (w1 + w2), w1 + w2, n1 + n2])
    return np.concatenate([np.full(int(n), v) for v, _, n in means])
