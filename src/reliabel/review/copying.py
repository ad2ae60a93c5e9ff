"""A log copied to a file, or moved to another store, without loss: every event with its hash.

A move is three steps, each of which can be repeated: the log says where it goes on, so that nobody
writes in the old place any more; its events are copied and checked; the folder points to the new
place.  What lay in the old place stays there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliabel.folders.atomic import write_text
from reliabel.folders.audit_folder import LOG, STORE
from reliabel.review.database import Database
from reliabel.review.events import MOVED, Event, broken_at, now
from reliabel.review.models import CLAIMS, EVENTS, LOGS, POPULATIONS
from reliabel.review.opening import Opened, bare
from reliabel.review.store import Log

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT_ONCE = 1000  # rows


def backup(opened: Opened, out: str | Path) -> int:
    """Copy the log into a new SQLite file, which can take the place of decisions.db; returns how
    many events it holds.  Others may go on writing meanwhile.

    Raises ValueError where the file exists already, or the log is not whole.
    """
    path = Path(out)
    if path.exists():
        raise ValueError(f"{path} exists already; give another name (out=)")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}; make it, or give another name (out=)")
    database = Database(path)
    try:
        return _copy(opened.log, database, opened.log.place)
    finally:
        database.close()


def move(opened: Opened, to: str | Path) -> int:
    """Move the log to another store, from where all go on; returns how many events it holds.

    to: postgresql+psycopg://USER@HOST/DATABASE, a path of an SQLite file, or "folder": back into
        the audit folder.  The store that it was in stays as it is, and refuses new decisions.
    Raises ValueError where it lies there already, or the other store holds something else.
    """
    folder, log = opened.folder, opened.log
    address: str | Path = folder / LOG if str(to) == "folder" else to
    address = address if "://" in str(address) else Path(address).resolve()
    if bare(address) == bare(log.database.address):
        raise ValueError(f"the decisions of {folder} lie in {bare(address)} already")
    database = Database(address)
    place = _going_to(log, database, bare(address))
    many = _copy(log, database, place)
    if address == (folder / LOG).resolve():
        (folder / STORE).unlink(missing_ok=True)
    else:
        write_text(folder / STORE, json.dumps({"store": bare(address)}) + "\n")
    return many


def _going_to(log: Log, database: Database, address: str) -> str:
    """Log where the log goes on; the name of that place."""
    there = _row(database, log.uid)
    moved = log.board.moved
    if moved and moved["place"] != log.place:  # a move that was cut short
        if moved["to"] != address:
            raise ValueError(
                f"a move of these decisions to {moved['to']} was cut short; finish it first"
            )
        return moved["place"]
    place = uuid.uuid4().hex if there is None else str(there["place"])
    log.add_moved(Event(0, MOVED, now(), detail=json.dumps({"place": place, "to": address})))
    return place


def _copy(log: Log, database: Database, place: str) -> int:
    """Copy what the other store does not hold yet, and check that it then holds all."""
    from sqlalchemy import select

    with log.database.reading() as old:
        mine = old.execute(select(LOGS).where(LOGS.c.id == log.id))
        row = dict(mine.mappings().one())
        with database.writing() as new:
            other, held = _begun(new, row, place)
            _same_so_far(old, new, log.id, other, held)
            for block in _rows(old, EVENTS, log.id, held):
                new.execute(EVENTS.insert(), [{**one, "log": other} for one in block])
            names = set(
                new.execute(select(POPULATIONS.c.name).where(POPULATIONS.c.log == other)).scalars()
            )
            for table in (POPULATIONS, CLAIMS):
                if table is CLAIMS:
                    new.execute(table.delete().where(table.c.log == other))
                for block in _rows(old, table, log.id):
                    fresh = [one for one in block if one.get("name") not in names]
                    if fresh:
                        new.execute(table.insert(), [{**one, "log": other} for one in fresh])
    copy = Log(database, log.data, {**row, "id": other, "place": place})
    broken = broken_at(copy.events(), copy.start)
    if broken:
        raise ValueError(f"the copy of the log is not whole: {broken}; the old one is kept")
    return copy.board.seq


def _begun(new: Connection, row: dict[str, Any], place: str) -> tuple[int, int]:
    """The number of the log in the other store, and of its last event there."""
    from sqlalchemy import func, select

    table, events = LOGS, EVENTS
    wanted = select(table.c.id).where(table.c.uid == row["uid"])
    found = new.execute(wanted).scalar()
    if found is None:
        fresh = {name: value for name, value in row.items() if name != "id"} | {"place": place}
        new.execute(table.insert(), fresh)
        found = new.execute(wanted).scalar_one()
    last = new.execute(select(func.max(events.c.seq)).where(events.c.log == found)).scalar()
    return int(found), int(last or 0)


def _same_so_far(old: Connection, new: Connection, mine: int, other: int, held: int) -> None:
    """Refuse to add to a log that went on in another way."""
    from sqlalchemy import select

    table = EVENTS
    seals = [
        connection.execute(
            select(table.c.hash).where(table.c.log == log, table.c.seq == held)
        ).scalar()
        for connection, log in ((old, mine), (new, other))
    ]
    if held and seals[0] != seals[1]:
        raise ValueError(
            "the other store holds the same log, and it went on there in another way; move to "
            "another store, both are kept"
        )


def _rows(
    connection: Connection, table: Any, log: int, after: int = 0
) -> Iterator[list[dict[str, Any]]]:
    """The rows of a log in a table, in blocks; of events those after a number."""
    from sqlalchemy import select

    wanted = select(table).where(table.c.log == log)
    if table is EVENTS:
        wanted = wanted.where(table.c.seq > after).order_by(table.c.seq)
    for block in connection.execute(wanted).mappings().partitions(AT_ONCE):
        yield [dict(one) for one in block]


def _row(database: Database, uid: str) -> dict[str, Any] | None:
    from sqlalchemy import select

    table = LOGS
    with database.reading() as connection:
        row = connection.execute(select(table).where(table.c.uid == uid)).mappings().first()
    return None if row is None else dict(row)
