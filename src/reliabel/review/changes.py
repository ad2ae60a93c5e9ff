"""What happened in a log since somebody last asked, as far as they may know it."""

from __future__ import annotations

from typing import Any

from reliabel.review.board import Board
from reliabel.review.events import ADD, DECIDE, SETTLE, UNDO, Event
from reliabel.review.store import Log

MOST = 1000  # events that are told at once
TOLD = (DECIDE, UNDO, SETTLE, ADD)  # which labels are drawn is told to nobody who reviews


def changes(
    log: Log, after: int, *, who: str | None = None, blind: bool = False, most: int = MOST
) -> tuple[int, list[dict[str, Any]]]:
    """The verdicts, undos and settlements behind event number ``after``, at most ``most`` events,
    and the number to ask after next; nothing is left where that number did not rise.

    who, blind: who asks, and whether they must not learn what others said of labels that they have
        not judged.  What others say of a label is then told from their own verdict on.
    Each change has seq, kind, row (the first flat row), rows (how many), id, unit, who, verdict,
    label, at, and ref (the number of what an undo takes back).  Raises ValueError where ``after``
    is no number of an event.
    """
    if after < 0:
        raise ValueError(f"events are numbered from 1; changes were asked for after {after}")
    told, seq = list[dict[str, Any]](), after
    with log.looking() as board:
        for one in log.events(after, most):
            seq = one.seq
            if one.kind in TOLD and not (blind and hidden(board, one, who)):
                told.append(_plain(log, board, one))
    return seq, told


def hidden(board: Board, one: Event, who: str | None) -> bool:
    """Whether an event says what somebody else thinks of a label that ``who`` has not judged."""
    others = one.who != who
    return others and not any(
        who in board.people.get(row, {}) for row in board.rows(one.item, one.unit)
    )


def _plain(log: Log, board: Board, one: Event) -> dict[str, Any]:
    rows = board.rows(one.item, one.unit)
    return {
        "seq": one.seq,
        "kind": one.kind,
        "row": rows[0] if rows else board.row(one.item, None),
        "rows": len(rows),
        "id": log.data.ids.item(int(one.item or 0)),
        "unit": one.unit,
        "who": one.who,
        "verdict": one.verdict,
        "label": one.label,
        "at": one.at,
        "ref": one.ref,
    }
