"""What the boxes of two sets have to do with each other, picture by picture: overlaps, matchings,
and non-maximum suppression.

Boxes are rows of left, top, right, bottom; those of picture i are rows offsets[i]:offsets[i + 1].
Boxes without an area (swapped corners, points, NaN) overlap nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

PAIRS = 2**18  # pairs that are looked at together: their columns stay in the cache


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of boxes of one picture that overlap, by ``mine``, then ``other`` (rows of the two
    sets): their intersection over union ``iou``, and the share ``inside`` of the area of ``mine``
    that lies in ``other``.
    """

    mine: Ints
    other: Ints
    iou: Floats
    inside: Floats

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.mine)

    def take(self, index: Ints | Bools, /) -> Overlaps:
        """Some of the pairs."""
        return Overlaps(self.mine[index], self.other[index], self.iou[index], self.inside[index])


def areas(xyxy: Floats) -> Floats:
    """(m,) the area of each box; 0 where its corners are swapped or a side is no number.

    >>> areas(np.array([[0, 0, 4, 2], [5, 5, 3, 9], [1, 1, np.nan, 2]])).tolist()
    [8.0, 0.0, 0.0]
    """
    sides = xyxy[:, 2:] - xyxy[:, :2]
    able = np.asarray((np.isfinite(sides) & (sides > 0)).all(1))
    return np.where(able, np.where(able[:, None], sides, 0).prod(1), 0.0)


def iou(one: Floats, two: Floats) -> Floats:
    """(m,) intersection over union, row by row.

    >>> iou(np.array([[0, 0, 4, 2.0]]), np.array([[2, 0, 6, 2.0]])).round(3).tolist()
    [0.333]
    """
    wide = np.minimum(one[:, 2], two[:, 2]) - np.maximum(one[:, 0], two[:, 0])
    high = np.minimum(one[:, 3], two[:, 3]) - np.maximum(one[:, 1], two[:, 1])
    mine, theirs = areas(one), areas(two)
    able = (wide > 0) & (high > 0) & (mine > 0) & (theirs > 0)
    shared = np.where(able, wide, 0) * np.where(able, high, 0)
    return np.asarray(shared / np.where(able, mine + theirs - shared, 1.0))


def every_pair(offsets: Ints, others: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Rows of all pairs of a box of one set and a box of the other within each picture, in blocks
    of bounded size; by the row of the first, then of the second.
    """
    first, count = np.asarray(others)[:-1], np.diff(others)
    size = np.repeat(count, np.diff(offsets))  # pairs of each box of the first set
    start = np.repeat(first, np.diff(offsets))
    ends = np.cumsum(size)
    done, low = 0, 0
    while low < len(size):
        high = max(int(np.searchsorted(ends, done + PAIRS, side="right")), low + 1)
        many = size[low:high]
        total = int(many.sum())
        mine = np.repeat(np.arange(low, high), many)
        within = np.arange(total) - np.repeat(np.cumsum(many) - many, many)
        if total:
            yield mine, np.repeat(start[low:high], many) + within
        done, low = int(ends[high - 1]), high


def overlaps(
    xyxy: Floats, offsets: Ints, other: Floats, others: Ints, least: float = 0.0
) -> Overlaps:
    """All pairs of a box of one set and a box of the other, of the same picture, whose intersection
    over union is above 0 and at least ``least``.

    >>> one, two = np.array([[0, 0, 4, 2.0]]), np.array([[2, 0, 6, 2.0], [8, 8, 9, 9]])
    >>> found = overlaps(one, np.array([0, 1]), two, np.array([0, 2]))
    >>> found.other.tolist(), found.inside.tolist()
    ([0], [0.5])
    """
    mine_area, other_area = areas(xyxy), areas(other)
    # columns in a row, so that each of the four sides is gathered from memory that lies together
    sides, theirs = np.ascontiguousarray(xyxy.T), np.ascontiguousarray(other.T)
    parts = []
    for a, b in every_pair(offsets, others):
        wide = np.minimum(sides[2][a], theirs[2][b]) - np.maximum(sides[0][a], theirs[0][b])
        near = np.flatnonzero(wide > 0)  # most pairs end here
        a, b, wide = a[near], b[near], wide[near]
        high = np.minimum(sides[3][a], theirs[3][b]) - np.maximum(sides[1][a], theirs[1][b])
        near = np.flatnonzero((high > 0) & (mine_area[a] > 0) & (other_area[b] > 0))
        a, b, shared = a[near], b[near], wide[near] * high[near]
        share = shared / (mine_area[a] + other_area[b] - shared)
        keep = share >= least
        parts.append((a[keep], b[keep], share[keep], (shared / mine_area[a])[keep]))
    if not parts:
        none: Ints = np.empty(0, dtype=np.int64)
        return Overlaps(none, none, np.empty(0), np.empty(0))
    return Overlaps(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def largest(row: Ints, weight: Floats, n: int) -> Ints:
    """(n,) the pair of greatest weight of each row, of equal ones the first; -1 where a row has
    none.

    >>> largest(np.array([0, 0, 2]), np.array([0.1, 0.7, 0.2]), 3).tolist()
    [1, -1, 2]
    """
    best = np.full(n, -1)
    order = np.lexsort((-np.arange(len(row)), weight))  # the last one written stays
    best[row[order]] = order
    return best


def greedy(mine: Ints, other: Ints, weight: Floats) -> Ints:
    """The pairs of a one-to-one matching in which pairs are taken by falling weight (of equal ones
    the first) as long as both ends are free; in rising order.

    With the weight of a pair = the score of its prediction, and of equal scores the greater
    overlap, this is how COCO matches.

    >>> greedy(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.5, 0.8])).tolist()
    [0]
    """
    rank = np.empty(len(mine), dtype=np.int64)
    rank[np.lexsort((np.arange(len(mine)), -weight))] = np.arange(len(mine))
    left, taken = np.arange(len(mine)), []
    while len(left):  # a pair that is the best of both its ends is taken in any order
        a, b, place = mine[left], other[left], rank[left]
        best_a = np.full(int(a.max()) + 1, len(mine))
        best_b = np.full(int(b.max()) + 1, len(mine))
        np.minimum.at(best_a, a, place)
        np.minimum.at(best_b, b, place)
        now = (best_a[a] == place) & (best_b[b] == place)
        taken.append(left[now])
        used_a, used_b = np.zeros(len(best_a), bool), np.zeros(len(best_b), bool)
        used_a[a[now]] = used_b[b[now]] = True
        left = left[~used_a[a] & ~used_b[b]]
    return np.sort(np.concatenate(taken)) if taken else np.empty(0, dtype=np.int64)


def one_to_one(mine: Ints, other: Ints, weight: Floats) -> Ints:
    """The pairs of the one-to-one matching of greatest total weight (Hungarian), in rising order.
    Weights are above 0; ends that no pair joins stay alone.

    >>> one_to_one(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.5, 0.8])).tolist()
    [1, 2]
    """
    if not len(mine):
        return np.empty(0, dtype=np.int64)
    n = int(mine.max()) + 1
    ends = n + int(other.max()) + 1
    graph = coo_array((np.ones(len(mine)), (mine, n + other)), shape=(ends, ends))
    part = connected_components(graph, directed=False)[1][mine]
    best = largest(part, weight, int(part.max()) + 1)
    several = _tangled(part, mine, other)
    stars = np.unique(part[~several[part]])  # one end is shared by all pairs: the best one is it
    taken = [best[stars]]
    order = np.argsort(part, kind="stable")
    order = order[several[part[order]]]
    cuts = np.flatnonzero(np.diff(part[order])) + 1
    for pairs in np.split(order, cuts) if len(order) else ():
        rows, a = np.unique(mine[pairs], return_inverse=True)
        columns, b = np.unique(other[pairs], return_inverse=True)
        table, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
        table[a, b], which[a, b] = weight[pairs], pairs
        chosen = which[linear_sum_assignment(table, maximize=True)]
        taken.append(chosen[chosen >= 0])
    return np.sort(np.concatenate(taken))


def one_to_many(mine: Ints, other: Ints, weight: Floats, n: int, crowd: Bools) -> Ints:
    """(n,) the other box of each of ours, -1 for none: one to one by falling weight, but any number
    of those that are left may belong to one ``crowd`` box (an area of many objects).

    >>> crowd = np.array([False, True])
    >>> mine, other = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    >>> one_to_many(mine, other, np.array([0.9, 0.8, 0.7, 0.6]), 4, crowd).tolist()
    [0, 1, 1, -1]
    """
    partner = np.full(n, -1)
    alone = np.flatnonzero(~crowd[other])
    pairs = alone[greedy(mine[alone], other[alone], weight[alone])]
    partner[mine[pairs]] = other[pairs]
    rest = np.flatnonzero(crowd[other] & (partner[mine] < 0))
    best = largest(mine[rest], weight[rest], n)
    found = best >= 0
    partner[found] = other[rest[best[found]]]
    return partner


def suppressed(
    xyxy: Floats, offsets: Ints, score: Floats, least: float = 0.5, y: Ints | None = None
) -> Bools:
    """(m,) which boxes non-maximum suppression drops: a box goes where one of higher score (of
    equal ones the first) that stays overlaps it by ``least`` or more; of one class where ``y`` is
    given.

    >>> boxes = np.array([[0, 0, 4, 4.0], [0, 0, 4, 5], [0, 0, 4, 7]])
    >>> suppressed(boxes, np.array([0, 3]), np.array([0.9, 0.8, 0.7]), 0.6).tolist()
    [False, True, False]
    """
    pairs = overlaps(xyxy, offsets, xyxy, offsets, least)
    rank = np.empty(len(xyxy), dtype=np.int64)
    rank[np.lexsort((np.arange(len(xyxy)), -score))] = np.arange(len(xyxy))
    keep = rank[pairs.other] < rank[pairs.mine]
    if y is not None:
        keep &= y[pairs.mine] == y[pairs.other]
    low, high = pairs.mine[keep], pairs.other[keep]  # high may drop low
    drop, settled = np.zeros(len(xyxy), dtype=bool), np.zeros(len(xyxy), dtype=bool)
    while not settled.all():  # who has no open rival above stays, and drops those below
        waits = np.zeros(len(xyxy), dtype=bool)
        waits[low[~settled[high] | (settled[high] & ~drop[high])]] = True
        stays = ~settled & ~waits
        settled |= stays
        falls = low[stays[high]]
        drop[falls] = settled[falls] = True
    return drop


def _tangled(part: Ints, mine: Ints, other: Ints) -> Bools:
    """Which connected parts have several ends on both sides."""
    count = []
    for end in (mine, other):
        pair = np.unique(np.stack([part, end]), axis=1)
        count.append(np.bincount(pair[0], minlength=int(part.max()) + 1))
    return np.asarray((count[0] > 1) & (count[1] > 1))
