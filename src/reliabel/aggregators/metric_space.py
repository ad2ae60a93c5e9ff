"""Metric space: votes are points of a space with distances, and the answer is the point with the
least weighted sum of squared distances to them.

How far each worker is off follows from how far workers lie from each other (``ops.metric_sources``)
without any truth; a worker's weight is the inverse.  One recipe for vectors, directions on a
sphere, points of hyperbolic space (embeddings of trees), and classes with distances between them.
Assumes that errors are independent, and alike on all items.  Weak where workers share few items,
which ``info["warnings"]`` says, and with class distances that do not say which errors are common.
Cost: O(pairs of votes on an item, at most 4 million), then O(v d) per iteration; for classes O(n
k^2).
Paper: Shin, Li, Vishwakarma, Roberts, Sala. Universalizing weak supervision. ICLR (2022).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.special import logsumexp

from reliabel.core.labels import Classes, Floats, Numbers, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.metric_sources import errors_of_pairs, source_pairs, unknown_errors_said
from reliabel.ops.metric_spaces import beyond_half, centres, space_of, spread
from reliabel.ops.votes import normalise

ALSO = ("frechet_mean", "universal")
STEEPEST = 50.0  # of the chance of an error with its distance
GRID = 100  # values of it that are tried


def aggregate(
    votes: Votes[Classes | Numbers],
    *,
    class_distance: Floats | None = None,
    space: str = "euclid",
    power: int = 2,
    faith: float = 10.0,
    iterations: int = 100,
) -> Consensus[Soft] | Consensus[Numbers]:
    """The centre of each item's votes.

    class_distance: (k, k) for votes on classes; without it, all classes are equally far apart.
    space: of votes on numbers: "euclid", "sphere" (rows of length one) or "hyperbolic" (points of
        the hyperboloid, the first number is sqrt(1 + squares of the others)).
    power: 2 sums squared distances; 1 sums distances, which single far votes hardly move.
    faith: each worker's error is held to that of the crowd as if by this many votes in common.
    ``skill`` is how much of the spread of a worker's votes is truth.  ``info`` holds "error" (w,),
    the mean distance to the truth to the ``power``, and "weight" (w,); for points "sd" (n,), the
    distance to the truth that independent errors would lead to; for classes "node" (n,), the name
    of the class with the least expected distance to the ``power``.

    >>> item, worker = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
    >>> x = np.array([[1, 1], [2, 0], [3, 5], [4, 2], [1, 1.1], [2, 0.1], [3.1, 5], [4, 2],
    ...               [2, 0], [3, 1], [2, 3], [5, 1]])
    >>> found = aggregate(Votes(item, worker, Numbers(x), n=4, w=3), faith=0.0)
    >>> found.labels.y.round(1).tolist()
    [[1.0, 1.0], [2.0, 0.0], [3.0, 5.0], [4.0, 2.0]]
    """
    if power not in (1, 2):
        raise ValueError(f"power must be 1 (distances) or 2 (squared distances), got {power}")
    if isinstance(votes.labels, Classes):
        if space != "euclid":
            raise ValueError(f"space={space!r} is for votes on numbers; classes have distances")
        return _of_classes(votes, class_distance, power, faith)  # type: ignore[arg-type]
    if class_distance is not None:
        raise ValueError("class_distance is for votes on classes, got votes on numbers")
    return _of_points(votes, space, power, faith, iterations)  # type: ignore[arg-type]


def _of_points(
    votes: Votes[Numbers], name: str, power: int, faith: float, iterations: int
) -> Consensus[Numbers]:
    y = np.asarray(votes.labels.y, dtype=float)
    x = y[:, None] if y.ndim == 1 else y
    space, n, w = space_of(name, x), votes.n, votes.w
    pairs = source_pairs(votes, lambda one, two: space.distance(x[one], x[two]) ** 2)
    square, ok = errors_of_pairs(pairs, faith=faith)
    voted = np.bincount(votes.worker, minlength=w) > 0
    usual = float(np.nanmedian(square)) if np.isfinite(square).any() else 1.0
    square = np.where(np.isnan(square), usual, square)
    square = np.maximum(square, 1e-9 * max(usual, 1e-3))
    weight = 1 / square if power == 2 else 1 / np.sqrt(square)
    z = centres(space, x, votes.item, n, weight[votes.worker], power=power, iterations=iterations)
    total = np.bincount(votes.item, (1 / square)[votes.worker], n)
    nothing = np.full(n, np.nan)
    have = np.isfinite(z).all(1)
    wide_apart = spread(space, z[have])
    wide = int(beyond_half(space, x, votes.item, z).sum())
    warnings = unknown_errors_said(ok, voted)
    if wide:
        warnings.append(
            f"the votes on {wide:,} items lie on both halves of the sphere, so that their mean is "
            "not unique; look at these items"
        )
    info = {
        "error": np.where(voted, square if power == 2 else np.sqrt(square), np.nan),
        "weight": weight,
        "sd": np.sqrt(np.divide(1, total, out=nothing, where=total > 0)),
        "warnings": tuple(warnings),
    }
    skill = np.where(voted, wide_apart / np.maximum(wide_apart + square, 1e-300), np.nan)
    return Consensus(Numbers(z if y.ndim == 2 else z[:, 0]), skill, info=info)


def _of_classes(
    votes: Votes[Classes], class_distance: Floats | None, power: int, faith: float
) -> Consensus[Soft]:
    k, w, y = votes.labels.k, votes.w, votes.labels.y
    far = 1 - np.eye(k) if class_distance is None else np.asarray(class_distance, dtype=float)
    far = far**power
    balance = (np.bincount(y, minlength=k) + 1) / (len(y) + k)
    chance = float(balance @ far @ balance)
    pairs = source_pairs(votes, lambda one, two: far[y[one], y[two]])
    error, ok = errors_of_pairs(pairs, faith=faith, chance=chance)
    voted = np.bincount(votes.worker, minlength=w) > 0
    error = np.where(np.isnan(error), chance / 4, error)
    steep, log_sum = _kernels(error, far, balance)
    cell = votes.item.astype(np.int64) * k + y
    table = np.bincount(cell, steep[votes.worker], votes.n * k)
    cost = table.reshape(votes.n, k) @ far.T
    who = sparse.csr_array((np.ones(len(votes)), (votes.item, votes.worker)), (votes.n, w))
    p = normalise(np.log(balance) - cost - who @ log_sum)[0]
    info = {
        "error": np.where(voted, error, np.nan),
        "weight": steep,
        "node": [votes.labels.names[z] for z in (p @ far).argmin(1)],
        "warnings": tuple(unknown_errors_said(ok, voted)),
    }
    skill = np.where(voted, 1 - error / chance if chance else 1.0, np.nan)
    return Consensus(Soft(p, votes.labels.names), skill, info=info)


def _kernels(error: Floats, far: Floats, balance: Floats) -> tuple[Floats, Floats]:
    """(w,) theta with which votes, whose chance is proportional to exp(-theta distance), have this
    mean error; and (w, k) the logarithm of the sums that these are divided by, by true class.
    """
    size = max(float(far.max(initial=0)), 1e-300)
    theta = np.concatenate([[0], np.geomspace(1e-3, STEEPEST, GRID - 1)]) / size
    log_sum = np.stack([logsumexp(-t * far, axis=1) for t in theta])  # (grid, k)
    mean = np.array(
        [
            balance @ (np.exp(-t * far - log[:, None]) * far).sum(1)
            for t, log in zip(theta, log_sum, strict=True)
        ]
    )
    place = np.interp(-error, -mean, np.arange(GRID))  # mean errors fall with theta
    low = np.minimum(place.astype(int), GRID - 2)
    part = (place - low)[:, None]
    own = (1 - part) * log_sum[low] + part * log_sum[low + 1]
    return np.interp(place, np.arange(GRID), theta), own
