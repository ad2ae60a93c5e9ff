"""Fraction cut: where scores stop being like the others, without a threshold set by hand.

The logit of the scores is taken to be logistic outside of a few contaminated ones.  The logistic is
fitted to two quantiles near the suspect end, and scores beyond what it would bring forth there are
flagged.  It is made for rare issues (about one in a hundred); of many it flags a few.
Source: Groger, Lionetti, Gottfrois et al. Intrinsic self-supervision for data quality audits.
NeurIPS 2024 datasets and benchmarks, section 4.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, logit

from reliabel.core.labels import Bools, Floats

FEW = 10  # scores below which a fit says nothing


def fraction_cut(
    score: Floats,
    *,
    contamination: float = 0.01,
    significance: float = 0.05,
    of: int | None = None,
    items: int | None = None,
    sample: Floats | None = None,
) -> tuple[float, Bools]:
    """The bound, and which of the scores (m,) lie beyond it; a score is in [0, 1], 1 = surely bad.

    A score of 1 is always beyond, one of 0 never, and neither takes part in the fit; NaN is never
    beyond.  With fewer than ten scores, or where the quantiles are equal, the bound is 1.

    contamination: share of issues, to be guessed too high rather than too low.
    significance: share of the contaminated ones by which chance may bring a score beyond the bound.
    of: for pairs: how many there are in all, of which ``score`` holds the most suspect.
    items: for pairs: how many items they are made of.  The contamination of pairs is that of items
        squared.
    sample: for pairs: scores of random pairs, where those given do not reach the outer quantile.

    >>> score = np.concatenate([np.linspace(0.05, 0.6, 400), [0.9999, 1.0, np.nan]])
    >>> bound, flag = fraction_cut(score)
    >>> 0.6 < bound < 0.9999, np.flatnonzero(flag).tolist()
    (True, [400, 401])
    """
    for name, share in (("contamination", contamination), ("significance", significance)):
        if not 0 < share < 1:
            raise ValueError(f"{name} must be a share between 0 and 1, got {share!r}")
    inner = (score > 0) & (score < 1)
    z = np.sort(logit(score[inner].astype(float)))[::-1]
    total = len(z) if of is None else max(of - int((~inner).sum()), len(z))
    n = total if items is None else items
    alpha = contamination if of is None else contamination**2
    bound = 1.0
    if total >= FEW and len(z):
        near, far = (_quantile(z, level, total, sample) for level in (alpha, math.sqrt(alpha / 2)))
        bound = _bound(near, far, alpha, significance * alpha * n / total)
    return bound, np.asarray((score > bound) | (score >= 1))


def _quantile(z: Floats, level: float, total: int, sample: Floats | None) -> float:
    """The score that a share ``level`` of all ``total`` exceed; ``z`` holds the largest of them."""
    place = level * (total - 1)
    if place <= len(z) - 1:
        return float(np.interp(place, np.arange(len(z)), z))
    if sample is None or not ((sample > 0) & (sample < 1)).any():
        raise ValueError(
            f"the fraction cut needs the {math.ceil(place) + 1:,} most suspect scores of "
            f"{total:,}, got {len(z):,}; give a random sample of all scores as well"
        )
    drawn = logit(sample[(sample > 0) & (sample < 1)].astype(float))
    return float(np.quantile(drawn, 1 - level))


def _bound(near: float, far: float, alpha: float, tail: float) -> float:
    """Where a logistic with these two upper quantiles leaves the share ``tail`` above."""
    near_unit, far_unit = -logit(alpha), -logit(math.sqrt(alpha / 2))
    scale = (near - far) / (near_unit - far_unit)
    if scale <= 0:
        return 1.0
    loc = near - scale * near_unit
    return float(expit(loc - scale * logit(tail)))
