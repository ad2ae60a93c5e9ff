"""Votes in the order of their items, and one vote of each worker on an item."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from reliabel.core.labels import Bools, Ints, Votes
from reliabel.ops.chunks import spans


def order_by_item(item: Ints, n: int) -> tuple[Ints | slice, Ints]:
    """The order that sorts votes by item, and (n + 1,) where each item's votes begin."""
    v = len(item)
    index = np.int32 if max(v, n) < 2**31 else np.int64
    if v < 2 or bool((item[1:] >= item[:-1]).all()):
        offsets: Ints = np.zeros(n + 1, dtype=index)
        np.cumsum(np.bincount(item, minlength=n), out=offsets[1:])
        return slice(None), offsets
    # converting a matrix with one entry per row from rows to columns is a stable counting sort
    columns = sparse.csr_array(
        (np.ones(v, dtype=np.int8), np.asarray(item, dtype=index), np.arange(v + 1, dtype=index)),
        shape=(v, n),
    ).tocsc()
    return columns.indices, columns.indptr


def one_per_pair(votes: Votes[Any], keep: str = "last") -> Bools:
    """(votes,) True for the one vote of each pair of worker and item that is kept: the "last" or
    the "first" of several.

    >>> from reliabel.core.labels import Classes
    >>> item, worker = np.array([1, 0, 1]), np.array([0, 0, 0])
    >>> votes = Votes(item, worker, Classes(np.array([0, 1, 1])), n=2, w=1)
    >>> one_per_pair(votes).tolist()
    [False, True, True]
    """
    order, offsets = order_by_item(votes.item, votes.n)
    stays = np.ones(len(votes), dtype=bool)
    # in blocks of items, since all pairs at once would need more memory than the votes
    for start, stop in spans(votes.n, -(-len(votes) // max(votes.n, 1))):
        first, last = int(offsets[start]), int(offsets[stop])
        rows = np.arange(first, last) if isinstance(order, slice) else order[first:last]
        pair = votes.item[rows].astype(np.int64) * max(votes.w, 1) + votes.worker[rows]
        place = np.argsort(pair, kind="stable")
        # the first of each two equal pairs in a row
        again = np.flatnonzero(pair[place][1:] == pair[place][:-1])
        stays[rows[place[again if keep == "last" else again + 1]]] = False
    return stays
