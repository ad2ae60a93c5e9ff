"""Objects that several workers drew in the same pictures: which of them are one object, and how far
workers are from one another.

Votes are groups: vote v is all that worker[v] drew in picture item[v], perhaps nothing.  Boxes and
regions of pixels are taken alike; both have an overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.match import Overlaps, every_pair, greedy
from reliabel.ops.match import overlaps as box_overlaps
from reliabel.ops.metric_sources import error_of_sources
from reliabel.ops.regions import Runs, intersections
from reliabel.ops.regions import areas as region_areas

Drawn: TypeAlias = "Votes[Grouped[Boxes]] | Votes[Grouped[Regions]]"
RUNS = 2**20  # runs of pictures that are looked at together
EXACT = 0.01  # the least distance from the truth that a weight is made of
OTHER_CLASS = 0.5  # an overlap of two objects of different classes counts as so much of one


@dataclass(frozen=True, eq=False)
class Cast:
    """Each object's ``vote``, ``item``, ``worker`` and class ``y``, and ``seen`` (n,): how many
    workers looked at each picture, those included who found nothing.
    """

    vote: Ints
    item: Ints
    worker: Ints
    y: Ints
    seen: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.vote)


@dataclass(frozen=True, eq=False)
class Matched:
    """Which objects are one: ``cluster`` (m,) of each object, 0 .. size - 1 by picture, and the
    ``item`` (size,) of each cluster.  An object is alone in its cluster where nobody else drew it;
    a cluster has one object of a worker.
    """

    cluster: Ints
    item: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.item)


def cast_of(votes: Drawn) -> Cast:
    """Who drew each object, and how many looked.

    >>> boxes = Boxes([[0, 0, 9, 9], [0, 0, 9, 8]], [0, 0], ["car"])
    >>> cast = cast_of(Votes([0, 0, 0], [0, 1, 2], Grouped(boxes, [0, 1, 2, 2]), n=1, w=3))
    >>> cast.worker.tolist(), cast.seen.tolist()
    ([0, 1], [3])
    """
    vote = votes.labels.item
    pair = np.unique(votes.item.astype(np.int64) * max(votes.w, 1) + votes.worker)
    seen = np.bincount(pair // max(votes.w, 1), minlength=votes.n)
    return Cast(vote, votes.item[vote], votes.worker[vote], votes.labels.units.y, seen)


def pairs_between_workers(votes: Drawn, cast: Cast, least: float = 0.0) -> Overlaps:
    """The pairs of objects of one picture that different workers drew and that overlap by at least
    ``least``, each pair in both directions; objects without a class are left out.
    """
    order = np.argsort(cast.item, kind="stable")
    units = votes.labels.units.take(order)
    offsets = np.searchsorted(cast.item[order], np.arange(votes.n + 1))
    if isinstance(units, Boxes):
        found = box_overlaps(units.xyxy, offsets, units.xyxy, offsets, least)
    else:
        found = _region_overlaps(units, offsets, least)
    mine, other = order[found.mine], order[found.other]
    keep = (cast.worker[mine] != cast.worker[other]) & (cast.y[mine] >= 0) & (cast.y[other] >= 0)
    return Overlaps(mine[keep], other[keep], found.iou[keep], found.inside[keep])


def _region_overlaps(units: Regions, offsets: Ints, least: float) -> Overlaps:
    """The pairs of regions of one picture that share pixels, found in blocks of pictures."""
    reached = units.offsets[offsets]
    block = reached[:-1] // RUNS
    starts = np.flatnonzero(np.append(True, block[1:] != block[:-1])) if len(block) else block
    parts = []
    for a, b in zip(starts.tolist(), [*starts[1:].tolist(), len(offsets) - 1], strict=True):
        first, last = int(offsets[a]), int(offsets[b])
        own = units.offsets[first : last + 1]
        span = slice(int(own[0]), int(own[-1]))
        runs = Runs(units.start[span], units.length[span], own - own[0])
        item = np.repeat(np.arange(b - a), np.diff(offsets[a : b + 1]))
        one, two, shared = intersections(runs, runs, (item, item))
        size = region_areas(runs)
        iou, inside = shared / (size[one] + size[two] - shared), shared / size[one]
        keep = iou >= least
        parts.append((one[keep] + first, two[keep] + first, iou[keep], inside[keep]))
    if not parts:
        none = np.zeros(0, np.int64)
        return Overlaps(none, none, np.zeros(0), np.zeros(0))
    return Overlaps(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def matched(votes: Drawn, cast: Cast, pairs: Overlaps, weight: Floats, least: float) -> Matched:
    """Which objects are one: in rounds the object that the others agree with most becomes the
    centre of a cluster, and of each other worker the object that overlaps it most, by ``least`` or
    more, joins; objects of its own class before those of another.

    The agreement of an object is the sum of the other workers' ``weight`` (w,) times the overlap
    with the object of theirs that overlaps it most.  Nothing depends on the order of workers or of
    objects, unless two are exactly alike.

    >>> boxes = Boxes([[0, 0, 10, 10], [2, 0, 12, 10], [0, 1, 10, 11]], [0, 0, 0], ["car"])
    >>> votes = Votes([0, 0, 0], [0, 1, 2], Grouped(boxes, [0, 1, 2, 3]), n=1, w=3)
    >>> cast = cast_of(votes)
    >>> matched(votes, cast, pairs_between_workers(votes, cast), np.ones(3), 0.55).cluster.tolist()
    [0, 0, 0]
    """
    m = len(cast)
    near = pairs.take(pairs.iou >= least)
    alike = cast.y[near.mine] == cast.y[near.other]
    support = _support(cast, near, np.where(alike, near.iou, OTHER_CLASS * near.iou), weight)
    rank = np.empty(m, dtype=np.int64)
    rank[np.lexsort((*_places(votes), cast.y, -support))] = np.arange(m)
    centre = np.full(m, -1)
    mine, other, force = near.mine, near.other, near.iou + alike
    while len(mine):
        ahead = np.full(m, m)
        np.minimum.at(ahead, mine, rank[other])
        top = np.zeros(m, dtype=bool)
        top[mine] = rank[mine] < ahead[mine]
        at = top[other]  # others are centres; ours may join them, one of each worker
        slot = np.unique(other[at] * np.int64(votes.w) + cast.worker[mine[at]], return_inverse=True)
        taken = greedy(mine[at], slot[1].reshape(-1), force[at])
        centre[np.flatnonzero(top)] = np.flatnonzero(top)
        centre[mine[at][taken]] = other[at][taken]
        open_ = (centre[mine] < 0) & (centre[other] < 0)
        mine, other, force = mine[open_], other[open_], force[open_]
    centre = np.where(centre < 0, np.arange(m), centre)
    kept = np.unique(centre)
    kept = kept[np.lexsort((rank[kept], cast.item[kept]))]
    place = np.empty(m, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    return Matched(place[centre], cast.item[kept])


def _support(cast: Cast, pairs: Overlaps, value: Floats, weight: Floats) -> Floats:
    """(m,) the sum over other workers of weight times the best overlap with each of them."""
    m = len(cast)
    if not len(pairs):
        return np.zeros(m)
    w = len(weight)
    key, at = np.unique(pairs.mine * np.int64(w) + cast.worker[pairs.other], return_inverse=True)
    best = np.zeros(len(key))
    np.maximum.at(best, at.reshape(-1), value)
    return np.bincount(key // w, best * weight[key % w], m)


def _places(votes: Drawn) -> tuple[Floats, ...]:
    """Where objects lie, to break ties by what is drawn and not by who drew it."""
    units = votes.labels.units
    if isinstance(units, Boxes):
        return tuple(units.xyxy.T)
    reached = np.concatenate([[0], np.cumsum(units.start * units.length)])
    first = np.full(len(units), -1)
    some = np.diff(units.offsets) > 0
    first[some] = units.start[units.offsets[:-1][some]]
    moment = reached[units.offsets[1:]] - reached[units.offsets[:-1]]
    return moment.astype(float), first.astype(float), units.area.astype(float)


def distances(votes: Drawn, cast: Cast, pairs: Overlaps) -> tuple[Floats, Floats]:
    """(w, w) how far workers are from one another, and (w, w) on how many pictures that is known.

    The distance is 1 - 2 * (sum of the overlaps of matched objects) / (objects of both) over the
    pictures that both looked at: 0 where both drew the same, 1 where nothing matches.  Objects
    match one to one within a class.  Pictures in which neither drew anything do not count.

    >>> boxes = Boxes([[0, 0, 10, 10], [0, 0, 10, 5]], [0, 0], ["car"])
    >>> votes = Votes([0, 0], [0, 1], Grouped(boxes, [0, 1, 2]), n=1, w=2)
    >>> cast = cast_of(votes)
    >>> distances(votes, cast, pairs_between_workers(votes, cast))[0].tolist()
    [[0.0, 0.5], [0.5, 0.0]]
    """
    w = votes.w
    shared, drawn = np.zeros((w, w)), np.zeros((w, w))
    common = np.zeros((w, w))
    keep = (cast.y[pairs.mine] == cast.y[pairs.other]) & (
        cast.vote[pairs.mine] < cast.vote[pairs.other]
    )
    mine, other, iou = pairs.mine[keep], pairs.other[keep], pairs.iou[keep]
    v = np.int64(len(votes))
    one = np.unique(mine * v + cast.vote[other], return_inverse=True)[1].reshape(-1)
    two = np.unique(other * v + cast.vote[mine], return_inverse=True)[1].reshape(-1)
    taken = greedy(one, two, iou)
    ends = cast.worker[mine[taken]], cast.worker[other[taken]]
    np.add.at(shared, ends, 2 * iou[taken])
    order = np.argsort(votes.item, kind="stable")
    offsets = np.searchsorted(votes.item[order], np.arange(votes.n + 1))
    count = np.bincount(cast.vote[cast.y >= 0], minlength=len(votes))
    for a, b in every_pair(offsets, offsets):
        a, b = order[a], order[b]
        both = (a < b) & (votes.worker[a] != votes.worker[b]) & (count[a] + count[b] > 0)
        ends = votes.worker[a[both]], votes.worker[b[both]]
        np.add.at(drawn, ends, count[a[both]] + count[b[both]])
        np.add.at(common, ends, 1)
    shared, drawn, common = shared + shared.T, drawn + drawn.T, common + common.T
    share = np.divide(shared, drawn, out=np.ones((w, w)), where=drawn > 0)
    return 1 - share, common


def present(votes: Drawn, weight: Floats) -> Floats:
    """(n,) the sum of the weights of the workers that looked at each picture, each once."""
    pair = np.unique(votes.item.astype(np.int64) * max(votes.w, 1) + votes.worker)
    w = max(votes.w, 1)
    return np.bincount(pair // w, weight[pair % w], votes.n)


def leading_class(cluster: Ints, y: Ints, weight: Floats, size: int, k: int) -> tuple[Ints, Floats]:
    """(size,) the class with the greatest weight in each cluster, of equal ones the one with more
    weight over all, and that weight.

    >>> code, most = leading_class(np.array([0, 0, 0]), np.array([1, 0, 1]), np.ones(3), 1, 2)
    >>> code.tolist(), most.tolist()
    ([1], [2.0])
    """
    usual = np.bincount(y, weight, k)
    key, at = np.unique(cluster * np.int64(k) + y, return_inverse=True)
    total = np.bincount(at.reshape(-1), weight, len(key))
    order = np.lexsort((-(key % k), usual[key % k], np.round(total, 12)))
    code, most = np.full(size, -1), np.zeros(size)
    code[key[order] // k] = key[order] % k  # the last one written stays
    most[key[order] // k] = total[order]
    return code, most


def reliability(votes: Drawn, cast: Cast, pairs: Overlaps) -> tuple[Floats, Floats]:
    """(w,) the weight of each worker, 1 on average, and (w,) the expected overlap of what a worker
    draws with the truth, NaN where the votes do not tell it.

    Both come from how far workers are from one another (``distances``): the distance of two is the
    sum of how far each is from the truth, so that three or more workers tell them apart.
    """
    apart, common = distances(votes, cast, pairs)
    error, known = error_of_sources(apart, common)
    weight = 1 / np.maximum(error, EXACT)
    weight = np.where(known, weight, 1.0)
    return weight / weight.mean(), np.where(known, np.clip(1 - error, 0, 1), np.nan)
