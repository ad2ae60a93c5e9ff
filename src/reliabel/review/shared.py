"""What all requests to the server share: the audit with its log, how cards, pictures and the map
are made, and the rules of the review.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.folders.added_spans import as_meant
from reliabel.review.board import Board
from reliabel.review.cards import Cards
from reliabel.review.deciding import Place, places_of
from reliabel.review.events import ADD
from reliabel.review.filters import Filter, Matcher
from reliabel.review.handing import Handed, hand_out_of, hand_out_within, release
from reliabel.review.map_points import MapPoints
from reliabel.review.opening import Opened
from reliabel.review.picking import pick, target_of
from reliabel.review.pictures import Pictures
from reliabel.review.progress import Progress
from reliabel.review.room import Room
from reliabel.review.second_looks import hand_out_second, once_judged
from reliabel.review.sources import HELD
from reliabel.review.together import Together
from reliabel.trust.review_record import WHOLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

FRESH = 2.0  # seconds for which a count that takes long holds
Status = Literal["logged", "known", "refused"]
LOGGED: Status = "logged"
KNOWN: Status = "known"
REFUSED: Status = "refused"


@dataclass(frozen=True)
class Rules:
    """How the review is held: the share of labels that may stay wrong; whether people see what
    others said only of labels that they judged themselves; whether the queue makes no draws; for
    how many seconds a label is held for whoever looks at it.
    """

    target: float = 0.01
    confidence: float = 0.95
    blind: bool = False
    greedy: bool = False
    lease: float = HELD

    __repr__ = by_fields


class Wish(NamedTuple):
    """A decision as it was sent: its key, the label's flat row, what is said of it; ``whole``: of
    all labels of its item.
    """

    key: str
    row: int
    verdict: str
    label: str | None
    whole: bool = False


class Judgement(NamedTuple):
    """A decision as the log takes it."""

    decision: Decision
    place: Place


class Answer(NamedTuple):
    """What became of a decision: logged (now), known (before), refused (``why``)."""

    key: str
    status: Status
    seq: int | None
    why: str | None


class Shared:
    """One review that several people hold at once.

    roots: folders whose pictures may be shown; without any, the folder of the audited file.
    """

    def __init__(
        self, opened: Opened, rules: Rules | None = None, *, roots: Sequence[Path] = ()
    ) -> None:
        self.opened, self.log, self.audit = opened, opened.log, opened.audit
        self.rules = rules = Rules() if rules is None else rules
        self.allowed = target_of(self.log, WHOLE, rules.target)
        if rules.greedy:
            self.log.mark_greedy()
        self.pictures = Pictures(self.audit.data, roots)
        self.cards = Cards(opened, self.pictures)
        self.matcher = Matcher(opened)
        self.map = MapPoints(self.audit, opened.folder)
        self.progress = Progress(self.audit, self.log, rules.target, rules.confidence)
        self._together = Together(self.log)
        self._pick = pick(self.audit, WHOLE, self.allowed, rules.greedy)
        self._aside: dict[str | None, dict[int, None]] = {}  # what each person put off, in order
        self._second: dict[str, tuple[int, float, int]] = {}  # person -> event, moment, how many
        self._lock = Lock()

    def close(self) -> None:
        """End what runs beside the requests."""
        self.progress.close()

    def has(self, row: int) -> bool:
        """Whether there is a label of this number."""
        return 0 <= row < self.log.layout.rows

    def place(self, row: int) -> tuple[int, int | None]:
        """The item of a label, and its number within the item (None: one label an item)."""
        item, unit = self.log.layout.place(np.array([row]))
        return int(item[0]), None if unit is None else int(unit[0])

    def claim(self, n: int, who: str | None) -> Handed:
        """The next labels of the queue for somebody; what they put off comes last."""
        with self._lock:
            aside = tuple(self._aside.get(who, ()))
        return self._together.do(
            lambda connection, board: hand_out_within(
                connection,
                board,
                self.log,
                n,
                self._pick,
                who=who,
                population=WHOLE,
                allowed=self.allowed,
                lease=self.rules.lease,
                aside=aside,
                fair=True,
            )
        )

    def claim_second(self, n: int, who: str | None) -> Handed:
        """Labels that somebody else judged, for a second look."""
        return hand_out_second(self.log, n, who=who, lease=self.rules.lease)

    def claim_matching(self, n: int, wanted: Filter, who: str | None) -> Handed:
        """Labels that a filter means."""
        rows = self.matching(wanted, who)
        return hand_out_of(self.log, rows, n, who=who, lease=self.rules.lease)

    def matching(self, wanted: Filter, who: str | None) -> list[int]:
        """The flat rows that a filter means, the most suspect first."""
        with self.log.looking() as board:
            found = self.matcher.matching(board, wanted, who=who, blind=self.rules.blind)
        rows: list[int] = found.tolist()
        return rows

    def second_open(self, who: str | None) -> int:
        """How many labels wait for a second look by somebody; counted anew every few seconds at
        most, since all that was judged is gone through.
        """
        if not who:
            return 0
        with self.log.looking() as board:
            seq, moment, n = self._second.get(who, (-1, -FRESH, 0))
            if seq != board.seq and time.monotonic() - moment >= FRESH:
                n = len(once_judged(board, who))
                self._second[who] = (board.seq, time.monotonic(), n)
        return n

    def put_off(self, rows: Sequence[int], who: str | None) -> int:
        """Later: somebody gives labels back, and gets them again when nothing else is left."""
        with self._lock:
            theirs = self._aside.setdefault(who, {})
            for row in rows:
                theirs.pop(row, None)
                theirs[row] = None
        return release(self.log, rows, who=who)

    def decide(self, wishes: Sequence[Wish], who: str | None) -> tuple[list[Answer], int]:
        """Log decisions, each for itself: one that cannot be is refused, the others are logged.
        Returns what became of each, and the number of the last event.

        Keys are somebody's own: the same key sent again is known, and nothing is logged twice.
        """
        checked = [(one, *self._checked(one, who)) for one in wishes]
        good = [(one, judged) for one, judged, _ in checked if judged is not None]
        answers, seq = self._together.do(partial(self._log, good, who))
        with self._lock:
            for one, _ in good:
                self._aside.get(who, {}).pop(one.row, None)
        told = [
            Answer(one.key, REFUSED, None, why) if why else answers[one.key]
            for one, _, why in checked
        ]
        return told, seq

    def _log(
        self,
        good: Sequence[tuple[Wish, Judgement]],
        who: str | None,
        connection: Connection,
        board: Board,
    ) -> tuple[dict[str, Answer], int]:
        """Log decisions that can be, and say of each what became of it."""
        room, answers = Room(self.audit.data, board), dict[str, Answer]()
        for one, judged in good:
            why = "" if one.key in board.keys else room.take(judged.decision, *judged.place)
            if why:
                answers[one.key] = Answer(one.key, REFUSED, None, why)
        good = [one for one in good if one[0].key not in answers]
        if not good:
            return answers, board.seq
        decisions = [judged.decision for _, judged in good]
        places = [judged.place for _, judged in good]
        keys = [_own(who, one.key) for one, _ in good]
        done = self.log.decide_within(connection, board, decisions, places, keys=keys)
        new = set(done.seqs)
        for (_, judged), key, one in zip(good, keys, [wish for wish, _ in good], strict=True):
            seq = board.keys.get(key)
            if seq is None:  # they had said the same before, under another key
                seq = _said(board, judged, who)
            answers[one.key] = Answer(one.key, LOGGED if seq in new else KNOWN, seq, None)
        return answers, board.seq

    def _checked(self, one: Wish, who: str | None) -> tuple[Judgement | None, str]:
        """A decision as the log takes it, or why it cannot be."""
        if not self.has(one.row):
            return None, f"there is no label {one.row}; nothing was decided"
        if one.verdict == "change" and one.label is None:
            return None, "a change needs the new label; nothing was decided"
        item, unit = self.place(one.row)
        unit = None if one.whole or one.verdict == ADD else unit
        decision = Decision(self.audit.data.ids.item(item), one.verdict, unit, one.label, who)
        try:
            decision = as_meant(self.audit.data, decision, self.log.item)
            place = places_of(self.log, [decision], False)[0]
        except ValueError as wrong:
            return None, str(wrong)
        return Judgement(decision, place), ""


def _said(board: Board, judged: Judgement, who: str | None) -> int:
    """The number of the event by which somebody said what they say again."""
    (item, unit), one = judged.place, judged.decision
    if one.verdict == ADD:
        return board.added[item][str(one.label)][who].seq
    return board.people[board.row(item, unit)][who].seq


def _own(who: str | None, key: str) -> str:
    """A key that no other person's can be."""
    return f"{who or ''}: {key}"
