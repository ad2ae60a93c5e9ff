"""Dendrogram outliers (leaf area distance, the off-topic indicator of SelfClean): items and small
groups of items that join the rest of the data last.

The items are clustered by single linkage, and the tree is drawn with the smaller side of each join
on the left.  The score of an item grows as the boxes of its groups lie farther left.  Finds
small clusters of outliers, to which the distance to the nearest neighbours is blind.  Weak for
single outliers that are near to each other or to a larger group: they stand inside a branch, and
nearest-neighbour distance (``knn_outliers``) ranks them higher; and where classes lie far apart the
smallest of them ranks first as a whole.  The fraction cut is cautious here: it may flag none of the
items at the top.  Uses no label.
Cost: O(n neighbours log n) for the minimum spanning tree of the neighbours' lists; parts of the
data that no list joins are joined by exact search if ``features`` are given.  Memory O(n
neighbours).
Paper: Groger, Lionetti, Gottfrois et al. Intrinsic self-supervision for data quality audits.
NeurIPS 2024 datasets and benchmarks.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Labels
from reliabel.core.results import Suspicion
from reliabel.ops.fraction_cut import fraction_cut
from reliabel.ops.single_linkage import Linkage, single_linkage

FINDS = "outlier"
ALSO = ("leaf_area_distance", "selfclean_outliers")


def audit(
    labels: Labels,
    *,
    neighbours: Neighbours,
    features: Floats | None = None,
    contamination: float = 0.01,
    significance: float = 0.05,
) -> Suspicion:
    """Score = 1 - the sum, over the groups that hold the item, of the right end of the group's box
    times its height; flag by the fraction cut.

    The box of a group reaches from the distance at which it formed to that at which it is joined to
    another (distances are halved, so that they go from 0 to 1).  Of two groups that join, the
    smaller one takes its share of the width from the left, and the larger one as much of its share
    as then remains; of two of one size the one that formed later counts as the smaller.
    contamination, significance: of the fraction cut: the share of outliers, to be guessed too high
        rather than too low, and how rarely chance may bring a score beyond the bound.
    info: "bound" of the score, and "joined", how many joins the neighbours' lists did not hold.

    >>> from reliabel.core.labels import Classes
    >>> far = np.array([[0.1, 0.2], [0.1, 0.2], [0.2, 0.2], [0.9, 0.9]])
    >>> around = Neighbours(np.array([[1, 2], [0, 2], [0, 1], [0, 1]]), far)
    >>> found = audit(Classes(np.zeros(4, int)), neighbours=around)
    >>> found.score.round(3).tolist()
    [0.133, 0.133, 0.146, 0.337]
    """
    n = len(neighbours.index)
    if n < 2:
        return Suspicion(np.full(n, np.nan), np.zeros(n, bool), info={"bound": 1.0, "joined": 0})
    tree, joined = single_linkage(neighbours, features)
    score = 1 - _leaf_areas(tree)
    bound, flag = fraction_cut(score, contamination=contamination, significance=significance)
    info = {"bound": bound, "joined": joined, "recall": neighbours.recall}
    return Suspicion(score, flag, info=info)


def _leaf_areas(tree: Linkage) -> Floats:
    """(n,) the area of the unit square to the left of each leaf, and of the boxes that hold it.

    The area to the left of the leaf at s, and of the rest of the boxes from their heights h to h'
    and up to their ends e, is s + sum (e - s) (h' - h); the heights sum to one, so that s falls
    out: sum e (h' - h).
    """
    n = len(tree.child) + 1
    height = [0.0] * n + np.clip(tree.distance / 2, 0, 1).tolist()
    start, end, top = [0.0] * (2 * n - 1), [1.0] * (2 * n - 1), [1.0] * (2 * n - 1)
    area = [0.0] * (2 * n - 1)
    size = tree.size.tolist()
    for node in range(2 * n - 2, -1, -1):  # groups come before their parts
        area[node] += end[node] * (top[node] - height[node])
        if node < n:
            continue
        left, right = tree.child[node - n].tolist()
        small, large = sorted((left, right), key=lambda part: (size[part], -height[part]))
        unit = (end[node] - start[node]) / size[node]
        start[small], end[small] = start[node], start[node] + unit * size[small]
        start[large], end[large] = end[small], start[node] + unit * size[large]
        for part in (small, large):
            top[part], area[part] = height[node], area[node]
    return np.array(area[:n])
