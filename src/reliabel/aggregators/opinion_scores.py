"""Opinion scores: the mean opinion of each item in each dimension, less the workers' biases, with
intervals and split-half reliability.

Assumes opinions on a common scale (five stars, or -1, 0, 1 for negative, neutral, positive) from
workers whose bias is a constant.  A reliability of .9 and above is good enough to rank single
items; weak with fewer than four votes per item.
Cost: O(v) per iteration and per split.
Paper: ITU-T Recommendation P.913 (2021), 12.6 (subject bias); Wu et al. Towards explainable
in-the-wild video quality assessment. ACM MM (2023).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy import stats

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.numeric import (
    fit_gaussian,
    in_original_units,
    mean_of,
    reliability,
    scaled_columns,
)

ALSO = ("mos",)


def aggregate(
    votes: Votes[Numbers], *, rng: Generator, splits: int = 50, level: float = 0.95
) -> Consensus[Numbers]:
    """Mean of each item's votes, each less its worker's bias in that dimension.

    splits: how often each item's votes are halved at random; the means of the halves are correlated
        over items, and the correlation is extrapolated to all votes (Spearman-Brown).
    level: of the intervals, which come from the variance of the item's own votes (pooled over items
        where an item has fewer than four).  They contain the mean opinion of many such workers, not
        a truth beyond opinions.
    ``info`` holds "low", "high", "bias" and "reliability".

    >>> item, worker = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
    >>> y = np.array([1, 2, 3, 4, 2, 3, 4, 5, 1, 2, 3, 4.0])
    >>> v = Votes(item, worker, Numbers(y), n=4, w=3)
    >>> aggregate(v, rng=np.random.default_rng(0)).labels.y.round(1).tolist()
    [1.3, 2.3, 3.3, 4.3]
    """
    x, spread = scaled_columns(votes)
    centre = x.mean(0) if len(x) else np.zeros(x.shape[1])
    _, _, fit, trace = fit_gaussian(
        votes, x - centre, bias=True, scale=False, iterations=200, tol=1e-6
    )
    plain = x - fit.bias[votes.worker] + _mean_bias(votes, fit.bias)
    z = mean_of(votes, plain)
    half = _half_width(votes, plain, z, level)
    info = {
        "low": in_original_units(z - half, spread, votes).y,
        "high": in_original_units(z + half, spread, votes).y,
        "bias": fit.bias * spread,
        "reliability": _split_half(votes, plain, rng, splits),
    }
    return Consensus(in_original_units(z, spread, votes), reliability(votes, plain, z), trace, info)


def _mean_bias(votes: Votes[Numbers], bias: Floats) -> Floats:
    """The mean bias of all votes; it is added back, so that scores keep the scale of the votes."""
    return np.asarray(bias[votes.worker].mean(0)) if len(votes) else np.zeros(bias.shape[1])


def _half_width(votes: Votes[Numbers], x: Floats, z: Floats, level: float) -> Floats:
    """(n, d) half the width of the Student-t intervals around the means ``z``."""
    m = np.bincount(votes.item, minlength=votes.n).astype(float)[:, None]
    square = np.stack(
        [np.bincount(votes.item, column, votes.n) for column in np.square(x - z[votes.item]).T],
        axis=1,
    ).astype(float)
    pooled = square.sum(0) / np.maximum((m - 1).clip(0).sum(), 1)
    own = np.divide(square, m - 1, out=np.zeros_like(square), where=m > 1)
    variance = np.where(m >= 4, own, pooled)
    freedom = np.where(m >= 4, m - 1, max(float((m - 1).clip(0).sum()), 1.0))
    width = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(
        np.divide(variance, m, out=np.full(square.shape, np.nan), where=m > 0)
    )
    return np.asarray(width)


def _split_half(votes: Votes[Numbers], x: Floats, rng: Generator, splits: int) -> Floats:
    """(d,) split-half reliability, averaged over the splits; NaN below three items."""
    m = np.bincount(votes.item, minlength=votes.n)
    keep = m[votes.item] >= 2
    if (m >= 2).sum() < 3:
        return np.full(x.shape[1], np.nan)
    part = votes.take(keep)
    start = (np.cumsum(np.where(m >= 2, m, 0)) - np.where(m >= 2, m, 0))[part.item]
    x, found = x[keep], []
    for _ in range(splits):
        place = np.empty(len(part), dtype=np.int64)
        place[np.lexsort((rng.random(len(part)), part.item))] = np.arange(len(part))
        first = (place - start) % 2 == 0
        a, b = mean_of(part, x, first.astype(float)), mean_of(part, x, (~first).astype(float))
        found.append([_correlation(a[m >= 2, d], b[m >= 2, d]) for d in range(x.shape[1])])
    r = np.array(found)
    return np.asarray(np.mean(2 * r / (1 + r), axis=0))


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / size) if size > 0 else 0.0
