"""Regions as class maps, picture by picture, beside what a model says of their pixels.

Labels are runs and stay in memory; maps of pixels and probabilities are made and read for one
picture at a time, wherever a block of pictures is worked on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.regions import NO_CLASS, Runs, areas, intersections, ranges
from reliabel.ops.regions import owners as run_owners

RUNS = 2**20  # runs of a block of pictures
BLOCK = 2**22  # numbers in the probabilities of a block of pictures


@dataclass(frozen=True, eq=False)
class Spans:
    """A picture's pixels, cut into spans that show one region each: where each begins, how many
    pixels it has, and its region, counted from the first row of the picture; -1 for none.
    """

    start: Ints
    length: Ints
    region: Ints

    __repr__ = by_fields

    def over(self, values: Ints) -> Ints:
        """(h * w,) the value of each pixel's span."""
        return np.repeat(values, self.length)


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture: its number, the regions of its rows ``first`` to ``last`` - 1, their classes,
    and its height and width (None where it has no region).
    """

    item: int
    first: int
    last: int
    runs: Runs
    y: Ints
    crowd: Any
    size: tuple[int, int] | None

    __repr__ = by_fields

    def parts(self) -> Bools:
        """(m,) which regions stand for a part of an earlier one, as the candidates do that
        ``prepare`` adds: they lie wholly in a region of their class, or have no class.
        """
        return np.asarray((self.y < 0) | (self.parents() >= 0))

    def parents(self) -> Ints:
        """(m,) the first region, counted from the first row of the picture, of the same class that
        holds all of a later one; -1 for what is in none.
        """
        found = np.full(len(self.y), -1)
        first = np.sort(self.runs.start)
        last = np.sort(self.runs.start + self.runs.length)
        if (first[1:] >= last[:-1]).all():  # no two share a pixel
            return found
        one, two, shared = intersections(self.runs, self.runs)
        inside = (two < one) & (self.y[one] == self.y[two]) & (self.y[one] >= 0)
        inside &= shared == areas(self.runs)[one]
        one, two = one[inside][::-1], two[inside][::-1]
        found[one] = two  # the first of them writes last
        return found

    def top(self, size: tuple[int, int]) -> Spans:
        """Which region lies on top where.  Crowds lie below all others.

        Regions are painted one after another on the spans between all ends of runs, of which there
        are far fewer than pixels.
        """
        n, runs = size[0] * size[1], self.runs
        if self.crowd is not None and self.crowd.any():
            order = np.argsort(~self.crowd, kind="stable")
            runs = runs.take(order)
        else:
            order = np.arange(len(runs))
        stop = runs.start + runs.length
        ends = np.sort(np.concatenate([np.array([0, n]), runs.start, stop]))
        ends = ends[np.append(True, ends[1:] != ends[:-1])]
        low, high = np.searchsorted(ends, runs.start), np.searchsorted(ends, stop)
        place, _ = ranges(low, high)
        region = np.full(len(ends) - 1, NO_CLASS, dtype=np.int64)
        region[place] = np.repeat(
            order[run_owners(runs)], high - low
        )  # the last of equal places stays
        return Spans(ends[:-1], np.diff(ends), region)

    def owners(self, size: tuple[int, int]) -> Ints:
        """(h * w,) the region that lies on top in each pixel, counted from the first row of the
        picture; -1 where none is.
        """
        spans = self.top(size)
        return spans.over(spans.region.astype(np.int32))

    def classes(self, region: Ints, bare: int) -> Ints:
        """The class of what shows some regions; ``bare`` where none is (-1) or it has no class, -1
        where nothing is known, as in crowds.
        """
        y = np.where(self.y < 0, bare, self.y)
        y = y if self.crowd is None else np.where(self.crowd, NO_CLASS, y)
        code: Ints = np.append(y, bare)[region]  # place -1 is the last
        return code


@dataclass(frozen=True, eq=False)
class PictureBlock:
    """The pictures ``start`` to ``stop`` - 1 of a label set with their probabilities; ``before``
    pictures were left out where the block was sent elsewhere.
    """

    start: int
    stop: int
    labels: Grouped[Regions]
    probs: PixelProbs | None
    before: int = 0

    __repr__ = by_fields

    def pictures(self) -> Iterator[tuple[Picture, Floats | None]]:
        """Each picture, and the probabilities of its pixels, read here."""
        for item in range(self.start, self.stop):
            probs = None if self.probs is None else self.probs[item]
            yield picture_of(self.labels, item, self.before), probs

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle only the pictures of the block."""
        rows = np.arange(self.start, self.stop)
        probs = None if self.probs is None else _own(self.probs, rows)
        part = self.labels.take(rows)
        return PictureBlock, (0, len(rows), part, probs, self.before + self.start)


def _own(probs: PixelProbs, rows: Ints) -> PixelProbs:
    part = probs.take(rows)
    if type(part.source) is np.ndarray and part.rows is not None:
        return PixelProbs(part.source[part.rows], part.names)
    return part


def picture_of(labels: Grouped[Regions], item: int, before: int = 0) -> Picture:
    """The picture of an item; before: how many pictures stood before the first of these labels."""
    units, first, last = labels.units, int(labels.offsets[item]), int(labels.offsets[item + 1])
    own = units.offsets[first : last + 1]
    span = slice(int(own[0]), int(own[-1]))
    runs = Runs(units.start[span], units.length[span], own - own[0])
    size = None if first == last else (int(units.size[first, 0]), int(units.size[first, 1]))
    crowd = None if units.crowd is None else units.crowd[first:last]
    return Picture(before + item, first, last, runs, units.y[first:last], crowd, size)


def shared_within(labels: Grouped[Regions]) -> tuple[Ints, Ints, Ints]:
    """The pairs of regions of one picture that share pixels, the earlier one first, and how many
    they share; found in blocks of pictures, so that memory does not grow with the data.
    """
    units, n = labels.units, len(labels)
    reached = units.offsets[labels.offsets]  # the first run of each picture
    block = reached // RUNS
    starts = (
        np.flatnonzero(np.append(True, block[1:n] != block[: n - 1])) if n else np.zeros(0, int)
    )
    parts = []
    for a, b in zip(starts.tolist(), np.append(starts[1:], n).tolist(), strict=True):
        first, last = int(labels.offsets[a]), int(labels.offsets[b])
        own = units.offsets[first : last + 1]
        span = slice(int(own[0]), int(own[-1]))
        runs = Runs(units.start[span], units.length[span], own - own[0])
        item = np.repeat(np.arange(b - a), np.diff(labels.offsets[a : b + 1]))
        one, two, shared = intersections(runs, runs, (item, item))
        pair = one < two
        parts.append((one[pair] + first, two[pair] + first, shared[pair]))
    empty = np.zeros(0, np.int64)
    one, two, shared = (np.concatenate([empty, *(part[at] for part in parts)]) for at in range(3))
    return one, two, shared


def picture_blocks(
    labels: Grouped[Regions], probs: PixelProbs | None, k: int
) -> list[PictureBlock]:
    """The pictures in blocks of about as many numbers each; how they are cut depends on their sizes
    alone.  k: classes of the probabilities.
    """
    units, n = labels.units, len(labels)
    area = np.ones(n, dtype=np.int64)
    some = np.flatnonzero(np.diff(labels.offsets))
    area[some] = units.size[labels.offsets[some]].prod(1)
    block = np.cumsum(area * max(k, 1)) // BLOCK
    starts = np.flatnonzero(np.append(True, block[1:] != block[:-1])) if n else np.zeros(0, int)
    ends = np.append(starts[1:], n)
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return [PictureBlock(a, b, labels, probs) for a, b in pairs]
