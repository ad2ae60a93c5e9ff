"""Weighted mean: weights half-way between equal ones and the inverse of the workers' variances.

Assumes unbiased workers of unequal quality; half-way because variances estimated from few votes are
unreliable, and the plain mean is hard to beat.
Cost: O(v) per iteration.
Paper: Raykar et al. JMLR 11 (2010) 1297-1322 (the variances); averaging the weights is our own.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.number_intervals import gold_columns, interval_ends, with_gold
from reliabel.ops.numeric import (
    fit_gaussian,
    in_original_units,
    mean_of,
    reliability,
    scaled_columns,
)

STATUS = "default"
ALSO = ("auto_numbers",)


def aggregate(
    votes: Votes[Numbers],
    *,
    gold: Floats | None = None,
    equal: float = 0.5,
    shared: float = 0.65,
    level: float = 0.95,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[Numbers]:
    """Weighted mean of each item's votes; NaN for items without votes.

    A worker's weight is ``equal`` + (1 - ``equal``) * (1 / variance, scaled to mean 1).
    gold: (n,) true numbers, NaN where unknown.  They replace the estimates, and the width of the
        intervals is learnt from them.
    equal: 1 is the plain mean, 0 is weighting by inverse variances alone.
    shared: variance of the error that all votes of an item share, relative to the variance of one
        vote; it cannot be learnt from votes.
    level: of the intervals.
    ``info`` holds "weight" (w,), "sd" (of independent errors alone), and "low" and "high",
    intervals that include the shared error.  ``trace`` is the log posterior of the variances.

    >>> item, worker = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
    >>> y = np.array([1, 2, 3, 4, 1.1, 1.9, 3.1, 3.9, 4, 1, 2, 9.0])
    >>> v = Votes(item, worker, Numbers(y), n=4, w=3)
    >>> aggregate(v).labels.y.round(1).tolist()
    [1.7, 1.7, 2.8, 5.1]
    """
    x, spread = scaled_columns(votes)
    centre = x.mean(0) if len(x) else np.zeros(x.shape[1])
    _, _, fit, trace = fit_gaussian(
        votes, x - centre, bias=False, scale=False, iterations=iterations, tol=tol
    )
    weight = equal + (1 - equal) * (1 / fit.variance) / (1 / fit.variance).mean()
    z = mean_of(votes, x, weight[votes.worker])
    total = np.bincount(votes.item, weight[votes.worker], votes.n)
    noise = np.bincount(votes.item, (weight**2 * fit.variance)[votes.worker], votes.n)
    variance = np.divide(noise, total**2, out=np.full(votes.n, np.nan), where=total > 0)
    base = variance[:, None] * np.ones(x.shape[1])
    known = gold_columns(gold, votes, spread)
    low, high, part, warnings = interval_ends(
        votes, x, z, base, fit.variance, gold=known, shared=shared, level=level
    )
    info = {
        "weight": weight,
        "sd": in_original_units(np.sqrt(base), spread, votes).y,
        "low": in_original_units(low, spread, votes).y,
        "high": in_original_units(high, spread, votes).y,
        "shared": part,
        "warnings": tuple(warnings),
    }
    return Consensus(
        in_original_units(with_gold(z, known), spread, votes), reliability(votes, x, z), trace, info
    )
