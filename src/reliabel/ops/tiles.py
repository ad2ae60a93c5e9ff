"""Exact nearest neighbours over all pairs of unit rows, in tiles.

Rows are cut into parts.  Each part is compared with itself, then with every other part in rounds,
as in a tournament: in a round each part is in one pair.  The pairs of a round are blocks of work,
which take the lists of both parts and give them back better; each pair of tiles is multiplied once
and serves both sides.  Candidate lists are a few places longer than asked for;
candidates are measured again row by row, and a row is searched again if rounding could have hidden
a neighbour.  So the result does not depend on the size of tiles and parts, to the last bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import Rated, current, stop_if_cancelled, track
from reliabel.ops.chunks import RowBlock, cut, rows, spans

TakeRows = Callable[[Any], Floats]  # slice or row numbers -> rows of length one (or zero), float32
TILE = 4096  # rows of a tile: 64 MiB of similarities at a time
PARTS = 64  # at most, into which rows are cut, none smaller than a tile
SLACK = 4e-6  # bound on the rounding error of a float32 product of unit rows
RATE = 50  # operations that measuring one number of a candidate counts for: it is fetched first
FAR = np.float32(-np.inf)
Span = tuple[int, int]
# two parts, and the lists of the rows of each: items and their similarities
Game = tuple[tuple[Span, Span], Ints, Floats, Ints, Floats]


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
    for pairs in _rounds(parts):
        _round(take, pairs, index, close, told)
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
    """Compare the parts of each pair and better the lists of both."""

    def work(game: Game) -> Game:
        (a, b), near_a, far_a, near_b, far_b = game
        near_a, far_a, near_b, far_b = near_a.copy(), far_a.copy(), near_b.copy(), far_b.copy()
        for x, y in _tiles(a, b):
            s = take(slice(*x)) @ take(slice(*y)).T
            one, other = slice(x[0] - a[0], x[1] - a[0]), slice(y[0] - b[0], y[1] - b[0])
            gather(near_a[one], far_a[one], s, y[0])
            gather(near_b[other], far_b[other], s.T, x[0])
        return (a, b), near_a, far_a, near_b, far_b

    def keep(game: Game) -> None:
        next(told)
        (a, b), near_a, far_a, near_b, far_b = game
        index[slice(*a)], close[slice(*a)] = near_a, far_a
        index[slice(*b)], close[slice(*b)] = near_b, far_b

    each = Rated(work, _operations(take, *pairs[0]))
    current().executor(each, _Games(pairs, index, close), keep)


class _Games(Sequence[Game]):
    """Pairs of parts with the lists of their rows, fetched when the pair is worked on."""

    def __init__(self, pairs: list[tuple[Span, Span]], index: Ints, close: Floats) -> None:
        self.pairs, self.near, self.far = pairs, index, close

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        a, b = (slice(*part) for part in self.pairs[at])
        return self.pairs[at], self.near[a], self.far[a], self.near[b], self.far[b]


def _rounds(parts: list[Span]) -> Iterator[list[tuple[Span, Span]]]:
    """Every pair of parts once, in rounds in which each part is in one pair.

    >>> [[(a[0], b[0]) for a, b in pairs] for pairs in _rounds([(0, 1), (1, 2), (2, 3)])]
    [[(1, 2)], [(0, 2)], [(0, 1)]]
    """
    circle: list[Span | None] = [*parts, *[None] * (len(parts) % 2)]
    for _ in range(len(circle) - 1):
        half = len(circle) // 2
        both = zip(circle[:half], circle[: half - 1 : -1], strict=True)
        pairs = [(min(a, b), max(a, b)) for a, b in both if a is not None and b is not None]
        if pairs:
            yield pairs
        circle = [circle[0], circle[-1], *circle[1:-1]]


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
