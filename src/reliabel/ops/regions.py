"""Regions of pictures as runs of pixels: from and to masks and class maps, connected parts, areas,
boxes and overlaps.

A run is a ``start`` and a ``length`` in pixels of its picture, numbered row by row from 0.  Region
j owns the runs ``offsets[j]:offsets[j + 1]``; they are sorted, do not overlap and do not touch, so
that equal regions have equal runs.  Functions take anything with these three arrays: ``Runs`` and
the label kind ``Regions`` alike.  Work is on whole arrays: no loop over pixels, runs or regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from reliabel.core.labels import Bools, Floats, Index, Ints
from reliabel.core.short_repr import by_fields

NO_CLASS = -1  # of a pixel that belongs to no region


class HasRuns(Protocol):
    """What holds regions as runs."""

    @property
    def start(self) -> Ints: ...
    @property
    def length(self) -> Ints: ...
    @property
    def offsets(self) -> Ints: ...


@dataclass(frozen=True, eq=False)
class Runs:
    """Regions as runs of pixels: region j owns the runs ``offsets[j]:offsets[j + 1]``."""

    start: Ints
    length: Ints
    offsets: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, index: Index) -> Runs:
        """The regions at some places."""
        chosen = np.arange(len(self))[index]
        run, offsets = ranges(self.offsets[chosen], self.offsets[chosen + 1])
        return Runs(self.start[run], self.length[run], offsets)


def ranges(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """The numbers of several ranges one after another, and where each range begins.

    >>> flat, offsets = ranges(np.array([5, 0]), np.array([8, 2]))
    >>> flat.tolist(), offsets.tolist()
    ([5, 6, 7, 0, 1], [0, 3, 5])
    """
    size = np.asarray(stop, np.int64) - start
    offsets = np.concatenate([[0], np.cumsum(size)])
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1] - start, size), offsets


def owners(regions: HasRuns) -> Ints:
    """(r,) the region of each run."""
    return np.repeat(np.arange(len(regions.offsets) - 1), np.diff(regions.offsets))


def joined(owner: ArrayLike, start: ArrayLike, stop: ArrayLike, m: int) -> Runs:
    """Regions 0 .. m - 1 of spans of pixels in any order, which may touch and overlap; empty spans
    are left out.

    >>> runs = joined([1, 0, 1], [4, 0, 2], [6, 2, 4], 2)
    >>> runs.start.tolist(), runs.length.tolist(), runs.offsets.tolist()
    ([0, 2], [2, 4], [0, 1, 2])
    """
    own, left, right = (np.asarray(one, np.int64) for one in (owner, start, stop))
    some = right > left
    own, left, right = own[some], left[some], right[some]
    if not len(own):
        return Runs(own, own, np.zeros(m + 1, np.int64))
    apart = int(right.max()) + 1  # so that regions never touch on the common line
    first, last = left + own * apart, right + own * apart
    order = np.argsort(first, kind="stable")
    first, reached = first[order], np.maximum.accumulate(last[order])
    new = np.append(True, first[1:] > reached[:-1])
    begin, end = first[new], reached[np.append(new[1:], True)]
    own = begin // apart
    return Runs(begin - own * apart, end - begin, np.searchsorted(own, np.arange(m + 1)))


def mask_runs(mask: ArrayLike) -> Runs:
    """A mask as one region.

    >>> runs = mask_runs([[0, 1, 1], [1, 0, 1]])
    >>> runs.start.tolist(), runs.length.tolist()
    ([1, 5], [3, 1])
    """
    flat = np.asarray(mask, dtype=bool).ravel()
    edge = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).view(np.int8)))
    start, stop = edge[::2], edge[1::2]
    return Runs(start, stop - start, np.array([0, len(start)]))


def masks_runs(masks: ArrayLike) -> Runs:
    """Masks (m, h, w) of one picture as m regions."""
    stack = np.asarray(masks, dtype=bool)
    m, size = len(stack), int(np.prod(stack.shape[1:]))
    runs = mask_runs(stack)  # runs over the ends of masks are cut below
    first, last = runs.start // max(size, 1), (runs.start + runs.length - 1) // max(size, 1)
    mask, offsets = ranges(first, last + 1)
    run = np.repeat(np.arange(len(first)), np.diff(offsets))
    start = np.maximum(runs.start[run], mask * size) - mask * size
    stop = np.minimum(runs.start[run] + runs.length[run], (mask + 1) * size) - mask * size
    return joined(mask, start, stop, m)


def pixels(regions: HasRuns) -> tuple[Ints, Ints]:
    """The region and the number of each pixel, region by region."""
    pixel, _ = ranges(regions.start, regions.start + regions.length)
    return np.repeat(owners(regions), regions.length), pixel


def mask_of(regions: HasRuns, region: int, size: tuple[int, int] | Ints) -> Bools:
    """(h, w) the mask of one region."""
    span = slice(int(regions.offsets[region]), int(regions.offsets[region + 1]))
    start, length = regions.start[span], regions.length[span]
    mask = np.zeros(int(size[0]) * int(size[1]), dtype=bool)
    mask[ranges(start, start + length)[0]] = True
    return mask.reshape(int(size[0]), int(size[1]))


def painted(
    regions: HasRuns, size: tuple[int, int] | Ints, values: ArrayLike | None = None
) -> Ints:
    """(h, w) the regions of one picture painted one after another, so that later ones lie on top:
    each with its value (default: its class ``y``), -1 where no region is.

    >>> painted(Runs(np.array([0, 4]), np.array([4, 2]), np.array([0, 1, 2])), (2, 3), [7, 5])
    array([[7, 7, 7],
           [7, 5, 5]], dtype=int32)
    """
    value: Any = getattr(regions, "y", None) if values is None else values
    if value is None:
        value = np.arange(len(regions.offsets) - 1)
    owner, pixel = pixels(regions)
    flat = np.full(int(size[0]) * int(size[1]), NO_CLASS, dtype=np.int32)
    flat[pixel] = np.asarray(value, dtype=np.int32)[owner]  # the last of equal places stays
    return flat.reshape(int(size[0]), int(size[1]))


def row_runs(regions: HasRuns, width: int | Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Runs cut where picture rows end: region, row, first column and one after the last.

    width: of the picture, or (m,) of the picture of each region.
    """
    owner = owners(regions)
    wide = np.maximum(np.broadcast_to(width, (len(regions.offsets) - 1,))[owner], 1)
    stop = regions.start + regions.length
    row, offsets = ranges(regions.start // wide, (stop - 1) // wide + 1)
    run = np.repeat(np.arange(len(owner)), np.diff(offsets))
    left = np.maximum(regions.start[run] - row * wide[run], 0)
    right = np.minimum(stop[run] - row * wide[run], wide[run])
    return owner[run], row, left, right


def areas(regions: HasRuns) -> Ints:
    """(m,) the pixels of each region."""
    reached = np.concatenate([[0], np.cumsum(regions.length)])
    return np.diff(reached[regions.offsets])


def boxes(regions: HasRuns, width: int | Ints) -> Floats:
    """(m, 4) left, top, right and bottom edge of each region; NaN where it has no pixel.

    >>> boxes(mask_runs([[0, 0, 0], [0, 1, 1], [0, 0, 1]]), 3).tolist()
    [[1.0, 1.0, 3.0, 3.0]]
    """
    owner, row, left, right = row_runs(regions, width)
    m = len(regions.offsets) - 1
    box = np.full((m, 4), np.nan)
    if not len(owner):
        return box
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    some = owner[first]
    box[some, 0] = np.minimum.reduceat(left, first)
    box[some, 1] = row[first]
    box[some, 2] = np.maximum.reduceat(right, first)
    box[some, 3] = np.maximum.reduceat(row, first) + 1
    return box


def class_parts(classes: ArrayLike, ignore: int = NO_CLASS) -> tuple[Runs, Ints]:
    """The connected parts of each class of a class map, in the order of their first pixels, and
    their classes.  Pixels that touch at a corner are connected; pixels of ``ignore`` are in none.

    >>> parts, y = class_parts([[0, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1], [2, 1, 0, 2]])
    >>> y.tolist(), parts.offsets.tolist()
    ([0, 1, 2, 0, 2], [0, 3, 7, 8, 9, 10])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    grid = np.asarray(classes)
    width = grid.shape[1]
    empty = np.zeros(0, np.int64)
    if not grid.size:
        return Runs(empty, empty, np.zeros(1, np.int64)), empty
    new = np.ones(grid.shape, dtype=bool)
    np.not_equal(grid[:, 1:], grid[:, :-1], out=new[:, 1:])
    start = np.flatnonzero(new)
    stop = np.append(start[1:], grid.size)
    y = grid.ravel()[start].astype(np.int64)
    keep = y != ignore
    start, stop, y = start[keep], stop[keep], y[keep]
    if not len(start):
        return Runs(empty, empty, np.zeros(1, np.int64)), empty
    row = start // width
    # a run touches those of the next row that begin at or before its end and end at or after its
    # start: all columns are one further in the common order, for the corners
    low = np.searchsorted(stop, start + width, side="left")
    high = np.searchsorted(start, stop + width, side="right")
    below, offsets = ranges(low, np.maximum(high, low))
    above = np.repeat(np.arange(len(start)), np.diff(offsets))
    touch = (row[below] == row[above] + 1) & (y[below] == y[above])
    pair = (above[touch], below[touch])
    graph = coo_array((np.ones(len(pair[0]), np.int8), pair), shape=(len(start), len(start)))
    count, part = connected_components(graph, directed=False)
    _, first = np.unique(part, return_index=True)
    place = np.empty(count, np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(count)
    return joined(place[part], start, stop, count), y[np.sort(first)]


def intersections(
    a: HasRuns, b: HasRuns, picture: tuple[Ints, Ints] | None = None
) -> tuple[Ints, Ints, Ints]:
    """The pairs of regions of two sets that share pixels, and how many they share.

    picture: the picture of each region of a and of b; without it all lie in one.

    >>> one, two = mask_runs([[1, 1, 1, 0]]), masks_runs([[[0, 1, 1, 1]], [[0, 0, 0, 1]]])
    >>> [found.tolist() for found in intersections(one, two)]
    [[0], [0], [2]]
    """
    empty = np.zeros(0, np.int64)
    mine, theirs = owners(a), owners(b)
    if not len(mine) or not len(theirs):
        return empty, empty, empty
    begin, end = a.start.astype(np.int64), (a.start + a.length).astype(np.int64)
    other, after = b.start.astype(np.int64), (b.start + b.length).astype(np.int64)
    if picture is not None:
        apart = max(int(end.max()), int(after.max()))
        here, there = picture[0][mine] * apart, picture[1][theirs] * apart
        begin, end, other, after = begin + here, end + here, other + there, after + there
    order = np.argsort(other, kind="stable")
    other, after, theirs = other[order], after[order], theirs[order]
    low = np.searchsorted(np.maximum.accumulate(after), begin, side="right")
    high = np.searchsorted(other, end, side="left")
    run, offsets = ranges(low, np.maximum(high, low))
    own = np.repeat(np.arange(len(begin)), np.diff(offsets))
    shared = np.minimum(end[own], after[run]) - np.maximum(begin[own], other[run])
    real = shared > 0
    own, run, shared = own[real], run[real], shared[real]
    n = len(b.offsets) - 1
    pair, at = np.unique(mine[own] * n + theirs[run], return_inverse=True)
    count = np.bincount(at, weights=shared, minlength=len(pair)).astype(np.int64)
    return pair // max(n, 1), pair % max(n, 1), count


def overlaps(
    a: HasRuns, b: HasRuns, picture: tuple[Ints, Ints] | None = None
) -> tuple[Ints, Ints, Floats]:
    """The pairs of regions of two sets that share pixels, and their intersection over union."""
    one, two, shared = intersections(a, b, picture)
    union = areas(a)[one] + areas(b)[two] - shared
    return one, two, shared / union


def edge_pixels(classes: ArrayLike) -> Bools:
    """(h, w) the pixels of a class map with another class above, below, left or right of them."""
    grid = np.asarray(classes)
    edge = np.zeros(grid.shape, dtype=bool)
    across, down = grid[:, 1:] != grid[:, :-1], grid[1:] != grid[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge


def near_edges(classes: ArrayLike, within: int = 2) -> Bools:
    """(h, w) the pixels at most ``within`` pixels from a border between classes, the two beside it
    counted as the first.

    >>> near_edges([[0, 0, 0, 1, 1, 1, 1]], 2).tolist()
    [[False, True, True, True, True, False, False]]
    """
    if within <= 0:
        return np.zeros(np.shape(classes), dtype=bool)
    return widened(edge_pixels(classes), within - 1)


def widened(mask: Bools, by: int) -> Bools:
    """(h, w) the pixels at most some rows and columns from one of a mask: first along the rows,
    then along the columns, whole rows at once.

    >>> widened(np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]], bool), 1).astype(int).tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    """
    across = mask.copy()
    for step in range(1, min(by, mask.shape[1] - 1) + 1):
        across[:, step:] |= mask[:, :-step]
        across[:, :-step] |= mask[:, step:]
    wide = across.copy()
    for step in range(1, min(by, len(mask) - 1) + 1):
        wide[step:] |= across[:-step]
        wide[:-step] |= across[step:]
    return wide
