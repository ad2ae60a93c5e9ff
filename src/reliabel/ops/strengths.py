"""The consensus of comparisons: log strengths of things with intervals and ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit, stdtrit
from scipy.stats import chi2

from reliabel.core.labels import Floats, Ints, Numbers
from reliabel.core.orders import LEFT, RIGHT, TIE, Comparisons
from reliabel.core.results import Consensus
from reliabel.core.short_repr import many

SURE = 4.0  # standard errors from which a side, or a worker, is named
RARE = 1e-4  # chance below which workers are said to differ


def of_strengths(
    labels: Comparisons,
    s: Floats,
    sd: Floats,
    *,
    level: float,
    met: Any,
    freedom: float = np.inf,
    skill: Floats | None = None,
    trace: Floats,
    warnings: Sequence[str],
    info: Mapping[str, Any],
) -> Consensus[Numbers]:
    """Log strengths with mean 0 over the things that were compared, unknown for the others.

    freedom: degrees of it that the standard errors have, a few where they are those of workers.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1 such as 0.95, got {level!r}")
    s = np.where(met, s - s[met].mean(), np.nan) if met.any() else np.full(labels.n, np.nan)
    sd = np.where(met, sd, np.nan)
    wide = float(stdtrit(freedom, (1 + level) / 2)) * sd
    low, high = s - wide, s + wide
    told = {
        "things": labels.names,
        "sd": sd,
        "low": low,
        "high": high,
        "rank": ordered(s),
        "rank_low": _surely_above(low, high),
        "rank_high": _perhaps_above(low, high),
        "level": level,
        "compared": np.bincount(np.concatenate([labels.left, labels.right]), minlength=labels.n),
        "p": np.full(labels.n, np.nan),
        **info,
        "warnings": tuple(warnings),
    }
    return Consensus(Numbers(s), skill, trace, told)


def won(labels: Comparisons) -> Floats:
    """(m,) what the left thing gets of each comparison: 1, 0, or a half of a tie."""
    share: Floats = np.array([1.0, 0.0, 0.5])[labels.y]
    return share


def ordered(s: Floats) -> Ints:
    """(n,) the rank of each strength, 1 for the highest; 0 where it is unknown, and equal ones
    share the better rank.

    >>> ordered(np.array([0.5, np.nan, 2.0, 0.5])).tolist()
    [2, 0, 1, 2]
    """
    known = ~np.isnan(s)
    falling = np.sort(-s[known])
    rank = np.zeros(len(s), dtype=np.int64)
    rank[known] = 1 + np.searchsorted(falling, -s[known], side="left")
    return rank


def favoured_side(labels: Comparisons, s: Floats, margin: float = 0.0) -> tuple[float, list[str]]:
    """By how much more than the strengths expect the left thing wins, as a share of the decided
    comparisons, and a sentence where that is more than chance.
    """
    decided = labels.y != TIE
    d = (s[labels.left] - s[labels.right])[decided]
    left, right = expit(d - margin), expit(-d - margin)
    expected = left / np.maximum(left + right, 1e-300)
    over = float(((labels.y[decided] == LEFT) - expected).sum())
    scale = float(np.sqrt((expected * (1 - expected)).sum()))
    if not len(d) or not scale:
        return 0.0, []
    share = over / len(d)
    if abs(over) < SURE * scale:
        return share, []
    side = "left" if over > 0 else "right"
    return share, [
        f"the {side} thing wins {abs(share):.1%} more of the comparisons than the strengths "
        f"expect: people favour that side; noisy_bradley_terry allows for it, and showing each "
        "pair both ways round averages it out"
    ]


def uneven_workers(
    labels: Comparisons, worker: Ints, w: int, s: Floats
) -> tuple[Floats, list[str]]:
    """(w,) by how many standard errors the answers of each worker follow the strengths more or less
    than those of a usual one, and a sentence where workers differ by more than chance.
    """
    d = s[labels.left] - s[labels.right]
    p = expit(d)
    follows = np.bincount(worker, (won(labels) - p) * d, w)
    spread = np.sqrt(np.bincount(worker, p * (1 - p) * d * d, w))
    z = np.divide(follows, spread, out=np.zeros(w), where=spread > 0)
    judged = int((spread > 0).sum())
    if judged < 2 or float(chi2.sf(float(z @ z), judged - 1)) > RARE:
        return z, []
    worse = int((z < -SURE).sum())
    some = f"; {many(worse, 'worker follows', 'workers follow')} them far less than most" * bool(
        worse
    )
    return z, [
        f"workers differ in how well their answers follow the strengths{some}: a method that "
        "weighs all alike draws the strengths together; crowd_bradley_terry and "
        "noisy_bradley_terry learn how good each worker is"
    ]


def pulls_of_workers(
    labels: Comparisons, worker: Ints, w: int, s: Floats, margin: float = 0.0
) -> Any:
    """(w, n) sparse: by how much each worker's answers pull each log strength up.

    margin: log of the threshold of ties, which then count for both things; 0 counts half.
    """
    d = s[labels.left] - s[labels.right]
    tie = (0.5 if margin == 0 else 1.0) * (labels.y == TIE)
    ahead, behind = (labels.y == LEFT) + tie, (labels.y == RIGHT) + tie
    pull = ahead * expit(margin - d) - behind * expit(margin + d)
    cells = np.tile(worker, 2), np.concatenate([labels.left, labels.right])
    return sparse.csr_array((np.concatenate([pull, -pull]), cells), shape=(w, labels.n))


def _surely_above(low: Floats, high: Floats) -> Ints:
    """(n,) the best rank that the intervals allow: one more than the things that are surely
    better.
    """
    known = ~np.isnan(low)
    rising = np.sort(low[known])
    rank = np.zeros(len(low), dtype=np.int64)
    rank[known] = 1 + len(rising) - np.searchsorted(rising, high[known], side="right")
    return rank


def _perhaps_above(low: Floats, high: Floats) -> Ints:
    """(n,) the worst rank that the intervals allow."""
    known = ~np.isnan(low)
    rising = np.sort(high[known])
    rank = np.zeros(len(low), dtype=np.int64)
    rank[known] = len(rising) - np.searchsorted(rising, low[known], side="left")
    return np.asarray(np.maximum(rank, known))
