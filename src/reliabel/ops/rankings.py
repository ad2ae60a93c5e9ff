"""Votes that rank things, item by item: which things an item is about, and how many votes put one
above the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats, Ints, Votes
from reliabel.core.orders import Rankings
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields

FEW = 15  # things whose sets are all looked at
CELLS = 2**21  # numbers that a block of items or of votes holds


@dataclass(frozen=True, eq=False)
class Questions:
    """The things of each item: those of item i are ``things[starts[i]:starts[i + 1]]``, in rising
    order.  ``slot`` (entries,) is the place among them of each entry of the votes' rankings.
    """

    votes: Votes[Rankings]
    things: Ints
    starts: Ints
    slot: Ints

    __repr__ = by_fields

    @property
    def size(self) -> Ints:
        """(n,) how many things are ranked on each item."""
        size: Ints = np.diff(self.starts)
        return size

    def alike(self, cells: Callable[[int], int]) -> Iterator[tuple[int, Ints]]:
        """Blocks of items that are about equally many things: their number and the items, as many
        as fit where an item with m things takes ``cells(m)`` numbers.
        """
        for many in np.unique(self.size[self.size > 0]).tolist():
            items = np.flatnonzero(self.size == many)
            step = max(CELLS // cells(many), 1)
            for start in range(0, len(items), step):
                stop_if_cancelled()
                yield many, items[start : start + step]


def table_cells(many: int) -> int:
    """The numbers in a table of all pairs of things."""
    return many * many


def set_cells(many: int) -> int:
    """The numbers that work on all sets of a few things takes for each item; beyond ``FEW`` things
    one item is worked on at a time.
    """
    return 4 * many * 2**many if many <= FEW else CELLS


def questions(votes: Votes[Rankings]) -> Questions:
    """The things of each item.

    >>> votes = Votes([0, 1], [0, 0], Rankings.of(["c > a", "b"]), n=3, w=1)
    >>> found = questions(votes)
    >>> found.things.tolist(), found.starts.tolist(), found.slot.tolist()
    ([0, 2, 1], [0, 2, 3, 3], [1, 0, 0])
    """
    labels, many = votes.labels, max(votes.labels.n, 1)
    key = votes.item[labels.ranking].astype(np.int64) * many + labels.order
    distinct, place = np.unique(key, return_inverse=True)
    item, things = np.divmod(distinct, many)
    starts = np.searchsorted(item, np.arange(votes.n + 1))
    return Questions(votes, things, starts, np.ravel(place) - starts[votes.item[labels.ranking]])


@dataclass(frozen=True, eq=False)
class Ordered:
    """Rankings of one length: pair (c, q) of ranking c puts the thing in slot ``above`` over that
    in slot ``below``, on the item in place ``item`` of its block.
    """

    vote: Ints
    item: Ints
    above: Ints
    below: Ints

    __repr__ = by_fields

    def key(self, many: int) -> Ints:
        """(c, q) the place of each pair in a table (items, many, many)."""
        key: Ints = (self.item[:, None] * many + self.above) * many + self.below
        return key


def ordered_pairs(asked: Questions, items: Ints) -> Iterator[Ordered]:
    """All pairs that votes on some items put in order, in blocks of rankings of one length."""
    votes, labels = asked.votes, asked.votes.labels
    place = np.full(votes.n, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    length = np.diff(labels.offsets)
    mine = np.flatnonzero((place[votes.item] >= 0) & (length > 1))
    for long in np.unique(length[mine]).tolist():
        first, second = np.triu_indices(long, 1)
        of_length = mine[length[mine] == long]
        step = max(CELLS // len(first), 1)
        for start in range(0, len(of_length), step):
            stop_if_cancelled()
            vote = of_length[start : start + step]
            slot = asked.slot[labels.offsets[vote][:, None] + np.arange(long)]
            yield Ordered(vote, place[votes.item[vote]], slot[:, first], slot[:, second])


def preferences(asked: Questions, items: Ints, many: int, weight: Floats | None = None) -> Floats:
    """(items, many, many) how many votes put the thing in slot x above that in slot y, each
    counting as ``weight`` (votes,).
    """
    cells = len(items) * many * many
    total = np.zeros(cells)
    for block in ordered_pairs(asked, items):
        key = block.key(many)
        each = None if weight is None else np.repeat(weight[block.vote], key.shape[1])
        total += np.bincount(key.ravel(), each, cells)
    return total.reshape(len(items), many, many)


def cost_of(order: Ints, above: Floats) -> Floats:
    """(items,) how many votes on pairs an order (items, m), the best slot first, goes against."""
    items = np.arange(len(order))[:, None, None]
    sorted_ = above[items, order[:, :, None], order[:, None, :]]
    return np.asarray(np.tril(sorted_, -1).sum((1, 2)))


def least_cost(above: Floats) -> Floats:
    """(items,) a bound that no order stays below: of each pair the smaller count."""
    return np.asarray(np.triu(np.minimum(above, above.transpose(0, 2, 1)), 1).sum((1, 2)))


def agreement(cost: Floats, pairs: Floats) -> Floats:
    """(n,) from 1 where no vote on a pair is gone against to -1 where all are; NaN without one."""
    share: Floats = np.divide(cost, pairs, out=np.full(len(cost), np.nan), where=pairs > 0)
    return 1 - 2 * share
