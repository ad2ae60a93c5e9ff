"""Events of a log, and the chain of hashes that ties each to all before it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

ENCODED = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
DRAW, DECIDE, UNDO, SETTLE, ADD = "draw", "decide", "undo", "settle", "add"
POPULATION, PLAN, GREEDY, MOVED = "population", "plan", "greedy", "moved"
REVIEW, FILE = "review", "file"  # where a decision comes from


class Event(NamedTuple):
    """One event of a log.

    draw: the label ``item``, ``unit`` was drawn in ``population`` among ``unseen`` labels, of which
        ``forecast`` were expected to be wrong and ``allowed`` may be.
    decide: ``who`` gave the label ``verdict`` (and ``label``, as text); ``p`` is its P(wrong) when
        it was picked, ``detail`` their comment.
    undo: takes back the decision, settlement or addition number ``ref``.
    add: ``who`` added the span ``label`` to ``item``, where none was listed.
    settle: ``who`` said what counts of a label on which people differ, instead of what they said.
    population, plan, greedy: ``detail`` says what was fixed (JSON).  moved: the log goes on in
        another store, which ``detail`` names.
    """

    seq: int
    kind: str
    at: str
    who: str | None = None
    population: str | None = None
    item: int | None = None
    unit: int | None = None
    verdict: str | None = None
    label: str | None = None
    origin: str | None = None
    key: str | None = None
    ref: int | None = None
    unseen: int | None = None
    forecast: float | None = None
    allowed: int | None = None
    p: float | None = None
    detail: str | None = None
    hash: str = ""

    def sealed(self, before: str) -> Event:
        """The event with its hash, given that of the event before it."""
        return self._replace(hash=self.seal(before))

    def seal(self, before: str) -> str:
        """SHA-256 of the hash before and of all fields as they are, written as a JSON list."""
        return hashlib.sha256(ENCODED((before, *self[:-1])).encode()).hexdigest()

    def as_row(self) -> dict[str, Any]:
        """The event as the columns of its table."""
        return self._asdict()


NAMES = Event._fields  # the columns of the table, in this order


def unsealed(rows: Sequence[Sequence[Any]], before: str) -> int:
    """The place of the first of consecutive events (their fields in order) whose hash is not that
    of its fields and of the event before; -1 where all are as they were written.

    It says what ``Event.seal`` says, for many events at once: one call writes them all as JSON.
    """
    if not rows:
        return -1
    mark = secrets.token_hex(8)  # stands in no event, since nobody could know it
    fields = [value for row in rows for value in (*row[:-1], mark)]
    told = ENCODED(fields)[1:].split(f',"{mark}",')
    told[-1] = told[-1].removesuffix(f',"{mark}"]')
    for place, (text, row) in enumerate(zip(told, rows, strict=True)):
        if hashlib.sha256(f'["{before}",{text}]'.encode()).hexdigest() != row[-1]:
            return place
        before = row[-1]
    return -1


def first_hash(uid: str, labels: str, units: int) -> str:
    """What the chain of a log begins with: its name and the labels it is on."""
    return hashlib.sha256(json.dumps([uid, labels, units]).encode()).hexdigest()


def broken_at(events: Iterable[Event], start: str) -> str:
    """Where the chain does not hold, in a sentence; "" where every event is as it was written."""
    before = start
    for seq, one in enumerate(events, start=1):
        if one.seq != seq:
            return f"event {seq:,} is missing: after event {seq - 1:,} comes event {one.seq:,}"
        if one.seal(before) != one.hash:
            return (
                f"event {seq:,} ({one.kind} of {one.at}) is not as it was written, or one before "
                "it was changed"
            )
        before = one.hash
    return ""


def now() -> str:
    """The moment, UTC, as events write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
