"""The database of a store: SQLite in the audit folder, or PostgreSQL by its address."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0001"  # the newest version of the tables
PATIENCE = 60  # seconds that a write waits for others


class Database:
    """An open database with its tables as this version needs them.

    address: a path of an SQLite file, or what SQLAlchemy takes (postgresql+psycopg://...).
    """

    def __init__(self, address: str | Path) -> None:
        self.address = str(address)
        self.engine = _engine(address)
        weakref.finalize(self, self.engine.dispose)  # nothing stays open when it is gone
        with self._said():
            self._migrate()

    @property
    def sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    @property
    def told(self) -> str:
        """Its address without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads one state of the database."""
        with self._said(), self.engine.connect() as connection:
            yield connection.execution_options(reading=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose writes count together when the block ends well, or not at all.

        On SQLite it is the only one that writes meanwhile (``BEGIN IMMEDIATE``); on PostgreSQL the
        caller locks the row of its log.
        """
        with self._said(), self.engine.begin() as connection:
            yield connection

    def without_waiting(self, connection: Connection) -> None:
        """Let what is written in this transaction be lost where the power fails: who holds which
        label, which is no evidence.  SQLite cannot do that within a transaction, and waits.
        """
        if not self.sqlite:
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.reading() as connection:
            if _version(connection) == HEAD:
                return
        from alembic import command
        from alembic.config import Config

        with self.writing() as connection:
            if not self.sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7261625)")
            seen = _version(connection)
            if seen is not None and seen > HEAD:
                raise ValueError(
                    f"the store {self.told} was written by a newer version (its tables are of "
                    f"version {seen}, this one knows {HEAD}); install the newest reliabel"
                )
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            command.upgrade(config, "head")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Errors of the database as sentences."""
        from sqlalchemy.exc import DatabaseError, InterfaceError, NoSuchModuleError

        try:
            yield
        except (DatabaseError, InterfaceError) as wrong:
            raise _sentence(self.told, wrong) from wrong
        except NoSuchModuleError as wrong:
            raise ValueError(_address(self.told)) from wrong


def _address(address: str) -> str:
    return (
        f"{address} is no address of a store: give a path of an SQLite file, or "
        "postgresql+psycopg://USER@HOST/DATABASE"
    )


def _engine(address: str | Path) -> Engine:
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        if isinstance(address, Path) or "://" not in address:  # a name may hold ? and %
            url = URL.create("sqlite", database=str(Path(address).resolve()))
        else:
            url = make_url(address)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(_address(url.render_as_string(hide_password=True)))
        if url.get_backend_name() == "postgresql":
            engine = create_engine(url, pool_pre_ping=True)
            event.listen(engine, "connect", _patient)
            return engine
        engine = create_engine(url, connect_args={"timeout": PATIENCE})
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "a store on PostgreSQL needs psycopg: pip install 'reliabel[review]'"
        ) from missing
    except (ArgumentError, NoSuchModuleError) as wrong:
        raise ValueError(_address(str(address))) from wrong
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    return engine


def _connected(connection: Any, record: Any) -> None:
    """Every connection of SQLite: readers and one writer at a time, and what is committed is on
    disk.
    """
    connection.isolation_level = None  # transactions are begun by ``_begun``
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {line}").close()


def _patient(connection: Any, record: Any) -> None:
    """Every connection of PostgreSQL: whoever holds the log for long does not hold up others for
    ever.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE * 1000:.0f}ms'")
    connection.commit()


def _begun(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _version(connection: Connection) -> str | None:
    """The version of the tables, None where there are none."""
    from sqlalchemy import inspect

    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _sentence(place: str, wrong: Any) -> Exception:
    """A failure of the database as a sentence."""
    first = str(wrong.orig).strip().splitlines()[0]
    if "locked" in first or "lock timeout" in first:
        return OSError(
            f"{place} is in use by another process for more than {PATIENCE:g} seconds; nothing was "
            "written, try again"
        )
    if "disk is full" in first or "No space left" in first:
        return OSError(
            f"the disk of {place} is full ({first}); nothing was written, what was acknowledged "
            "before is kept: make room, then try again"
        )
    if "never changed" in first:
        return ValueError(f"{place}: {first}")
    if "malformed" in first or "not a database" in first:
        return ValueError(
            f"{place} is damaged ({first}); put back a copy that `reliabel store backup` made"
        )
    return OSError(
        f"{place} could not be read or written: {first}; what was acknowledged before is kept"
    )
