"""Error residual ratio: how much of the error is left in the numbers that a selection keeps.

It is the mean absolute error (given minus true number) of the items that scores of auditors would
keep, divided by that of all: 0 where only right numbers are kept, 1 where the selection tells
nothing, above 1 where it keeps the wrong ones.
Assumes that the items with a true number (gold) are drawn at random. Weak where one gross error
carries the whole sum.
Cost: O(n log n) and 500 resamples for the interval.
Paper: Kim, Moon, Moon, Woo, Kim. Sample selection via contrastive fragmentation for noisy label
regression (ConFrag). NeurIPS 2024. arXiv:2502.17771.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from scipy.stats import rankdata

from reliabel.core.labels import Bools, Floats, Numbers
from reliabel.core.results import Measure

STATUS = "optional"
ALSO = ("err",)
SMALL = {"resamples": 50}


def measure(
    labels: Numbers,
    *,
    gold: Floats,
    scores: Mapping[str, Floats],
    rng: Generator,
    keep: float = 0.8,
    resamples: int = 500,
) -> Measure:
    """Error residual ratio of the share ``keep`` with the lowest mean rank of the scores, with a
    95 % bootstrap interval; NaN where no number is wrong.

    keep: share of the items that is kept.
    resamples: bootstrap samples of the items with a true number.
    ``parts`` holds the ratio of each score alone, by its name.
    Raises ValueError for a share that is not between 0 and 1.

    >>> y, gold = Numbers(np.array([1.0, 2.0, 9.0, 4.0])), np.array([1.0, 2.5, 3.0, np.nan])
    >>> scores, rng = {"far": np.array([0.1, 0.2, 5.0, 0.1])}, np.random.default_rng(0)
    >>> found = measure(y, gold=gold, scores=scores, rng=rng, keep=0.5)
    >>> round(found.value, 3), found.parts
    (0.0, {'far': 0.0})
    """
    if not 0 < keep <= 1:
        raise ValueError(f"keep must be a share above 0 and at most 1, got {keep!r}")
    off = np.abs(labels.y.reshape(len(labels), -1) - np.asarray(gold).reshape(len(labels), -1))
    there = ~np.isnan(off)
    known = there.any(1)
    error = np.where(there, off, 0).sum(1)[known] / there.sum(1)[known]
    if not len(error) or not error.sum() > 0:
        return Measure(np.nan, np.nan, np.nan, info={"why": "no number is known to be wrong"})
    ranks = {name: _ranks(np.asarray(score, dtype=float)) for name, score in scores.items()}
    kept = _kept(np.mean(list(ranks.values()), axis=0), keep)[known]
    parts = {name: _ratio(error, _kept(rank, keep)[known]) for name, rank in ranks.items()}
    value = _ratio(error, kept)
    draws = rng.integers(0, len(error), (resamples, len(error)))
    found = np.array([_ratio(error[draw], kept[draw]) for draw in draws])
    found = found[np.isfinite(found)]
    low, high = np.quantile(found, [0.025, 0.975]) if len(found) else (np.nan, np.nan)
    return Measure(value, float(min(low, value)), float(max(high, value)), parts)


def _ranks(score: Floats) -> Floats:
    """Places in rising order, equal scores at their mean place; what is unknown comes first."""
    filled = np.where(np.isnan(score), -np.inf, score).ravel()
    return np.asarray(rankdata(filled) - 1)


def _kept(rank: Floats, keep: float) -> Bools:
    return np.asarray(rank <= np.quantile(rank, keep))


def _ratio(error: Floats, kept: Bools) -> float:
    mean = error.mean()
    return float(error[kept].mean() / mean) if kept.any() and mean > 0 else np.nan
