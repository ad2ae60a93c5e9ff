"""How many objects have no box: the rate of each class, and which predictions are objects that the
annotation left out.

The confidences of predictions that are about a given box say how objects look to the detector.
Predictions about no given box are a mixture of such objects and of false alarms, and these thin out
towards high confidence: where they have vanished, the ratio of free to matched predictions is that
of objects without a box to those with one.
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

LEAST = 30  # matched predictions from which a ratio is read
LEVELS = (0.0, 0.25, 0.5, 0.7, 0.8)  # quantiles of the matched confidences where ratios are read
SHRINK = 10.0  # matched predictions of a class that the rate of all classes counts as
SPARSE = 0.25  # rate from which a class is annotated in part, and not merely with slips
BINS = 12  # of confidence, in which free and matched predictions are compared


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
    level = _level(score[matched], score[free])
    all_ratio, _ = _ratio(score[matched], score[free], level)
    rate, low, high = np.zeros(k), np.zeros(k), np.ones(k)
    p = np.zeros(len(said))
    for c in range(k):
        mine, open_ = matched & (y == c), free & (y == c)
        ratio, seen = _ratio(score[mine], score[open_], level)
        ratio = (ratio * seen + all_ratio * SHRINK) / (seen + SHRINK)
        # the ratio of two counts of about ``seen`` and ``seen * ratio`` on the log scale
        spread = 1.96 * np.sqrt(1 / (seen + SHRINK) + 1 / (seen * ratio + 1))
        rate[c] = ratio / (1 + ratio)
        low[c], high[c] = (
            float(part / (1 + part)) for part in (ratio * np.exp(-spread), ratio * np.exp(spread))
        )
        p[open_] = _chance(score[mine], score[open_], ratio)
    return Missing(rate, low, high, p)


def _level(matched: Floats, free: Floats) -> float:
    """The quantile of the matched confidences from which on false alarms have thinned out: the
    lowest whose ratio of free to matched predictions is that of the surest ones, as far as their
    number tells.

    >>> matched = np.linspace(0.5, 1, 1000)
    >>> _level(matched, np.concatenate([matched[::10], np.full(500, 0.6)]))
    0.25
    """
    found = [(cut, *_ratio(matched, free, cut)) for cut in LEVELS]
    found = [one for one in found if one[2] >= LEAST] or found[:1]
    _, ratio, seen = found[-1]
    most = ratio + np.sqrt(ratio * seen + 1) / max(seen, 1)
    return next(cut for cut, ratio, _ in found if ratio <= most)


def _ratio(matched: Floats, free: Floats, level: float) -> tuple[float, float]:
    """The ratio of free to matched predictions from a quantile of the matched ones on, and the
    number of matched ones behind it.
    """
    if not len(matched):
        return 0.0, 0.0
    cut = np.quantile(matched, level)
    seen = int((matched >= cut).sum())
    return float((free >= cut).sum()) / seen, float(seen)


def _chance(matched: Floats, free: Floats, ratio: float) -> Floats:
    """(f,) the chance that free predictions are objects: what is expected at their confidence if
    objects without a box look like those with one, in parts of what is there; never falling with
    confidence.
    """
    if not len(free) or not len(matched):
        return np.full(len(free), 0.0)
    edges = np.unique(np.quantile(free, np.linspace(0, 1, BINS + 1)))
    at = np.clip(np.searchsorted(edges, free, side="right") - 1, 0, max(len(edges) - 2, 0))
    of = np.clip(np.searchsorted(edges, matched, side="right") - 1, 0, max(len(edges) - 2, 0))
    inside = matched >= edges[0]
    size = max(len(edges) - 1, 1)
    there = np.bincount(at, minlength=size)
    expected = ratio * np.bincount(of[inside], minlength=size)
    # a group of a few says no more than that most of it are objects
    share = _rising((expected + 0.1 * ratio) / (there + 0.2), there + 0.2)
    return np.asarray(np.clip(share, 0, (there + 0.5) / (there + 1))[at])


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
