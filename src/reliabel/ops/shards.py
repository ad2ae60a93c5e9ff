"""Nearest neighbours of many rows by shards: each cell of like rows is one block of work, whose
rows look into the cells near them and bring their lists home finished.

Rows are gathered into cells (``ops/cells.py``).  Each row first looks into the cells nearest its
own, which gives a bar that its j nearest surely pass, and then into the cells whose centre lies
within a margin of its bar.  The margin is the one at which sampled rows would find ``AIM`` of their
exact neighbours; the recall is measured on other sampled rows.  Nothing is exchanged between
blocks, so a worker needs the rows and the centres, and returns j places a row.

Cost: a few hundredths of the n^2 d of all pairs for embeddings of texts and pictures, and n^1.5 d
for the cells; memory O(n j) and a few cells a worker.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import Rated, current, stop_if_cancelled, tell
from reliabel.ops.cells import (
    ASKED,
    FIRST,
    Cells,
    Lists,
    best_of,
    found_share,
    in_order,
    lists_of,
    made,
)
from reliabel.ops.tiles import FAR, TakeRows, merge

CELL, SQUARE = 128, 50_000  # rows of a cell on average, at so many rows; it grows as their root
SPARE = 0.01  # by how much the margin aims above the target
PAYS = 8_000  # rows that a row is compared with up to which shards are cheaper than a forest
FRESH = 8  # cells that are looked into before the bar of each row is taken anew
AT_ONCE = 2**22  # similarities at a time
Found = tuple[Ints, Ints, Floats]  # rows, an item for each and its similarity


def by_shards(
    take: TakeRows, zero: Bools, j: int, target: float, rng: Generator
) -> tuple[Lists | None, float, float, str]:
    """The lists of all rows, their recall, its 95 % half-width and a description; no lists where
    they would measure too many of the pairs or their recall falls short of ``target``.
    """
    n = len(zero)
    cells = made(take, n, rng, int(CELL * max(1.0, n / SQUARE) ** 0.5))
    asked = rng.choice(n, 2 * ASKED, replace=False)
    learn, check = np.sort(asked[:ASKED]), np.sort(asked[ASKED:])
    beside = cells.nearest(max(FIRST, 4 * j) + 1)
    none = np.zeros(ASKED, dtype=np.float32)
    truth, _, _ = lists_of(take, learn, none, n, j)
    margin, share = _margin(cells, beside, learn, truth, min(target + SPARE, 0.999))
    if share * n > PAYS:
        return None, 0.0, 0.0, f"shards would measure {share:.0%} of the pairs"
    index, distance = _searched(cells, beside, zero, j, margin, share)
    last = lists_of(take, check, none, n, j)[1]
    recall, half_width = found_share(1 - distance[check], last)
    if recall - half_width < target:
        return None, recall, half_width, f"shards found {recall:.3f}"
    method = f"shards of like rows, {share:.1%} of the pairs measured"
    return (index, distance), recall, half_width, method


def _margin(
    cells: Cells, beside: list[Ints], asked: Ints, truth: Ints, aim: float
) -> tuple[float, float]:
    """The margin below the bar at which the asked rows find ``aim`` of their neighbours, and the
    share of all ordered pairs that are measured then.
    """
    ahead, j = [], truth.shape[1]
    looks = []
    for row, true in zip(asked, truth, strict=True):
        near = beside[cells.cell[row]]
        others = np.concatenate([cells.member[one] for one in near])
        own = cells.take(row[None])[0]
        bar = np.partition((cells.take(others) @ own)[others != row], -j)[-j]
        over = cells.centre @ own - bar
        over[near] = np.inf
        ahead.append(over[cells.cell[true]])
        looks.append(over)
    margin = float(np.quantile(np.concatenate(ahead), 1 - aim, method="lower"))
    share = (np.stack(looks) >= margin) @ cells.size
    return margin, float(share.mean() / cells.size.sum())


def _searched(
    cells: Cells, beside: list[Ints], zero: Bools, j: int, margin: float, share: float
) -> Lists:
    """The lists of all rows, a cell of them at a time."""
    n, d = len(zero), cells.centre.shape[1]
    index, distance = np.empty((n, j), dtype=np.int32), np.empty((n, j), dtype=np.float32)
    full = [at for at, member in enumerate(cells.member) if len(member)]
    done = [0]

    def work(at: int) -> list[tuple[Ints, Ints, Floats]]:
        own, near = cells.member[at], beside[at]
        step = max(64, AT_ONCE // max(1, int(cells.size[near].sum())))
        parts = [own[start : start + step] for start in range(0, len(own), step)]
        return [(part, *_of_rows(cells, near, part, zero, j, margin)) for part in parts]

    def keep(found: list[tuple[Ints, Ints, Floats]]) -> None:
        for row, item, far in found:
            index[row], distance[row] = item, far
        done[0] += 1
        tell("neighbours", done[0], len(full))

    current().executor(Rated(work, 2.0 * share * n * n * d / len(full)), full, keep)
    return index, distance


def _of_rows(cells: Cells, near: Ints, own: Ints, zero: Bools, j: int, margin: float) -> Lists:
    """The lists of some rows of one cell, whose nearest cells are ``near``."""
    stop_if_cancelled()
    x = cells.take(own)
    others = np.concatenate([cells.member[one] for one in near])
    s = x @ cells.take(others).T
    s[own[:, None] == others] = FAR
    index, close = best_of(np.broadcast_to(others, s.shape), s, j)
    bar = close.min(1)
    look = x @ cells.centre.T >= (bar + np.float32(margin))[:, None]
    look[:, near] = look[:, cells.size == 0] = False
    several = look.sum(0)
    order = np.argsort(-several, kind="stable")[: np.count_nonzero(several)]
    for start in range(0, len(order), FRESH):
        found = [
            one for at in order[start : start + FRESH] for one in _looked(cells, x, look, bar, at)
        ]
        row, item, value = (np.concatenate(field) for field in zip(*found, strict=True))
        by_row = np.argsort(row, kind="stable")
        merge(index, close, row[by_row], item[by_row], value[by_row])
        bar = close.min(1)
    return in_order(cells.take, zero, own, index, close)


def _looked(cells: Cells, x: Floats, look: Bools, bar: Floats, at: int) -> list[Found]:
    """What the rows that look into a cell find there above their bars."""
    rows, member = np.flatnonzero(look[:, at]), cells.member[at]
    step = max(1, AT_ONCE // max(1, len(rows)))
    found: list[Found] = []
    for start in range(0, len(member), step):
        some = member[start : start + step]
        s = x[rows] @ cells.take(some).T
        a, b = np.divmod(np.flatnonzero(s > bar[rows, None]), len(some))
        found.append((rows[a], some[b], s[a, b]))
    return found
