"""Whether rows that are close in the file are more alike than rows of a shuffled file."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints
from reliabel.core.run import track


def edges(
    neighbours: Neighbours, rng: Generator, *, nearest: int, most: int
) -> tuple[Ints, Ints, int]:
    """The rows (edges,) of items and of their nearest neighbours, and of how many items these are:
    all, or ``most`` drawn at random.
    """
    n = len(neighbours.index)
    chosen = np.sort(rng.choice(n, most, replace=False)) if n > most else np.arange(n)
    index = neighbours.nearest(nearest).index[chosen]
    there = (index >= 0) & (index < n)
    return np.repeat(chosen, there.sum(1)), index[there].astype(np.int64), len(chosen)


def gap_in_order(
    left: Ints, right: Ints, n: int, rng: Generator, permutations: int
) -> tuple[float, float, Floats]:
    """The largest gap between the distributions of the distances in the file of neighbours and of
    all pairs, its p-value by permutation, and the gaps of the shuffled files.
    """
    expected = np.cumsum((n - np.arange(1, n)) / (n * (n - 1) / 2))
    value = _gap(left, right, expected)
    shuffled = []
    for _ in track("order", range(permutations)):
        place = rng.permutation(n)
        shuffled.append(_gap(place[left], place[right], expected))
    above = int(np.sum(np.array(shuffled) >= value - 1e-12))
    return value, (1 + above) / (1 + permutations), np.array(shuffled)


def gap_inside(
    left: Ints, right: Ints, y: Ints, rng: Generator, permutations: int
) -> tuple[float, float, Floats]:
    """The same inside the classes of ``y`` (-1 is left out), whose rows are shuffled among the
    places of their class; NaN where no neighbours share a class.
    """
    both = (y[left] == y[right]) & (y[left] >= 0)
    left, right = left[both], right[both]
    if not len(left):
        return float("nan"), float("nan"), np.empty(0)
    known = np.flatnonzero(y >= 0)
    size = np.bincount(y[known])
    start = np.cumsum(size) - size

    def gap(chance: Floats) -> float:
        order = known[np.lexsort((chance, y[known]))]
        place = np.zeros(len(y))
        place[order] = (np.arange(len(order)) - start[y[order]]) / size[y[order]]
        apart = np.sort(np.abs(place[left] - place[right]))
        expected = 2 * apart - apart**2  # of two random places of [0, 1]
        return float(np.abs(np.arange(1, len(apart) + 1) / len(apart) - expected).max())

    value = gap(np.arange(len(known), dtype=float))
    shuffled = np.array([gap(rng.random(len(known))) for _ in range(permutations)])
    above = int((shuffled >= value - 1e-12).sum())
    return value, (1 + above) / (1 + permutations), shuffled


def _gap(left: Ints, right: Ints, expected: Floats) -> float:
    seen = np.bincount(np.abs(left - right), minlength=len(expected) + 1)[1:]
    return float(np.abs(np.cumsum(seen) / len(left) - expected).max())


def runs(y: Ints, rng: Generator, permutations: int) -> tuple[float, float]:
    """How often a row has the label of the row before, and the p-value of that by permutation; -1
    is left out.

    >>> runs(np.repeat([0, 1], 50), np.random.default_rng(0), 99)[1]
    0.01
    """
    y = y[y >= 0]
    if len(y) < 2:
        return float("nan"), 1.0
    same = int((y[1:] == y[:-1]).sum())
    above = sum(
        int((z[1:] == z[:-1]).sum()) >= same
        for z in (rng.permutation(y) for _ in range(permutations))
    )
    return same / (len(y) - 1), (1 + above) / (1 + permutations)
