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
from reliabel.core.labels import Classes, Labels
from reliabel.core.results import Measure
from reliabel.ops.row_order import edges, gap_in_order, runs

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
    left, right, items = edges(neighbours, rng, nearest=nearest, most=most)
    if n < 3 or not len(left):
        why = f"order needs at least three items with neighbours, got {n} items"
        return Measure(np.nan, np.nan, np.nan, info={"p": np.nan, "why": why})
    value, p, shuffled = gap_in_order(left, right, n, rng, permutations)
    step = np.abs(left - right)
    parts = {
        "places": np.quantile(step, [0.1, 0.5, 0.9]),
        "labels_p": runs(labels.y, rng, permutations)[1]
        if isinstance(labels, Classes)
        else np.array(np.nan),
        "shuffled": shuffled,
    }
    why = "no interval: a test statistic, not an estimate"
    return Measure(value, np.nan, np.nan, parts, {"p": p, "why": why, "items": items})
