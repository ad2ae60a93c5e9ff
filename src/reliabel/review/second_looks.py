"""Blind second looks: labels that somebody else judged, handed to another person who is not told
how.  They say how often people agree, and what reviewers miss (``trust.reviewer_errors``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import SystemRandom

import numpy as np

from reliabel.core.labels import Floats
from reliabel.review.board import Board
from reliabel.review.claims import claim, claimed
from reliabel.review.handing import Handed
from reliabel.review.store import Log

HELD = 1800.0  # seconds
WHY = "labels that somebody else judged; what they said is not shown"


def hand_out_second(
    log: Log, n: int, *, who: str | None, lease: float = HELD, p: Floats | None = None
) -> Handed:
    """``n`` labels that one other person judged and ``who`` did not, which nobody else holds: first
    those that ``who`` holds already, then fresh ones, chosen by chance with the same chance each,
    whatever the first verdict was; so they stand for all labels that were looked at.

    p: (units,) P(wrong); with it the least sure labels come first (closest to one half) instead.
    lease: for how many seconds they are ``who``'s.
    Raises ValueError where ``who`` has no name, or n is none.
    """
    if not who:
        raise ValueError(
            "a second look needs the name of who looks (who=), to tell them from who judged first"
        )
    if n < 1:
        raise ValueError(f"one label or more is handed out at a time, got n={n}")
    with log.writing() as (connection, board):
        holds = claimed(connection, log.id)
        free = [row for row in once_judged(board, who) if not _with_another(holds, row, who)]
        mine = [row for row in free if holds.get(row, ("", 0.0))[0] == who]
        rest = [row for row in free if holds.get(row, ("", 0.0))[0] != who]
        rows = [*mine[:n], *_first(rest, n - len(mine), p)]
        claim(connection, log.id, rows, who, lease)
        log.database.without_waiting(connection)
    return Handed(tuple(rows), min(len(mine), n), 0, WHY if rows else "")


def once_judged(board: Board, who: str | None) -> list[int]:
    """The flat rows that one person judged, and ``who`` did not; what was taken back or settled is
    none of them.
    """
    found = []
    for row, people in board.people.items():
        if who not in people and row not in board.settled and len(board.standing(row)) == 1:
            found.append(row)
    return found


def _first(rows: list[int], n: int, p: Floats | None) -> list[int]:
    """Some of the rows: by chance, or the least sure."""
    if n <= 0:
        return []
    if p is None:
        return SystemRandom().sample(rows, min(n, len(rows)))
    away = np.abs(np.nan_to_num(np.asarray(p, dtype=float)[rows], nan=1.0) - 0.5)
    return [rows[place] for place in np.argsort(away, kind="stable")[:n].tolist()]


def _with_another(holds: Mapping[int, tuple[str, float]], row: int, who: str) -> bool:
    holder, until = holds.get(row, (who, 0.0))
    return holder != who and until > time.time()
