"""Masks of one picture by several workers, laid over each other: the stretches of pixels on which
all of them say the same, what they say there, and a consensus as regions.

A canvas is what workers are compared on: a picture where masks are class maps, one object where
masks are of objects that were matched.  Pixels on which the same workers say the same make one
``pattern``, of which there are few, however large the pictures are.  Nothing here loops over
pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints, Votes
from reliabel.core.objects import Regions
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.ops.class_maps import picture_of
from reliabel.ops.regions import NO_CLASS, Runs, joined, row_runs

NEAR = 5  # pixels around what anybody drew on which workers are compared, too


@dataclass(frozen=True, eq=False)
class Canvas:
    """One picture or object: its ``item``, the ``workers`` (r,) whose masks lie on it, height and
    width, and stretches of pixels: ``start`` (s,) each, and the ``pattern`` (s,) of each.  Pattern
    u has ``said[:, u]``, the class that each worker says (-1: none), on ``pixels[u]`` pixels.
    """

    item: int
    workers: Ints
    size: tuple[int, int]
    start: Ints
    pattern: Ints
    said: Ints
    pixels: Ints

    __repr__ = by_fields

    @property
    def length(self) -> Ints:
        """(s,) the pixels of each stretch."""
        return np.diff(np.append(self.start, self.size[0] * self.size[1]))


@dataclass(frozen=True, eq=False)
class Said:
    """The patterns of all canvases in a row: ``canvas`` (u,) and ``pixels`` (u,) of each; what was
    said, a row each: pattern ``of`` (e,), worker ``who`` (e,), class ``y`` (e,), -1 for none; and
    the answers to choose among: ``pair_of`` (q,) and ``pair_y`` (q,), each class that somebody says
    in a pattern, by pattern.
    """

    canvas: Ints
    pixels: Ints
    of: Ints
    who: Ints
    y: Ints
    pair_of: Ints
    pair_y: Ints
    pair: Ints  # (e,) the place of each row among the answers, -1 for none

    __repr__ = by_fields


def sizes_of(votes: Votes[Grouped[Regions]]) -> Ints:
    """(n, 2) height and width of each picture, 0 where nobody drew a region.

    Raises ValueError where the masks of one picture are of different sizes.
    """
    item = votes.item[votes.labels.item]
    size = np.zeros((votes.n, 2), dtype=np.int64)
    size[item] = votes.labels.units.size
    other = (votes.labels.units.size != size[item]).any(1)
    if other.any():
        row = int(other.argmax())
        (h, w), (high, wide) = votes.labels.units.size[row].tolist(), size[item[row]].tolist()
        raise ValueError(
            f"masks of one picture must have one size: item {int(item[row])} has a mask of {h} x "
            f"{w} pixels (height x width) and one of {high} x {wide}"
        )
    return size


def picture_canvases(votes: Votes[Grouped[Regions]]) -> list[Canvas]:
    """A canvas for each picture in which somebody drew something: masks as class maps."""
    size, order = sizes_of(votes), np.lexsort((votes.worker, votes.item))
    cuts = np.searchsorted(votes.item[order], np.arange(votes.n + 1))
    found = []
    items = np.flatnonzero(size[:, 0] > 0).tolist()
    for item in track("laying masks over each other", items, len(items)):
        rows = order[cuts[item] : cuts[item + 1]]
        h, w = size[item].tolist()
        lines = []
        for vote in rows.tolist():
            picture = picture_of(votes.labels, vote)
            spans = picture.top((h, w))
            lines.append((spans.start, picture.classes(spans.region, NO_CLASS)))
        found.append(canvas(item, votes.worker[rows], (h, w), lines))
    return found


def object_canvases(
    votes: Votes[Grouped[Regions]], worker: Ints, cluster: Ints, item: Ints, y: Ints
) -> list[Canvas]:
    """A canvas for each object, with the masks of those who drew it.

    worker, cluster: (m,) of each region.  item, y: (c,) picture and class of each object.
    """
    units, order = votes.labels.units, np.lexsort((worker, cluster))
    cuts = np.searchsorted(cluster[order], np.arange(len(item) + 1))
    found = []
    for one in track("laying masks over each other", list(range(len(item))), len(item)):
        rows = order[cuts[one] : cuts[one + 1]]
        lines = [_line(units, row, int(y[one])) for row in rows.tolist()]
        h, w = units.size[rows[0]].tolist()
        found.append(canvas(int(item[one]), worker[rows], (h, w), lines))
    return found


def _line(units: Regions, row: int, y: int) -> tuple[Ints, Ints]:
    """A region as steps along the pixels: where each begins, and the class from there on."""
    runs = slice(int(units.offsets[row]), int(units.offsets[row + 1]))
    start, length = units.start[runs].astype(np.int64), units.length[runs]
    steps = np.stack([start, start + length], axis=1).ravel()
    return np.append(0, steps), np.append(NO_CLASS, np.tile([y, NO_CLASS], len(start)))


def canvas(
    item: int, workers: Ints, size: tuple[int, int], lines: Sequence[tuple[Ints, Ints]]
) -> Canvas:
    """A canvas of the workers' steps along the pixels; the last of equal steps counts.

    >>> lines = [(np.array([0, 2]), np.array([-1, 0])), (np.array([0, 3]), np.array([-1, 0]))]
    >>> one = canvas(0, np.array([0, 1]), (1, 6), lines)
    >>> one.start.tolist(), one.said.tolist(), one.pixels.tolist()
    ([0, 2, 3], [[-1, 0, 0], [-1, -1, 0]], [2, 1, 3])
    """
    n = size[0] * size[1]
    start = np.unique(np.concatenate([np.zeros(1, np.int64), *(at for at, _ in lines)]))
    start = start[start < n]
    said = np.stack(
        [codes[np.searchsorted(at, start, side="right") - 1] for at, codes in lines]
    ).astype(np.int32)
    length = np.diff(np.append(start, n))
    place = np.zeros(len(start), dtype=np.int64)
    for row in said:  # columns that are alike so far have one number
        span = int(row.max()) + 2
        _, place = np.unique(place * span + row + 1, return_inverse=True)
    many = int(place.max()) + 1
    first = np.full(many, len(start))
    np.minimum.at(first, place, np.arange(len(start)))
    pixels = np.bincount(place, length, many).astype(np.int64)
    return Canvas(item, workers, size, start, place, said[:, first], pixels)


def said_on(canvases: Sequence[Canvas], k: int) -> Said:
    """What was said on all canvases, in a row."""
    none = np.zeros(0, np.int64)
    reach = np.cumsum([0, *(len(one.pixels) for one in canvases)])
    canvas_of = np.repeat(np.arange(len(canvases)), np.diff(reach))
    pixels = np.concatenate([none, *(one.pixels for one in canvases)])
    of = np.concatenate(
        [
            none,
            *(
                np.repeat(np.arange(a, b), len(one.workers))
                for one, a, b in pieces(canvases, reach)
            ),
        ]
    )
    who = np.concatenate([none, *(np.tile(one.workers, len(one.pixels)) for one in canvases)])
    y = np.concatenate([none, *(one.said.T.ravel() for one in canvases)]).astype(np.int64)
    key, at = np.unique(of[y >= 0] * max(k, 1) + y[y >= 0], return_inverse=True)
    pair = np.full(len(of), -1)
    pair[y >= 0] = at.reshape(-1)
    return Said(canvas_of, pixels, of, who, y, key // max(k, 1), key % max(k, 1), pair)


def pieces(canvases: Sequence[Canvas], reach: Ints) -> Iterable[tuple[Canvas, int, int]]:
    """Each canvas with the places of its patterns, from the first to one after the last."""
    return zip(canvases, reach[:-1].tolist(), reach[1:].tolist(), strict=True)


def rims(canvases: Sequence[Canvas], k: int, by: int = NEAR) -> Floats:
    """(canvases, k) the pixels around what anybody drew of each class, at most ``by`` rows and
    columns away.

    >>> line = (np.array([0, 12, 13]), np.array([-1, 0, -1]))
    >>> rims([canvas(0, np.array([0]), (5, 5), [line])], 1, 1).tolist()
    [[8.0]]
    """
    found = np.zeros((len(canvases), k))
    for row, one in enumerate(canvases):
        length = one.length
        for y in np.unique(one.said[one.said >= 0]).tolist():
            drawn = (one.said == y).any(0)[one.pattern]
            start, stop = one.start[drawn], one.start[drawn] + length[drawn]
            runs = joined(np.zeros(len(start), np.int64), start, stop, 1)
            found[row, y] = _wider(runs, one.size, by) - int(runs.length.sum())
    return found


def _wider(runs: Runs, size: tuple[int, int], by: int) -> int:
    """The pixels of one region and around it."""
    _, row, left, right = row_runs(runs, size[1])
    rows = (row[:, None] + np.arange(-by, by + 1)).ravel()
    left = np.repeat(np.maximum(left - by, 0), 2 * by + 1)
    right = np.repeat(np.minimum(right + by, size[1]), 2 * by + 1)
    inside = (rows >= 0) & (rows < size[0])
    base = rows[inside] * size[1]
    none = np.zeros(len(base), np.int64)
    return int(joined(none, base + left[inside], base + right[inside], 1).length.sum())


@dataclass(frozen=True, eq=False)
class Decided:
    """The answer in each pattern: class ``y`` (u,), -1 for none, and its chance ``p`` (u,); the
    chance ``of_pair`` (q,) of every answer, and that of ``none`` (u,).
    """

    y: Ints
    p: Floats
    of_pair: Floats
    none: Floats

    __repr__ = by_fields

    def of_said(self, said: Said) -> Floats:
        """(e,) the chance that what was said is right."""
        return np.where(said.pair >= 0, self.of_pair[said.pair], self.none[said.of])


def decided(said: Said, pair: Floats, nothing: Floats, k: int) -> Decided:
    """The likeliest answer of each pattern, of equal ones none, then the class with more pixels.

    pair: (q,) log of how likely each answer is; nothing: (u,) the same of none; -inf for never.
    The chances of a pattern are made to sum to one.
    """
    many = len(said.pixels)
    top = nothing.copy()
    np.maximum.at(top, said.pair_of, pair)
    top = np.where(np.isfinite(top), top, 0.0)
    own, none = np.exp(pair - top[said.pair_of]), np.exp(nothing - top)
    total = none + np.bincount(said.pair_of, own, many)
    own, none = own / total[said.pair_of], none / np.where(total > 0, total, 1)
    given = said.y >= 0
    usual = np.bincount(said.y[given], said.pixels[said.of[given]], k)
    order = np.lexsort((-said.pair_y, usual[said.pair_y], np.round(own, 12)))
    last = np.full(many, -1)
    last[said.pair_of[order]] = order  # the last one written stays
    best = np.where(last >= 0, np.append(own, 0.0)[last], 0.0)
    wins = best > none * (1 + 1e-9)
    y = np.where(wins, np.append(said.pair_y, NO_CLASS)[last], NO_CLASS)
    return Decided(y, np.where(wins, best, none), own, none)


def shares_of(said: Said, weight: Floats) -> tuple[Floats, Floats]:
    """(q,) the share of the workers' weights (w,) behind each answer of a pattern, and (u,) that
    behind none.
    """
    many = len(said.pixels)
    force = weight[said.who]
    total = np.bincount(said.of, force, many)
    given = said.pair >= 0
    pair = np.bincount(said.pair[given], force[given], len(said.pair_of))
    none = np.bincount(said.of[~given], force[~given], many)
    return pair / total[said.pair_of], none / total


def share_behind(said: Said, y: Ints, w: int) -> Floats:
    """(u,) the share of the workers who gave the answer ``y`` (u,) of each pattern."""
    pair, none = shares_of(said, np.ones(w))
    span = int(max(said.pair_y.max(initial=0), y.max(initial=0))) + 1
    key = said.pair_of * span + said.pair_y  # rises
    place = np.searchsorted(key, np.arange(len(y)) * span + np.maximum(y, 0))
    return np.where(y >= 0, np.append(pair, 0.0)[np.minimum(place, len(pair))], none)
