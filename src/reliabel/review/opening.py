"""The log of an audit folder: where its store lies, and that it is on the same labels."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import layout_of
from reliabel.core.results import Audit
from reliabel.core.short_repr import by_fields
from reliabel.folders.atomic import write_text
from reliabel.folders.audit_folder import LOG, STORE, load
from reliabel.folders.consensus_folder import is_consensus, refuse_unreviewable
from reliabel.review.database import Database
from reliabel.review.events import now
from reliabel.review.identity import print_of
from reliabel.review.models import LOGS
from reliabel.review.store import Log
from reliabel.review.taken_over import take_over


@dataclass(frozen=True, eq=False)
class Opened:
    """An audit with its log; ``notes`` say what was found and done."""

    audit: Audit
    log: Log
    folder: Path
    notes: tuple[str, ...] = ()

    __repr__ = by_fields

    @property
    def source(self) -> str:
        """What the most suspect labels are: "suspects" of an audit, or "disputed" items of a
        consensus.
        """
        return "disputed" if is_consensus(self.folder) else "suspects"


def _audit_in(folder: Path) -> Audit:
    """The audit of an audit folder, or of a consensus folder, whose labels are the consensus."""
    refuse_unreviewable(folder)
    return load(folder)


def store_of(folder: Path) -> str | Path | None:
    """Where the decisions on an audit lie: an address that was given before, or the file in the
    folder; None where there are none.
    """
    if (folder / STORE).is_file():
        try:
            return str(json.loads((folder / STORE).read_text(encoding="utf-8"))["store"])
        except (ValueError, KeyError, TypeError) as wrong:
            raise ValueError(
                f"{folder / STORE} does not say where the decisions lie; give the address again "
                "(store=)"
            ) from wrong
    return folder / LOG if (folder / LOG).is_file() else None


def open_log(folder: str | Path, *, store: str | Path | None = None, write: bool = True) -> Opened:
    """The audit in ``folder`` with the log of its reviews, which is made if there is none; what
    people decided in files of the folder is taken over into it.  Of a consensus folder the labels
    are the consensus, and the most suspect those on which the votes are the least sure.

    store: where the decisions are to lie, if not in the folder: a path of an SQLite file or
        postgresql+psycopg://USER@HOST/DATABASE.  The folder remembers it, without a password.
    write: take files over; False where the log may have moved.
    Raises ValueError where the folder holds no audit, the decisions in the store are on other
    labels, or the folder's decisions lie elsewhere.
    """
    place = Path(folder)
    audit = _audit_in(place)
    known = store_of(place)
    address = _address(place, known, store)
    database = Database(address)
    remote = str(address) != str(place / LOG)
    found, note = _found(database, audit.data, place, remote=remote)
    if store is not None and known is None:
        write_text(place / STORE, json.dumps({"store": bare(address)}) + "\n")
    log = Log(database, audit.data, found)
    notes = [note, _changed(audit.data), *(take_over(log, place) if write else ())]
    return Opened(audit, log, place, tuple(one for one in notes if one))


def _changed(data: Dataset) -> str:
    """What to say where the audited file is another by now ("" where it is not, or has moved)."""
    from reliabel.formats.files import sha256_of

    path, then = Path(str(data.source.get("path") or "")), data.source.get("sha256")
    if not then or not path.is_file() or sha256_of(path) == then:
        return ""
    return (
        f"{path.name} has changed since it was audited (its SHA-256 is another); what is judged "
        "here are the labels as they were audited, and apply will ask for the audited file"
    )


def log_there(folder: str | Path, *, store: str | Path | None = None) -> Log:
    """The log of an audit folder for reading.  Raises ValueError where nobody decided there."""
    place = Path(folder)
    data = _audit_in(place).data
    known = store_of(place)
    address = known if store is None else _address(place, known, store)
    database = None if address is None else Database(address)
    found = None if database is None else _of_labels(database, print_of(data))
    if database is None or found is None:
        raise ValueError(
            f"{place} has no log of decisions on these labels yet; the first labels are handed "
            f"out with: reliabel next {place} -o batch.csv"
        )
    return Log(database, data, found)


def opened_if_there(folder: Path, data: Dataset) -> Log | None:
    """The log of a folder for reading, None where nobody decided there yet."""
    address = store_of(folder)
    if address is None:
        return None
    database = Database(address)
    found = _of_labels(database, print_of(data))
    return None if found is None else Log(database, data, found)


def _is_url(address: Any) -> bool:
    return "://" in str(address or "")


def _address(folder: Path, known: str | Path | None, store: str | Path | None) -> str | Path:
    if store is None:
        return folder / LOG if known is None else known
    given = store if _is_url(store) else Path(store).resolve()
    if known is not None and bare(known) != bare(given):
        raise ValueError(
            f"the decisions of {folder} lie in {bare(known)} already; leave store out, or take "
            f"them along first: reliabel store move {folder} {bare(given)}"
        )
    return given


def bare(address: str | Path) -> str:
    """An address without a password."""
    if not _is_url(address):
        return str(Path(address).resolve())
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(str(address)).set(password=None).render_as_string()
    except ArgumentError as wrong:
        raise ValueError(
            f"{address} is no address of a store: give a path of an SQLite file, or "
            "postgresql+psycopg://USER@HOST/DATABASE"
        ) from wrong


def _found(
    database: Database, data: Dataset, folder: Path, *, remote: bool
) -> tuple[dict[str, Any], str]:
    """The log of the labels, which is made if there is none, and what to say of it."""
    labels = print_of(data)
    found = _of_labels(database, labels)
    if found is not None:
        name = folder.resolve().name
        joined = remote and found["name"] != name
        return found, f"these reviews go on with those of {found['name']}" if joined else ""
    others = _names(database)
    if others and not remote:
        raise ValueError(
            f"{folder / LOG} holds decisions on other labels than this audit's (the input has "
            "changed since); they stay as they are: keep the new audit in another folder, and "
            "review it there"
        )
    row = {
        "uid": uuid.uuid4().hex,
        "name": folder.resolve().name,
        "labels": labels,
        "units": layout_of(data.labels).rows,
        "place": uuid.uuid4().hex,
        "made": now(),
    }
    with database.writing() as connection:
        if not database.sqlite:
            connection.exec_driver_sql("LOCK TABLE log IN EXCLUSIVE MODE")
        there = _read(connection, labels)
        if there is None:
            connection.execute(LOGS.insert(), row)
            there = _read(connection, labels)
    return there or row, ""


def _of_labels(database: Database, labels: str) -> dict[str, Any] | None:
    with database.reading() as connection:
        return _read(connection, labels)


def _read(connection: Any, labels: str) -> dict[str, Any] | None:
    from sqlalchemy import select

    table = LOGS
    row = connection.execute(select(table).where(table.c.labels == labels)).mappings().first()
    return None if row is None else dict(row)


def _names(database: Database) -> list[str]:
    from sqlalchemy import select

    with database.reading() as connection:
        return list(connection.execute(select(LOGS.c.name)).scalars())
