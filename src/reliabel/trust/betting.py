"""Betting on a sum over items of which draws without replacement show one at a time: an interval
that holds at all times together, whenever people stop.

Before each draw the sum is known up to the unseen items; the drawn one, in place of all unseen
ones and corrected by a guess of each, gives an unbiased estimate of the whole sum.  Against each
hypothetical sum a stake is set by the draws before, and hypotheses whose capital reached 1 / alpha
are refuted (Waudby-Smith and Ramdas, JRSS-B 2024; Ville 1939).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields

TOTALS = 800  # hypothetical sums that are tried (section 11 of the specification)
MOST = 0.75  # share of the capital that a stake may lose
# Draws that the guesses are trusted for before any is seen: a few draws that are all alike would
# say that guesses tell nothing.
TRUSTED = 10.0


@dataclass(frozen=True, eq=False)
class Bets:
    """The draws (D,) in order: ``y`` of the drawn item and its guess ``fit``; before each draw the
    sum of y over the items ``known``, the sum of guesses over the ``left`` ones and their number
    ``unseen``, the drawn item among them.  least, most: between which y lies; fits: between which
    the guesses of all items do, and ``spread`` their variance.
    """

    y: Floats
    fit: Floats
    known: Floats
    left: Floats
    unseen: Ints
    least: float
    most: float
    fits: tuple[float, float]
    spread: float

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.y)


def weights(y: Floats, fit: Floats, spread: float) -> Floats:
    """(D + 1,) how far the guesses are trusted at each draw, by the draws before it, and behind all
    of them: the slope of y on the guess, between 0 and 1, with ten draws that say 1.

    spread: the variance of the guesses over all items.
    """
    before = np.maximum(np.arange(len(y) + 1), 1)

    def total(values: Floats) -> Floats:
        return np.concatenate([[0.0], np.cumsum(values)])

    square = total(fit * fit) - total(fit) ** 2 / before
    joint = total(fit * y) - total(fit) * total(y) / before
    prior = TRUSTED * spread
    slope = np.divide(
        joint + prior, square + prior, out=np.ones(len(y) + 1), where=square + prior > 1e-12
    )
    return np.asarray(np.clip(slope, 0, 1))


def estimates(bets: Bets, k: Floats | float) -> Floats:
    """(D,) of the whole sum, each by one draw, with guesses weighted by ``k``."""
    return np.asarray(bets.known + k * bets.left + bets.unseen * (bets.y - k * bets.fit))


def interval_of(bets: Bets, low: float, high: float, alpha: float) -> tuple[float, float]:
    """Between which the sum lies, with probability 1 - alpha at all times together; ``low`` and
    ``high`` are what is possible.  The ends are the nearest of 800 sums that were refuted.
    """
    if not high > low or not len(bets):
        return low, high
    totals = np.linspace(low, high, TOTALS)
    stands = np.flatnonzero(_refuted(bets, totals, np.log(1 / alpha)) == len(bets))
    if not len(stands):  # the unlikely has happened: everything was refuted
        return low, high
    first, last = max(stands[0] - 1, 0), min(stands[-1] + 1, TOTALS - 1)
    return float(totals[first]), float(totals[last])


def refuted_at(bets: Bets, total: float, alpha: float) -> int | None:
    """The draw, from 0, by which a hypothetical sum was refuted; None where it never was."""
    if not len(bets):
        return None
    when = _refuted(bets, np.array([total], dtype=float), np.log(1 / alpha))[0]
    return int(when) if when < len(bets) else None


def _refuted(bets: Bets, totals: Floats, need: float) -> Ints:
    """(totals,) the draw at which the capital against each reached the need; D: it never did."""
    k = weights(bets.y, bets.fit, bets.spread)[:-1]
    x = estimates(bets, k)
    u = bets.unseen.astype(float)
    base = bets.known + k * bets.left
    low = base + u * (bets.least - k * bets.fits[1])
    high = base + u * (bets.most - k * bets.fits[0])
    centre, spread = _before(x, bets.y - k * bets.fit, u, float(base[0]), bets)
    log_capital, when = np.zeros(len(totals)), np.full(len(totals), len(bets))
    for j in range(len(bets)):
        lead = centre[j] - totals
        stake = lead / ((u[j] * spread[j]) ** 2 + lead**2 + 1e-300)
        below, above = totals - low[j], high[j] - totals
        impossible = (below < 0) | (above < 0)  # no draw could have this mean
        below, above = (np.maximum(side, 1e-12) for side in (below, above))
        stake = np.where(impossible, 0.0, np.clip(stake, -MOST / above, MOST / below))
        log_capital += np.log1p(stake * (x[j] - totals))
        now = (log_capital >= need) | impossible
        when = np.where(now & (when == len(bets)), j, when)
    return when


def _before(x: Floats, rest: Floats, u: Floats, guess: float, bets: Bets) -> tuple[Floats, Floats]:
    """(D,) the sum and the standard deviation of y less its guess, as the draws before each tell;
    the guesses count as one draw.
    """
    weight = 1 / np.maximum(u, 1) ** 2
    own = float(weight[0])
    total = own + np.cumsum(weight) - weight
    centre = (own * guess + np.cumsum(weight * x) - weight * x) / total
    many = np.arange(len(x)) + 1.0
    mean = (np.cumsum(rest) - rest) / many
    square = (np.cumsum(rest**2) - rest**2 + ((bets.most - bets.least) / 4) ** 2) / many
    return centre, np.sqrt(np.maximum(square - mean**2, 1 / (4 * many**2)))
