"""The budget curve: which share of the wrong labels is expected among the first k reviews, worst
P(wrong) first, with a band.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Budget, Interval
from reliabel.trust.p_wrong import shift

# The band, as measured on the curves of 320 draws (specification trust_pwrong.md, section 4): it
# held 99.5 % of their points, and 97 % without the three points.
POINTS_WIDER = 0.03  # added on both sides
LEAST_SPREAD = 0.02  # of the variance f (1 - f) of a share f, which vanishes at its ends
DEVIATIONS = 1.96  # 95 % of a normal distribution


def curve(p: Floats, count: Interval, *, points: int = 200) -> Budget:
    """The curve of falling P(wrong), moved to the count where it is known, and the envelope of what
    the ends of its interval would give.

    Without an identified count the curve stands on P(wrong) as it is and the band is everything
    from 0 to 1.

    >>> c = curve(np.array([0.9, 0.1, 0.5, 0.1]), Interval(1.6, 0.8, 2.4, 0.95, "", ""), points=3)
    >>> c.k.tolist(), c.found.round(2).tolist()
    ([1, 2, 4], [0.56, 0.87, 1.0])
    """
    known = p[np.isfinite(p)]
    n = len(known)
    if not n:
        raise ValueError(
            f"none of the {len(p)} labels has a P(wrong), so that there is no budget curve; the "
            "audit's warnings say why"
        )
    k = _places(n, points)
    mean = float(known.mean())
    wanted = (
        [mean, mean, mean]
        if not count.identified
        else [count.value / n, count.low / n, count.high / n]
    )
    found, *ends = (_found(shift(known, share), k) for share in wanted)
    if not count.identified:
        return Budget(k, found, np.zeros(len(k)), np.ones(len(k)))
    ends = [found, *ends]
    low, high = (
        _widened(pick(ends, axis=0), max(count.value, 1), side)
        for pick, side in ((np.min, -1), (np.max, 1))
    )
    low[k == n], high[k == n] = 1.0, 1.0  # who reviews all finds all
    return Budget(k, found, low, high)


def _places(n: int, points: int) -> Ints:
    """Numbers of reviews, dense at the start, ending with all; squares are a judgement."""
    return np.unique(np.ceil(n * np.linspace(0, 1, points + 1)[1:] ** 2).astype(np.int64))


def _found(p: Floats, k: Ints) -> Floats:
    rising = np.cumsum(np.sort(p)[::-1])
    return np.asarray(np.minimum(rising[k - 1] / rising[-1], 1.0))


def _widened(f: Floats, errors: float, side: int) -> Floats:
    spread = np.sqrt(np.maximum(f * (1 - f), LEAST_SPREAD) / errors)
    return np.asarray(np.clip(f + side * (DEVIATIONS * spread + POINTS_WIDER), 0, 1))
