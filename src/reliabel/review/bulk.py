"""One decision on many labels at once, all or none of it, and all of it back at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.review.board import Board
from reliabel.review.events import UNDO, Event, now
from reliabel.review.opening import Opened
from reliabel.review.room import Room
from reliabel.review.store import Log

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Bulk:
    """A decision on many labels: the key of who asked for it, on how many labels it was logged or
    taken back, and the numbers of those events.
    """

    key: str
    n: int
    seqs: tuple[int, ...]

    __repr__ = by_fields


def decide_many(
    opened: Opened,
    rows: Sequence[int],
    verdict: str,
    label: Any = None,
    *,
    who: str | None,
    key: str,
) -> Bulk:
    """Log one verdict on many labels (flat rows), all of them or none.

    key: of the sender; the same call with the same key logs nothing more, and returns what the
        first one did, also after it was taken back.
    Labels on which the person said the same before are not logged again.  Raises ValueError for
    rows that there are not, verdicts and labels that cannot be.
    """
    log = opened.log
    some = _distinct(rows, log.layout.rows)
    item, unit = log.layout.place(np.array(some, dtype=np.int64))
    ids = [log.data.ids.item(one) for one in item.tolist()]
    units = [None] * len(some) if unit is None else unit.tolist()
    said = [Decision(id_, verdict, at, label, who) for id_, at in zip(ids, units, strict=True)]
    keys = [f"{_before(key)}{row}" for row in some]
    with log.looking() as board:
        room, fresh = Room(log.data, board), not _with_key(board, _before(key))
        for one, at in zip(said, item.tolist(), strict=True):
            why = room.take(one, at, one.unit) if fresh else ""
            if why:
                raise ValueError(f"item {one.id}: {why}")
    log.decide(said, keys=keys, new_classes=False)
    with log.looking() as board:
        seqs = tuple(board.keys[one] for one in keys if one in board.keys)
    return Bulk(key, len(seqs), seqs)


def decided_under(log: Log, key: str) -> Bulk | None:
    """What the decision on many labels under a key did; None where there is none."""
    with log.looking() as board:
        seqs = _with_key(board, _before(key))
    return Bulk(key, len(seqs), tuple(seqs)) if seqs else None


def undo_many(log: Log, key: str, *, who: str | None) -> Bulk:
    """Take back all that stands of the decision on many labels that was made under ``key``; what
    the person had said of them before is said again.

    The same call again takes nothing more back, and returns what the first one did.  Raises
    ValueError where there is no such decision of this person.
    """
    with log.writing() as (connection, board):
        made = _with_key(board, _before(key))
        if not made or any(board.said[seq][2] != who for seq in made):
            raise ValueError(f"{who or 'nobody'} made no decision on many labels under {key!r}")
        stands = [seq for seq in made if seq not in board.undone]
        before = _said_before(board, stands, who)
        back, again = list[Event](), list[Event]()
        for seq in stands:
            item, unit, _ = board.said[seq]
            name = f"{_undoing(key)}{seq}"
            back.append(Event(0, UNDO, now(), who=who, item=item, unit=unit, key=name, ref=seq))
            if seq in before:
                again.append(_once_more(log, connection, before[seq]))
        log.add(connection, board, [*back, *again])
        seqs = _with_key(board, _undoing(key))
    return Bulk(key, len(seqs), tuple(seqs))


def _distinct(rows: Sequence[int], units: int) -> list[int]:
    some = list(dict.fromkeys(int(row) for row in rows))
    strange = next((row for row in some if not 0 <= row < units), None)
    if strange is not None:
        raise ValueError(
            f"labels are numbered from 0 to {units - 1}, got {strange}; nothing was decided"
        )
    return some


def _with_key(board: Board, before: str) -> list[int]:
    """The events whose key is a number behind some text."""
    size = len(before)
    return [
        seq for key, seq in board.keys.items() if key.startswith(before) and key[size:].isdecimal()
    ]


def _before(key: str) -> str:
    return f"many {key} "


def _undoing(key: str) -> str:
    return f"many back {key} "


def _said_before(board: Board, seqs: Iterable[int], who: str | None) -> dict[int, int]:
    """Decision -> the one that the person had made on the same label before, for those of the
    decisions that are their last word.
    """
    gone = set(seqs)
    last: dict[tuple[int, int | None], int] = {}
    found: dict[int, int] = {}
    for seq in board.stack.get(who, {}):  # what stands, in order
        item, unit, _ = board.said[seq]
        if seq not in gone:
            last[item, unit] = seq
        elif board.people[board.row(item, unit)][who].seq == seq and (item, unit) in last:
            found[seq] = last[item, unit]
    return found


def _once_more(log: Log, connection: Connection, seq: int) -> Event:
    """What a decision said, said again."""
    return log.event(connection, seq)._replace(seq=0, at=now(), key=None, hash="")
