"""Betting on draws: how many labels were wrong at the start, valid at all times together.

Each hypothesis "m of the n labels are wrong" makes the next draw wrong with probability
(m - f) / u, f found wrong and u unseen before it, whatever was chosen in between and why.  A
forecast that bets against the hypothesis at these odds wins only by luck where it is true: its
capital W(m) ever reaches 1 / alpha with probability alpha at most (Ville 1939).  The hypotheses
that are not refuted are an interval, since log W is convex in m.

After Waudby-Smith and Ramdas, NeurIPS 2020 (prior-posterior ratio, without replacement) and
JRSS-B 2024; Stark, AOAS 2023.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.review_record import WRONG, ReviewRecord

# The four experts of the forecast and their weights (specification trust_certificate.md, section
# 4): a tenth of the allowed share, .45 of it, what the refitted P(wrong) expects, and the share
# among the draws so far (Krichevsky and Trofimov 1981).
SHARES = (0.10, 0.45)
WEIGHTS = (0.15, 0.25, 0.50, 0.10)
SMALLEST, LARGEST = 1e-9, 0.999  # a forecast is never sure


@dataclass(frozen=True, eq=False)
class Draws:
    """The draws that count, in their order; each array has an entry a draw (D,).

    wrong: whether the label is wrong.  found, unseen: how many were found wrong before the draw,
    and how many labels it was drawn from.  expected: how many of those were expected to be wrong
    (NaN: nothing was).  allowed: how many wrong ones the target allowed.
    """

    wrong: Bools
    found: Ints
    unseen: Ints
    expected: Floats
    allowed: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.wrong)

    @cached_property
    def log_forecast(self) -> Floats:
        """(D,) the logarithm of what the forecast gave to all verdicts up to each draw."""
        before = np.arange(len(self))
        hits: Ints = np.cumsum(self.wrong) - self.wrong
        chance = experts(self.expected, self.allowed, self.unseen, hits, before)
        told = np.where(self.wrong, np.log(chance), np.log1p(-chance))
        return mixture(np.cumsum(told, axis=1))

    def log_odds(self, m: int) -> Floats:
        """(D,) the logarithm of the chance that hypothesis ``m`` gave to each verdict; minus
        infinity where it is refuted.
        """
        left = m - self.found
        chance = np.where(self.wrong, left, self.unseen - left) / self.unseen
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(chance, 0)))

    def slope(self, m: float) -> Floats:
        """(D,) how fast ``log_odds`` rises with ``m`` at each draw."""
        left = m - self.found
        return np.asarray(1 / np.where(self.wrong, left, left - self.unseen))

    def log_capital(self, m: int) -> float:
        """Log W(m), the capital won against hypothesis ``m``; 0 before any draw."""
        if not len(self):
            return 0.0
        return float(self.log_forecast[-1] - self.log_odds(m).sum())


@dataclass(frozen=True)
class Ends:
    """How many labels were wrong at the start, from low to high; ``crossed`` where the ends of
    different times contradict each other, which happens with probability alpha at most, so that
    those of now are given.
    """

    low: int
    high: int
    crossed: bool = False

    __repr__ = by_fields


def draws_of(record: ReviewRecord) -> Draws:
    """The draws of a record that count: those before the first that nobody has decided."""
    at = record.evidence
    return Draws(
        record.wrong[at] == WRONG,
        record.found_before[at],
        record.unseen[at],
        record.forecast[at],
        record.allowed[at],
    )


def mixture(told: Floats) -> Floats:
    """The log of the experts' weighted mean chance (...), from their logs (4, ...)."""
    best = told.max(axis=0)
    return np.asarray(best + np.log(np.tensordot(WEIGHTS, np.exp(told - best), axes=1)))


def experts(
    expected: Floats, allowed: Ints, unseen: Ints, hits: Ints, draws: Ints | Floats
) -> Floats:
    """(4, ...) the chance that each expert gives to the next draw being wrong, after ``hits`` wrong
    ones in ``draws``.

    >>> told = experts(np.array(30.0), np.array(100), np.array(1000), np.array(0), np.array(0))
    >>> told.round(4).tolist()
    [0.01, 0.045, 0.03, 0.5]
    """
    own = (hits + 0.5) / (draws + 1)
    by_model = np.where(np.isnan(expected), own, expected / unseen)
    share = allowed / unseen
    told = np.stack([SHARES[0] * share, SHARES[1] * share, by_model, own])
    return np.asarray(np.clip(told, SMALLEST, LARGEST))


def ends(draws: Draws, low: int, high: int, alpha: float) -> Ends:
    """The numbers of wrong labels between ``low`` (found) and ``high`` (found and unseen) that no
    draw so far has refuted.

    Each end holds at all times together with probability 1 - alpha, and so do both.
    """
    now = ends_now(draws, low, high, alpha)
    if not len(draws) or low >= high:
        return now
    need = float(np.log(1 / alpha))
    up = _never_refuted(draws, need, now.high, low, +1)
    down = _never_refuted(draws, need, now.low, high, -1)
    return Ends(down, up) if down <= up else replace(now, crossed=True)


def ends_now(draws: Draws, low: int, high: int, alpha: float) -> Ends:
    """Like ``ends`` by all draws together, whatever earlier ones refuted when they were made."""
    if not len(draws) or low >= high:
        return Ends(low, high)
    need, total = np.log(1 / alpha), draws.log_forecast[-1]
    best = _mode(draws, low, high)

    def stands(m: int) -> bool:
        return bool(total - draws.log_odds(m).sum() < need)

    return Ends(
        -_last(lambda m: stands(-m), -best, -low),
        _last(stands, best, high),
    )


def _mode(draws: Draws, low: int, high: int) -> int:
    """The hypothesis that makes the draws likeliest: the first m whose slope at m + 1/2 falls."""
    while low < high:
        middle = (low + high) // 2
        if draws.slope(middle + 0.5).sum() > 0:
            low = middle + 1
        else:
            high = middle
    return low


def _last(holds: Callable[[int], bool], start: int, stop: int) -> int:
    """The largest m from ``start`` to ``stop`` up to which ``holds`` is true (``start`` where it is
    true nowhere).
    """
    if holds(stop):
        return stop
    while stop - start > 1:
        middle = (start + stop) // 2
        if holds(middle):
            start = middle
        else:
            stop = middle
    return start


def _never_refuted(draws: Draws, need: float, now: int, stop: int, side: int) -> int:
    """The last m on one side (+1 above) that no draw so far refuted from that side: not beyond
    ``now``, the end by all draws together, nor before ``stop``.
    """

    def stands(m: int) -> bool:
        against = np.cumsum(draws.slope(m)) * side < 0  # m lies on this side of the mode
        log_capital = draws.log_forecast - np.cumsum(draws.log_odds(m))
        return not bool((against & (log_capital >= need)).any())

    if stands(now):
        return now
    inside = stop  # what is refuted from this side is refuted up to its end
    while abs(now - inside) > 1:
        middle = (inside + now) // 2 if side > 0 else -((-inside - now) // 2)
        if stands(middle):
            inside = middle
        else:
            now = middle
    return inside
