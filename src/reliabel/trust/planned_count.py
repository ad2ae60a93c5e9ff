"""How many labels are wrong after a review whose size was fixed before its first draw.

K labels were chosen and are known; D were drawn evenly from the other N.  After specification
trust_certificate.md, section 9: exact hypergeometric tails (Clopper and Pearson without
replacement), or, from five wrong draws on, the difference estimator of P(wrong) with the effective
sample size of Korn and Graubard (1998).  A plain normal interval held the truth in 49-94 %.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import beta, hypergeom

from reliabel.core.labels import Bools, Floats
from reliabel.core.results import Interval

EXACT, DIFFERENCE = "hypergeometric count", "difference estimate, effective sample size"
ENOUGH_WRONG = 5  # wrong draws from which P(wrong) is used
LARGEST_WEIGHT = 1.5  # of P(wrong) in the difference


def exact(n: int, drawn: int, wrong: int, *, alpha: float = 0.05) -> tuple[int, int]:
    """The smallest and largest number of wrong labels among ``n`` of which ``drawn`` were drawn
    evenly and ``wrong`` of those are wrong; each tail has alpha / 2.

    >>> exact(10_000, 500, 3), exact(10_000, 500, 0)
    ((14, 171), (0, 71))
    """
    least, most = wrong, n - drawn + wrong
    low, high = least, most
    if wrong:
        low = _edge(lambda m: hypergeom.sf(wrong - 1, n, m, drawn) > alpha / 2, least, most)
    if wrong < drawn:
        high = -_edge(lambda m: hypergeom.cdf(wrong, n, -m, drawn) > alpha / 2, -most, -least)
    return low, high


def _edge(holds: Callable[[int], bool], start: int, stop: int) -> int:
    """The first m from ``start`` to ``stop`` for which ``holds``, which stays true from there."""
    while start < stop:
        middle = (start + stop) // 2
        if holds(middle):
            stop = middle
        else:
            start = middle + 1
    return start


def planned_count(
    known_wrong: int,
    n: int,
    wrong: Bools,
    p: Floats | None = None,
    p_rest: float = np.nan,
    *,
    confidence: float = 0.95,
) -> Interval:
    """The number of wrong labels at the start: ``known_wrong`` among the chosen, and what the draws
    say of the ``n`` others.

    wrong: (D,) the verdicts of the draws.  p: (D,) their P(wrong) before any verdict.  p_rest: the
    sum of P(wrong) over all the others, the drawn among them.
    """
    wrong = np.asarray(wrong, dtype=bool)
    size, found = len(wrong), int(wrong.sum())
    if not 0 < size <= n:
        raise ValueError(
            f"a planned count needs draws from the {n:,} labels that were not chosen, got {size}; "
            "judge the drawn labels first"
        )
    alpha = 1 - confidence
    fits = p is not None and np.isfinite(p).all() and np.isfinite(p_rest)
    if p is not None and fits and ENOUGH_WRONG <= found < size < n:
        value, low, high = _difference(n, wrong, np.asarray(p), p_rest, alpha)
        method = DIFFERENCE
    else:
        low, high = map(float, exact(n, size, found, alpha=alpha))
        value, method = n * found / size, EXACT
    value, low, high = (float(known_wrong + part) for part in (value, low, high))
    assumes = f"the review was planned: {size:,} labels drawn, all of them judged rightly"
    return Interval(value, low, high, confidence, method, assumes)


def _difference(
    n: int, wrong: Bools, p: Floats, p_rest: float, alpha: float
) -> tuple[float, float, float]:
    z, size = wrong.astype(float), len(wrong)
    spread = float(p.var())
    k = 0.0
    if spread > 0:
        k = float(np.clip(np.mean((z - z.mean()) * (p - p.mean())) / spread, 0, LARGEST_WEIGHT))
    rest = z - k * p
    value = float(np.clip(k * p_rest + n * rest.mean(), z.sum(), n - (size - z.sum())))
    error = n * np.sqrt((1 - size / n) / size) * rest.std(ddof=1)
    share = value / n
    effective = size if error <= 0 else max(size, share * (1 - share) * n**2 / error**2)
    hits = share * effective
    low = float(beta.ppf(alpha / 2, hits, effective - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - alpha / 2, hits + 1, effective - hits)) if hits < effective else 1.0
    return value, max(n * low, float(z.sum())), min(n * high, float(n - size + z.sum()))
