"""All orders of a few things at once, by dynamic programming over the sets that may stand first.

``above`` (items, m, m) says how much weight puts the thing in slot x above that in slot y; the cost
of an order is the weight that it goes against.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints


def exact_orders(above: Floats) -> tuple[Ints, Floats]:
    """(items, m) the order of least cost, the best slot first, and (items,) the log of the sum of
    exp(-cost) over all m! orders.  Of orders of equal cost the one with lower slots first.

    >>> votes = np.array([[[0, 2, 2], [1, 0, 3], [1, 0, 0.0]]])  # 2 put slot 0 above slot 1
    >>> exact_orders(votes)[0].tolist()
    [[0, 1, 2]]
    """
    items, m, _ = above.shape
    inside, after = _sets(above)
    cost = np.zeros((items, 2**m))
    total = np.zeros((items, 2**m))  # log of the sum of exp(-cost) over the orders of a set
    last = np.zeros((items, 2**m), dtype=np.int8)
    for held, slots in _levels(inside):
        before = held[:, None] ^ (1 << slots)
        added = after[:, slots, before]
        of_set = cost[:, before] + added
        chosen = of_set.argmin(2)
        cost[:, held] = np.take_along_axis(of_set, chosen[:, :, None], 2)[:, :, 0]
        last[:, held] = slots[np.arange(len(held)), chosen]
        total[:, held] = _log_sum(total[:, before] - added)
    order = np.empty((items, m), dtype=np.int64)
    left = np.full(items, 2**m - 1)
    for place in range(m - 1, -1, -1):
        order[:, place] = last[np.arange(items), left]
        left ^= 1 << order[:, place]
    return order, total[:, -1]


def pair_chances(above: Floats) -> Floats:
    """(items, m, m) the chance that the thing in slot x stands above that in slot y, where each
    order is as likely as exp(-cost).

    >>> pair_chances(np.array([[[0, 1.5], [0.5, 0]]])).round(3).tolist()
    [[[0.0, 0.731], [0.269, 0.0]]]
    """
    items, m, _ = above.shape
    inside, after = _sets(above)
    first, rest = np.zeros((2, items, 2**m))  # of the orders of a set, and of those of the others
    levels = list(_levels(inside))
    for held, slots in levels:
        before = held[:, None] ^ (1 << slots)
        first[:, held] = _log_sum(first[:, before] - after[:, slots, before])
    whole = 2**m - 1
    for held, slots in levels:  # the others of a set are the set's complement
        start, then = whole ^ held, (whole ^ held)[:, None] | (1 << slots)
        rest[:, start] = _log_sum(rest[:, then] - after[:, slots, start[:, None]])
    then = np.arange(2**m) | (1 << np.arange(m))[:, None]  # (m, sets) with the slot added
    log = first[:, None, :] - after + rest[:, then] - first[:, -1][:, None, None]
    placed = np.where(
        inside.T, 0, np.exp(np.minimum(log, 0))
    )  # right after the set, (items, m, sets)
    return np.asarray(placed @ ~inside * ~np.eye(m, dtype=bool))


def _sets(above: Floats) -> tuple[Bools, Floats]:
    """(sets, m) which slots a set holds, and (items, m, sets) what it costs to put a slot right
    after those of a set: the weight that wants it above them.
    """
    m = above.shape[1]
    inside = (np.arange(2**m)[:, None] >> np.arange(m) & 1).astype(bool)
    return inside, above @ inside.T.astype(above.dtype)


def _levels(inside: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Sets of 1, 2, ... m slots, and their slots (sets, size), higher ones first."""
    size = inside.sum(1)
    for many in range(1, inside.shape[1] + 1):
        held = np.flatnonzero(size == many)
        yield held, np.nonzero(inside[held])[1].reshape(len(held), many)[:, ::-1]


def _log_sum(log: Floats) -> Floats:
    top = log.max(-1)
    return np.asarray(top + np.log(np.exp(log - top[..., None]).sum(-1)))
