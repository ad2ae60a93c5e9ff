"""One score an item of the quality of its labels, where each item has several.

Source: Thyagarajan, Snorrason, Northcutt, Mueller. Identifying incorrect annotations in multi-label
classification data. arXiv:2211.13895, section 3.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats

TEMPERATURE = 0.1  # of the soft minimum
LEAST = 1e-6  # quality below which labels are no longer told apart
ONE, SEVERAL = 1.5, 2.5  # expected errors below and from which another score is taken


def item_scores(quality: Floats, expected_errors: float = 2.0, alpha: float = 0.8) -> Floats:
    """(n,) one score an item, larger = more suspect, of the quality (n, k) of its cells, NaN where
    a cell is unknown.

    >>> item_scores(np.array([[0.9, 0.2, np.nan]]), alpha=1.0).round(2).tolist()
    [0.8]
    """
    known = np.isfinite(quality)
    bad = np.where(known, 1 - quality, -np.inf)
    if expected_errors < ONE:
        worst = bad.max(1, keepdims=True, initial=0)
        weight = np.where(known, np.exp((np.where(known, bad, 0) - worst) / TEMPERATURE), 0)
        score = (weight * np.where(known, bad, 0)).sum(1) / np.maximum(weight.sum(1), 1e-300)
    elif expected_errors < SEVERAL:
        least = np.where(known, bad, np.inf).min(1, keepdims=True, initial=np.inf)
        ordered = np.sort(np.where(known, bad, least), axis=1)  # unknown cells change nothing
        score = ordered[:, 0].copy()
        for column in range(1, ordered.shape[1]):
            score = alpha * ordered[:, column] + (1 - alpha) * score
    else:
        logs = np.log(np.maximum(np.where(known, quality, 1), LEAST))
        score = -logs.sum(1) / -np.log(LEAST)
    return np.where(known.any(1), score, np.nan)
