"""Polygons as regions: the pixels whose centre lies inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reliabel.core.labels import Floats, Ints
from reliabel.ops.regions import Runs, joined, ranges


def polygons_runs(rings: Sequence[ArrayLike], region: ArrayLike, m: int, size: ArrayLike) -> Runs:
    """Regions 0 .. m - 1 of polygons, each a list of x and y in turn or an array (p, 2) in pixels:
    the pixels whose centre a polygon surrounds (an odd number of times where it crosses itself).
    The polygons of a region are put together.

    region: which region each polygon belongs to.  size: height and width of the picture, or (m, 2)
    of that of each region; what reaches beyond it is cut off.

    >>> runs = polygons_runs([[0, 0, 3, 0, 3, 2, 0, 2]], [0], 1, (3, 4))
    >>> runs.start.tolist(), runs.length.tolist()
    ([0, 4], [3, 3])
    """
    points = [np.asarray(ring, float).reshape(-1, 2) for ring in rings]
    owner = np.asarray(region, np.int64)
    sizes = np.broadcast_to(np.asarray(size, np.int64), (m, 2))
    count = np.array([len(ring) for ring in points], np.int64)
    empty = np.zeros(0, np.int64)
    if not count.sum():
        return joined(empty, empty, empty, m)
    flat = np.concatenate(points)
    ring = np.repeat(np.arange(len(points)), count)
    after = np.arange(len(flat)) + 1
    last = np.cumsum(count)[count > 0] - 1
    after[last] = last + 1 - count[count > 0]
    which, row, x = _crossings(flat, flat[after], ring, sizes[owner, 0])
    order = np.lexsort([x, row, which])
    row, x = row[order], x[order]
    left, right = np.ceil(x[::2] - 0.5), np.ceil(x[1::2] - 0.5)  # crossings come in pairs
    own = owner[which[order][::2]]
    width = sizes[own, 1]
    base = row[::2] * width
    start, stop = np.clip(left, 0, width), np.clip(right, 0, width)
    return joined(own, base + start.astype(np.int64), base + stop.astype(np.int64), m)


def _crossings(here: Floats, there: Floats, ring: Ints, height: Ints) -> tuple[Ints, Ints, Floats]:
    """Polygon, row and x of each crossing of an edge with the middle line of a pixel row."""
    low = np.ceil(np.minimum(here[:, 1], there[:, 1]) - 0.5)
    high = np.ceil(np.maximum(here[:, 1], there[:, 1]) - 0.5)
    tall = height[ring]
    first = np.clip(low, 0, tall).astype(np.int64)
    row, offsets = ranges(first, np.maximum(np.clip(high, 0, tall).astype(np.int64), first))
    edge = np.repeat(np.arange(len(here)), np.diff(offsets))
    (x0, y0), (x1, y1) = here[edge].T, there[edge].T
    return ring[edge], row, x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
