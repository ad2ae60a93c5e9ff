"""Exact nearest neighbours over all pairs of unit rows, in tiles.

Each pair of tiles is multiplied once and serves both sides.  Candidate lists are a few places
longer than asked for; candidates are measured again row by row, and a row is searched again if
rounding could have hidden a neighbour.  So the result does not depend on the tile size, to the
last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import stop_if_cancelled, track
from reliabel.ops.chunks import spans

TakeRows = Callable[[Any], Floats]  # slice or row numbers -> rows of length one (or zero), float32
TILE = 4096  # rows of a tile: 64 MiB of similarities at a time
SLACK = 4e-6  # bound on the rounding error of a float32 product of unit rows
FAR = np.float32(-np.inf)


def exact(take: TakeRows, zero: Bools, j: int) -> tuple[Ints, Floats]:
    """The j nearest rows of each row and their distances."""
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
            gather(index[slice(*b)], close[slice(*b)], s.T, a[0])
        gather(index[slice(*a)], close[slice(*a)], s, b[0])
    return _remeasured(take, zero, index, close, j)


def gather(index: Ints, close: Floats, s: Floats, start: int) -> None:
    """Update the lists in place with similarities ``s`` (rows, columns) to items start, start + 1,
    ...
    """
    width = index.shape[1]
    # lists are empty: a few columns set the threshold for as many more, and so on
    step = 4 * width if close[0, 0] == FAR else s.shape[1]
    done = 0
    if step < s.shape[1] and close[0, 0] == FAR:
        part = np.ascontiguousarray(s[:, :step])
        best = np.argpartition(part, step - width, axis=1)[:, step - width :]
        index[:], close[:] = best + start, np.take_along_axis(part, best, 1)
        done = step
    while done < s.shape[1]:
        part = s[:, done : done + step]
        bar = close.min(1)
        if part.flags.c_contiguous or part.strides[1] < part.strides[0]:
            row, column = np.divmod(np.flatnonzero(part > bar[:, None]), part.shape[1])
        else:  # a transposed product is read in the order of its memory
            column, row = np.divmod(np.flatnonzero(bar < part.T), part.shape[0])
            order = np.argsort(row.astype(np.uint16), kind="stable")  # sixteen bits sort by radix
            row, column = row[order], column[order]
        merge(index, close, row, column + (start + done), part[row, column])
        done, step = done + step, done + step


def merge(index: Ints, close: Floats, row: Ints, item: Ints, value: Floats) -> None:
    """Merge new candidates (sorted by row) into the lists and keep the best of each row.

    Rows with few and with many candidates are merged separately, so that padding stays small.
    """
    width = index.shape[1]
    start = np.flatnonzero(np.diff(row, prepend=-1))
    who, count = row[start], np.diff(start, append=len(row))
    place = np.arange(len(row)) - np.repeat(start, count)
    level = np.ceil(np.log2(np.maximum(count / width, 1))).astype(int)
    for some in np.unique(level):
        mine, each = level == some, np.repeat(level == some, count)
        at, beside = np.repeat(np.arange(int(mine.sum())), count[mine]), width + place[each]
        both_close = np.full((int(mine.sum()), width + int(count[mine].max())), FAR)
        both_index = np.full(both_close.shape, -1, dtype=np.int32)
        both_close[:, :width], both_index[:, :width] = close[who[mine]], index[who[mine]]
        both_close[at, beside], both_index[at, beside] = value[each], item[each]
        best = np.argpartition(both_close, -width, axis=1)[:, -width:]
        close[who[mine]], index[who[mine]] = (
            np.take_along_axis(both_close, best, 1),
            np.take_along_axis(both_index, best, 1),
        )


def _remeasured(
    take: TakeRows, zero: Bools, index: Ints, close: Floats, j: int
) -> tuple[Ints, Floats]:
    """Measure the candidates again and order them; search a row again where rounding could have
    hidden a neighbour.
    """
    n, width = index.shape
    if width == n - 1:
        return measured(take, zero, index, j)
    bar = np.concatenate(
        [np.partition(close[a:b], width - j, axis=1)[:, width - j] for a, b in spans(n, width)]
    )
    last = close.min(1)
    out, distance = measured(take, zero, index, j)
    for start in range(0, n, 256):
        row = start + np.flatnonzero(
            bar[start : start + 256] - last[start : start + 256] <= 2 * SLACK
        )
        if len(row):
            _search(take, zero, row, bar[row], out, distance)
    return out, distance


def _search(
    take: TakeRows, zero: Bools, row: Ints, bar: Floats, index: Ints, distance: Floats
) -> None:
    own = take(row)
    found: list[list[Ints]] = [[] for _ in row]
    for start in range(0, len(zero), TILE):
        s = own @ take(slice(start, start + TILE)).T
        for place, line in enumerate(s >= (bar - 2 * SLACK)[:, None]):
            found[place].append(np.flatnonzero(line) + start)
    for item, parts in zip(row, found, strict=True):
        others = np.concatenate(parts)
        index[item], distance[item] = _line(
            take, zero, int(item), others[others != item], index.shape[1]
        )


def measured(
    take: TakeRows, zero: Bools, index: Ints, j: int, row: Ints | None = None
) -> tuple[Ints, Floats]:
    """The j nearest of each row's candidates in order of distance, then of number.

    row: which rows the candidates are of; None means all in order.
    """
    n, width = index.shape
    out, distance = np.empty((n, j), dtype=np.int32), np.empty((n, j), dtype=np.float32)
    step = max(1, 2**23 // max(1, take(slice(0, 1)).shape[1] * width))
    for start in range(0, n, step):
        stop_if_cancelled()
        some = slice(start, min(start + step, n))
        own = some if row is None else row[some]
        out[some], distance[some] = _ordered(take, zero, take(own), zero[own], index[some], j)
    return out, distance


def _line(take: TakeRows, zero: Bools, item: int, others: Ints, j: int) -> tuple[Ints, Floats]:
    at = np.array([item])
    index, distance = _ordered(take, zero, take(at), zero[at], others[None], j)
    return index[0], distance[0]


def _ordered(
    take: TakeRows, zero: Bools, own: Floats, void: Bools, index: Ints, j: int
) -> tuple[Ints, Floats]:
    """Half the squared difference of unit rows, which keeps the precision that 1 - cosine loses at
    small distances.  Empty places (-1) come last.
    """
    index = np.sort(index, axis=1)
    apart = take(index.ravel()).reshape(*index.shape, own.shape[1])
    apart -= own[:, None]
    distance = np.einsum("njd,njd->nj", apart, apart) / np.float32(2)
    distance[zero[index] | void[:, None]] = 1
    distance[index < 0] = np.inf
    best = np.argsort(distance, axis=1, kind="stable")[:, :j]
    return np.take_along_axis(index, best, 1), np.take_along_axis(distance, best, 1)
