"""One loop for everything that climbs an objective in rounds, and the two Dirichlet formulas of the variational methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from scipy.special import gammaln, psi

from reliabel.core.labels import Floats
from reliabel.core.run import track

S = TypeVar("S")


def climb(step: Callable[[S], tuple[S, float]], start: S, *, iterations: int, tol: float) -> tuple[S, Floats]:
    """Repeat ``step`` until the objective it returns rises by less than ``tol``; gives the last state and the objective of each round.

    >>> climb(lambda x: (x / 2, -x), 8.0, iterations=100, tol=1.5)
    (0.5, array([-8., -4., -2., -1.]))
    """
    state, trace = start, list[float]()
    for _ in track("rounds", range(iterations)):
        state, value = step(state)
        trace.append(value)
        if len(trace) > 1 and value - trace[-2] < tol:
            break
    return state, np.array(trace)


def expected_log(counts: Floats) -> Floats:
    """Mean of the log of Dirichlet variables with these parameters along the last axis."""
    mean: Floats = psi(counts) - psi(counts.sum(-1, keepdims=True))
    return mean


def divergence(counts: Floats, prior: Floats) -> float:
    """Kullback-Leibler divergence of Dirichlets(counts) from Dirichlets(prior) along the last axis, summed over all others."""
    size, base = counts.sum(-1), prior.sum(-1)
    apart = gammaln(size) - gammaln(counts).sum(-1) - gammaln(base) + gammaln(prior).sum(-1)
    return float((apart + ((counts - prior) * expected_log(counts)).sum(-1)).sum())
