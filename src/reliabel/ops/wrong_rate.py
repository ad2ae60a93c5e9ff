"""The share of wrong labels that a method reckons with: what the user says, else an estimate."""

from __future__ import annotations

from reliabel.core.labels import Floats, Ints
from reliabel.ops.noise import wrong_share

MOST = 0.9  # a method that drops this share still learns from something


def wrong_rate(y: Ints, probs: Floats, rate: float | None) -> float:
    """``rate`` if it is given, else what the confident joint of out-of-fold ``probs`` (n, k) counts
    as wrong among the labels ``y`` (n,), at most 0.9.

    Raises ValueError for a ``rate`` outside 0 to 1, or 1.

    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
    >>> round(wrong_rate(np.array([0, 0, 1, 1, 1]), p, None), 3)
    0.2
    >>> wrong_rate(np.array([0, 0, 1, 1, 1]), p, 0.4)
    0.4
    """
    if rate is None:
        return min(wrong_share(y, probs), MOST)
    if not 0 <= rate < 1:
        raise ValueError(
            f"rate is the share of wrong labels, from 0 to below 1, got {rate!r}; leave it out to "
            "have it estimated"
        )
    return float(rate)
