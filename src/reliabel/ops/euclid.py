"""Euclidean distances to the nearest rows, in blocks.

Candidates come from one matrix product a block; the distances of those taken are then measured
directly in double precision, because |a|^2 + |b|^2 - 2ab is mostly rounding for near copies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.ops.chunks import spans

SPARE = 4  # candidates beyond those asked for, so that rounding cannot push a nearest row out


def nearest_rows(x: Floats, j: int) -> tuple[Ints, Floats]:
    """The j nearest other rows of each row of ``x`` (n, d), and their distances, nearest first; -1
    and infinity where there are fewer.

    >>> index, distance = nearest_rows(np.array([[0.0], [1.0], [3.0]]), 1)
    >>> index.ravel().tolist(), distance.ravel().tolist()
    ([1, 0, 1], [1.0, 1.0, 2.0])
    """
    x = np.asarray(x, dtype=np.float64)
    n = len(x)
    centred = x - x.mean(0) if n else x
    square = np.einsum("ij,ij->i", centred, centred)
    many = min(j + SPARE, n)
    index, distance = np.full((n, j), -1), np.full((n, j), np.inf)
    for start, stop in spans(n, max(n, 1)):
        stop_if_cancelled()
        far = square[start:stop, None] + square - 2 * (centred[start:stop] @ centred.T)
        far[np.arange(stop - start), np.arange(start, stop)] = np.inf
        near = np.argpartition(far, many - 1, axis=1)[:, :many]
        exact = np.sqrt(((x[near] - x[start:stop, None]) ** 2).sum(2))
        exact[np.isinf(np.take_along_axis(far, near, 1))] = np.inf
        order = np.lexsort((near, exact), axis=1)[:, :j]
        took = np.take_along_axis(exact, order, 1)
        distance[start:stop, : order.shape[1]] = took
        index[start:stop, : order.shape[1]] = np.where(
            np.isinf(took), -1, np.take_along_axis(near, order, 1)
        )
    return index, distance


def finite_rows(features: Any, rng: Generator, most: int) -> tuple[Ints, Floats, int]:
    """At most so many rows of (n, ...) features, drawn at random, flattened and in double
    precision; those with NaN or infinite values are left out.  Which they are, the rows, and how
    many were left out.

    >>> x = np.array([[1.0, np.nan], [2.0, 3.0]])
    >>> finite_rows(x, np.random.default_rng(0), 5)
    (array([1]), array([[2., 3.]]), 1)
    """
    n = len(features)
    rows = np.sort(rng.choice(n, most, replace=False)) if n > most else np.arange(n)
    x = np.asarray(features[rows], dtype=np.float64).reshape(len(rows), -1)
    good = np.isfinite(x).all(1)
    return rows[good], x[good], int((~good).sum())
