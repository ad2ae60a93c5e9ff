"""Bayesian risk: the expected cost of deciding for the best class, for each item and on average.

Assumes votes are independent given the true class, and a calibrated posterior; without ``gold`` or
a posterior of your own it is overconfident.  With ``gold``, workers are weighted by how they did on
the gold items.
Cost: O(v k) per iteration, memory O(n k + w k^2).
Paper: Estes et al. Frontiers in Artificial Intelligence 4 (2022); Berger. Statistical Decision
Theory and Bayesian Analysis, 1985.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import with_interval
from reliabel.ops.crowd import fit_confusion


def measure(
    votes: Votes[Classes],
    *,
    rng: Generator,
    posterior: Floats | None = None,
    gold: Ints | None = None,
    class_distance: Floats | None = None,
) -> Measure:
    """The mean over items with votes of the least expected cost of a decision.

    The cost is 1 - max P, or min_d sum_a P[a] class_distance[d, a].  With ``gold`` the gold items
    keep their class, and the workers' matrices are estimated with it.
    ``parts`` holds the risk of each item ("item", NaN without votes), the "decided" class, and the
    mean risk by decided "class" and by "worker".

    >>> v = Votes(np.array([0, 0, 1]), np.array([0, 1, 0]), Classes(np.array([0, 0, 1])), n=3, w=2)
    >>> p = np.array([[0.9, 0.1], [0.3, 0.7], [0.5, 0.5]])
    >>> found = measure(v, posterior=p, rng=np.random.default_rng(0))
    >>> found.parts["item"].round(2).tolist()
    [0.1, 0.3, nan]
    """
    if posterior is None:
        posterior = fit_confusion(votes, gold)[0]
    cost = 1 - np.eye(votes.labels.k) if class_distance is None else class_distance
    expected = posterior @ cost.T
    risk = expected.min(1)
    decided = expected.argmin(1)
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    parts: dict[str, Any] = {
        "item": np.where(voted, risk, np.nan),
        "decided": np.where(voted, decided, -1),
    }
    parts["class"] = _means(decided[voted], risk[voted], votes.labels.k)
    parts["worker"] = _means(votes.worker, risk[votes.item], votes.w)
    return with_interval(_mean, (risk[voted], np.ones(int(voted.sum()))), rng, parts)


def _means(group: Ints, value: Floats, size: int) -> Floats:
    n = np.bincount(group, minlength=size)
    return np.asarray(
        np.divide(np.bincount(group, value, size), n, out=np.full(size, np.nan), where=n > 0)
    )


def _mean(sums: tuple[Floats, ...]) -> Floats:
    return sums[0] / sums[1]
