"""Nearest-neighbour outliers: items that lie much farther from their nearest neighbours than is
usual in the data.

Assumes features in which the data are dense. Weak if density differs much between classes, and
blind to clusters of outliers. Uses no label: an unlabelled item can be an outlier too.
Cost: O(n nearest), memory O(n nearest).
Paper: Kuan, Mueller. Back to the basics: revisiting out-of-distribution detection baselines. ICML
2022 workshop on distribution shifts.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Labels
from reliabel.core.results import Suspicion

STATUS = "default"
FINDS = "outlier"
ALSO = ("outliers",)
# times the usual distance: where all lie about equally far apart, the quartiles are too near each
# other to say what is odd
LEAST = 1.2


def audit(
    labels: Labels, *, neighbours: Neighbours, nearest: int = 10, width: float = 1.7
) -> Suspicion:
    """Score = 1 - exp(-distance / median distance), with the mean distance to the nearest
    neighbours.

    Flagged if the distance is ``width`` interquartile ranges above the upper quartile and a fifth
    above the median.

    nearest: how many neighbours are averaged.
    width: larger = fewer flags.

    >>> distance = np.array([0.1, 0.12, 0.1, 0.11, 0.9, 0.1, 0.12, 0.1, 0.11, 0.1])[:, None]
    >>> around = Neighbours(np.arange(1, 11)[:, None] % 10, distance)
    >>> found = audit(Classes(np.zeros(10, int)), neighbours=around)
    >>> found.flag.nonzero()[0].tolist(), found.score[[0, 4]].round(3).tolist()
    ([4], [0.614, 1.0])
    """
    far = _mean(neighbours.nearest(nearest).distance)
    known = ~np.isnan(far)
    usual = max(float(np.median(far[known])), 1e-15) if known.any() else 1.0
    low, high = np.quantile(far[known], [0.25, 0.75]) if known.any() else (0.0, 0.0)
    bound = max(float(high + width * (high - low)), LEAST * usual)
    # too few to know what is usual
    flag = known & (far > bound) if known.sum() >= 10 else np.zeros(len(far), dtype=bool)
    why = [
        f"its nearest are {times:.2g} times as far as usual" if odd else ""
        for times, odd in zip(far / usual, flag, strict=True)
    ]
    info = {
        "why": why,
        "median": usual,
        "bound": bound,
        "share_by_class": _by_class(labels, flag),
        "recall": neighbours.recall,
    }
    return Suspicion(1 - np.exp(-far / usual), flag, info=info)


def _mean(distance: Floats) -> Floats:
    """Mean over the neighbours there are; NaN where there is none."""
    there = np.isfinite(distance)
    count = there.sum(1)
    total = np.where(there, distance, 0).sum(1, dtype=float)
    return np.asarray(np.divide(total, count, out=np.full(len(distance), np.nan), where=count > 0))


def _by_class(labels: Labels, flag: Bools) -> dict[str, float]:
    if not isinstance(labels, Classes):
        return {}
    return {
        name: float(flag[labels.y == label].mean())
        for label, name in enumerate(labels.names)
        if (labels.y == label).any()
    }
