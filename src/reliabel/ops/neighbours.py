"""The nearest items of each item, by cosine of centred rows: exact in tiles.

Exact copies are grouped first: an item sees its own copies (distance 0, in at most half of its places while others could fill them), then one
item of every other group.  Ties are broken by row number, and the answer does not depend on how the work is cut into tiles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import track
from reliabel.ops.chunks import cut, rows, spans, total
from reliabel.ops.copies import same_rows

Rows = Callable[[Any], Floats]  # slice or row numbers -> centred rows of length one, float32
TILE = 4096  # rows of a tile: 64 MiB of similarities at a time
COPY = 2**31  # features that take more bytes than this as float32 are read from where they are
SLACK = 4e-6  # how far a float32 product of unit rows may be off
FAR = np.float32(-np.inf)


def nearest(features: Any, *, j: int, target: float = 0.95, seed: int = 0, centre: bool = True) -> Neighbours:
    """The j nearest other items of each of the (n, d) features; any real dtype, arrays and memory maps alike.

    Distance is 1 - cosine of the centred rows; a row that is zero then is at distance 1 from all but its copies.  With fewer than j others,
    or copies that crowd a tiny set, the last places are -1 at distance infinity.

    >>> x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> nearest(x, j=2, centre=False).index.tolist()
    [[1, 3], [0, 3], [3, 1], [2, 1]]
    """
    n = _checked(features, j)
    first = same_rows(features)
    kept = np.flatnonzero(first == np.arange(n))
    take, zero = _units(features, kept, centre)
    index, distance = _exact(take, zero, min(j, len(kept) - 1))
    method = "exact"
    found = np.where(index < 0, -1, kept[index]) if len(kept) < n else index
    found, distance = _expand(found, distance, first, kept, j) if len(kept) < n else _padded(found, distance, j)
    return Neighbours(found, distance, method=method)


def reach(features: Any, *, centre: bool = True) -> Callable[[int], Floats]:
    """A function that gives the distance (n,) of all items from one, for lists that are too short to show a whole crowd."""
    n = len(features)
    take = _units(features, np.arange(n), centre)[0]

    def far(item: int) -> Floats:
        own = take(slice(item, item + 1))[0]
        distance = np.concatenate([1 - take(slice(*span)) @ own for span in spans(n, features.shape[1])])
        distance[item] = 0
        return np.asarray(np.maximum(distance, 0))

    return far


def hubness(neighbours: Neighbours) -> float:
    """Skewness of how often each item is among the neighbours of others; above 3 a few hubs stand in most lists (0 when all are equal).

    >>> hubness(Neighbours(np.array([[1], [0], [0], [0]]), np.zeros((4, 1)))) > 0.5
    True
    """
    times = np.bincount(neighbours.index[neighbours.index >= 0], minlength=len(neighbours.index)).astype(float)
    off = times - times.mean()
    spread = float((off**2).mean())
    return float((off**3).mean() / spread**1.5) if spread > 0 else 0.0


def _checked(features: Any, j: int) -> int:
    if getattr(features, "ndim", 0) != 2 or features.dtype.kind not in "fiub":
        raise ValueError(
            f"neighbours need features (n, d) of real numbers, got {getattr(features, 'dtype', type(features).__name__)} of shape {np.shape(features)}"
        )
    if len(features) < 2:
        raise ValueError(f"neighbours need at least two items, got {len(features)}")
    if j < 1:
        raise ValueError(f"neighbours: j must be at least 1, got {j}")
    bad = rows(lambda block: ~np.isfinite(block.read()[0]).all(1), cut(features))
    if bad.any():
        raise ValueError(f"{int(bad.sum())} rows of the features hold NaN or infinity (the first is row {int(bad.argmax())}); fill or drop them first")
    return len(features)


def _units(features: Any, kept: Ints, centre: bool) -> tuple[Rows, Bools]:
    """How to read the kept rows, centred and of length one, and which of them are zero."""
    n, d = features.shape
    mean = total(lambda block: block.read()[0].sum(0, dtype=np.float64), cut(features)) / n if centre else np.zeros(d)
    size = np.abs(total(lambda block: np.square(block.read()[0], dtype=np.float64).sum(0), cut(features)) / n)
    small = 1e-7 * float(np.sqrt(size.sum()))  # a centred row shorter than this is rounding, not direction
    whole = len(kept) == n

    def unit(at: Any) -> Floats:
        block = np.asarray(features[at if whole else kept[at]], dtype=np.float64) - mean
        length = np.sqrt(np.einsum("nd,nd->n", block, block))[:, None]
        return np.asarray(np.divide(block, length, out=np.zeros_like(block), where=length > small), dtype=np.float32)

    if 4 * len(kept) * d > COPY:
        zero = np.concatenate([~unit(slice(*span)).any(1) for span in spans(len(kept), d)])
        return unit, zero
    copy = np.concatenate([unit(slice(*span)) for span in spans(len(kept), d)])
    return lambda at: copy[at], np.asarray(~copy.any(1))


def _exact(take: Rows, zero: Bools, j: int) -> tuple[Ints, Floats]:
    """Each pair of tiles is multiplied once and serves both; the winners are measured again, so that tiles leave no trace."""
    n = len(zero)
    if j < 1:
        return np.empty((n, 0), dtype=np.int32), np.empty((n, 0), dtype=np.float32)
    spare = min(j + 8 + j // 8, n - 1)
    index, close = np.full((n, spare), -1, dtype=np.int32), np.full((n, spare), FAR)
    tiles = [(start, min(start + TILE, n)) for start in range(0, n, TILE)]
    pairs = [(a, b) for place, a in enumerate(tiles) for b in tiles[place:]]
    for a, b in track("neighbours", pairs):
        s = take(slice(*a)) @ take(slice(*b)).T
        if a == b:
            np.fill_diagonal(s, FAR)
        else:
            _gather(index[slice(*b)], close[slice(*b)], s.T, a[0])
        _gather(index[slice(*a)], close[slice(*a)], s, b[0])
    return _settle(take, zero, index, close, j)


def _gather(index: Ints, close: Floats, s: Floats, start: int) -> None:
    """Keep the closest in place: ``s`` (rows, columns) are similarities to the items start, start + 1, ..."""
    width = index.shape[1]
    step = 4 * width if close[0, 0] == FAR else s.shape[1]  # nothing to compare with yet: a first few columns set the bar for the rest
    done = 0
    while done < s.shape[1]:
        part = s[:, done : done + step]
        bar = close.min(1)
        if part.flags.c_contiguous or part.strides[1] < part.strides[0]:
            row, column = np.divmod(np.flatnonzero(part > bar[:, None]), part.shape[1])
        else:  # a transposed product: look at it as it lies in memory
            column, row = np.divmod(np.flatnonzero(bar < part.T), part.shape[0])
            order = np.argsort(row.astype(np.uint16), kind="stable")  # sixteen bits sort by radix
            row, column = row[order], column[order]
        _merge(index, close, row, column + (start + done), part[row, column])
        done, step = done + step, s.shape[1]


def _merge(index: Ints, close: Floats, row: Ints, item: Ints, value: Floats) -> None:
    """Put the survivors (sorted by row) beside what each row holds and keep the best."""
    if not len(row):
        return
    width = index.shape[1]
    who, start, count = np.unique(row, return_index=True, return_counts=True)
    place = width + np.arange(len(row)) - np.repeat(start, count)
    at = np.repeat(np.arange(len(who)), count)
    both_close = np.full((len(who), width + int(count.max())), FAR)
    both_index = np.full(both_close.shape, -1, dtype=np.int32)
    both_close[:, :width], both_index[:, :width] = close[who], index[who]
    both_close[at, place], both_index[at, place] = value, item
    best = np.argpartition(both_close, -width, axis=1)[:, -width:]
    close[who], index[who] = np.take_along_axis(both_close, best, 1), np.take_along_axis(both_index, best, 1)


def _settle(take: Rows, zero: Bools, index: Ints, close: Floats, j: int) -> tuple[Ints, Floats]:
    """Measure the winners again, order them, and search again where the places past the j-th were too close to call."""
    n, width = index.shape
    out, distance = _measured(take, zero, index)
    if width < n - 1:
        ranked = np.partition(close, width - j, axis=1)
        bar, last = ranked[:, width - j], close.min(1)
        for start in range(0, n, 256):
            row = start + np.flatnonzero(bar[start : start + 256] - last[start : start + 256] <= 2 * SLACK)
            if len(row):
                _search(take, zero, row, bar[row], out, distance)
    return out[:, :j], distance[:, :j]


def _search(take: Rows, zero: Bools, row: Ints, bar: Floats, index: Ints, distance: Floats) -> None:
    own = take(row)
    found: list[list[Ints]] = [[] for _ in row]
    for start in range(0, len(zero), TILE):
        s = own @ take(slice(start, start + TILE)).T
        for place, line in enumerate(s >= (bar - 2 * SLACK)[:, None]):
            found[place].append(np.flatnonzero(line) + start)
    for item, parts in zip(row, found, strict=True):
        others = np.concatenate(parts)
        others = others[others != item]
        best, far = _measured(take, zero, others[None], np.array([item]))
        index[item], distance[item] = best[0, : index.shape[1]], far[0, : index.shape[1]]


def _measured(take: Rows, zero: Bools, index: Ints, row: Ints | None = None) -> tuple[Ints, Floats]:
    """The neighbours in order of distance, then of number; half the squared difference of unit rows keeps its digits where 1 - cosine loses them."""
    row = np.arange(len(index)) if row is None else row
    index = np.sort(index, axis=1)
    distance = np.empty(index.shape, dtype=np.float32)
    width = take(slice(0, 1)).shape[1]
    step = max(1, 2**23 // max(1, width * index.shape[1]))
    for start in range(0, len(index), step):
        some = slice(start, start + step)
        apart = take(index[some].ravel()).reshape(*index[some].shape, width)
        apart -= take(row[some])[:, None]
        np.einsum("njd,njd->nj", apart, apart, out=distance[some])
    distance /= 2
    distance[zero[index] | zero[row][:, None]] = 1
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(index, order, 1), np.take_along_axis(distance, order, 1)


def _expand(index: Ints, distance: Floats, first: Ints, kept: Ints, j: int) -> tuple[Ints, Floats]:
    """From one item a group to all items: own copies first, then those of the group's first item."""
    n = len(first)
    place = np.searchsorted(kept, first)
    order = np.argsort(first, kind="stable")
    size = np.bincount(place)
    start = np.cumsum(size) - size
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - np.repeat(start, size)
    others = index.shape[1]
    room = np.minimum(size[place] - 1, max(j - others, (j + 1) // 2))  # places for own copies
    out, far = np.full((n, j), -1, dtype=np.int32), np.full((n, j), np.float32(np.inf))
    for count in np.unique(room):
        row = np.flatnonzero(room == count)
        rest = min(others, j - count)
        step = rank[row][:, None] + 1 + np.arange(count)  # the next ones round the group, so that no copy is everybody's neighbour
        out[row, :count] = np.sort(order[start[place[row]][:, None] + step % size[place[row]][:, None]], axis=1)
        far[row, :count] = 0
        out[row, count : count + rest], far[row, count : count + rest] = index[place[row], :rest], distance[place[row], :rest]
    return out, far


def _padded(index: Ints, distance: Floats, j: int) -> tuple[Ints, Floats]:
    missing = ((0, 0), (0, j - index.shape[1]))
    return np.pad(index, missing, constant_values=-1), np.pad(distance, missing, constant_values=np.inf)
