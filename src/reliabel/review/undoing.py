"""Taking back what one person said last: an event of its own, and nothing is removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.review.board import Board
from reliabel.review.events import ADD, UNDO, Event, now

if TYPE_CHECKING:
    from reliabel.review.store import Log


@dataclass(frozen=True)
class Undone:
    """What was taken back: the number of the event that says so, the label's first flat row (None
    for a span that had been added), and what had been said.
    """

    seq: int
    row: int | None
    decision: Decision

    __repr__ = by_fields


def undo(
    log: Log, seq: int | None = None, *, who: str | None = None, key: str | None = None
) -> Undone:
    """Take back decision or settlement number ``seq``, or the last one of ``who`` that stands.

    key: of the sender; a key that is there already takes nothing more back, and tells what it took.
    Raises ValueError where nothing of the kind stands.
    """
    with log.writing() as (connection, board):
        known = None if key is None else board.keys.get(key)
        if known is not None:
            one = log.event(connection, known)
            if one.kind != UNDO:
                raise ValueError(f"the key {key!r} was given to something else than an undo")
        else:
            seq = _standing(board, seq, who)
            item, unit, _ = board.said[seq]
            made = Event(0, UNDO, now(), who=who, item=item, unit=unit, key=key, ref=seq)
            one = log.add(connection, board, [made])[0]
        said = log.event(connection, one.ref or 0)
    id_ = log.data.ids.item(int(said.item or 0))
    before = Decision(id_, said.verdict or "", said.unit, said.label, said.who, None)
    row = None if said.kind == ADD else board.row(said.item, said.unit)
    return Undone(one.seq, row, before)


def _standing(board: Board, seq: int | None, who: str | None) -> int:
    stack = board.stack.get(who, {})
    if seq is None and not stack:
        raise ValueError(f"{who or 'nobody'} has no decision to take back")
    seq = next(reversed(stack)) if seq is None else seq
    if seq not in board.said or seq in board.undone:
        raise ValueError(f"event {seq} is no decision that stands; nothing was taken back")
    return seq
