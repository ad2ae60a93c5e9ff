"""Joining the scores of several auditors by their ranks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from reliabel.core.labels import Floats


def relative(score: Floats) -> Floats:
    """Ranks from 0 (least) to 1 (most), ties shared; NaN stays NaN.

    >>> relative(np.array([0.1, 0.9, 0.9, np.nan])).tolist()
    [0.0, 0.75, 0.75, nan]
    """
    known = ~np.isnan(score)
    out: Floats = np.full(len(score), np.nan)
    if known.any():
        out[known] = (rankdata(score[known]) - 1) / max(known.sum() - 1, 1)
    return out


def mean_rank(scores: Sequence[Floats]) -> Floats:
    """Mean of the relative ranks over the auditors that say something; NaN where none does."""
    total, count = np.zeros(len(scores[0])), np.zeros(len(scores[0]))
    for score in scores:
        rank = relative(score)
        known = ~np.isnan(rank)
        total[known] += rank[known]
        count += known
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
