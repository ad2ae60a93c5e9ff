"""Single-linkage tree of a graph of near items: at which distance groups of items join.

Cost: O(edges log edges), memory O(edges); groups that no edge joins are joined by their nearest
pair, by exact search of the smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields
from reliabel.ops.nearest_in_group import nearest_in_group


@dataclass(frozen=True, eq=False)
class Linkage:
    """``child`` (n - 1, 2), the two nodes that each step joins, as n + its number of the step for
    groups; the ``distance`` (n - 1,) at which it does, never falling; and the ``size`` (2 n - 1,)
    of all nodes.
    """

    child: Ints
    distance: Floats
    size: Ints

    __repr__ = by_fields


def single_linkage(neighbours: Neighbours, features: Any = None) -> tuple[Linkage, int]:
    """The tree of the minimum spanning tree of the symmetrised lists, and how many joins the lists
    did not hold.

    With complete lists the tree is exact.  Groups without an edge between them are joined at the
    distance of their nearest pair if ``features`` are given, else at the largest distance of all
    lists.

    >>> near = Neighbours(np.array([[1], [0], [1]]), np.array([[0.1], [0.1], [0.4]]))
    >>> tree, joined = single_linkage(near)
    >>> tree.child.tolist(), tree.distance.tolist(), joined
    ([[0, 1], [2, 3]], [0.1, 0.4], 0)
    """
    n = len(neighbours.index)
    a, b, far = _spanning(*_edges(neighbours), n)
    joins = _joins(a, b, n, neighbours, features)
    a, b, far = (np.concatenate(pair) for pair in zip((a, b, far), joins, strict=True))
    return _tree(a, b, far, n), len(joins[0])


def _edges(neighbours: Neighbours) -> tuple[Ints, Ints, Floats]:
    """Each pair once, the smaller item first, at its smallest distance."""
    row, place = np.nonzero(neighbours.index >= 0)
    item, far = neighbours.index[row, place], neighbours.distance[row, place]
    a, b = np.minimum(row, item).astype(np.int64), np.maximum(row, item).astype(np.int64)
    order = np.lexsort((far, b, a))
    a, b, far = a[order], b[order], far[order].astype(float)
    new = np.ones(len(a), dtype=bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    return a[new], b[new], far[new]


def _spanning(a: Ints, b: Ints, far: Floats, n: int) -> tuple[Ints, Ints, Floats]:
    order = np.argsort(far, kind="stable")
    # ranks instead of distances: SciPy takes a distance of 0 for no edge, and ties need an order
    graph = sparse.coo_array((np.arange(1.0, len(a) + 1), (a[order], b[order])), shape=(n, n))
    rank = minimum_spanning_tree(graph.tocsr()).tocoo().data.astype(np.int64) - 1
    kept = order[np.sort(rank)]
    return a[kept], b[kept], far[kept]


def _joins(
    a: Ints, b: Ints, n: int, neighbours: Neighbours, features: Any
) -> tuple[Ints, Ints, Floats]:
    """The edges that are missing between the groups, the smallest group first."""
    graph = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(n, n))
    count, group = connected_components(graph.tocsr(), directed=False)
    finite = neighbours.distance[np.isfinite(neighbours.distance)]
    most = float(finite.max(initial=0.0))
    left, right, far = [], [], []
    for _ in range(count - 1):
        stop_if_cancelled()
        size = np.bincount(group)
        mine = np.flatnonzero(group == np.where(size > 0, size, n + 1).argmin())
        if features is None:
            one, other, distance = (
                int(mine[0]),
                int(np.flatnonzero(group != group[mine[0]])[0]),
                most,
            )
        else:
            index, apart, _ = nearest_in_group(features, mine, group, own=False)
            at = int(apart.argmin())
            one, other, distance = int(mine[at]), int(index[at]), float(apart[at])
        left.append(one)
        right.append(other)
        far.append(distance)
        group[mine] = group[other]
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64), np.array(far, float)


def _tree(a: Ints, b: Ints, far: Floats, n: int) -> Linkage:
    order = np.argsort(far, kind="stable")
    above, size = np.arange(2 * n - 1), np.ones(2 * n - 1, dtype=np.int64)
    parent, weight = above.tolist(), size.tolist()
    child = np.empty((n - 1, 2), dtype=np.int64)

    def top(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for step, (one, other) in enumerate(zip(a[order].tolist(), b[order].tolist(), strict=True)):
        left, right = sorted((top(one), top(other)))
        parent[left] = parent[right] = n + step
        weight[n + step] = weight[left] + weight[right]
        child[step] = left, right
    return Linkage(child, far[order], np.array(weight, dtype=np.int64))
