"""Mallows' distribution of rankings: the chance of an order falls by a factor of exp(-theta) with
each pair that it turns round.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints

LOW, HIGH = 0.05, 10.0  # bounds of theta
HALVINGS = 50


def log_total(n: int, theta: float) -> float:
    """The log of the sum of exp(-theta d) over all orders of n things, d the pairs turned round.

    >>> round(float(np.exp(log_total(4, 1.0))), 6)
    3.193308
    """
    j = np.arange(1, n + 1)
    return float((np.log(-np.expm1(-j * theta)) - np.log(-np.expm1(-theta))).sum())


def expected_distance(n: int, theta: Floats) -> Floats:
    """The expected number of pairs that an order of n things turns round, for each theta > 0.

    >>> expected_distance(4, np.array([1.0])).round(6).tolist()
    [1.201078]
    """
    j = np.arange(1, n + 1)[:, None]
    parts = j / np.expm1(j * theta)  # (n, thetas)
    return np.asarray(n / np.expm1(theta) - parts.sum(0))


def theta_of(distance: Floats, count: Floats, lengths: Ints) -> Floats:
    """(w,) the theta of each worker whose ``count`` (w, lengths) rankings of some lengths turn
    round ``distance`` (w,) pairs altogether, between ``LOW`` and ``HIGH``, by bisection.

    >>> theta_of(np.array([1.201078]), np.array([[1.0]]), np.array([4])).round(4).tolist()
    [1.0]
    """
    low, high = np.full(len(distance), LOW), np.full(len(distance), HIGH)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        expected = np.zeros(len(distance))
        for place, long in enumerate(lengths.tolist()):
            expected += count[:, place] * expected_distance(long, middle)
        far = expected > distance  # more than was seen: theta is larger
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    return np.asarray((low + high) / 2)


def sampled(order: Ints, theta: float, rng: np.random.Generator) -> Ints:
    """An order drawn around ``order``, the best first: each thing is put among those before it,
    and turns round a number of pairs drawn from its share of the distribution.
    """
    drawn: list[int] = []
    for place, thing in enumerate(order.tolist()):
        weight = np.exp(-theta * np.arange(place + 1))
        turned = int(rng.choice(place + 1, p=weight / weight.sum()))
        drawn.insert(place - turned, thing)
    return np.array(drawn, dtype=np.int64)
