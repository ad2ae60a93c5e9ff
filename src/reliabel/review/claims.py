"""Claims: who was handed which label to judge, and until when.  They are no evidence: a label that
somebody holds may still be drawn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reliabel.review.models import CLAIMS

if TYPE_CHECKING:
    from sqlalchemy import Connection

PARAMETERS = 500  # that a statement takes at a time


def claim(
    connection: Connection,
    log: int,
    rows: Sequence[int],
    who: str | None,
    seconds: float,
    p: Sequence[float | None] | None = None,
) -> None:
    """Note that labels (flat rows) are handed to ``who`` for a while, and P(wrong) of each."""
    release(connection, log, rows)
    until = time.time() + seconds
    chances = (
        [None] * len(rows) if p is None else [None if q is None or q != q else float(q) for q in p]
    )
    made = [
        {"log": log, "row": int(row), "who": who or "", "until": until, "p": q}
        for row, q in zip(rows, chances, strict=True)
    ]
    if made:
        connection.execute(CLAIMS.insert(), made)


def release(connection: Connection, log: int, rows: Sequence[int]) -> None:
    """Take claims away."""
    table = CLAIMS
    for part in _parts(rows):
        connection.execute(table.delete().where(table.c.log == log, table.c.row.in_(part)))


def claimed(connection: Connection, log: int) -> dict[int, tuple[str, float]]:
    """Flat row -> who holds it, and until when (seconds since 1970)."""
    from sqlalchemy import select

    table = CLAIMS
    wanted = select(table.c.row, table.c.who, table.c.until).where(table.c.log == log)
    return {row: (who, until) for row, who, until in connection.execute(wanted)}


def picked(connection: Connection, log: int, rows: Sequence[int]) -> dict[int, float]:
    """Flat row -> P(wrong) when it was handed out, where that is known."""
    from sqlalchemy import select

    table, found = CLAIMS, dict[int, float]()
    for part in _parts(rows):
        wanted = select(table.c.row, table.c.p).where(table.c.log == log, table.c.row.in_(part))
        found |= {row: p for row, p in connection.execute(wanted) if p is not None}
    return found


def _parts(rows: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(rows), PARAMETERS):
        yield [int(row) for row in rows[start : start + PARAMETERS]]
