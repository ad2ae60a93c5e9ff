"""Votes on numbers: weighted means and medians of each item's votes, squared errors of each worker,
and a Gaussian model of workers.  Whole arrays, no loop over items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Numbers, Votes
from reliabel.ops.em import climb


def scaled_columns(votes: Votes[Numbers]) -> tuple[Floats, Floats]:
    """The votes (v, d), each column divided by its standard deviation, and the deviations (d,)."""
    y = np.asarray(votes.labels.y, dtype=float)
    x = y[:, None] if y.ndim == 1 else y
    spread = x.std(0) if len(x) else np.ones(x.shape[1])
    spread = np.where(spread > 0, spread, 1.0)
    return x / spread, spread


def has_votes(votes: Votes[Any]) -> Bools:
    """(n,) True for items with a vote."""
    return np.asarray(np.bincount(votes.item, minlength=votes.n) > 0)


def mean_of(votes: Votes[Numbers], x: Floats, weight: Floats | None = None) -> Floats:
    """(n, d) the mean of each item's rows of ``x`` (v, d), weighted by ``weight`` (v,); NaN for
    items without votes.
    """
    size = np.bincount(votes.item, weight, votes.n).astype(float)
    total = np.stack(
        [
            np.bincount(votes.item, column if weight is None else column * weight, votes.n)
            for column in x.T
        ],
        axis=1,
    )
    return np.asarray(
        np.divide(total, size[:, None], out=np.full(total.shape, np.nan), where=size[:, None] > 0)
    )


def median_of(votes: Votes[Numbers], x: Floats) -> Floats:
    """(n, d) the median of each item's rows of ``x`` (v, d), the mean of the two in the middle
    where their number is even; NaN for items without votes.
    """
    size = np.bincount(votes.item, minlength=votes.n)
    have = np.flatnonzero(size)
    start = (np.cumsum(size) - size)[have]
    low, high = start + (size[have] - 1) // 2, start + size[have] // 2
    out = np.full((votes.n, x.shape[1]), np.nan)
    for place, column in enumerate(x.T):
        ordered = column[np.lexsort((column, votes.item))]
        out[have, place] = (ordered[low] + ordered[high]) / 2
    return out


def squared_errors(votes: Votes[Numbers], x: Floats, z: Floats) -> Floats:
    """(w,) the sum of squared distances of a worker's votes to the consensus ``z`` (n, d), with a
    small positive number added, so that no worker has an error of zero.
    """
    square = np.square(x - z[votes.item]).sum(1)
    count = np.bincount(votes.worker, minlength=votes.w)
    return np.asarray(
        np.bincount(votes.worker, square, votes.w) + 1e-9 * x.shape[1] * count + 1e-12
    )


def reliability(votes: Votes[Numbers], x: Floats, z: Floats) -> Floats:
    """(w,) the skill of each worker: variance of the truth divided by that of the truth and the
    worker's errors; 1 is exact, 0 is noise, NaN without votes.

    Errors are measured against the consensus ``z`` (n, d) and corrected for the worker's own vote
    in it.
    """
    count = np.bincount(votes.worker, minlength=votes.w).astype(float)
    each = np.bincount(votes.item, minlength=votes.n)[votes.item]
    # the worker's own vote moves the mean of m votes by 1 / m
    free = np.where(each > 1, each / np.maximum(each - 1, 1), 1.0)
    square = np.bincount(votes.worker, np.square(x - z[votes.item]).sum(1) * free, votes.w)
    noise = np.divide(square, count, out=np.full(votes.w, np.nan), where=count > 0)
    truth = float(np.nanvar(z, axis=0).sum()) if len(x) else 0.0
    return np.asarray(truth / np.maximum(truth + noise, 1e-300))


def in_original_units(z: Floats, spread: Floats, votes: Votes[Numbers]) -> Numbers:
    """The consensus in the units and the shape of the votes."""
    z = z * spread
    return Numbers(z if votes.labels.y.ndim == 2 else z[:, 0])


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The parameters of the model x = scale_j z_i + bias_j + N(0, variance_j), z ~ N(mu, tau2),
    with a flat prior on z where tau2 is infinite.
    """

    mu: Floats  # (d,)
    tau2: Floats  # (d,)
    bias: Floats  # (w, d)
    scale: Floats  # (w,)
    variance: Floats  # (w,) the same in each column
    pooled: float  # what variances are shrunk to


BIAS = 5.0  # the prior on a worker's bias counts as this many votes without bias
WEIGHT = 2.0  # half the number of votes that the pooled variance counts for beside a worker's own
SLOPE = 0.01  # prior variance of a worker's scale around 1


def fit_gaussian(
    votes: Votes[Numbers], x: Floats, *, bias: bool, scale: bool, iterations: int, tol: float
) -> tuple[Floats, Floats, Gaussian, Floats]:
    """Expectation-maximisation of the Gaussian model: posterior mean (n, d) and variance (n, d) of
    each item, the parameters, and the log posterior after each iteration.

    bias, scale: whether these parameters of the workers are estimated.
    """
    z = mean_of(votes, x)
    pooled = float(np.square(x - z[votes.item]).mean()) if len(x) else 1.0
    pooled = max(pooled, 1e-9)
    known = z[has_votes(votes)]
    # with a scale, z needs a proper prior, or everything shrinks towards zero
    proper = scale and len(known)
    tau2 = np.maximum(known.var(0), 1e-6) if proper else np.full(x.shape[1], np.inf)
    start = Gaussian(
        known.mean(0) if len(known) else np.zeros(x.shape[1]),
        tau2,
        np.zeros((votes.w, x.shape[1])),
        np.ones(votes.w),
        np.full(votes.w, pooled),
        pooled,
    )

    def step(fit: Gaussian) -> tuple[Gaussian, float]:
        z, spread, value = gaussian_posterior(votes, x, fit)
        return _m_step(votes, x, z, spread, fit, bias, scale), value

    fit, trace = climb(step, start, iterations=iterations, tol=tol * max(len(votes), 1))
    z, spread, _ = gaussian_posterior(votes, x, fit)
    return z, spread, fit, trace


def gaussian_posterior(
    votes: Votes[Numbers], x: Floats, fit: Gaussian
) -> tuple[Floats, Floats, float]:
    """Posterior mean and variance (n, d) of each item, and the log posterior of the parameters."""
    weight, slope = 1 / fit.variance[votes.worker], fit.scale[votes.worker]
    precision = np.bincount(votes.item, weight * slope**2, votes.n)[:, None] + 1 / fit.tau2
    precision = np.where(precision > 0, precision, np.nan)
    pull = (x - fit.bias[votes.worker]) * (weight * slope)[:, None]
    summed = np.stack([np.bincount(votes.item, column, votes.n) for column in pull.T], axis=1)
    z = (summed + fit.mu / fit.tau2) / precision
    left = np.square(x - fit.bias[votes.worker] - slope[:, None] * z[votes.item]).sum(1)
    d = x.shape[1]
    value = -(d * np.log(fit.variance[votes.worker]) + left * weight).sum()
    value -= np.log(precision)[has_votes(votes)].sum()
    if np.isfinite(fit.tau2).all():
        value -= (np.square(z - fit.mu) / fit.tau2 + np.log(fit.tau2))[has_votes(votes)].sum()
    value -= 2 * WEIGHT * d * (np.log(fit.variance) + fit.pooled / fit.variance).sum()
    value -= (
        BIAS * np.square(fit.bias).sum(1) / fit.variance + np.square(fit.scale - 1) / SLOPE
    ).sum()
    return z, 1 / precision, float(value / 2)


def _m_step(
    votes: Votes[Numbers],
    x: Floats,
    z: Floats,
    spread: Floats,
    fit: Gaussian,
    bias: bool,
    scale: bool,
) -> Gaussian:
    """The parameters that maximise the expected log posterior, given ``z`` and its variance."""
    worker, known, d = votes.worker, has_votes(votes), x.shape[1]
    count = np.bincount(worker, minlength=votes.w)
    slope, lean, mu = fit.scale, fit.bias, z[known].mean(0) if known.any() else fit.mu
    tau2 = (
        np.maximum((np.square(z - mu) + spread)[known].mean(0), 1e-6)
        if scale and known.any()
        else fit.tau2
    )
    at, unsure = z[votes.item], spread[votes.item]
    if scale:
        up = (
            np.bincount(worker, (at * (x - lean[worker])).sum(1), votes.w) / fit.variance
            + 1 / SLOPE
        )
        slope = up / (
            np.bincount(worker, (at**2 + unsure).sum(1), votes.w) / fit.variance + 1 / SLOPE
        )
    if bias:
        rest = x - slope[worker][:, None] * at
        lean = (
            np.stack([np.bincount(worker, column, votes.w) for column in rest.T], axis=1)
            / (count + BIAS)[:, None]
        )
    left = np.square(x - lean[worker] - slope[worker][:, None] * at).sum(1) + (
        slope[worker] ** 2
    ) * unsure.sum(1)
    total = (
        np.bincount(worker, left, votes.w)
        + BIAS * np.square(lean).sum(1)
        + 2 * WEIGHT * d * fit.pooled
    )
    variance = total / ((count + 2 * WEIGHT) * d)
    if bias and not scale:  # votes determine only the differences of biases: centre them
        shift = (lean / variance[:, None]).sum(0) / (1 / variance).sum()
        lean, mu = lean - shift, mu + shift
    return Gaussian(mu, tau2, lean, slope, variance, fit.pooled)


def inflation(votes: Votes[Numbers], x: Floats, z: Floats, fit: Gaussian) -> float:
    """The squared error with which the other votes of an item predict a vote, divided by the one
    that the model expects; 1 where no item has two votes.
    """
    weight, slope = 1 / fit.variance[votes.worker], fit.scale[votes.worker]
    base = np.bincount(votes.item, weight * slope**2, votes.n)[votes.item][:, None] + 1 / fit.tau2
    rest = base - (weight * slope**2)[:, None]
    use = rest[:, 0] > 1e-9 * base[:, 0]
    if not use.any():
        return 1.0
    own = x - fit.bias[votes.worker]
    others = (base * z[votes.item] - own * (weight * slope)[:, None])[use] / rest[use]
    expected = (1 / weight)[use][:, None] + np.square(slope[use])[:, None] / rest[use]
    return float((np.square(own[use] - slope[use][:, None] * others) / expected).mean())
