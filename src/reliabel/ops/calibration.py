"""How far stated probabilities are from what happens, and how much losses tell of who was trained
on.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.stats import rankdata

from reliabel.core.labels import Floats, Ints
from reliabel.ops.selective import logits_of

BINS = 15


def calibration_error(p: Floats, y: Ints, bins: int = BINS) -> float:
    """Expected calibration error of the most probable class (ECE), over bins of equal width.

    >>> calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])).__round__(2)
    0.4
    """
    sure = p.max(1)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gap = np.bincount(place, sure - (p.argmax(1) == y), bins)
    return float(np.abs(gap).sum() / len(p))


def fitted_temperature(p: Floats, y: Ints) -> float:
    """The temperature with the least log loss of the classes ``y`` (b,), from .05 to 20.

    >>> p = np.tile([[0.99, 0.01]], (10, 1))
    >>> round(fitted_temperature(p, np.array([0] * 7 + [1] * 3)), 1)
    5.4
    """
    z = logits_of(p)

    def loss(log_t: float) -> float:
        return float(-log_softmax(z / np.exp(log_t), axis=1)[np.arange(len(y)), y].mean())

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(best.x))


def leakage(inside: Floats, outside: Floats) -> float:
    """How well training items are told from others by the loss: the chance that one of each is
    told right, from how near to the median of training items its loss is; at least .5.

    >>> leakage(np.array([1.0, 1.1, 0.9]), np.array([0.0, 3.0, 1.1]))
    0.9444444444444444
    """
    middle = np.median(inside)
    near = -np.abs(np.concatenate([inside, outside]) - middle)
    ranks, n, m = rankdata(near)[: len(inside)].sum(), len(inside), len(outside)
    return max(0.5, float((ranks - n * (n + 1) / 2) / (n * m)))
