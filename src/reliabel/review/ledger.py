"""The chain of events of a log, and the board that they add up to.

The board is brought up to date whenever it is asked for; other processes may write too.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import bindparam, select

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import layout_of
from reliabel.folders.fingerprint import fingerprint
from reliabel.review.board import Board
from reliabel.review.database import Database
from reliabel.review.events import (
    NAMES,
    POPULATION,
    Event,
    broken_at,
    first_hash,
    unsealed,
)
from reliabel.review.identity import known_rows, unpacked
from reliabel.review.models import EVENTS, LOGS, POPULATIONS

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
BATCH = 1000  # events that are read or written at a time


class Ledger:
    """The events of one log in an open database, each sealed with all before it.

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
        return f"{type(self).__name__}({self.database.told}, {self.board.seq:,} events)"

    # reading

    @property
    def board(self) -> Board:
        """What the events add up to now."""
        with self._lock, self.database.reading() as connection:
            return self._up_to_date(connection)

    @contextmanager
    def looking(self) -> Iterator[Board]:
        """What the events add up to now, while no other thread adds to it."""
        with self._lock:
            yield self.board

    @property
    def item(self) -> dict[str, int]:
        """Id -> item."""
        if self._item is None:
            ids = self.data.ids
            self._item = {ids.item(row): row for row in range(len(self.data.labels))}
        return self._item

    def events(self, after: int = 0, most: int | None = None) -> Iterator[Event]:
        """The events behind number ``after`` in order, ``most`` of them, as the database holds them
        now.
        """
        with self.database.reading() as connection:
            yield from self.read(connection, after, most)

    def read(self, connection: Connection, after: int, most: int | None = None) -> Iterator[Event]:
        """The events behind number ``after`` as a connection sees them."""
        wanted = _LATER if most is None else _LATER.limit(most)
        for rows in self._rows(connection, wanted, after):
            yield from map(Event._make, rows)

    def _rows(
        self, connection: Connection, wanted: Any, after: int
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """The fields of events in blocks, as the driver has them: text and numbers."""
        cursor = connection.execute(wanted, {"of": self.id, "after": after}).cursor
        while cursor is not None and (rows := cursor.fetchmany(BATCH)):
            yield rows

    def event(self, connection: Connection, seq: int) -> Event:
        """Event number ``seq``."""
        return next(self.read(connection, seq - 1, 1))

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
        for one in self.read(connection, 0):
            self._take(board, one, connection)
        return board

    def _up_to_date(self, connection: Connection) -> Board:
        board = self._board
        if board is None:
            board = Board(self.data, self._known)
            board.hash = self.start
        self._board = None  # where an event cannot be read the board is made anew
        with _without_collector():
            for rows in self._rows(connection, _LATER, board.seq):
                self._follow(board, rows, connection)
        self._board = board
        return board

    def _follow(self, board: Board, rows: Sequence[Sequence[Any]], connection: Connection) -> None:
        """Take the events of a block, checked against those before them."""
        broken = unsealed(rows, board.hash)
        gap = next((at for at, row in enumerate(rows, 1) if row[0] != board.seq + at), 0) - 1
        wrong = min((at for at in (broken, gap) if at >= 0), default=-1)
        if wrong >= 0:
            raise ValueError(
                f"the log in {self.database.told} was changed by hand: event {rows[wrong][0]:,} "
                "does not follow from those before it; see: reliabel log --verify, and put back a "
                "copy that `reliabel store backup` made"
            )
        for one in map(Event._make, rows):
            self._take(board, one, connection)

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


@contextmanager
def _without_collector() -> Iterator[None]:
    """Events make many objects that stay; the collector of cycles would go through all of them
    again and again, which takes as long as reading them.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
