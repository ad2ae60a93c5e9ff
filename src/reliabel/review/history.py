"""What happened to one label: verdicts, undos and settlements, as far as somebody may know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from reliabel.review.changes import TOLD, hidden
from reliabel.review.events import NAMES, Event
from reliabel.review.models import EVENTS
from reliabel.review.store import Log

MOST = 200  # events that are told
_OF_ITEM = (
    select(*(EVENTS.c[name] for name in NAMES))
    .where(
        EVENTS.c.log == bindparam("of"),
        EVENTS.c.item == bindparam("item"),
        EVENTS.c.kind.in_(TOLD),
    )
    .order_by(EVENTS.c.seq)
    .limit(MOST)
)


def history(log: Log, row: int, *, who: str | None, blind: bool) -> list[dict[str, Any]]:
    """What happened to a label in order, the first ``MOST`` events; with ``blind`` without what
    others said where ``who`` has not judged it.
    """
    with log.looking() as board:
        item, unit = board.place(row)
        with log.database.reading() as connection:
            found = connection.execute(_OF_ITEM, {"of": log.id, "item": item})
            events = [Event._make(one) for one in found]
        return [
            {
                "seq": one.seq,
                "kind": one.kind,
                "who": one.who,
                "verdict": one.verdict,
                "label": one.label,
                "at": one.at,
            }
            for one in events
            if one.unit in (None, unit) and not (blind and hidden(board, one, who))
        ]
