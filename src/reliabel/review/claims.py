"""Claims: who was handed which label to judge, and until when.  They are no evidence: a label that
somebody holds may still be drawn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from reliabel.review.models import CLAIMS

if TYPE_CHECKING:
    from sqlalchemy import Connection

PARAMETERS = 500  # that a statement takes at a time
# made once: making a statement takes longer than running it
_OURS = CLAIMS.c.log == bindparam("of")
_THESE = CLAIMS.c.row.in_(bindparam("rows", expanding=True))
_ALL = select(CLAIMS.c.row, CLAIMS.c.who, CLAIMS.c.until).where(_OURS)
_END = CLAIMS.delete().where(_OURS, _THESE).returning(CLAIMS.c.row, CLAIMS.c.p)
_GIVE = CLAIMS.delete().where(_OURS, _THESE, CLAIMS.c.who == bindparam("whose"))
_BEGIN = CLAIMS.insert()


def claim(
    connection: Connection,
    log: int,
    rows: Sequence[int],
    who: str | None,
    seconds: float,
    p: Sequence[float | None] | None = None,
) -> None:
    """Note that labels (flat rows) are handed to ``who`` for a while, and P(wrong) of each; where
    it is not given it stays what it was.
    """
    before, until = ended(connection, log, rows), time.time() + seconds
    made = []
    for which, row in enumerate(rows):
        chance = _known(None if p is None else p[which])
        chance = before.get(int(row)) if chance is None else chance
        made.append({"log": log, "row": int(row), "who": who or "", "until": until, "p": chance})
    if made:
        connection.execute(_BEGIN, made)


def ended(connection: Connection, log: int, rows: Sequence[int]) -> dict[int, float]:
    """Take claims away; flat row -> P(wrong) when it was handed out, where that is known."""
    found = dict[int, float]()
    for part in _parts(rows):
        gone = connection.execute(_END, {"of": log, "rows": part})
        found |= {row: p for row, p in gone if p is not None}
    return found


def released(connection: Connection, log: int, rows: Sequence[int], who: str | None) -> int:
    """Take away the claims that ``who`` holds among some labels; how many there were."""
    gone = 0
    for part in _parts(rows):
        done = connection.execute(_GIVE, {"of": log, "rows": part, "whose": who or ""})
        gone += int(done.rowcount)
    return gone


def claimed(connection: Connection, log: int) -> dict[int, tuple[str, float]]:
    """Flat row -> who holds it, and until when (seconds since 1970)."""
    return {row: (who, until) for row, who, until in connection.execute(_ALL, {"of": log})}


def _known(p: float | None) -> float | None:
    return None if p is None or p != p else float(p)


def _parts(rows: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(rows), PARAMETERS):
        yield [int(row) for row in rows[start : start + PARAMETERS]]
