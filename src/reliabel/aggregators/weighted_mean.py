"""Weighted mean: half-way between equal weights and weights by the inverse of each worker's error
variance.

Assumes unbiased workers of unequal quality; half-way because variances from few votes mislead, and
the plain mean is hard to beat.
Cost: O(v) a round.
Paper: Raykar et al. JMLR 11 (2010) 1297-1322 (the variances); going half-way is ours.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.numeric import (
    fit_gaussian,
    gold_columns,
    in_original_units,
    interval_ends,
    mean_of,
    reliability,
    scaled_columns,
    with_gold,
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
    """Mean of each item's votes with the weights ``equal`` + (1 - ``equal``) * (1 / variance,
    scaled to mean 1); NaN where nobody voted.

    gold: (n,) true numbers, NaN where unknown: they stand, and teach how wide intervals must be.
    equal: 1 is the plain mean, 0 trusts the variances in full.  ``trace`` is the log posterior of
        the variances.
    shared: what the votes of an item err by together, as a share of one vote's variance; no votes
    can tell. info holds ``sd`` (of independent errors alone), and ``low`` and ``high`` at
    ``level``, with the shared part.

    >>> v = Votes(np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4), Numbers(np.array([1, 2, 3, 4, 1.1, 1.9, 3.1, 3.9, 4, 1, 2, 9.0])), n=4, w=3)
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
    base = np.divide(noise, total**2, out=np.full(votes.n, np.nan), where=total > 0)[
        :, None
    ] * np.ones(x.shape[1])
    known = gold_columns(gold, votes, spread)
    low, high, part, said = interval_ends(
        votes, x, z, base, fit.variance, gold=known, shared=shared, level=level
    )
    info = {
        "weight": weight,
        "sd": in_original_units(np.sqrt(base), spread, votes).y,
        "low": in_original_units(low, spread, votes).y,
        "high": in_original_units(high, spread, votes).y,
        "shared": part,
        "warnings": tuple(said),
    }
    return Consensus(
        in_original_units(with_gold(z, known), spread, votes), reliability(votes, x, z), trace, info
    )
