"""Adjudication: labels on which people differ, and what somebody settles about them.

A settlement is an event of the log.  It counts instead of what people said, in the certificate and
in the mended data, until it is taken back; what people said stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.folders.decision_table import VERDICTS
from reliabel.review.board import Board, Judged
from reliabel.review.store import Log


@dataclass(frozen=True)
class Said:
    """What one person last said of a label."""

    who: str | None
    verdict: str
    label: str | None
    at: str

    __repr__ = by_fields


@dataclass(frozen=True)
class Dispute:
    """A label (flat row) on which people differ, what each of them said, in the order of their
    first verdicts, and what was settled, if anything.
    """

    row: int
    verdicts: tuple[Said, ...]
    settled: Said | None = None

    __repr__ = by_fields


def disputes(board: Board, *, settled: bool = False) -> tuple[Dispute, ...]:
    """The labels on which people differ, by their place in the data.

    settled: also those that were settled.
    """
    return tuple(
        dispute(board, row)
        for row in sorted(board.twice)
        if (settled or row not in board.settled) and board.differ(row)
    )


def dispute(board: Board, row: int) -> Dispute:
    """What people said of one label."""
    stands = board.standing(row)
    said = tuple(_said(who, stands[who]) for who in board.looks.get(row, stands) if who in stands)
    last = board.settled[row][-1] if row in board.settled else None
    return Dispute(row, said, None if last is None else _said(last.who, last.said))


def settle(
    log: Log, row: int, verdict: str, label: Any = None, *, who: str | None, key: str | None = None
) -> int:
    """Settle what counts of a label on which people differ; returns the number of the event.  It
    may be settled again, the last one counts, and ``Log.undo`` takes it back.

    key: of the sender; under a key that is there already nothing more is logged.
    Raises ValueError where people do not differ on the label, or the verdict or label cannot be.
    """
    if verdict not in VERDICTS:
        raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}, got {verdict!r}")
    with log.looking() as board:
        if not 0 <= row < log.layout.rows:
            raise ValueError(f"labels are numbered from 0 to {log.layout.rows - 1}, got {row}")
        item, unit = board.place(row)
        id_ = log.data.ids.item(item)
        if key is not None and key in board.keys:
            return board.keys[key]
        if not board.differ(row):
            raise ValueError(f"people do not differ on {id_!r}; there is nothing to settle")
    one = Decision(id_, verdict, unit, label, who, settles=True)
    done = log.decide([one], keys=None if key is None else [key], new_classes=False)
    if done.seqs:
        return done.seqs[0]
    with log.looking() as board:  # the same was settled before
        return board.settled[row][-1].said.seq


def _said(who: str | None, one: Judged) -> Said:
    return Said(who, one.verdict, one.label, one.at)
