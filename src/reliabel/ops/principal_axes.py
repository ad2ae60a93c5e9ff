"""Features reduced to their principal axes."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import track

SAMPLE = 20_000  # rows that the axes are learnt from
BLOCK = 2048
LEAST = 1e-6  # of the largest variance: an axis with less carries nothing


def principal_axes(x: Floats, axes: int, *, rng: np.random.Generator) -> Floats:
    """(n, at most ``axes``) float32 coordinates on the axes of largest variance, the largest first;
    a row that holds NaN becomes a row of NaN.

    Each axis points to where the feature that weighs most in it grows, so that signs do not depend
    on the machine.

    >>> line = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [np.nan, 1.0]])
    >>> made = principal_axes(line, 2, rng=np.random.default_rng(0))
    >>> made.astype(float).round(2).tolist()
    [[-2.24], [0.0], [2.24], [nan]]
    """
    return on_axes(x, *axes_of(x, axes, rng=rng))


def axes_of(x: Floats, axes: int, *, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mean (d,) and principal axes (d, at most ``axes``) of the rows without NaN; where all rows
    hold some, one axis of zeros.
    """
    whole = np.flatnonzero(np.isfinite(x).all(1))
    if not len(whole):
        return np.zeros(x.shape[1]), np.zeros((x.shape[1], 1), dtype=np.float32)
    rows = np.sort(rng.choice(whole, SAMPLE, replace=False)) if len(whole) > SAMPLE else whole
    mean = x[rows].mean(0, dtype=np.float64)
    return mean, _basis(x, rows, mean, axes)


def on_axes(x: Floats, mean: Floats, basis: Floats) -> Floats:
    """(n, axes) float32 coordinates; a row that holds NaN becomes a row of NaN."""
    whole = np.flatnonzero(np.isfinite(x).all(1))
    out = np.full((len(x), basis.shape[1]), np.nan, dtype=np.float32)
    for start in range(0, len(whole), BLOCK):
        part = whole[start : start + BLOCK]
        out[part] = (x[part] - mean).astype(np.float32) @ basis
    return out


def _basis(x: Floats, rows: Ints, mean: Floats, axes: int) -> Floats:
    """(d, axes) the axes that carry anything, at least one."""
    n, d = len(rows), x.shape[1]
    if n < d:  # the small matrix has the same axes
        centred = x[rows] - mean
        value, left = np.linalg.eigh(centred @ centred.T / n)
        vector = centred.T @ left / np.sqrt(np.maximum(value, 1e-30) * n)
    else:
        square = np.zeros((d, d))
        for start in track("principal axes", range(0, n, BLOCK)):
            block = (x[rows[start : start + BLOCK]] - mean).astype(np.float32)
            square += block.T @ block
        value, vector = np.linalg.eigh(square / n)
    keep = np.arange(len(value))[::-1][:axes]
    keep = keep[value[keep] > LEAST * max(value[-1], 1e-30)]
    if not len(keep):  # all rows are the same
        return np.zeros((d, 1), dtype=np.float32)
    basis = vector[:, keep]
    most = np.abs(basis).argmax(0)
    signed: Floats = basis * np.sign(basis[most, np.arange(len(keep))])
    return signed.astype(np.float32)
