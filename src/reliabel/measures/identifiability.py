"""Identifiability: can skills and truth be learnt at all from who voted on what, before any number
is believed.

Confusion matrices and balance follow from the votes, up to the names of the classes, given three
independent votes an item with matrices of full rank; two are not enough, but a single accuracy a
worker follows from pairs where co-votes close an odd ring.  Dependent workers: nothing is promised.
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
    """Share of the items that have three votes or more, and in ``parts`` the verdict, the
    components of the worker-item graph and their sizes.

    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 3, 4])
    >>> v = Votes(item, worker, Classes(np.array([0, 1, 1, 0, 0])), n=3, w=5)
    >>> m = measure(v)
    >>> round(m.value, 2), m.parts["components"], m.parts["workers_without_ring"], m.parts["verdict"]
    (0.33, 2, 2, 'inside each component only')
    """
    pair = np.unique(votes.item.astype(np.int64) * max(votes.w, 1) + votes.worker)
    item, worker = pair // max(votes.w, 1), pair % max(votes.w, 1)
    size = np.bincount(item, minlength=votes.n)
    group, count = _components(item, worker, votes.n, votes.w)
    active = np.bincount(worker, minlength=votes.w) > 0
    ring = _ring(item, worker, size, votes.w, group)
    spoken = np.bincount(votes.labels.y, minlength=votes.labels.k)
    items = np.sort(np.bincount(group[: votes.n][size > 0], minlength=count))[::-1]
    parts = {
        "verdict": _verdict(
            size, int((items > 0).sum()), bool(ring[active].all()) if active.any() else False
        ),
        "items_by_votes": {
            "0": int((size == 0).sum()),
            "1": int((size == 1).sum()),
            "2": int((size == 2).sum()),
            "3+": int((size >= 3).sum()),
        },
        "components": int((items > 0).sum()),
        "items_per_component": items[items > 0][:20].tolist(),
        "workers_without_ring": int((active & ~ring).sum()),
        "classes_never_voted": [votes.labels.names[c] for c in np.flatnonzero(spoken == 0)],
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
    """(n + w,) the component of every item and worker, and how many there are."""
    graph = sparse.coo_array(
        (np.ones(len(item), dtype=np.int8), (item, n + worker)), shape=(n + w, n + w)
    )
    count, group = connected_components(graph, directed=False)
    return group, int(count)


def _ring(item: Ints, worker: Ints, size: Ints, w: int, group: Ints) -> Bools:
    """(w,) True for workers whose component has an odd ring of co-votes: an item with three votes,
    or pairs that close one.
    """
    n = len(size)
    mine = group[n:]
    good = np.zeros(len(group) + 1, dtype=bool)
    good[group[:n][size >= 3]] = True
    of_two = size[item] == 2
    both: Any = worker[of_two].reshape(-1, 2)  # votes come sorted by item
    a, b = both[:, 0], both[:, 1]
    twice = sparse.coo_array(
        (np.ones(2 * len(a), dtype=np.int8), (np.r_[a, a + w], np.r_[b + w, b])),
        shape=(2 * w, 2 * w),
    )
    _, side = connected_components(twice, directed=False)
    good[mine[(side[:w] == side[w:])]] = (
        True  # going round an odd ring leads from a worker to his double
    )
    return np.asarray(good[mine])


def _verdict(size: Ints, components: int, ring: bool) -> str:
    if not (size >= 2).any():
        return "not identified: no item has two votes"
    if not (size >= 3).any():
        return "only for one accuracy a worker" if ring else "only if all workers are equal"
    if components > 1:
        return "inside each component only"
    return (
        "identified"
        if (size >= 3).sum() >= 0.1 * (size > 0).sum()
        else "weakly: few items have three votes"
    )
