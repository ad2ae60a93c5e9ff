"""Exact nearest neighbours over all pairs of unit rows, in tiles.

Rows are cut into parts.  Each part is compared with itself, then with the part after it, the one
after that, and so on around a circle: each pair of tiles is multiplied once and serves both sides.
The pairs of parts of one round are blocks of work, and what they find above the bar of each row is
merged into its list before the next round.  Candidate lists are a few places longer than asked for;
candidates are measured again row by row, and a row is searched again if rounding could have hidden
a neighbour.  So the result does not depend on the size of tiles and parts, to the last bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import Rated, current, stop_if_cancelled, track
from reliabel.ops.chunks import RowBlock, constant, cut, rows, spans

TakeRows = Callable[[Any], Floats]  # slice or row numbers -> rows of length one (or zero), float32
TILE = 4096  # rows of a tile: 64 MiB of similarities at a time
PARTS = 16  # at most, into which rows are cut, none smaller than a tile
SLACK = 4e-6  # bound on the rounding error of a float32 product of unit rows
RATE = 50  # operations that measuring one number of a candidate counts for: it is fetched first
FAR = np.float32(-np.inf)
Span = tuple[int, int]
Found = tuple[Ints, Ints, Floats]  # rows in order, an item for each and its similarity


def exact(take: TakeRows, zero: Bools, j: int) -> tuple[Ints, Floats]:
    """The j nearest rows of each row and their distances."""
    n = len(zero)
    if j < 1:
        return np.empty((n, 0), dtype=np.int32), np.empty((n, 0), dtype=np.float32)
    spare = min(j + 8 + j // 8, n - 1)
    size = max(TILE, -(-n // PARTS))
    parts = [(start, min(start + size, n)) for start in range(0, n, size)]
    told = track("neighbours", range(len(parts) * (len(parts) + 1) // 2))
    index, close = _within_parts(take, parts, spare, told)
    for step in range(1, len(parts) // 2 + 1):
        _round(take, _pairs(parts, step), index, close, told)
    deque(told, maxlen=0)  # the last step is told when it is done
    return _remeasured(take, zero, index, close, j)


def _within_parts(
    take: TakeRows, parts: list[Span], width: int, told: Iterator[int]
) -> tuple[Ints, Floats]:
    """The lists of each row among the rows of its own part."""
    n = parts[-1][1]
    index, close = np.full((n, width), -1, dtype=np.int32), np.full((n, width), FAR)

    def work(part: Span) -> tuple[Span, Ints, Floats]:
        shape = (part[1] - part[0], width)
        own, values = np.full(shape, -1, dtype=np.int32), np.full(shape, FAR)
        for a, b in _tiles(part, part):
            s = take(slice(*a)) @ take(slice(*b)).T
            x, y = slice(a[0] - part[0], a[1] - part[0]), slice(b[0] - part[0], b[1] - part[0])
            if a == b:
                np.fill_diagonal(s, FAR)
            else:
                gather(own[y], values[y], s.T, a[0])
            gather(own[x], values[x], s, b[0])
        return part, own, values

    def keep(found: tuple[Span, Ints, Floats]) -> None:
        next(told)
        index[slice(*found[0])], close[slice(*found[0])] = found[1:]

    current().executor(Rated(work, _operations(take, parts[0], parts[0]) / 2), parts, keep)
    return index, close


def _round(
    take: TakeRows,
    pairs: list[tuple[Span, Span]],
    index: Ints,
    close: Floats,
    told: Iterator[int],
) -> None:
    """Compare the parts of each pair and merge what is nearer than the last of a row's list."""
    bar = constant(close.min(1))

    def work(pair: tuple[Span, Span]) -> list[Found]:
        found: list[Found] = []
        for a, b in _tiles(*pair):
            s = take(slice(*a)) @ take(slice(*b)).T
            row, column = np.divmod(np.flatnonzero(s > bar[slice(*a), None]), s.shape[1])
            found.append((row + a[0], column + b[0], s[row, column]))
            row, column = np.divmod(np.flatnonzero(s > bar[slice(*b)]), s.shape[1])
            order = np.argsort(column.astype(np.uint16), kind="stable")  # 16 bits sort by radix
            row, column = row[order], column[order]
            found.append((column + b[0], row + a[0], s[row, column]))
        return found

    def keep(found: list[Found]) -> None:
        next(told)
        for row, item, value in found:
            merge(index, close, row, item, value)

    current().executor(Rated(work, _operations(take, *pairs[0])), pairs, keep)


def _pairs(parts: list[Span], step: int) -> list[tuple[Span, Span]]:
    """Each part with the one ``step`` after it around the circle, every pair once."""
    count = len(parts)
    half = 2 * step == count  # the one after and the one before are the same
    return [(parts[at], parts[(at + step) % count]) for at in range(count // 2 if half else count)]


def _tiles(a: Span, b: Span) -> Iterator[tuple[Span, Span]]:
    """The tiles of one part and those of another; of a part and itself every pair once."""
    for x in range(a[0], a[1], TILE):
        stop_if_cancelled()
        for y in range(x if a == b else b[0], b[1], TILE):
            yield (x, min(x + TILE, a[1])), (y, min(y + TILE, b[1]))


def _operations(take: TakeRows, a: Span, b: Span) -> float:
    """Floating-point operations of comparing two parts."""
    width = int(take(slice(0, 1)).shape[1])
    return 2.0 * (a[1] - a[0]) * (b[1] - b[0]) * width


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
    out, distance = measured(take, zero, index, j)
    if width == n - 1:
        return out, distance
    bar = np.concatenate(
        [np.partition(close[a:b], width - j, axis=1)[:, width - j] for a, b in spans(n, width)]
    )
    again = np.flatnonzero(bar - close.min(1) <= 2 * SLACK)
    blocks = [again[start : start + 256] for start in range(0, len(again), 256)]

    def work(row: Ints) -> tuple[Ints, Ints, Floats]:
        return row, *_search(take, zero, row, bar[row], j)

    def keep(found: tuple[Ints, Ints, Floats]) -> None:
        out[found[0]], distance[found[0]] = found[1:]

    d = take(slice(0, 1)).shape[1]
    current().executor(Rated(work, 2.0 * min(256, len(again)) * n * d), blocks, keep)
    return out, distance


def _search(take: TakeRows, zero: Bools, row: Ints, bar: Floats, j: int) -> tuple[Ints, Floats]:
    """The lists of some rows among all that come as near as the bar, as far as rounding tells."""
    own = take(row)
    found: list[list[Ints]] = [[] for _ in row]
    for start in range(0, len(zero), TILE):
        stop_if_cancelled()
        s = own @ take(slice(start, start + TILE)).T
        for place, line in enumerate(s >= (bar - 2 * SLACK)[:, None]):
            found[place].append(np.flatnonzero(line) + start)
    lines = []
    for item, parts in zip(row, found, strict=True):
        others = np.concatenate(parts)
        lines.append(_line(take, zero, int(item), others[others != item], j))
    index, distance = zip(*lines, strict=True)
    return np.stack(index), np.stack(distance)


def measured(
    take: TakeRows, zero: Bools, index: Ints, j: int, row: Ints | None = None
) -> tuple[Ints, Floats]:
    """The j nearest of each row's candidates in order of distance, then of number.

    row: which rows the candidates are of; None means all in order.
    """
    width = index.shape[1]
    d = take(slice(0, 1)).shape[1]
    step = max(1, 2**23 // max(1, d * width))

    def work(block: RowBlock) -> tuple[Ints, Floats]:
        some, own = block.read()
        at = np.arange(block.start, block.stop) if own is None else own
        lists = []
        for start in range(0, len(at), step):
            stop_if_cancelled()
            part = at[start : start + step]
            lists.append(
                _ordered(take, zero, take(part), zero[part], some[start : start + step], j)
            )
        index, distance = zip(*lists, strict=True)
        return np.concatenate(index), np.concatenate(distance)

    blocks = cut(index, row, k=16 * width)
    found: tuple[Ints, Floats] = rows(Rated(work, RATE * blocks[0].stop * width * d), blocks)
    return found


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
