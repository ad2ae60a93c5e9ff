"""Handing out labels to judge: who holds what, which draws are open, and fresh ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from reliabel.core.labels import Bools
from reliabel.core.short_repr import by_fields
from reliabel.review.board import Board
from reliabel.review.claims import claim, claimed, released
from reliabel.review.store import Log
from reliabel.trust.review_record import WHOLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

DAY = 86_400.0
LAST = 8  # labels that one of several people may hold however few are left


@dataclass(frozen=True)
class Picks:
    """Fresh labels to judge: their flat rows, which of them are drawn by chance, the forecast of
    each draw, P(wrong) of each, and why these.
    """

    row: Sequence[int] = ()
    drawn: Sequence[bool] = ()
    forecast: Sequence[float] = ()
    p: Sequence[float] = ()
    why: str = ""

    __repr__ = by_fields


@dataclass(frozen=True)
class Handed:
    """Labels that were handed out: flat rows, the first ``held`` of which were handed out before;
    ``draws`` is how many fresh draws were committed; ``shared`` whether they are fewer because
    others wait for some too.
    """

    rows: tuple[int, ...]
    held: int
    draws: int
    why: str
    shared: bool = False

    __repr__ = by_fields


Make = Callable[[Board, int, Bools], Picks]  # board, how many, which are not to be chosen


def hand_out(
    log: Log,
    n: int,
    make: Make,
    *,
    who: str | None = None,
    population: str = WHOLE,
    allowed: int = 0,
    lease: float = DAY,
    aside: Collection[int] = (),
) -> Handed:
    """``n`` labels for ``who`` to judge: first those that they hold and the draws that nobody holds
    any more, in the order of the draws, then fresh ones, whose draws are committed before this
    returns.

    make: how fresh labels are picked.  allowed: how many may be wrong (T).
    lease: for how many seconds they are ``who``'s.
    aside: labels that ``who`` put off; they are handed out where nothing else is left.
    """
    with log.writing() as (connection, board):
        handed = hand_out_within(
            connection,
            board,
            log,
            n,
            make,
            who=who,
            population=population,
            allowed=allowed,
            lease=lease,
            aside=aside,
        )
        if not handed.draws:
            log.database.without_waiting(connection)
    return handed


def hand_out_within(
    connection: Connection,
    board: Board,
    log: Log,
    n: int,
    make: Make,
    *,
    who: str | None,
    population: str,
    allowed: int,
    lease: float,
    aside: Collection[int] = (),
    fair: bool = False,
) -> Handed:
    """As ``hand_out``, within a transaction that was begun (``Log.writing``).

    fair: while others hold labels nobody gets more than half of those that are left.
    """
    holds = claimed(connection, log.id)
    theirs = _others(log, holds, who, board)
    wanted = n
    if fair and theirs.any():
        n = min(n, max(LAST, int((~board.decided).sum()) // 2))
    mine = _held(board, population, holds, theirs, who)
    held = [row for row in mine if row not in aside][:n]
    chances: dict[int, float | None] = dict.fromkeys(held)
    draws, why, taken = 0, "", theirs.copy()
    taken[list(aside)] = True
    while len(chances) < n:  # what is drawn may be in the batch already, or in others' hands
        taken[list(chances)] = True
        fresh = make(board, n - len(chances), taken)
        why = why or fresh.why
        if not fresh.row:
            break
        for row, drawn, r, p in zip(fresh.row, fresh.drawn, fresh.forecast, fresh.p, strict=True):
            if drawn:
                log.commit(connection, board, population, row, r, allowed, who)
                draws += 1
            if not theirs[row] and row not in aside:
                chances[row] = p
    off = [row for row in aside if row in mine or not (board.decided[row] or theirs[row])]
    chances |= dict.fromkeys(off[: n - len(chances)])
    claim(connection, log.id, list(chances), who, lease, list(chances.values()))
    return Handed(tuple(chances), len(held), draws, why, shared=n < wanted)


def _held(
    board: Board,
    population: str,
    holds: Mapping[int, tuple[str, float]],
    theirs: Bools,
    who: str | None,
) -> list[int]:
    """What ``who`` is to judge already: what they took back, open draws, and what they hold."""
    inside = board.populations[population].inside
    mine = [row for row in board.taken_back(who) if inside[row]]
    mine += [row for row in board.open_draws(population) if not theirs[row]]
    mine += [
        row
        for row, (holder, _) in holds.items()
        if holder == (who or "") and not board.decided[row] and inside[row]
    ]
    return list(dict.fromkeys(mine))


def _others(
    log: Log, holds: Mapping[int, tuple[str, float]], who: str | None, board: Board
) -> Bools:
    """(units,) which labels others hold now."""
    theirs, moment = np.zeros(log.layout.rows, dtype=bool), time.time()
    for row, (holder, until) in holds.items():
        theirs[row] = holder != (who or "") and until > moment and not board.decided[row]
    return theirs


def hand_out_of(
    log: Log, rows: Iterable[int], n: int, *, who: str | None = None, lease: float = DAY
) -> Handed:
    """The first ``n`` of some labels (flat rows, such as a filter means) that nobody decided and
    nobody else holds, for ``who`` to judge.  They are chosen, not drawn.
    """
    with log.writing() as (connection, board):
        theirs = _others(log, claimed(connection, log.id), who, board)
        free = (int(row) for row in rows if not (theirs[row] or board.decided[row]))
        some = tuple(islice(free, n))
        claim(connection, log.id, some, who, lease)
    return Handed(some, 0, 0, "labels that the filter means" if some else "")


def release(log: Log, rows: Iterable[int], *, who: str | None = None) -> int:
    """Give labels back that ``who`` holds, so that others get them; returns how many.  That is no
    decision: a draw stays open, and is handed out again.
    """
    with log.writing() as (connection, _):
        return released(connection, log.id, list(rows), who)
