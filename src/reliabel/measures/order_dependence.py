"""Order dependence: whether items that are close in the file are more alike than by chance.

Compares the distances in the file between nearest neighbours with those in a shuffled file.  It
detects a file that is sorted by class, by source or by time, and a stream that drifts; it does not
say which.  A file may be sorted by class on purpose: ``parts["labels_p"]`` is small where the
labels alone come in runs.
Cost: O(edges log n) times the permutations, at most 20,000 items' edges.
Paper: Cummings, Snorrason, Mueller. Detecting dataset drift and non-IID sampling via k-nearest
neighbors. ICML 2023 workshop on data-centric ML.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints, Labels
from reliabel.core.results import Measure
from reliabel.core.run import track

STATUS = "default"
ALSO = ("non_iid",)
SMALL = {"permutations": 19}


def measure(
    labels: Labels,
    *,
    neighbours: Neighbours,
    rng: Generator,
    nearest: int = 10,
    permutations: int = 199,
    most: int = 20_000,
) -> Measure:
    """The largest gap between the distributions of distances in the file of neighbours and of all
    pairs, with its p-value by permutation in ``info["p"]``.

    nearest: neighbours of each item.
    permutations: of the file; the smallest p-value is 1 / (permutations + 1).
    most: number of items, drawn at random, whose neighbours are used.
    ``parts`` holds "places", the 10, 50 and 90 % quantiles of the distances between neighbours,
    "labels_p", the p-value of runs of equal labels, and "shuffled", the gaps of the shuffled files.

    >>> line = np.arange(200)
    >>> near = Neighbours(np.stack([(line + 1) % 200, (line - 1) % 200], 1), np.full((200, 2), 0.1))
    >>> found = measure(Classes(line % 2), neighbours=near, rng=np.random.default_rng(0))
    >>> round(found.value, 3), found.info["p"]
    (0.985, 0.005)
    """
    n = len(neighbours.index)
    chosen = np.sort(rng.choice(n, most, replace=False)) if n > most else np.arange(n)
    index = neighbours.nearest(nearest).index[chosen]
    there = (index >= 0) & (index < n)
    left, right = np.repeat(chosen, there.sum(1)), index[there].astype(np.int64)
    if n < 3 or not len(left):
        why = f"order needs at least three items with neighbours, got {n} items"
        return Measure(np.nan, np.nan, np.nan, info={"p": np.nan, "why": why})
    expected = _background(n)
    value = _gap(left, right, expected)
    shuffled = []
    for _ in track("order", range(permutations)):
        place = rng.permutation(n)
        shuffled.append(_gap(place[left], place[right], expected))
    above = int(np.sum(np.array(shuffled) >= value - 1e-12))
    p = (1 + above) / (1 + permutations)
    step = np.abs(left - right)
    parts = {
        "places": np.quantile(step, [0.1, 0.5, 0.9]),
        "labels_p": _runs(labels, rng, permutations),
        "shuffled": np.array(shuffled),
    }
    why = "no interval: a test statistic, not an estimate"
    return Measure(value, np.nan, np.nan, parts, {"p": p, "why": why, "items": len(chosen)})


def _background(n: int) -> Floats:
    """Chance that two random rows of a file of n rows are at most t apart, for t = 1 .. n - 1."""
    return np.cumsum((n - np.arange(1, n)) / (n * (n - 1) / 2))


def _gap(left: Ints, right: Ints, expected: Floats) -> float:
    seen = np.bincount(np.abs(left - right), minlength=len(expected) + 1)[1:]
    return float(np.abs(np.cumsum(seen) / len(left) - expected).max())


def _runs(labels: Labels, rng: Generator, permutations: int) -> float:
    """p-value of the number of rows with the same label as the row before; NaN for labels that are
    no classes.
    """
    if not isinstance(labels, Classes):
        return float("nan")
    y = labels.y[labels.y >= 0]
    same = int((y[1:] == y[:-1]).sum())
    above = sum(
        int((z[1:] == z[:-1]).sum()) >= same
        for z in (rng.permutation(y) for _ in range(permutations))
    )
    return (1 + above) / (1 + permutations)
