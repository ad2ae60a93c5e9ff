"""Krippendorff's alpha: 1 minus observed over expected disagreement, for any number of workers and
with missing votes.

Assumes workers are interchangeable, and that the number of votes of an item does not depend on the
votes.  Weak when one class is rare: expected disagreement is then small and alpha low.
Cost: O(v + k), memory O(v); for the ratio metric O(v k).
Paper: Krippendorff. Content Analysis, 3rd edition, 2013; Hayes, Krippendorff. Communication Methods
and Measures 1 (2007) 77-89.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy import sparse

from reliabel.core.labels import Classes, Floats, Numbers, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import (
    class_counts,
    class_order,
    class_values,
    pairable,
    vote_values,
    with_interval,
)
from reliabel.ops.chunks import spans

STATUS = "default"
AGREEMENT_RANK = 4
SHOWN_AS = "Krippendorff's alpha"
ALSO = ("alpha", "krippendorff")
METRICS = ("nominal", "ordinal", "interval", "ratio")


def measure(
    votes: Votes[Classes | Numbers],
    *,
    rng: Generator,
    metric: str | None = None,
    order: tuple[str, ...] | None = None,
) -> Measure:
    """Agreement beyond chance: 1 is perfect, 0 is chance, below 0 is systematic disagreement; NaN
    when all votes are equal.

    metric: distance between labels: "nominal", "ordinal", "interval" or "ratio"; None means nominal
        for classes and interval for numbers.
    order: names of the classes from low to high, for ordinal; None takes them as they stand.
    Raises ValueError for another metric, and for labels that the metric cannot compare.

    >>> item, worker = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0, 1])), n=3, w=2)
    >>> round(measure(v, rng=np.random.default_rng(0)).value, 4)
    0.4444
    """
    metric = metric or ("interval" if isinstance(votes.labels, Numbers) else "nominal")
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {', '.join(METRICS)}, got {metric!r}")
    if metric == "nominal":
        return _nominal(_coded(votes)[0], rng)
    if metric == "ratio":
        table, level = _coded(votes)
        if isinstance(votes.labels, Classes):
            level = class_values(votes.labels, "the ratio metric")
        return _ratio(table, level, rng)
    return _interval(votes, _positions(votes, metric, order), metric, rng)


def _nominal(table: Any, rng: Generator) -> Measure:
    table, m, squares = pairable(table)
    observed = (m * m - squares) / (m - 1)
    return with_interval(
        lambda sums: _alpha(sums[0], _unequal(sums[1])),
        (observed, table),
        rng,
        _facts(m, "nominal"),
    )


def _unequal(margin: Floats) -> Floats:
    size = margin.sum(1)
    return np.asarray((size**2 - (margin**2).sum(1)) / (size - 1))


def _interval(votes: Votes[Any], x: Floats, metric: str, rng: Generator) -> Measure:
    size = np.bincount(votes.item, minlength=votes.n)
    keep = size >= 2
    x = (x - x.mean()) / (np.ptp(x) or 1.0) if len(x) else x
    total = np.bincount(votes.item, x, votes.n)[keep]
    squares = np.bincount(votes.item, x**2, votes.n)[keep]
    m = size[keep].astype(float)
    observed = 2 * (m * squares - total**2) / (m - 1)

    def statistic(sums: tuple[Floats, ...]) -> Floats:
        n, s, q = sums[1].T
        return _alpha(sums[0], 2 * (n * q - s**2) / (n - 1))

    return with_interval(
        statistic, (observed, np.stack([m, total, squares], axis=1)), rng, _facts(m, metric)
    )


def _ratio(table: Any, level: Floats, rng: Generator) -> Measure:
    if (level < 0).any() or len(level) > 2000:
        why = (
            f"got {level.min():.6g}"
            if (level < 0).any()
            else f"and at most 2,000 different ones, got {len(level):,}"
        )
        raise ValueError(
            f"the ratio metric needs numbers that are not negative, {why}; use the interval metric"
        )
    table, m, _ = pairable(table)
    both = level[:, None] + level[None]
    far = np.square(
        np.divide(level[:, None] - level[None], both, out=np.zeros_like(both), where=both > 0)
    )
    observed = np.zeros(len(m))
    for start, stop in spans(len(m), len(level)):
        block = table[start:stop].toarray()
        observed[start:stop] = (block @ far * block).sum(1) / (m[start:stop] - 1)
    return with_interval(
        lambda sums: _alpha(sums[0], ((sums[1] @ far) * sums[1]).sum(1) / (sums[1].sum(1) - 1)),
        (observed, table),
        rng,
        _facts(m, "ratio"),
    )


def _alpha(observed: Floats, expected: Floats) -> Floats:
    return np.asarray(
        1
        - np.divide(observed, expected, out=np.full(len(expected), np.nan), where=expected > 1e-12)
    )


def _coded(votes: Votes[Any]) -> tuple[Any, Floats]:
    """Sparse counts of votes (n, values), and the values where the votes are numbers."""
    if isinstance(votes.labels, Classes):
        return class_counts(votes), np.empty(0)
    level, code = np.unique(vote_values(votes), return_inverse=True)
    return sparse.coo_array(
        (np.ones(len(code), dtype=np.int32), (votes.item, code)), shape=(votes.n, len(level))
    ).tocsr(), level


def _positions(votes: Votes[Any], metric: str, order: tuple[str, ...] | None) -> Floats:
    """(v,) the votes as positions on a line, whose differences are the metric's distances."""
    if metric == "interval":
        return (
            vote_values(votes)
            if isinstance(votes.labels, Numbers)
            else class_values(votes.labels, "the interval metric")[votes.labels.y]
        )
    code = (
        np.unique(vote_values(votes), return_inverse=True)[1]
        if isinstance(votes.labels, Numbers)
        else class_order(votes.labels, order)[0][votes.labels.y]
    )
    paired = (np.bincount(votes.item, minlength=votes.n) >= 2)[votes.item]
    count = np.bincount(code, weights=paired.astype(float))
    # the ordinal distance is the difference of mid-ranks, which resampling does not recompute
    middle = np.cumsum(count) - count / 2
    return np.asarray(middle[code])


def _facts(m: Floats, metric: str) -> dict[str, Any]:
    return {"metric": metric, "items": len(m), "votes": int(m.sum())}
