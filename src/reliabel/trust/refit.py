"""P(wrong) brought to what the review found: one line through the log-odds, fitted to all
decisions, on counts in bins by rank (Platt 1999, with a prior that keeps P(wrong) as it is).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

# (specification trust_certificate.md, section 6)
LEAST_BIN, GROWTH = 5, 0.06  # items of a bin: five, later 6 % of those before it
SPREAD_SHIFT, SPREAD_SLOPE = 3.0, 1.0  # of the normal prior around shift 0 and slope 1
SOON, SOON_EVERY, EVERY, AN_ERROR = 100, 10, 25, 6  # reviews between refits; an error counts 6
SUREST = 1e-6  # P(wrong) is taken for at least this, and at most one less this
STEPS, CLOSE, LARGEST_STEP = 60, 1e-9, 2.0  # of Newton's method


@dataclass(frozen=True, eq=False)
class Queue:
    """All labels by falling P(wrong): ``order`` (n,) their rows, ``log_odds`` (n,) by row, ``bin``
    (n,) by row, ``size`` (b,) and ``middle`` (b,) the number and mean log-odds of each bin.
    """

    order: Ints
    log_odds: Floats
    bin: Ints
    size: Ints
    middle: Floats

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.order)


@dataclass(frozen=True)
class Line:
    """Refitted P(wrong) = sigmoid(shift + slope * log-odds of P(wrong))."""

    shift: float = 0.0
    slope: float = 1.0

    __repr__ = by_fields

    def of(self, log_odds: Floats) -> Floats:
        """The refitted P(wrong) at log-odds of P(wrong)."""
        return np.asarray(expit(self.shift + self.slope * log_odds))


def queue_of(p: Floats) -> Queue:
    """The queue of P(wrong) (n,); a label without one (NaN) takes the mean of the others.

    >>> queue_of(np.array([0.1, 0.9, np.nan])).order.tolist()
    [1, 2, 0]
    """
    known = np.isfinite(p)
    mean = float(p[known].mean()) if known.any() else 0.5
    odds = log_odds_of(np.where(known, p, mean))
    order = np.argsort(-odds, kind="stable")
    edges = bin_edges(len(p))
    size = np.diff(edges)
    bins = np.empty(len(p), dtype=np.int64)
    bins[order] = np.repeat(np.arange(len(size)), size)
    return Queue(order, odds, bins, size, np.add.reduceat(odds[order], edges[:-1]) / size)


def log_odds_of(p: Floats) -> Floats:
    """The log-odds of P(wrong), which is never taken for sure."""
    return np.asarray(logit(np.clip(p, SUREST, 1 - SUREST)))


def bin_edges(n: int) -> Ints:
    """Where bins of ``n`` ranks begin, and n: five items each, then 6 % of those before.

    >>> len(bin_edges(10_000)) - 1, bin_edges(12).tolist()
    (101, [0, 5, 10, 12])
    """
    edges = [0]
    while edges[-1] < n:
        edges.append(edges[-1] + max(LEAST_BIN, int(GROWTH * edges[-1])))
    edges[-1] = n
    return np.array(edges, dtype=np.int64)


def fit(
    x: Floats,
    tried: Floats | Ints,
    wrong: Floats | Ints,
    start: tuple[Floats, Floats] | None = None,
    close: float = CLOSE,
) -> tuple[Floats, Floats]:
    """Shift and slope (...,) that make ``wrong`` (..., b) of ``tried`` (..., b) decided labels at
    log-odds ``x`` (..., b) likeliest under the prior; many fits at once.

    start: where Newton's method begins, if anything is known.  close: the step at which it ends.

    >>> a, b = fit(np.array([2.0, 1, 0, -1, -2, -3]), np.ones(6), np.array([1.0, 0, 1, 0, 0, 0]))
    >>> round(float(a), 3), round(float(b), 3)
    (-0.565, 1.072)
    """
    shape = np.broadcast_shapes(x.shape, tried.shape)[:-1]
    a, b = (np.zeros(shape), np.ones(shape)) if start is None else start
    for _ in range(STEPS):
        step_a, step_b, _ = _newton(x, tried, wrong, a, b)
        most = np.maximum(np.maximum(np.abs(step_a), np.abs(step_b)), LARGEST_STEP) / LARGEST_STEP
        a, b = a + step_a / most, b + step_b / most
        if max(np.abs(step_a).max(initial=0), np.abs(step_b).max(initial=0)) < close:
            break
    return np.asarray(a), np.asarray(b)


def _newton(
    x: Floats, tried: Floats | Ints, wrong: Floats | Ints, a: Floats, b: Floats
) -> tuple[Floats, Floats, Floats]:
    """A step of Newton's method for shift and slope, and the determinant of the curvature."""
    p = expit(a[..., None] + b[..., None] * x)
    rest, weight = wrong - tried * p, tried * p * (1 - p)
    to_a = rest.sum(-1) - a / SPREAD_SHIFT**2
    to_b = (rest * x).sum(-1) - (b - 1) / SPREAD_SLOPE**2
    aa = weight.sum(-1) + 1 / SPREAD_SHIFT**2
    weight = weight * x
    ab = weight.sum(-1)
    bb = (weight * x).sum(-1) + 1 / SPREAD_SLOPE**2
    det = aa * bb - ab * ab
    return (bb * to_a - ab * to_b) / det, (aa * to_b - ab * to_a) / det, det


def last_refit(wrong: Bools) -> int:
    """After how many of the decided labels (in their order, ``wrong`` (e,)) the line was last
    fitted: every 10 reviews up to 100, then every 25, where an error counts 6.

    >>> last_refit(np.zeros(9, bool)), last_refit(np.zeros(34, bool)), last_refit(np.ones(5, bool))
    (0, 30, 4)
    """
    weight: list[int] = np.cumsum(np.where(wrong, AN_ERROR, 1)).tolist()
    done, at = 0, 0
    while True:
        step = SOON_EVERY if at < SOON else EVERY
        before = weight[at - 1] if at else 0
        at = bisect_left(weight, before + step) + 1
        if at > len(weight):
            return done
        done = at
