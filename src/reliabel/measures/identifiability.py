"""Identifiability: whether skills and truth can be learnt at all from who voted on what.

Confusion matrices and class balance are identified by the votes, up to a permutation of the
classes, given three independent votes per item and matrices of full rank.  Two votes per item are
not enough for matrices, but identify one accuracy per worker where the graph of workers with common
items has an odd cycle.  For workers whose errors depend on one another there is no guarantee.
Cost: O(v + n + w).
Paper: Kruskal. Three-way arrays. Linear Algebra and its Applications 18 (1977); Allman, Matias,
Rhodes. Annals of Statistics 37 (2009).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from reliabel.core.labels import Bools, Classes, Ints, Votes
from reliabel.core.results import Measure

ALSO = ("identifiable",)


def measure(votes: Votes[Classes]) -> Measure:
    """The share of items with three votes or more; ``parts["verdict"]`` says what can be learnt.

    ``parts`` also holds "items_by_votes", the number of connected "components" of the graph of
    workers and items, "items_per_component", "workers_without_ring" (in components without an odd
    cycle), "classes_never_voted" and "workers_with_one_vote".

    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 3, 4])
    >>> v = Votes(item, worker, Classes(np.array([0, 1, 1, 0, 0])), n=3, w=5)
    >>> m = measure(v)
    >>> round(m.value, 2), m.parts["components"], m.parts["verdict"]
    (0.33, 2, 'inside each component only')
    """
    pair = np.unique(votes.item.astype(np.int64) * max(votes.w, 1) + votes.worker)
    item, worker = pair // max(votes.w, 1), pair % max(votes.w, 1)
    size = np.bincount(item, minlength=votes.n)
    group, count = _components(item, worker, votes.n, votes.w)
    active = np.bincount(worker, minlength=votes.w) > 0
    odd = _odd_cycle(item, worker, size, votes.w, group)
    voted = np.bincount(votes.labels.y, minlength=votes.labels.k)
    items = np.sort(np.bincount(group[: votes.n][size > 0], minlength=count))[::-1]
    all_odd = bool(odd[active].all()) if active.any() else False
    parts = {
        "verdict": _verdict(size, int((items > 0).sum()), all_odd),
        "items_by_votes": {
            "0": int((size == 0).sum()),
            "1": int((size == 1).sum()),
            "2": int((size == 2).sum()),
            "3+": int((size >= 3).sum()),
        },
        "components": int((items > 0).sum()),
        "items_per_component": items[items > 0][:20].tolist(),
        "workers_without_ring": int((active & ~odd).sum()),
        "classes_never_voted": [votes.labels.names[c] for c in np.flatnonzero(voted == 0)],
        "workers_with_one_vote": int((np.bincount(worker, minlength=votes.w) == 1).sum()),
    }
    return Measure(
        float((size >= 3).mean()) if votes.n else float("nan"),
        float("nan"),
        float("nan"),
        parts,
        {"why": "a count, not an estimate"},
    )


def _components(item: Ints, worker: Ints, n: int, w: int) -> tuple[Ints, int]:
    """(n + w,) the connected component of every item and worker, and how many there are."""
    graph = sparse.coo_array(
        (np.ones(len(item), dtype=np.int8), (item, n + worker)), shape=(n + w, n + w)
    )
    count, group = connected_components(graph, directed=False)
    return group, int(count)


def _odd_cycle(item: Ints, worker: Ints, size: Ints, w: int, group: Ints) -> Bools:
    """(w,) True for workers whose component holds an odd cycle of workers with common items: an
    item with three votes, or a cycle over items with two votes.
    """
    n = len(size)
    mine = group[n:]
    good = np.zeros(len(group) + 1, dtype=bool)
    good[group[:n][size >= 3]] = True
    of_two = size[item] == 2
    both: Any = worker[of_two].reshape(-1, 2)  # votes come sorted by item
    a, b = both[:, 0], both[:, 1]
    # Bipartite double cover: every worker is two nodes, and an edge joins one copy of a worker to
    # the other copy of the other worker.  The two copies of a worker are connected if and only if
    # the worker's component has an odd cycle.
    cover = sparse.coo_array(
        (np.ones(2 * len(a), dtype=np.int8), (np.r_[a, a + w], np.r_[b + w, b])),
        shape=(2 * w, 2 * w),
    )
    _, side = connected_components(cover, directed=False)
    good[mine[(side[:w] == side[w:])]] = True
    return np.asarray(good[mine])


def _verdict(size: Ints, components: int, all_odd: bool) -> str:
    if not (size >= 2).any():
        return "not identified: no item has two votes"
    if not (size >= 3).any():
        return "only for one accuracy a worker" if all_odd else "only if all workers are equal"
    if components > 1:
        return "inside each component only"
    enough = (size >= 3).sum() >= 0.1 * (size > 0).sum()
    return "identified" if enough else "weakly: few items have three votes"
