"""Two ways to maximise an objective, by iterated steps and by L-BFGS, and the two Dirichlet
formulas of the variational methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from reliabel.core.labels import Bools, Floats
from reliabel.core.run import stop_if_cancelled, tell, track

S = TypeVar("S")


def climb(
    step: Callable[[S], tuple[S, float]], start: S, *, iterations: int, tol: float
) -> tuple[S, Floats]:
    """Repeat ``step`` until the objective that it returns rises by less than ``tol``.

    Gives the last state and the objective of each iteration.

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


def highest(climbs: Iterable[tuple[S, Floats]]) -> tuple[S, Floats]:
    """Of several runs (state, objective of each iteration) the one whose objective ends highest;
    the first of those that are equal to a relative 1e-9.

    >>> runs = [("a", np.array([-3.0, -2.0])), ("b", np.array([-1.0])), ("c", np.array([-1.0]))]
    >>> highest(runs)[0]
    'b'
    """
    first, *others = climbs
    for found in others:
        if found[1][-1] > first[1][-1] + 1e-9 * abs(first[1][-1]):
            first = found
    return first


def ascend(
    function: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    *,
    iterations: int,
    tol: float,
) -> tuple[Floats, Floats]:
    """The maximum of ``function`` (parameters -> value and gradient) by L-BFGS, and the value after
    each step; stops when a step gains less than ``tol``.
    """
    value, _ = function(start)
    seen, trace = [value], [value]
    scale = max(abs(value), 1.0)

    def down(x: Floats) -> tuple[float, Floats]:
        stop_if_cancelled()
        value, slope = function(x)
        seen.append(value)
        return -value / scale, -slope / scale

    def step(_: Floats) -> None:
        trace.append(seen[-1])  # the last point evaluated is the one accepted
        tell("rounds", len(trace) - 1, iterations)

    options: Any = {"maxiter": iterations, "ftol": tol / scale, "gtol": 1e-12}
    found = minimize(  # type: ignore[call-overload]
        down,
        np.asarray(start, dtype=np.float64),
        jac=True,
        method="L-BFGS-B",
        callback=step,
        options=options,
    )
    return np.asarray(found.x), np.array(trace)


def expected_log(counts: Floats) -> Floats:
    """Expected log of Dirichlet variables with these parameters along the last axis."""
    mean: Floats = psi(counts) - psi(counts.sum(-1, keepdims=True))
    return mean


def divergence(counts: Floats, prior: Floats, differ: Bools | None = None) -> float:
    """Kullback-Leibler divergence of Dirichlet(counts) from Dirichlet(prior) along the last axis,
    summed over all other axes.

    differ: where the two differ; the special functions are worked out there alone, with the same
        result.
    """
    size, base = counts.sum(-1), prior.sum(-1)
    of_prior = gammaln(prior)
    if differ is None:
        of_counts, log = gammaln(counts), expected_log(counts)
    else:
        of_counts, log = np.empty_like(counts), np.zeros_like(counts)
        of_counts[...] = of_prior
        of_counts[differ] = gammaln(counts[differ])
        log[differ] = psi(counts[differ]) - np.broadcast_to(psi(size)[..., None], log.shape)[differ]
    apart = gammaln(size) - of_counts.sum(-1) - gammaln(base) + of_prior.sum(-1)
    del of_counts, of_prior
    return float((apart + ((counts - prior) * log).sum(-1)).sum())
