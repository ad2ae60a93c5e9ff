"""How likely a given box is wrong where the detector contradicts it: it sees nothing there, or
another class.

A detector errs more often on some objects than on others: it misses small and covered ones, and
takes those of which it is unsure for another class.  A wrong box it contradicts nearly always,
whatever the box is like.  So the share of boxes that it contradicts falls with how easy they are
for it, down to a floor: the share of wrong boxes.  Where it falls little, the floor cannot be told
from a detector that errs on all alike, and the interval says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from reliabel.core.labels import Bools, Floats
from reliabel.core.short_repr import by_fields

GRID = 21  # floors that are tried, from none to all boxes contradicted
RIDGE = 1.0  # pull of the coefficients to 0
LEAST = 50  # boxes without which nothing is said


@dataclass(frozen=True, eq=False)
class Floor:
    """``p`` (m,) chance that a box is wrong (0 where the detector does not contradict it), and the
    number of such boxes with the ends of its interval.
    """

    p: Floats
    value: float
    low: float
    high: float

    __repr__ = by_fields


def wrong_floor(against: Bools, traits: Floats) -> Floor:
    """The chance of each box; ``traits`` (m, d) is what makes objects easy or hard.

    >>> size = np.linspace(-2, 2, 400)
    >>> against = (np.arange(400) % 40 == 0) | ((size < -1.5) & (np.arange(400) % 3 == 0))
    >>> found = wrong_floor(against, size[:, None])
    >>> bool(found.p[360] > 0.8 > 0.3 > found.p[9])
    True
    """
    m, seldom = len(against), int(against.sum())
    if m < LEAST or not seldom:
        return Floor(np.zeros(m), 0.0, 0.0, 0.0)
    x = (traits - traits.mean(0)) / np.maximum(traits.std(0), 1e-9)
    x = np.column_stack([np.ones(m), x])
    share = seldom / m
    start: Floats = np.zeros(x.shape[1])
    start[0] = np.log(share / (1 - share)) if share < 1 else 0.0
    likely, chance = [], []
    floors = np.linspace(0, 0.98, GRID) * share
    for floor in floors:
        start, value, miss = _fit(x, against, float(floor), start)
        likely.append(-value)
        chance.append(floor / (floor + (1 - floor) * miss))
    # detectors err more often than people: high floors are less likely beforehand
    weight = np.exp(np.array(likely) - max(likely)) * (1 - floors / share)
    weight /= weight.sum()
    p = np.where(against, weight @ np.array(chance), 0.0)
    total = np.array([one[against].sum() for one in chance])
    low, high = (float(total[np.searchsorted(np.cumsum(weight), q)]) for q in (0.025, 0.975))
    reach = 1.96 * np.sqrt(float(p.sum()) + 1)
    return Floor(p, float(p.sum()), max(low - reach, 0.0), min(high + reach, float(seldom)))


def _fit(x: Floats, against: Bools, floor: float, start: Floats) -> tuple[Floats, float, Floats]:
    """The coefficients of the chance of an error above a floor, the loss, and the chances (m,)."""

    def loss(w: Floats) -> tuple[float, Floats]:
        miss = expit(x @ w)
        p = np.clip(floor + (1 - floor) * miss, 1e-9, 1 - 1e-9)
        value = -np.where(against, np.log(p), np.log1p(-p)).sum() + RIDGE * (w[1:] @ w[1:]) / 2
        slope = np.where(against, -1 / p, 1 / (1 - p)) * (1 - floor) * miss * (1 - miss)
        return float(value), x.T @ slope + RIDGE * np.append(0.0, w[1:])

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return found.x, float(found.fun), expit(x @ found.x)
