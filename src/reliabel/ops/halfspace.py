"""Halfspaces learnt by a smoothed count of errors: whitened features, weights of fixed length,
steps along the gradient of a sigmoid that grows steeper.

A pair of classes is a halfspace.  With more classes every item is compared with each class it was
not given, so that two classes are the plain case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import expit

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import track
from reliabel.ops.chunks import spans, total

RIDGE = 1e-3  # of the mean variance, added to every direction before whitening


@dataclass(frozen=True, eq=False)
class Whitening:
    """z = (x - ``mean``) @ ``factor``: features (n, d) with the identity as covariance (n, r)."""

    mean: Floats
    factor: Floats

    def __call__(self, features: Any) -> Floats:
        """(b, r) the rows of ``features`` (b, d), whitened."""
        z: Floats = (np.asarray(features, dtype=np.float64) - self.mean) @ self.factor
        return z


@dataclass(frozen=True, eq=False)
class Halfspaces:
    """Scores x @ ``weights`` (d, k) + ``bias`` (k,) of raw features; the highest is the class.

    ``error`` is the share of the given labels that it misses, ``width`` that of the last sigmoid
    before it was kept (NaN: the start, a mean of the labelled items, missed fewest).
    """

    weights: Floats
    bias: Floats
    error: float
    width: float


def whitening(features: Any, rows: Ints, *, ridge: float = RIDGE) -> Whitening:
    """The whitening of these rows of ``features`` (n, d), read in blocks.

    ridge: share of the mean variance that is added to each direction, so that directions with
        hardly any variance are not blown up.

    >>> x = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 6.0], [2.0, 6.0]])
    >>> z = whitening(x, np.arange(4), ridge=0.0)(x)
    >>> (z.T @ z / 4).round(6).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    d, n = features.shape[1], max(len(rows), 1)
    first = np.asarray(features[rows[0]], dtype=np.float64) if len(rows) else np.zeros(d)

    def moments(span: tuple[int, int]) -> Floats:
        part = np.asarray(features[rows[span[0] : span[1]]], dtype=np.float64) - first
        return np.vstack([part.sum(0), part.T @ part])

    sums = total(moments, spans(len(rows), d))
    shift = sums[0] / n
    variance, direction = np.linalg.eigh(sums[1:] / n - np.outer(shift, shift))
    variance = np.maximum(variance, 0)
    variance = variance + ridge * variance.mean()
    kept = variance > 1e-12 * max(float(variance.max()), 1e-300)
    return Whitening(first + shift, direction[:, kept] / np.sqrt(variance[kept]))


def smoothed_errors(scores: Floats, y: Ints, width: float) -> Floats:
    """(b,) mean over the classes that were not given of sigmoid(-(score given - score) / width).

    As ``width`` goes to 0 it becomes the share of the other classes that are scored higher.

    >>> smoothed_errors(np.array([[0.0, 0.0], [0.0, 0.5]]), np.array([0, 1]), 0.1).round(4).tolist()
    [0.5, 0.0067]
    """
    miss = _misses(scores, y, width)
    return np.asarray(miss.sum(1) / max(scores.shape[1] - 1, 1))


def slope(scores: Floats, y: Ints, width: float) -> Floats:
    """(b, k) the derivative of ``smoothed_errors`` in the scores."""
    miss = _misses(scores, y, width)
    out: Floats = miss * (1 - miss) / (width * max(scores.shape[1] - 1, 1))
    out[np.arange(len(y)), y] = -out.sum(1)
    return out


def descend(
    features: Any,
    y: Ints,
    k: int,
    *,
    rng: Generator,
    widths: tuple[float, ...] = (1.0, 0.3, 0.1),
    steps: int = 600,
    batch: int = 1000,
) -> Halfspaces:
    """The halfspaces that miss fewest given labels on the way; y (n,) is -1 where there is none.

    widths: of the sigmoid, one after the other, in units of the whitened scores.
    steps: for each width; the mean of the last half of them is the candidate of that width.
    batch: rows drawn for a step.
    Raises ValueError where no item has a label.
    """
    rows = np.flatnonzero(y >= 0)
    if not len(rows):
        raise ValueError("nothing to learn from: no item has a label")
    white = whitening(features, rows)
    now = _start(features, y, rows, k, white)
    tried = [(_error(features, y, rows, now, white), float("nan"), now)]
    for width in track("widths", widths):
        mean = np.zeros_like(now)
        for t in range(steps):
            mine = rows[rng.integers(0, len(rows), min(batch, len(rows)))]
            pull = _pull(features[mine], y[mine], now, white, width)
            now = _fixed_length(now - 0.05 * k / np.sqrt(1 + t / 50) * pull)
            mean += now if 2 * t >= steps else 0.0
        now = _fixed_length(mean)
        tried.append((_error(features, y, rows, now, white), width, now))
    error, width, best = min(tried, key=lambda each: each[0])
    weights = white.factor @ best[:-1]
    return Halfspaces(weights, best[-1] - white.mean @ weights, error, width)


def _misses(scores: Floats, y: Ints, width: float) -> Floats:
    mine = scores[np.arange(len(y)), y]
    miss: Floats = expit((scores - mine[:, None]) / width)
    miss[np.arange(len(y)), y] = 0
    return miss


def _fixed_length(weights: Floats) -> Floats:
    """Rows for each class of root mean square length one half: two classes then differ by one."""
    length = float(np.linalg.norm(weights))
    due = float(np.sqrt(weights.shape[1])) / 2
    return np.asarray(weights * (due / length if length > 0 else 1.0))


def _scores(x: Any, weights: Floats, white: Whitening) -> Floats:
    """(b, k); the last row of the weights (r + 1, k) is the intercept."""
    inside: Floats = white.factor @ weights[:-1]
    return np.asarray((np.asarray(x, np.float64) - white.mean) @ inside + weights[-1])


def _pull(x: Any, y: Ints, weights: Floats, white: Whitening, width: float) -> Floats:
    """(r + 1, k) the mean slope of the smoothed errors in the weights."""
    steep = slope(_scores(x, weights, white), y, width) / len(y)
    inside = white.factor.T @ ((np.asarray(x, np.float64) - white.mean).T @ steep)
    return np.vstack([inside, steep.sum(0)])


def _start(features: Any, y: Ints, rows: Ints, k: int, white: Whitening) -> Floats:
    """The mean of the whitened items, each with weight 1 - 1/k for its class, -1/k for others."""

    def sums(span: tuple[int, int]) -> Floats:
        mine = rows[span[0] : span[1]]
        lean = np.eye(k)[y[mine]] - 1 / k
        inside = (np.asarray(features[mine], np.float64) - white.mean).T @ lean
        return np.vstack([white.factor.T @ inside, lean.sum(0)])

    return _fixed_length(total(sums, spans(len(rows), features.shape[1])) / len(rows))


def _error(features: Any, y: Ints, rows: Ints, weights: Floats, white: Whitening) -> float:
    def missed(span: tuple[int, int]) -> int:
        mine = rows[span[0] : span[1]]
        return int((_scores(features[mine], weights, white).argmax(1) != y[mine]).sum())

    return float(total(missed, spans(len(rows), features.shape[1])) / len(rows))
