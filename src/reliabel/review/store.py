"""The log of a review: draws, decisions and undos, added one after another and never changed.

A draw is committed before its label is shown, counts in its order, and holds up the evidence of
later draws until it is decided (docs/guides/review.md says why).  The board, which is what the
events add up to, is brought up to date whenever the log is used; other processes may write too.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import bindparam, select

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import layout_of
from reliabel.core.labels import Bools, Ints
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.folders.fingerprint import fingerprint
from reliabel.review.board import Board
from reliabel.review.claims import claim, ended
from reliabel.review.database import Database
from reliabel.review.deciding import Logged, disagreements, fresh_events, places_of
from reliabel.review.events import (
    DECIDE,
    DRAW,
    GREEDY,
    NAMES,
    PLAN,
    POPULATION,
    REVIEW,
    UNDO,
    Event,
    broken_at,
    first_hash,
    now,
)
from reliabel.review.identity import known_rows, packed, unpacked
from reliabel.review.models import EVENTS, LOGS, POPULATIONS
from reliabel.trust.review_record import WHOLE, ReviewRecord

if TYPE_CHECKING:
    from sqlalchemy import Connection

# made once: making a statement takes longer than running it
_MINE = select(LOGS.c.id).where(LOGS.c.id == bindparam("of")).with_for_update()
_LATER = (
    select(*(EVENTS.c[name] for name in NAMES))
    .where(EVENTS.c.log == bindparam("of"), EVENTS.c.seq > bindparam("after"))
    .order_by(EVENTS.c.seq)
)
_INSIDE = select(POPULATIONS.c.members).where(
    POPULATIONS.c.log == bindparam("of"), POPULATIONS.c.name == bindparam("name")
)
_BEHIND = EVENTS.insert()
FULL = 50  # one of so many labels is left: rather list them than try
BATCH = 1000  # events that are read or written at a time


@dataclass(frozen=True)
class Draw:
    """A committed draw: the number of its event, the label's flat row, and how many labels it was
    drawn from.
    """

    seq: int
    row: int
    unseen: int

    __repr__ = by_fields


class Log:
    """The log of the reviews of one audit's labels, in an open database.

    Methods may be called from several threads, and several processes may hold the same log.
    """

    def __init__(self, database: Database, data: Dataset, found: Mapping[str, Any]) -> None:
        self.database, self.data = database, data
        self.id, self.uid, self.labels = found["id"], found["uid"], found["labels"]
        self.place = found["place"]
        self.start = first_hash(self.uid, self.labels, found["units"])
        self.layout = layout_of(data.labels)
        self._item: dict[str, int] | None = None
        self._lock = RLock()
        self._known = known_rows(data)
        self._board: Board | None = None

    def __repr__(self) -> str:
        return f"Log({self.database.told}, {self.board.seq:,} events)"

    # reading

    @property
    def board(self) -> Board:
        """What the events add up to now."""
        with self._lock, self.database.reading() as connection:
            return self._up_to_date(connection)

    @property
    def item(self) -> dict[str, int]:
        """Id -> item."""
        if self._item is None:
            ids = self.data.ids
            self._item = {ids.item(row): row for row in range(len(self.data.labels))}
        return self._item

    def record(self, population: str = WHOLE) -> ReviewRecord:
        """The reviews of a population, as a certificate reads them.  Raises ValueError where there
        is no such population.
        """
        with self._lock:  # the board moves on with every event
            board = self.board
            if population in board.populations:
                return board.record(population)
        raise ValueError(
            f"the log has no population {population!r}; it has "
            f"{', '.join(map(repr, board.populations))}"
        )

    def decisions(self, *, imported: bool = True) -> list[Decision]:
        """What each person last said of each label.  imported: also what was taken over from
        files.
        """
        with self._lock:
            return self.board.decisions(imported=imported)

    def summary(self) -> dict[str, int]:
        """How many events, draws (of them open), decisions, undos, and labels decided."""
        board, kinds = self.board, Counter[str]()
        for one in self.events():
            kinds[one.kind] += 1
        open_ = sum(len(board.open_draws(name)) for name in board.populations)
        return {
            "events": board.seq,
            "draws": kinds[DRAW],
            "open": open_,
            "decisions": kinds[DECIDE],
            "undos": kinds[UNDO],
            "labels": int(board.decided.sum()),
        }

    def events(self) -> Iterator[Event]:
        """All events in order, as the database holds them now."""
        with self.database.reading() as connection:
            yield from self._events(connection, 0)

    def verify(self) -> str:
        """Where the chain of hashes does not hold, or the events contradict one another, in a
        sentence; "" where all is as it was written.
        """
        broken = broken_at(self.events(), self.start)
        if broken:
            return broken
        with self.database.reading() as connection:
            found = self._replayed(connection)
        seen = self.board
        same = np.array_equal(found.wrong, seen.wrong) and found.hash == seen.hash
        return "" if same else "the events add up to something else than they did when it was open"

    def _replayed(self, connection: Connection) -> Board:
        board = Board(self.data, self._known)
        board.hash = self.start
        for one in self._events(connection, 0):
            self._take(board, one, connection)
        return board

    def _events(self, connection: Connection, after: int) -> Iterator[Event]:
        for row in connection.execute(_LATER, {"of": self.id, "after": after}):
            yield Event._make(row)

    def _up_to_date(self, connection: Connection) -> Board:
        board = self._board
        if board is None:
            board = Board(self.data, self._known)
            board.hash = self.start
        self._board = None  # where an event cannot be read the board is made anew
        for one in self._events(connection, board.seq):
            if one.seq != board.seq + 1 or one.seal(board.hash) != one.hash:
                raise ValueError(
                    f"the log in {self.database.told} was changed by hand: event {one.seq:,} does "
                    "not follow from those before it; see: reliabel log --verify, and put back a "
                    "copy that `reliabel store backup` made"
                )
            self._take(board, one, connection)
        self._board = board
        return board

    def _take(self, board: Board, one: Event, connection: Connection) -> None:
        if one.kind == POPULATION:
            name = one.population or ""
            inside = unpacked(self._members(connection, name), self.layout.rows)
            if fingerprint(inside) != json.loads(one.detail or "{}").get("members"):
                raise ValueError(
                    f"the labels of the population {name!r} are not those that were fixed"
                )
            board.add_population(name, inside)
        board.apply(one)

    def _members(self, connection: Connection, name: str) -> bytes:
        return bytes(connection.execute(_INSIDE, {"of": self.id, "name": name}).scalar_one())

    # writing

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, Board]]:
        """The board as it is now, while nobody else writes; what is added counts when the block
        ends well.
        """
        with self._lock:
            try:
                with self.database.writing() as connection:
                    if not self.database.sqlite:  # where one writer has all of the file
                        connection.execute(_MINE, {"of": self.id})
                    board = self._up_to_date(connection)
                    self._here(board)
                    yield connection, board
            except BaseException:
                self._board = None  # it may hold what was not committed
                raise

    def _here(self, board: Board) -> None:
        """Refuse to write where the log was moved from."""
        if board.moved and board.moved["place"] != self.place:
            raise ValueError(
                f"the decisions were moved from here to {board.moved['to']}; go on there, or "
                f"finish a move that was cut short: reliabel store move FOLDER {board.moved['to']}"
            )

    def add(self, connection: Connection, board: Board, events: Sequence[Event]) -> list[Event]:
        """Write events behind the others; they get their numbers and hashes."""
        made = []
        for one in events:
            one = one._replace(seq=board.seq + 1).sealed(board.hash)
            self._take(board, one, connection)
            made.append(one)
        for start in range(0, len(made), BATCH):
            rows = [{"log": self.id, **one.as_row()} for one in made[start : start + BATCH]]
            connection.execute(_BEHIND, rows)
        return made

    def fix_population(self, name: str, members: Bools | Ints, why: str = "") -> int:
        """Fix the labels (flat rows, or True for each) that draws of a population of its own are
        made from; returns how many there are.

        Those whose label is unknown are left out.  Fixing the same ones again does nothing; raises
        ValueError where the name stands for others, or none are given.
        """
        inside = np.zeros(self.layout.rows, dtype=bool)
        inside[np.asarray(members)] = True
        inside &= self._known
        if not inside.any():
            raise ValueError(f"the population {name!r} would hold no label; nothing to draw from")
        with self.writing() as (connection, board):
            if name in board.populations:
                if np.array_equal(board.populations[name].inside, inside):
                    return int(inside.sum())
                raise ValueError(
                    f"the population {name!r} is fixed already, with other labels; a population "
                    "never changes: give another name"
                )
            connection.execute(
                POPULATIONS.insert(),
                {"log": self.id, "name": name, "members": packed(inside)},
            )
            detail = {"members": fingerprint(inside), "n": int(inside.sum()), "why": why}
            one = Event(0, POPULATION, now(), population=name, detail=json.dumps(detail))
            self.add(connection, board, [one])
        return int(inside.sum())

    def draw(
        self,
        population: str = WHOLE,
        *,
        forecast: float | None = None,
        allowed: int = 0,
        who: str | None = None,
        below: Callable[[int], int] = secrets.randbelow,
        lease: float | None = None,
    ) -> Draw | None:
        """Draw a label evenly among those without a decision that were not drawn before, and commit
        the draw; None where none is left.  Only then may it be shown.

        forecast: the expected number of wrong ones among them, made before the draw; allowed: how
            many may be wrong (T).  Both decide what the proof costs, never whether it holds.
        below: the source of chance, a whole number below the one it is given; nobody must be able
            to foresee it.  lease: for how many seconds it is ``who``'s to judge.
        """
        with self.writing() as (connection, board):
            made = board.populations[population]
            if not made.left:
                return None
            row = drawn_row(made.members, board.decided | made.drawn, made.left, below)
            done = self.commit(connection, board, population, row, forecast, allowed, who)
            if lease is not None:
                claim(connection, self.id, [row], who, lease)
        return done

    def decide(
        self,
        decisions: Sequence[Decision],
        *,
        origin: str = REVIEW,
        keys: Sequence[str] | None = None,
        p: Sequence[float | None] | None = None,
        new_classes: bool = True,
    ) -> Logged:
        """Log decisions, all of them or none.  What the same person said already is not logged
        again; what they say otherwise now is.

        keys: of the sender, one each; a key that is there already is not logged again.
        p: P(wrong) of each when it was picked; without it that of the claim.
        Raises ValueError for ids that the data does not have, units out of range, and labels that
        the kind of labels cannot hold.
        """
        places = places_of(self, decisions, new_classes)
        with self.writing() as (connection, board):
            rows = [board.row(*place) for place in places]
            held = ended(connection, self.id, rows)
            given = [held.get(row) for row in rows] if p is None else p
            made, changed = fresh_events(board, decisions, places, origin, keys, given)
            seqs = tuple(event.seq for event in self.add(connection, board, made))
            notes = disagreements(board, rows)
        return Logged(len(made), changed, len(decisions) - len(made), seqs, tuple(notes))

    def undo(self, seq: int | None = None, *, who: str | None = None) -> Decision:
        """Take a decision back: number ``seq``, or the last one of ``who`` that stands.  Until the
        label is decided again it counts as unsure.  Returns the decision that was taken back.

        Raises ValueError where there is none.
        """
        with self.writing() as (connection, board):
            stack = board.stack.get(who, [])
            if seq is None and not stack:
                raise ValueError(f"{who or 'nobody'} has no decision to take back")
            seq = stack[-1] if seq is None else seq
            if seq not in board.said or seq not in board.stack[board.said[seq][2]]:
                raise ValueError(f"event {seq} is no decision that stands; nothing was taken back")
            item, unit, whose = board.said[seq]
            before = board.people[board.row(item, unit)].get(whose)
            one = Event(0, UNDO, now(), who=who, item=item, unit=unit, ref=seq)
            self.add(connection, board, [one])
        verdict = "unsure" if before is None else before.verdict
        label = None if before is None else before.label
        return Decision(self.data.ids.item(item), verdict, unit, label, whose, None)

    def commit(
        self,
        connection: Connection,
        board: Board,
        population: str,
        row: int,
        forecast: float | None,
        allowed: int,
        who: str | None,
    ) -> Draw:
        """Write the draw of a label, which is checked to be free."""
        made = board.populations[population]
        if not made.inside[row] or made.drawn[row] or board.decided[row]:
            raise ValueError(f"label {row} cannot be drawn: it was decided, drawn, or never there")
        item, unit = board.place(row)
        one = Event(
            0,
            DRAW,
            now(),
            who=who,
            population=population,
            item=item,
            unit=unit,
            unseen=made.left,
            forecast=None if forecast is None or forecast != forecast else float(forecast),
            allowed=int(allowed),
        )
        done = self.add(connection, board, [one])[0]
        return Draw(done.seq, row, int(done.unseen or 0))

    def mark_greedy(self, population: str = WHOLE) -> None:
        """Log that reviews go by the queue alone from here on, without draws."""
        with self.writing() as (connection, board):
            if not board.populations[population].greedy:
                self.add(connection, board, [Event(0, GREEDY, now(), population=population)])

    def plan(self, chosen: int, drawn: int, population: str) -> None:
        """Log how many labels will be chosen and drawn, before the first draw of a population."""
        with self.writing() as (connection, board):
            made = board.populations[population]
            if made.draws or made.plan:
                raise ValueError(
                    f"{len(made.draws):,} labels are drawn already; a plan is made before the first"
                )
            detail = json.dumps([int(chosen), int(drawn)])
            one = Event(0, PLAN, now(), population=population, detail=detail)
            self.add(connection, board, [one])

    def add_moved(self, one: Event) -> None:
        """Log that the log goes on elsewhere; from then on nothing is written here."""
        with self.writing() as (connection, board):
            self.add(connection, board, [one])


def drawn_row(members: Ints, taken: Bools, left: int, below: Callable[[int], int]) -> int:
    """A member that is not taken, each with the same chance."""
    if left * FULL < len(members):
        free = members[~taken[members]]
        return int(free[below(len(free))])
    while True:
        row = int(members[below(len(members))])
        if not taken[row]:
            return row
