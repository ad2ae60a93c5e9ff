"""Objects that several workers drew in the same pictures: which of them are one object, and how far
workers are from one another.

Votes are groups: vote v is all that worker[v] drew in picture item[v], perhaps nothing.  Boxes and
regions of pixels are taken alike; both have an overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Grouped, Ints, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.match import Overlaps, greedy
from reliabel.ops.match import overlaps as box_overlaps
from reliabel.ops.metric_sources import errors_of_pairs, source_pairs
from reliabel.ops.regions import Runs, intersections, joined, row_runs
from reliabel.ops.regions import areas as region_areas

Drawn: TypeAlias = "Votes[Grouped[Boxes]] | Votes[Grouped[Regions]]"
RUNS = 2**20  # runs of pictures that are looked at together
FAITH = 5.0  # matched objects' worth of trust that a worker is like the others
LEAST_ERROR = 0.02  # of the mean error; a worker's error counts as no smaller
LEAST_WRONG = 0.02  # a worker names at least so many of the objects by another class
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


def given_only(votes: Drawn) -> Any:
    """The votes without the rows that have no class, which stand for places where none is given."""
    units = votes.labels.units
    if (units.y >= 0).all():
        return votes
    kept = np.flatnonzero(units.y >= 0)
    offsets = np.searchsorted(kept, votes.labels.offsets)
    return replace(votes, labels=Grouped(units.take(kept), offsets))  # type: ignore[arg-type]


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
    ``least``, each pair in both directions.
    """
    order = np.argsort(cast.item, kind="stable")
    units = votes.labels.units.take(order)
    offsets = np.searchsorted(cast.item[order], np.arange(votes.n + 1))
    if isinstance(units, Boxes):
        found = box_overlaps(units.xyxy, offsets, units.xyxy, offsets, least)
    else:
        found = _region_overlaps(units, offsets, least)
    mine, other = order[found.mine], order[found.other]
    keep = cast.worker[mine] != cast.worker[other]
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


def matched(votes: Drawn, cast: Cast, pairs: Overlaps, least: float) -> Matched:
    """Which objects are one: in rounds the object that the others agree with most becomes the
    centre of a cluster, and of each other worker the object that overlaps it most, by ``least`` or
    more, joins; objects of its own class before those of another.

    The agreement of an object is the sum of its overlaps with the object of each other worker that
    overlaps it most.  Nothing depends on the order of workers or of objects, unless two are exactly
    alike.

    >>> boxes = Boxes([[0, 0, 10, 10], [2, 0, 12, 10], [0, 1, 10, 11]], [0, 0, 0], ["car"])
    >>> votes = Votes([0, 0, 0], [0, 1, 2], Grouped(boxes, [0, 1, 2, 3]), n=1, w=3)
    >>> cast = cast_of(votes)
    >>> matched(votes, cast, pairs_between_workers(votes, cast), 0.55).cluster.tolist()
    [0, 0, 0]
    """
    m = len(cast)
    near = pairs.take(pairs.iou >= least)
    alike = cast.y[near.mine] == cast.y[near.other]
    support = _support(cast, near, np.where(alike, near.iou, OTHER_CLASS * near.iou), votes.w)
    rank = np.empty(m, dtype=np.int64)
    rank[np.lexsort((cast.y, *_places(votes), -support))] = np.arange(m)
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


def _support(cast: Cast, pairs: Overlaps, value: Floats, w: int) -> Floats:
    """(m,) the sum over other workers of the best overlap with each of them."""
    m = len(cast)
    if not len(pairs):
        return np.zeros(m)
    key, at = np.unique(pairs.mine * np.int64(w) + cast.worker[pairs.other], return_inverse=True)
    best = np.zeros(len(key))
    np.maximum.at(best, at.reshape(-1), value)
    return np.asarray(np.bincount(key // w, best, m), dtype=float)


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


def met_in_truth(votes: Drawn, gold: Any, least: float) -> tuple[Ints, Ints]:
    """Pairs of a drawn box and a true one that it overlaps by ``least`` or more, each box and each
    true one of a worker in one pair at most; classes do not count.

    >>> one = Grouped(Boxes([[0, 0, 9, 9], [0, 0, 9, 8]], [0, 0], ["car"]), [0, 1, 2])
    >>> true = Grouped(Boxes([[0, 0, 9, 9]], [0], ["car"]), [0, 1])
    >>> [pair.tolist() for pair in met_in_truth(Votes([0, 0], [0, 1], one, n=1, w=2), true, 0.5)]
    [[0, 1], [0, 0]]
    """
    truth = gold.take(votes.item)  # what each vote is of
    first = gold.offsets[:-1][votes.item]
    labels: Any = votes.labels
    pairs = box_overlaps(labels.units.xyxy, labels.offsets, truth.units.xyxy, truth.offsets, least)
    taken = greedy(pairs.mine, pairs.other, pairs.iou)
    mine, other = pairs.mine[taken], pairs.other[taken]
    vote = truth.item[other]
    return mine, first[vote] + other - truth.offsets[vote]


def known_clusters(found: Matched, mine: Ints, known: Bools) -> Ints:
    """(c,) 1 for objects that are there, 0 for those that are not, -1 where nothing is known.

    mine: the drawn objects that met a true one.  known: (n,) the pictures whose objects are known.
    """
    there = np.where(known[found.item], 0, -1)
    there[np.unique(found.cluster[mine])] = 1
    return there


def likeliest_class(cast: Cast, found: Matched, w: int, k: int) -> tuple[Ints, Floats]:
    """(c,) the likeliest class of each object, of equal ones the more frequent, and its chance.

    How often each worker names a wrong class follows from how often two workers differ on matched
    objects; all wrong classes are equally likely.

    >>> own, here = np.arange(3), np.zeros(3, int)
    >>> cast = Cast(own, here, own, np.array([1, 0, 1]), np.array([3]))
    >>> one = Matched(here, np.zeros(1, int))
    >>> likeliest_class(cast, one, 3, 2)[0].tolist()
    [1]
    """
    _, error = weights_of(cast, found, lambda one, two: _other(cast.y, one, two), w)
    size, most = len(found), max((k - 1) / k, 0.5)
    wrong = np.clip(np.where(np.isnan(error), LEAST_WRONG, error), LEAST_WRONG, 0.9 * most)
    force = np.log((1 - wrong) * max(k - 1, 1) / wrong)[cast.worker]
    key, at = np.unique(found.cluster * np.int64(k) + cast.y, return_inverse=True)
    total = np.bincount(at.reshape(-1), force, len(key))
    cluster, y = key // k, key % k
    usual = np.bincount(cast.y, minlength=k)
    order = np.lexsort((-y, usual[y], np.round(total, 12), cluster))
    last = order[np.append(cluster[order][1:] != cluster[order][:-1], True)] if size else order
    top = total[last]
    others = k - np.bincount(cluster, minlength=size)  # classes that nobody named
    sums = np.bincount(cluster, np.exp(total - top[cluster]), size) + others * np.exp(-top)
    return y[last], 1 / sums


def are_objects(votes: Votes[Grouped[Regions]]) -> bool:
    """Whether masks are of single objects, not class maps: some worker's regions overlap, or two of
    one class touch, which connected parts of a class map never do.
    """
    units, offsets = votes.labels.units, votes.labels.offsets
    found = _region_overlaps(units, offsets, 0.0)
    if (found.mine != found.other).any():
        return True
    width = units.size[:, 1]
    owner, row, left, right = row_runs(units, width)
    wide, tall = width[owner], units.size[owner, 0]
    below = row + 1 < tall
    base = (row * wide)[:, None] + np.stack([np.zeros(len(row), np.int64), wide], 1)
    first, last = np.maximum(left - 1, 0)[:, None], np.minimum(right + 1, wide)[:, None]
    lines = np.stack([np.ones(len(row), bool), below], 1)
    spread = joined(
        np.repeat(owner, 2)[lines.ravel()],
        (base + first)[lines],
        (base + last)[lines],
        len(units),
    )
    item = votes.labels.item
    one, two, _ = intersections(spread, units, (item, item))
    return bool(((one != two) & (units.y[one] == units.y[two])).any())


def weights_of(
    cast: Cast,
    found: Matched,
    apart: Callable[[Ints, Ints], Floats],
    w: int,
    taught: Floats | None = None,
) -> tuple[Floats, Floats]:
    """(w,) the weight of each worker, 1 on average, and (w,) how far the worker's objects are from
    the truth on average, from how far matched objects of two workers are ``apart``.

    apart: two arrays of places of objects -> how far each of the first is from that of the second.
    taught: (2, w) how far each worker's objects are from true ones in sum, and how many are known.
    """
    who = Votes(found.cluster, cast.worker, Classes(np.zeros(len(cast), int)), len(found), w)
    error, _ = errors_of_pairs(source_pairs(who, apart), faith=FAITH)
    known = np.isfinite(error)
    usual = float(error[known].mean()) if known.any() else 1.0
    if taught is not None and taught[1].any():
        error = (FAITH * np.where(known, error, usual) + taught[0]) / (FAITH + taught[1])
        known[:] = True
    weight = 1 / np.maximum(np.where(known, error, usual), max(LEAST_ERROR * usual, 1e-9))
    return weight / weight.mean(), error


def _other(y: Ints, one: Ints, two: Ints) -> Floats:
    return np.asarray(y[one] != y[two], dtype=float)


def looks(votes: Drawn) -> tuple[Ints, Ints]:
    """Picture and worker of each look at a picture, by picture, each once."""
    w = max(votes.w, 1)
    pair = np.unique(votes.item.astype(np.int64) * w + votes.worker)
    return pair // w, pair % w


def overlap_with_truth(
    cast: Cast,
    found: Matched,
    chance: Floats,
    right: Floats,
    look: tuple[Ints, Ints],
    w: int,
) -> Floats:
    """(w,) the expected overlap of what each worker drew with what is there, over all pictures that
    the worker looked at: objects drawn and there, by how ``right`` (m,) each is drawn, of all that
    are drawn or there; NaN for a worker without one.
    """
    hit = np.bincount(cast.worker, chance[found.cluster] * right, w)
    there = np.bincount(
        found.item,
        chance,
        int(max(found.item.max(initial=-1), look[0].max(initial=-1))) + 1,
    )
    union = np.bincount(look[1], there[look[0]], w)
    union += np.bincount(cast.worker, 1 - chance[found.cluster], w)
    return np.asarray(np.divide(hit, union, out=np.full(w, np.nan), where=union > 1e-12))
