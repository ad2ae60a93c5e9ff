"""Nearest neighbours by cells of like rows: most pairs are never measured, and the recall is.

Rows are gathered into cells of about CELL rows (spherical k-means).  Each row first looks into the
cells nearest its own, which gives a bar that its j nearest surely pass.  It then looks into the
cells whose centre lies within a margin of its bar, and what it finds there is offered to both
sides.  The margin is the one at which sampled rows would find ``AIM`` of their exact neighbours;
the recall is measured on other sampled rows.  Rows without structure would have to look nearly
everywhere: then nothing is gained, and the caller measures all pairs.

Cost: some tenth of the n^2 d of all pairs for embeddings of texts and pictures; memory
O(n (j + cells)).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from scipy import sparse

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import Rated, current, tell
from reliabel.ops.chunks import RowBlock, constant, cut, fold, rows, spans, total
from reliabel.ops.tiles import FAR, SLACK, TILE, TakeRows, measured

CELL = 128  # rows of a cell on average
LEARN = 20  # rows a cell from which the centres are learnt
STEPS = 6  # of k-means
FIRST = 1024  # rows that a row is compared with for its bar, or four times j
ASKED = 300  # rows that set the margin, and as many others that measure the recall
AIM = 0.994  # share of the sampled rows' exact neighbours that the margin is to reach
PAYS = 0.3  # share of all ordered pairs up to which cells are cheaper than all pairs
CROWD = 16  # candidates a row, as a multiple of j, from which all pairs are measured
ABREAST = 4  # what one centre counts for where rows are cut, as numbers a row
STRIP = 2048  # rows compared with a cell at a time
RANGES = 8  # of rows, whose candidates are sorted at a time
PRECISE = 0.98  # similarities from which 1 - similarity is too coarse a distance
Lists = tuple[Ints, Floats]
Asked = tuple[Ints, Floats, Ints]
Found = tuple[Ints, Ints, Floats]  # rows, items and their similarities


@dataclass(frozen=True, eq=False)
class Cells:
    """The rows, the unit centre of each cell (cells, d), the cell of each row (n,), and the rows
    of each cell.
    """

    take: TakeRows
    centre: Floats
    cell: Ints
    member: list[Ints]

    @property
    def size(self) -> Ints:
        """(cells,) how many rows each has."""
        return np.array([len(one) for one in self.member])

    def nearest(self, rows: int) -> list[Ints]:
        """For each cell the cells nearest to it, itself among them, that hold so many rows."""
        order = np.argsort(-(self.centre @ self.centre.T), axis=1, kind="stable")
        enough = (np.cumsum(self.size[order], axis=1) < rows).sum(1) + 1
        return [one[:count] for one, count in zip(order, enough, strict=True)]


def by_cells(
    take: TakeRows, zero: Bools, j: int, target: float, rng: Generator
) -> tuple[Lists | None, float, float, str]:
    """The lists of all rows, their recall, its 95 % half-width and a description; no lists where
    all pairs are to be measured, because that is no dearer or the recall falls short of ``target``.
    """
    n = len(zero)
    cells = made(take, n, rng, CELL)
    asked = rng.choice(n, 2 * ASKED, replace=False)
    learn, check = np.sort(asked[:ASKED]), np.sort(asked[ASKED:])
    bar = _bars(cells, n, j)
    truth, _, above = lists_of(take, learn, bar[learn], n, j)
    if above.mean() > CROWD * j:  # ties, or bars that say little: candidates would fill the memory
        return None, 0.0, 0.0, "many items are as near as the neighbours"
    margin = _margin(cells, bar, learn, truth)
    share = _share(cells, bar, learn, margin)
    if share > PAYS:
        return None, 0.0, 0.0, f"cells of like rows would measure {share:.0%} of the pairs"
    index, close = _searched(cells, bar, margin, n, j)
    last = lists_of(take, check, bar[check], n, j)[1]
    recall, half_width = found_share(close[check], last)
    if recall < target:
        return None, recall, half_width, f"cells of like rows found {recall:.3f}"
    method = f"cells of like rows, {share:.0%} of the pairs measured"
    return _distances(take, zero, index, close), recall, half_width, method


def found_share(close: Floats, last: Floats) -> tuple[float, float]:
    """Share of the places of lists (rows, j) that are as near as the true j-th nearest, whose
    similarity is ``last`` (rows,), and its 95 % half-width over rows.
    """
    share = (close >= last[:, None] - SLACK).mean(1)
    return float(share.mean()), float(1.96 * share.std() / np.sqrt(len(share)))


def made(take: TakeRows, n: int, rng: Generator, size: int) -> Cells:
    """Spherical k-means of a sample into cells of ``size`` rows on average; then every row goes to
    its nearest centre.
    """
    count = max(2, n // size)
    sample = constant(take(np.sort(rng.choice(n, min(n, LEARN * count), replace=False))))
    centre = sample[np.sort(rng.choice(len(sample), count, replace=False))]
    blocks = cut(sample, k=ABREAST * count)
    for step in range(STEPS):
        tell("neighbours (cells)", step, STEPS)
        centre = _moved(centre, blocks)
    tell("neighbours (cells)", STEPS, STEPS)
    centre = constant(centre)
    every = cut(np.arange(n), k=max(sample.shape[1], ABREAST * count))
    near = Rated(
        lambda block: _nearest(take(slice(block.start, block.stop)), centre),
        2.0 * every[0].stop * centre.size,
    )
    cell: Ints = rows(near, every)
    order = np.argsort(cell, kind="stable")
    ends = np.cumsum(np.bincount(cell, minlength=count))
    return Cells(take, centre, constant(cell), np.split(order.astype(np.int32), ends[:-1]))


def _moved(centre: Floats, blocks: list[RowBlock]) -> Floats:
    """The centres after one step: the mean direction of the sampled rows nearest to each."""
    count = len(centre)

    def work(block: RowBlock) -> Floats:
        (x,) = block.read()
        cell = _nearest(x, centre)
        member = sparse.csr_array(
            (np.ones(len(cell), np.float32), (cell, np.arange(len(cell)))), shape=(count, len(cell))
        )
        return np.asarray(member @ x)

    sums = total(Rated(work, 2.0 * blocks[0].stop * centre.size), blocks)
    length = np.sqrt(np.einsum("cd,cd->c", sums, sums))[:, None]
    moved = np.where(length > 0, sums / np.maximum(length, 1e-12), centre)
    return moved.astype(np.float32)


def _nearest(x: Floats, centre: Floats) -> Ints:
    return np.concatenate([(x[a : a + TILE] @ centre.T).argmax(1) for a in range(0, len(x), TILE)])


def _bars(cells: Cells, n: int, j: int) -> Floats:
    """(n,) the j-th largest similarity of each row among the rows of the cells nearest its own."""
    beside = cells.nearest(max(FIRST, 4 * j) + 1)
    bar = np.empty(n, dtype=np.float32)
    full = [at for at, member in enumerate(cells.member) if len(member)]

    def work(at: int) -> tuple[Ints, Floats]:
        own = cells.member[at]
        others = np.concatenate([cells.member[one] for one in beside[at]])
        near = cells.take(others)
        found = []
        for start in range(0, len(own), STRIP):
            s = cells.take(own[start : start + STRIP]) @ near.T
            s[own[start : start + STRIP, None] == others] = FAR
            found.append(np.partition(s, len(others) - j, axis=1)[:, len(others) - j])
        return own, np.concatenate(found)

    def keep(part: tuple[Ints, Floats]) -> None:
        bar[part[0]] = part[1]

    operations = 2.0 * n / len(full) * max(FIRST, 4 * j) * cells.centre.shape[1]
    current().executor(Rated(work, operations), full, keep)
    out: Floats = constant(bar - np.float32(SLACK))
    return out


def lists_of(take: TakeRows, asked: Ints, bar: Floats, n: int, j: int) -> tuple[Ints, Floats, Ints]:
    """The j nearest of the asked rows among all n, in any order, the similarity of the last, and
    how many similarities reach the bar (asked,).
    """
    own = constant(take(asked))

    def work(start: int) -> Asked:
        s = own @ take(slice(start, min(start + TILE, n))).T
        here = np.flatnonzero((asked >= start) & (asked < start + TILE))
        s[here, asked[here] - start] = FAR
        above = (s >= bar[:, None]).sum(1)
        item = np.broadcast_to(np.arange(start, start + s.shape[1], dtype=np.int32), s.shape)
        return (*best_of(item, s, j), above)

    def closest(a: Asked, b: Asked) -> Asked:
        both = [np.concatenate(two, axis=1) for two in zip(a[:2], b[:2], strict=True)]
        return (*best_of(both[0], both[1], j), a[2] + b[2])

    each = Rated(work, 2.0 * own.size * TILE)
    index, close, above = fold(each, closest, range(0, n, TILE))
    return index, np.asarray(close.min(1)), above


def best_of(index: Ints, close: Floats, j: int) -> Lists:
    """The j nearest of the candidates of each row, in any order."""
    if close.shape[1] <= j:
        return np.ascontiguousarray(index), np.ascontiguousarray(close)
    best = np.argpartition(close, close.shape[1] - j, axis=1)[:, close.shape[1] - j :]
    return np.take_along_axis(index, best, 1), np.take_along_axis(close, best, 1)


def _margin(cells: Cells, bar: Floats, asked: Ints, truth: Ints) -> float:
    """The margin below the bar at which AIM of the true pairs of the asked rows are looked at from
    one side or the other.
    """
    forth = np.take_along_axis(
        cells.take(asked) @ cells.centre.T - bar[asked, None], cells.cell[truth], 1
    )
    back = np.stack(
        [
            cells.take(row) @ cells.centre[cells.cell[one]] - bar[row]
            for one, row in zip(asked, truth, strict=True)
        ]
    )
    return float(np.quantile(np.maximum(forth, back), 1 - AIM))


def _share(cells: Cells, bar: Floats, asked: Ints, margin: float) -> float:
    """The share of all ordered pairs that are measured, from the asked rows."""
    look = cells.take(asked) @ cells.centre.T - bar[asked, None] >= margin
    return float((look @ cells.size).mean() / len(bar))


def _searched(cells: Cells, bar: Floats, margin: float, n: int, j: int) -> Lists:
    """The j nearest of each row among the rows that it looks at or that look at it, in any
    order.
    """
    look = _looks(cells, bar, margin, n, j)
    width = max(1, int(cells.size.max()))
    found: list[Found] = []
    done = [0]
    full = [at for at, member in enumerate(cells.member) if len(member)]

    def work(at: int) -> list[Found]:
        own, rows = cells.member[at], np.flatnonzero(look[at]).astype(np.int32)
        near, least = cells.take(own).T, bar[own]
        step = max(64, STRIP * CELL // width)
        parts: list[Found] = []
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            s = cells.take(some) @ near
            s[some[:, None] == own] = FAR
            a, b = np.divmod(np.flatnonzero(s >= bar[some, None]), len(own))
            parts.append((some[a], own[b], s[a, b]))
            a, b = np.divmod(np.flatnonzero(s >= least), len(own))
            # offered to the other side, but where that side looks here itself
            new = ~look[cells.cell[some[a]], own[b]]
            a, b = a[new], b[new]
            parts.append((own[b], some[a], s[a, b]))
        return parts

    def keep(parts: list[Found]) -> None:
        found.extend(parts)
        done[0] += 1
        tell("neighbours", done[0], len(full))

    operations = 2.0 * int(look.sum()) * CELL / len(full) * cells.centre.shape[1]
    current().executor(Rated(work, operations), full, keep)
    return _best(found, n, j)


def _looks(cells: Cells, bar: Floats, margin: float, n: int, j: int) -> Bools:
    """(cells, n) whether a row looks into a cell; it always looks where its bar came from."""
    look = np.empty((len(cells.centre), n), dtype=bool)

    def work(start: int) -> tuple[slice, Bools]:
        some = slice(start, min(start + TILE, n))
        return some, cells.centre @ cells.take(some).T >= bar[some] + np.float32(margin)

    def keep(found: tuple[slice, Bools]) -> None:
        look[:, found[0]] = found[1]

    current().executor(Rated(work, 2.0 * TILE * cells.centre.size), range(0, n, TILE), keep)
    for near, member in zip(cells.nearest(max(FIRST, 4 * j) + 1), cells.member, strict=True):
        look[near[:, None], member] = True
    out: Bools = constant(look)
    return out


def _best(found: list[Found], n: int, j: int) -> Lists:
    """The j best of the candidates (row, item, similarity) of each row, a range of rows at a time:
    the candidates are most of the memory.
    """
    index, close = np.empty((n, j), dtype=np.int32), np.empty((n, j), dtype=np.float32)
    ranges = np.linspace(0, n, RANGES + 1).astype(int)
    for start, stop in pairwise(ranges.tolist()):
        parts: list[Found] = []
        for row, item, value in found:
            here = (row >= start) & (row < stop)
            parts.append((row[here] - start, item[here], value[here]))
        row, item, value = (np.concatenate(field) for field in zip(*parts, strict=True))
        index[start:stop], close[start:stop] = _kept(row, item, value, stop - start, j)
    return index, close


def _kept(row: Ints, item: Ints, value: Floats, n: int, j: int) -> Lists:
    """The j best candidates of each of n rows; rows of like counts are worked on at once."""
    order = _order(row)
    count = np.bincount(row, minlength=n)
    begin, item, value = np.cumsum(count) - count, item[order], value[order]
    index, close = np.empty((n, j), dtype=np.int32), np.empty((n, j), dtype=np.float32)
    level = np.ceil(4 * np.log2(count / j)).astype(int)
    for some in np.unique(level):
        mine = np.flatnonzero(level == some)
        width = int(count[mine].max())
        for start, stop in spans(len(mine), 16 * width):
            rows = mine[start:stop]
            at = begin[rows, None] + np.minimum(np.arange(width), count[rows, None] - 1)
            both = value[at]
            both[np.arange(width) >= count[rows, None]] = FAR
            best = np.argpartition(both, width - j, axis=1)[:, width - j :]
            close[rows] = np.take_along_axis(both, best, 1)
            index[rows] = item[np.take_along_axis(at, best, 1)]
    return index, close


def _order(row: Ints) -> Ints:
    """The stable order of row numbers, sixteen bits at a time, which sort by radix."""
    order = np.argsort((row & 0xFFFF).astype(np.uint16), kind="stable")
    high = (row >> 16).astype(np.uint16)
    return order[np.argsort(high[order], kind="stable")] if high.any() else order


def _distances(take: TakeRows, zero: Bools, index: Ints, close: Floats) -> Lists:
    """The lists of all rows in order."""

    def work(block: RowBlock) -> Lists:
        return in_order(take, zero, np.arange(block.start, block.stop), *block.read())

    found: Lists = rows(work, cut(index, close, k=16 * index.shape[1]))
    return found


def in_order(take: TakeRows, zero: Bools, row: Ints, index: Ints, close: Floats) -> Lists:
    """The lists of some rows in order of distance, then of number; rows with a very near neighbour
    are measured again.
    """
    order = np.lexsort((index, -close), axis=1)
    index = np.take_along_axis(index, order, 1)
    close = np.take_along_axis(close, order, 1)
    distance = np.maximum(np.float32(1) - close, np.float32(0))
    again = np.flatnonzero(close[:, 0] > PRECISE)
    if len(again):
        index[again], distance[again] = measured(
            take, zero, index[again], index.shape[1], row[again]
        )
    return index, distance
