"""Verdict noise rate: the share of wrong labels, by people's verdicts on a random sample of each
class; for the classes and for all labels.

Assumes that the verdicts are right and that in each class the judged items were drawn by chance
(none were picked because they looked suspect).  It uses no model, and therefore needs more verdicts
than the count of an audit with a weighted draw (``reliabel sample``); weak with few verdicts a
class.
Cost: O(n + k).
Paper: Larson, Lim, Leach. On evaluation of document classification with RVL-CDIP. EACL 2023;
Cochran. Sampling techniques, 3rd edition. Wiley 1977; Dean, Pagano. Evaluating confidence interval
methods for binomial proportions in clustered surveys. Journal of Survey Statistics and Methodology
3 (2015) 484-503.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import hypergeom

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.ops.agreement import wilson

ALSO = ("stratified_noise_rate", "noise_rate_by_class")
INTERVALS = ("wilson", "exact")
ENOUGH = 100  # verdicts a class that the paper takes
SMOOTHING = 2.0  # verdicts at the common rate that each class's variance is drawn towards


def measure(
    labels: Classes, *, gold: Ints, interval: str = "wilson", level: float = 0.95
) -> Measure:
    """The share of labels that are wrong: the rate of each class, weighted by its size.

    gold: (n,) the class that people found, -1 where nobody looked.
    interval: of the classes: "wilson", Wilson's with the number of verdicts that corrects for a
        finite class, or "exact", all numbers of wrong labels that the hypergeometric distribution
        does not rule out.  That of the total is Wilson's with the effective number of verdicts.
    level: of the intervals.
    ``parts`` holds for each class as given "labels", "verdicts", "wrong", "rate", "low" and "high"
    (k,).  A class without a verdict counts with the rate of the others, and the interval of the
    total allows for anything from none to all of its labels wrong; ``info`` names such classes
    ("unjudged") and those with fewer than a hundred verdicts ("few").
    Raises ValueError for another interval and for a level that is not between 0 and 1.

    >>> y, gold = np.repeat([0, 1], [900, 100]), np.full(1000, -1)
    >>> gold[:100], gold[900:950] = y[:100], y[900:950]
    >>> gold[:5], gold[900:910] = 1, 0
    >>> found = measure(Classes(y), gold=gold)
    >>> round(found.value, 3), found.parts["rate"].tolist(), found.parts["high"].round(3).tolist()
    (0.065, [0.05, 0.2], [0.107, 0.289])
    """
    if interval not in INTERVALS or not 0 < level < 1:
        raise ValueError(
            f"interval must be one of {', '.join(INTERVALS)} and level lie between 0 and 1, got "
            f"interval {interval!r:.40} and level {level!r:.40}"
        )
    judged = (labels.y >= 0) & (gold >= 0)
    size = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    m = np.bincount(labels.y[judged], minlength=labels.k)
    wrong = np.bincount(labels.y[judged & (gold != labels.y)], minlength=labels.k)
    low, high = (_exact if interval == "exact" else _corrected)(wrong, m, size, level)
    rate = np.divide(wrong, m, out=np.full(labels.k, np.nan), where=m > 0)
    parts = {"labels": size, "verdicts": m, "wrong": wrong, "rate": rate, "low": low, "high": high}
    info: dict[str, Any] = {
        "level": level,
        "interval": interval,
        "assumes": "in each class the judged items were drawn by chance, not chosen",
        "unjudged": tuple(labels.names[c] for c in np.flatnonzero((m == 0) & (size > 0))),
        "few": tuple(labels.names[c] for c in np.flatnonzero((m > 0) & (m < ENOUGH) & (m < size))),
    }
    if not m.any():
        info["why"] = "no interval: nobody has looked at a label, so that no rate can be told"
        return Measure(np.nan, np.nan, np.nan, parts, info)
    return Measure(*_total(wrong, m, size, level), parts, info)


def _corrected(wrong: Ints, m: Ints, size: Ints, level: float) -> tuple[Floats, Floats]:
    """Wilson's interval of each class with m (size - 1) / (size - m) verdicts; the rate itself
    where all labels of a class were judged.
    """
    left = size - m
    worth = np.divide(m * (size - 1.0), left, out=np.zeros(len(m)), where=left > 0)
    rate = wrong / np.maximum(m, 1)
    low, high = wilson(rate * worth, worth, level)
    whole = (left == 0) & (m > 0)
    low, high = np.where(whole, rate, low), np.where(whole, rate, high)
    return np.where(m > 0, low, 0.0), np.where(m > 0, high, 1.0)


def _exact(wrong: Ints, m: Ints, size: Ints, level: float) -> tuple[Floats, Floats]:
    """The smallest and the largest share of a class's labels that may be wrong: those at which what
    was seen, or something more extreme, has a chance above (1 - level) / 2.
    """
    tail = (1 - level) / 2

    def least(few: Ints) -> Ints:
        """The fewest wrong labels of which a sample holds ``few`` or more often enough."""
        ends = few.copy(), few + size - m
        return _first(lambda at: hypergeom.sf(few - 1, size, at, m) > tail, *ends)

    low = least(wrong)
    high = size - least(m - wrong)  # the right labels told the same way
    shares = (np.divide(end, size, out=np.zeros(len(m)), where=size > 0) for end in (low, high))
    low_share, high_share = shares
    return low_share, np.where(m > 0, high_share, 1.0)


def _first(holds: Any, low: Ints, high: Ints) -> Ints:
    """The first number from low to high (both (k,)) at which a condition holds that stays true."""
    while (low < high).any():
        middle = (low + high) // 2
        there = holds(middle)
        low, high = (
            np.where(there, low, np.minimum(middle + 1, high)),
            np.where(there, middle, high),
        )
    return low


def _total(wrong: Ints, m: Ints, size: Ints, level: float) -> tuple[float, float, float]:
    """The rate of all labels and its interval.

    The variance is that of a stratified sample; each class's rate is drawn towards the common one
    in it, since a class of five right labels is not certain to hold no wrong one.
    """
    seen = m > 0
    wrong, n, weight = wrong[seen], m[seen], size[seen] / size[seen].sum()
    rate = wrong / n
    value = float(weight @ rate)
    common = (value * n.sum() + 1) / (n.sum() + 2)
    smooth = (wrong + SMOOTHING * common) / (n + SMOOTHING)
    left, common = 1 - n / size[seen], float(weight @ smooth)
    variance = float((weight**2 * left * smooth * (1 - smooth) / n).sum())
    worth = common * (1 - common) / variance if variance > 0 else np.inf
    low, high = value, value
    if np.isfinite(worth):
        low, high = (float(end) for end in wilson(np.array(value * worth), np.array(worth), level))
    share = float(size[seen].sum() / size.sum())
    return value, min(low, value) * share, max(high, value) * share + (1 - share)
