"""The tables of a store as SQLAlchemy models: logs, their events, populations and claims."""

from __future__ import annotations

from typing import cast

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LONG = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows of INTEGER keys alone


class Tables(DeclarativeBase):
    """What all tables of a store belong to."""


class LogRow(Tables):
    """One log: the reviews of the labels of one audit."""

    __tablename__ = "log"
    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    uid: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)  # of the audit folder, for people
    labels: Mapped[str] = mapped_column(Text)  # fingerprint of ids and labels as audited
    units: Mapped[int] = mapped_column(LONG)  # how many labels there are
    place: Mapped[str] = mapped_column(Text)  # what tells this copy of the log from where it moved
    made: Mapped[str] = mapped_column(Text)


class EventRow(Tables):
    """One event; rows are only ever added, which triggers of the migration see to."""

    __tablename__ = "event"
    log: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(LONG, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)  # draw, decide, undo; population, plan, greedy
    at: Mapped[str] = mapped_column(Text)
    who: Mapped[str | None] = mapped_column(Text)
    population: Mapped[str | None] = mapped_column(Text)
    item: Mapped[int | None] = mapped_column(LONG)
    unit: Mapped[int | None] = mapped_column(LONG)
    verdict: Mapped[str | None] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str | None] = mapped_column(Text)  # review, file
    key: Mapped[str | None] = mapped_column(Text)  # of the sender, by which a repeat is known
    ref: Mapped[int | None] = mapped_column(LONG)  # the decision that an undo takes back
    unseen: Mapped[int | None] = mapped_column(LONG)
    forecast: Mapped[float | None] = mapped_column(Float(53))
    allowed: Mapped[int | None] = mapped_column(LONG)
    p: Mapped[float | None] = mapped_column(Float(53))
    detail: Mapped[str | None] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("event_key", "log", "key", unique=True),)


class PopulationRow(Tables):
    """The labels that one kind of draws is made from, fixed before the first draw: one bit for each
    label, compressed.
    """

    __tablename__ = "population"
    log: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    members: Mapped[bytes] = mapped_column(LargeBinary)


class ClaimRow(Tables):
    """Who was handed a label to judge, and until when; no evidence, and free to change."""

    __tablename__ = "claim"
    log: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    row: Mapped[int] = mapped_column(LONG, primary_key=True)
    who: Mapped[str] = mapped_column(Text)
    until: Mapped[float] = mapped_column(Float(53))  # seconds since 1970
    p: Mapped[float | None] = mapped_column(Float(53))  # refitted P(wrong) when it was picked


LOGS = cast(Table, LogRow.__table__)
EVENTS = cast(Table, EventRow.__table__)
POPULATIONS = cast(Table, PopulationRow.__table__)
CLAIMS = cast(Table, ClaimRow.__table__)
