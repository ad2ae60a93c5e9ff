"""Intervals of numbers that allow for an error that all votes of an item share, and gold
numbers.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from reliabel.core.labels import Floats, Numbers, Votes

# the variance of an item's own votes is shrunk to that expected from the workers' variances, as if
# by this many votes
FAITH = 4.0


def interval_ends(
    votes: Votes[Numbers],
    x: Floats,
    z: Floats,
    base: Floats,
    variance: Floats,
    *,
    gold: Floats | None,
    shared: float,
    level: float,
) -> tuple[Floats, Floats, float, list[str]]:
    """Low and high end of each item's interval (n, d), the shared error they allow for, and
    warnings.

    base: (n, d) variance of ``z`` if errors are independent; variance: (w,) of the workers' votes.
        Both are multiplied by the variance of the item's own votes relative to the expected one.
    gold: (n, d) true numbers, NaN where unknown.
    shared: variance of the error that all votes of an item share, relative to the variance of one
        vote.  Votes cannot show it, so it is assumed: with .65 the 95 % intervals had their level
        on held-out random halves of one real crowd.  With 19 gold numbers or more it is the
        smallest share that gives the level on them (conformal).
    level: of the intervals.
    Raises ValueError for a level that is not between 0 and 1, and for a negative ``shared``.
    """
    if not 0 < level < 1 or shared < 0:
        raise ValueError(
            f"level must lie between 0 and 1 and shared must not be negative, got level={level:g}, "
            f"shared={shared:g}"
        )
    count = np.bincount(votes.item, minlength=votes.n)
    relative = np.square(x - z[votes.item]) / variance[votes.worker][:, None]
    square = np.stack([np.bincount(votes.item, column, votes.n) for column in relative.T], axis=1)
    stretch = (square + FAITH) / (np.maximum(count - 1, 0) + FAITH)[:, None]
    one = (np.bincount(votes.item, variance[votes.worker], votes.n) / np.maximum(count, 1))[:, None]
    quantile = float(norm.ppf((1 + level) / 2))
    warnings: list[str] = []
    known = np.isfinite(np.full(z.shape, np.nan) if gold is None else gold) & np.isfinite(z)
    rank = int(np.ceil((known.sum() + 1) * level))
    if gold is not None and 0 < rank <= known.sum():
        needed = (np.square(gold - z) / quantile**2 / stretch - base) / one
        shared = max(float(np.sort(needed[known])[rank - 1]), 0.0)
        warnings.append(
            f"low and high are {level:.0%} intervals whose width was learnt from "
            f"{int(known.sum()):,} gold numbers"
        )
    elif shared > 0:
        warnings.append(
            f"low and high are {level:.0%} intervals under the assumption that all votes of an "
            f"item share an error with {shared:.2g} of one vote's variance, which cannot be learnt "
            "from votes: give 20 gold numbers or more to learn it, or shared=0 where workers "
            "certainly err independently"
        )
    half = quantile * np.sqrt(stretch * (base + shared * one))
    low, high = z - half, z + half
    if gold is not None:
        told = np.isfinite(gold)
        low, high = np.where(told, gold, low), np.where(told, gold, high)
    return low, high, shared, warnings


def gold_columns(gold: Floats | None, votes: Votes[Numbers], spread: Floats) -> Floats | None:
    """(n, d) the known true numbers in the units of ``scaled_columns``; NaN where unknown.

    Raises ValueError where gold has another number of columns than the votes.
    """
    if gold is None:
        return None
    known = np.asarray(gold, dtype=float).reshape(votes.n, -1)
    if known.shape[1] != len(spread):
        raise ValueError(
            f"gold has {known.shape[1]} numbers per item, the votes have {len(spread)}; "
            "give one per column of the votes"
        )
    return known / spread


def with_gold(z: Floats, gold: Floats | None) -> Floats:
    """The consensus, with the known numbers in place of estimates."""
    return z if gold is None else np.where(np.isfinite(gold), gold, z)
