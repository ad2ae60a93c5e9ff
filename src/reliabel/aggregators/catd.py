"""CATD: workers are weighted by an upper confidence bound of their error variance, so that those
with few votes count little.

Assumes unbiased Gaussian errors and a long tail of workers with few votes.  The lower chi-square
quantile is the right one (1 vote .001, 50 votes 32.4); the upper one would favour newcomers.
Cost: O(v) per iteration.
Paper: Li, Li, Gao, Su, Zhao, Demirbas, Fan, Han. A confidence-aware approach for truth discovery on
long-tail data. VLDB 8 (2014) 425-436.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.em import climb
from reliabel.ops.numeric import (
    in_original_units,
    mean_of,
    median_of,
    reliability,
    scaled_columns,
    squared_errors,
)


def aggregate(
    votes: Votes[Numbers], *, quantile: float = 0.025, iterations: int = 50, tol: float = 1e-6
) -> Consensus[Numbers]:
    """Alternate weighted means and weights, starting from the medians.

    quantile: of the chi-square distribution with as many degrees of freedom as a worker has votes.
    ``trace`` is minus the sum of the workers' log squared errors, each times its quantile.

    >>> item, worker = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
    >>> y = np.array([1, 2, 3, 4, 1.1, 1.9, 3.1, 3.9, 4, 1, 2, 9.0])
    >>> v = Votes(item, worker, Numbers(y), n=4, w=3)
    >>> aggregate(v).labels.y.round(1).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    x, spread = scaled_columns(votes)
    count = np.bincount(votes.worker, minlength=votes.w) * x.shape[1]
    lower = chi2.ppf(quantile, np.maximum(count, 1)) * (count > 0)

    def step(z: Floats) -> tuple[Floats, float]:
        z = mean_of(votes, x, (lower / squared_errors(votes, x, z))[votes.worker])
        return z, float(-(lower * np.log(squared_errors(votes, x, z)))[count > 0].sum())

    z, trace = climb(step, median_of(votes, x), iterations=iterations, tol=tol * max(len(votes), 1))
    return Consensus(in_original_units(z, spread, votes), reliability(votes, x, z), trace)
