"""Gaussian workers: each has a bias and an error variance (and optionally a scale), estimated by
expectation-maximisation.

Assumes errors are Gaussian and independent.  A bias that all workers share cannot be seen in votes:
``sd`` leaves it out (1.96 of them contained the experts' number for 67 % of the items of a real
set), ``low`` and ``high`` assume a size for it, or learn it from gold.
Cost: O(v) per iteration.
Paper: Raykar et al. JMLR 11 (2010) 1297-1322; Li, Pinson, et al. "Recover subjective quality
scores". DCC (2017) 52-61 (bias and inconsistency).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.number_intervals import gold_columns, interval_ends, with_gold
from reliabel.ops.numeric import fit_gaussian, in_original_units, inflation, scaled_columns

ALSO = ("gaussian",)


def aggregate(
    votes: Votes[Numbers],
    *,
    gold: Floats | None = None,
    bias: bool = True,
    scale: bool = False,
    shared: float = 0.65,
    level: float = 0.95,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[Numbers]:
    """Precision-weighted means of the votes, each less its worker's bias.

    bias: estimate a constant bias for each worker.  Biases are centred, since votes determine only
        their differences.
    scale: estimate how much each worker stretches the range, too; items are then shrunk to the
        mean.
    gold: (n,) true numbers, NaN where unknown.  They replace the estimates, and the width of the
        intervals is learnt from them.
    shared: variance of the error that all votes of an item share, relative to the variance of one
        vote; it cannot be learnt from votes.
    level: of the intervals.
    ``info`` holds "bias", "variance" and "scale" of the workers, "sd" of each item, "inflation"
    (how much the variances were widened because votes predict one another worse than the model
    expects), and "low" and "high", intervals that include the shared error.  ``trace`` is the log
    posterior.

    >>> item, worker = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
    >>> y = np.array([1, 2, 3, 4, 1.1, 1.9, 3.1, 3.9, 3, 4, 5, 6.0])
    >>> v = Votes(item, worker, Numbers(y), n=4, w=3)
    >>> np.diff(aggregate(v).labels.y).round(1).tolist()
    [0.9, 1.1, 0.9]
    """
    x, spread = scaled_columns(votes)
    centre = x.mean(0) if len(x) else np.zeros(x.shape[1])
    z, variance, fit, trace = fit_gaussian(
        votes, x - centre, bias=bias, scale=scale, iterations=iterations, tol=tol
    )
    wider = max(1.0, inflation(votes, x - centre, z, fit))
    known, own = (
        gold_columns(gold, votes, spread),
        (x - centre - fit.bias[votes.worker]) / fit.scale[votes.worker][:, None],
    )
    truth_of = None if known is None else known - centre
    low, high, part, warnings = interval_ends(
        votes,
        own,
        z,
        variance * wider,
        fit.variance / fit.scale**2,
        gold=truth_of,
        shared=shared,
        level=level,
    )
    info = {
        "bias": fit.bias * spread,
        "variance": fit.variance[:, None] * spread**2,
        "scale": fit.scale,
        "sd": in_original_units(np.sqrt(variance * wider), spread, votes).y,
        "inflation": wider,
        "low": in_original_units(low + centre, spread, votes).y,
        "high": in_original_units(high + centre, spread, votes).y,
        "shared": part,
        "warnings": tuple(warnings),
    }
    seen = np.bincount(votes.worker, minlength=votes.w) > 0
    truth = float(np.nanvar(z, axis=0).mean()) if len(x) else 0.0
    skill = np.where(seen, truth / (truth + fit.variance), np.nan)
    return Consensus(
        in_original_units(with_gold(z + centre, known), spread, votes), skill, trace, info
    )
