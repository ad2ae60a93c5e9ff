"""Ties of comparisons, where two things must be close to tie (Rao and Kupper): the threshold."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from reliabel.core.labels import Floats
from reliabel.ops.comparisons import Hill, Pairs

FARTHEST = 40.0  # log of the largest threshold of ties


def height_of_ties(pairs: Pairs, margin: float) -> float:
    """What ties add to the log likelihood: the number of ties times log(threshold^2 - 1)."""
    return float(pairs.ties.sum() * np.log(np.expm1(2 * margin))) if margin else 0.0


def likeliest_margin(pairs: Pairs, hill: Hill, s: Floats) -> float:
    """The log of the threshold of ties that is best for given strengths."""
    d = s[hill.a] - s[hill.b]
    ties = float(pairs.ties.sum())

    def slope(margin: float) -> float:
        lost = hill.ahead @ expit(margin - d) + hill.behind @ expit(margin + d)
        return float(-2 * ties / np.expm1(-2 * margin) - lost)

    return float(brentq(slope, 1e-9, FARTHEST, xtol=1e-12))
