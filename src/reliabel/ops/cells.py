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
from reliabel.core.run import current, tell
from reliabel.ops.chunks import spans
from reliabel.ops.tiles import FAR, SLACK, TILE, TakeRows, gather, measured

CELL = 128  # rows of a cell on average
LEARN = 20  # rows a cell from which the centres are learnt
STEPS = 6  # of k-means
FIRST = 1024  # rows that a row is compared with for its bar, or four times j
ASKED = 300  # rows that set the margin, and as many others that measure the recall
AIM = 0.994  # share of the sampled rows' exact neighbours that the margin is to reach
PAYS = 0.3  # share of all ordered pairs up to which cells are cheaper than all pairs
CROWD = 16  # candidates a row, as a multiple of j, from which all pairs are measured
STRIP = 2048  # rows compared with a cell at a time
RANGES = 8  # of rows, whose candidates are sorted at a time
PRECISE = 0.98  # similarities from which 1 - similarity is too coarse a distance
Lists = tuple[Ints, Floats]
Found = tuple[Ints, Ints, Floats]  # rows, items and their similarities


@dataclass(frozen=True, eq=False)
class _Cells:
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
    cells = _made(take, n, rng)
    asked = rng.choice(n, 2 * ASKED, replace=False)
    learn, check = np.sort(asked[:ASKED]), np.sort(asked[ASKED:])
    bar = _bars(cells, n, j)
    truth, _, above = _exact(take, learn, bar[learn], n, j)
    if above.mean() > CROWD * j:  # ties, or bars that say little: candidates would fill the memory
        return None, 0.0, 0.0, "many items are as near as the neighbours"
    margin = _margin(cells, bar, learn, truth)
    share = _share(cells, bar, learn, margin)
    if share > PAYS:
        return None, 0.0, 0.0, f"cells of like rows would measure {share:.0%} of the pairs"
    index, close = _searched(cells, bar, margin, n, j)
    last = _exact(take, check, bar[check], n, j)[1]
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


def _made(take: TakeRows, n: int, rng: Generator) -> _Cells:
    """Spherical k-means of a sample; then every row goes to its nearest centre."""
    count = max(2, n // CELL)
    sample = take(np.sort(rng.choice(n, min(n, LEARN * count), replace=False)))
    centre = sample[np.sort(rng.choice(len(sample), count, replace=False))]
    for step in range(STEPS):
        tell("neighbours (cells)", step, STEPS)
        cell = _nearest(sample, centre)
        member = sparse.csr_array(
            (np.ones(len(cell), np.float32), (cell, np.arange(len(cell)))),
            shape=(count, len(cell)),
        )
        total = member @ sample
        length = np.sqrt(np.einsum("cd,cd->c", total, total))[:, None]
        centre = np.where(length > 0, total / np.maximum(length, 1e-12), centre)
        centre = centre.astype(np.float32)
    tell("neighbours (cells)", STEPS, STEPS)
    cell = np.concatenate(
        [_nearest(take(slice(*span)), centre) for span in spans(n, sample.shape[1])]
    )
    order = np.argsort(cell, kind="stable")
    ends = np.cumsum(np.bincount(cell, minlength=count))
    return _Cells(take, centre, cell, np.split(order.astype(np.int32), ends[:-1]))


def _nearest(x: Floats, centre: Floats) -> Ints:
    return np.concatenate([(x[a : a + TILE] @ centre.T).argmax(1) for a in range(0, len(x), TILE)])


def _bars(cells: _Cells, n: int, j: int) -> Floats:
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

    current().executor(work, full, keep)
    return bar - np.float32(SLACK)


def _exact(take: TakeRows, asked: Ints, bar: Floats, n: int, j: int) -> tuple[Ints, Floats, Ints]:
    """The j nearest of the asked rows, in any order, the similarity of the last, and how many
    similarities reach the bar.
    """
    index, close = np.full((len(asked), j), -1, dtype=np.int32), np.full((len(asked), j), FAR)
    own, above = take(asked), np.zeros(len(asked), dtype=np.int64)
    for start in range(0, n, TILE):
        s = own @ take(slice(start, start + TILE)).T
        here = np.flatnonzero((asked >= start) & (asked < start + TILE))
        s[here, asked[here] - start] = FAR
        above += (s >= bar[:, None]).sum(1)
        gather(index, close, s, start)
    return index, np.asarray(close.min(1)), above


def _margin(cells: _Cells, bar: Floats, asked: Ints, truth: Ints) -> float:
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


def _share(cells: _Cells, bar: Floats, asked: Ints, margin: float) -> float:
    """The share of all ordered pairs that are measured, from the asked rows."""
    look = cells.take(asked) @ cells.centre.T - bar[asked, None] >= margin
    return float((look @ cells.size).mean() / len(bar))


def _searched(cells: _Cells, bar: Floats, margin: float, n: int, j: int) -> Lists:
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

    current().executor(work, full, keep)
    return _best(found, n, j)


def _looks(cells: _Cells, bar: Floats, margin: float, n: int, j: int) -> Bools:
    """(cells, n) whether a row looks into a cell; it always looks where its bar came from."""
    look = np.empty((len(cells.centre), n), dtype=bool)
    for a in range(0, n, TILE):
        some = slice(a, min(a + TILE, n))
        look[:, some] = cells.centre @ cells.take(some).T >= bar[some] + np.float32(margin)
    for near, member in zip(cells.nearest(max(FIRST, 4 * j) + 1), cells.member, strict=True):
        look[near[:, None], member] = True
    return look


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
    """The lists in order of distance, then of number; rows with a very near neighbour are measured
    again.
    """
    order = np.lexsort((index, -close), axis=1)
    index = np.take_along_axis(index, order, 1)
    close = np.take_along_axis(close, order, 1)
    distance = np.maximum(np.float32(1) - close, np.float32(0))
    again = np.flatnonzero(close[:, 0] > PRECISE)
    if len(again):
        index[again], distance[again] = measured(take, zero, index[again], index.shape[1], again)
    return index, distance
