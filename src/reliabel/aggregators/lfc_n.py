"""LFC-N: each worker has an error variance, learnt together with the numbers.

Assumes unbiased Gaussian errors.  Weak with few votes per worker: those who are near the consensus
by luck get a large weight and pull it towards themselves.
Cost: O(v) per iteration.
Paper: Raykar, Yu, Zhao, Valadez, Florin, Bogoni, Moy. Learning from crowds. JMLR 11 (2010)
1297-1322.
"""

from __future__ import annotations

import numpy as np

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

ALSO = ("lfcn",)


def aggregate(
    votes: Votes[Numbers], *, iterations: int = 50, tol: float = 1e-6
) -> Consensus[Numbers]:
    """Alternate weighted means and variances, starting from the medians.

    ``trace`` is the log likelihood.

    >>> item, worker = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
    >>> y = np.array([1, 2, 3, 4, 1.1, 1.9, 3.1, 3.9, 4, 1, 2, 9.0])
    >>> v = Votes(item, worker, Numbers(y), n=4, w=3)
    >>> aggregate(v).labels.y.round(1).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    x, spread = scaled_columns(votes)
    count = np.bincount(votes.worker, minlength=votes.w) * x.shape[1]

    def step(z: Floats) -> tuple[Floats, float]:
        variance = np.maximum(squared_errors(votes, x, z), 1e-300) / np.maximum(count, 1)
        z = mean_of(votes, x, (1 / variance)[votes.worker])
        return z, float(
            -(count * np.log(variance) + squared_errors(votes, x, z) / variance)[count > 0].sum()
            / 2
        )

    z, trace = climb(step, median_of(votes, x), iterations=iterations, tol=tol * max(len(votes), 1))
    return Consensus(in_original_units(z, spread, votes), reliability(votes, x, z), trace)
