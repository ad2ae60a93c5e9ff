"""k-means: groups of rows that lie together, block by block."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import RowBlock, cut, rows, total

STEPS = 12


class Groups(NamedTuple):
    """The group of each row (n,), its distance to the group's centre (n,), and the centres."""

    group: Ints
    distance: Floats
    centre: Floats


def kmeans(x: Floats, many: int, rng: Generator) -> Groups:
    """At most ``many`` groups of rows; the first centres are rows drawn far from one another.

    >>> x = np.array([[0.0], [0.2], [5.0], [5.4]])
    >>> found = kmeans(x, 2, np.random.default_rng(0))
    >>> found.distance.round(2).tolist(), np.sort(found.centre[:, 0]).round(2).tolist()
    ([0.1, 0.1, 0.2, 0.2], [0.1, 5.2])
    """
    centre = _spread(x, many, rng)
    blocks = cut(x, k=max(x.shape[1], many))
    for _ in range(STEPS):
        sums, size = total(partial(_sums, centre=centre), blocks)
        moved = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], centre)
        still = np.allclose(moved, centre)
        centre = moved
        if still:
            break
    square = squares(x, centre)
    group = square.argmin(1)
    return Groups(group, np.sqrt(square[np.arange(len(x)), group]), centre)


def squares(x: Floats, centre: Floats) -> Floats:
    """(n, c) squared distances of rows to centres.

    >>> squares(np.array([[0.0, 1.0]]), np.array([[0.0, 0.0], [3.0, 5.0]])).tolist()
    [[1.0, 25.0]]
    """
    work = partial(_squares, centre=centre)
    return np.asarray(rows(work, cut(x, k=max(x.shape[1], len(centre)))))


def _squares(block: RowBlock, centre: Floats) -> Floats:
    (x,) = block.read()
    square = (x**2).sum(1)[:, None] - 2 * x @ centre.T + (centre**2).sum(1)
    return np.asarray(np.maximum(square, 0.0))


def _sums(block: RowBlock, centre: Floats) -> tuple[Floats, Floats]:
    """Sum and number of the rows that are nearest to each centre."""
    (x,) = block.read()
    group = _squares(block, centre).argmin(1)
    sums: Floats = np.stack([np.bincount(group, one, len(centre)) for one in x.T], 1).astype(float)
    return sums, np.bincount(group, minlength=len(centre)).astype(float)


def _spread(x: Floats, many: int, rng: Generator) -> Floats:
    """Rows that are far from one another: each drawn by its squared distance to those before."""
    centre, gap = x[[int(rng.integers(len(x)))]], np.full(len(x), np.inf)
    while len(centre) < min(many, len(x)):
        gap = np.minimum(gap, squares(x, centre[-1:])[:, 0])
        if gap.sum() <= 1e-12:
            break
        centre = np.vstack([centre, x[int(rng.choice(len(x), p=gap / gap.sum()))]])
    return centre
