"""Decisions on their way into the log: checked, and those that say nothing new left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reliabel.core.kinds import kind_for
from reliabel.core.label_values import written
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.folders.added_spans import parsed_addition
from reliabel.folders.decisions import Wanted, all_known, unit_of
from reliabel.review.board import Board
from reliabel.review.events import ADD, DECIDE, SETTLE, Event, now

if TYPE_CHECKING:
    from reliabel.review.store import Log

Place = tuple[int, int | None]  # item, and unit within it (None: the whole item)


@dataclass(frozen=True)
class Logged:
    """What became of decisions: how many are ``new``, of which ``changed`` differ from what the
    same person said before; ``same`` were logged already; ``notes`` say what people should know.
    """

    new: int
    changed: int
    same: int
    seqs: tuple[int, ...] = ()
    notes: tuple[str, ...] = field(default=())

    __repr__ = by_fields


def places_of(log: Log, decisions: Sequence[Decision], new_classes: bool) -> list[Place]:
    """The item and unit of each decision.  Raises ValueError where there is none, or a label cannot
    be.
    """
    all_known(decisions, log.item)
    wanted = Wanted(log.data.labels, kind_for(log.data.labels), new_classes)
    places = list[Place]()
    for one in decisions:
        item = log.item[one.id]
        if one.verdict == ADD:
            parsed_addition(log.data, one.label)
            places.append((item, None))
            continue
        places.append((item, unit_of(log.layout, item, one)))
        if one.verdict == "change":
            wanted.value(one.label)
    return places


def fresh_events(
    board: Board,
    decisions: Sequence[Decision],
    places: Sequence[Place],
    origin: str,
    keys: Sequence[str] | None,
    p: Sequence[float | None],
) -> tuple[list[Event], int]:
    """The events of decisions that say something new, and how many of them are instead of what the
    same person said before.
    """
    made, changed, sent = list[Event](), 0, set(board.keys)
    said: dict[tuple[Any, ...], Decision] = {}
    for which, (one, place) in enumerate(zip(decisions, places, strict=True)):
        key = None if keys is None else keys[which]
        before = said.get(_subject(place, one)) or said.get(_subject((place[0], None), one))
        known = _said_before(board, place, one) if before is None else _alike(before, one)
        apart = [] if place[1] is not None or one.verdict == ADD else _of_item(said, place[0], one)
        known = known and not apart  # all of an item after some of its labels says something new
        if known or key in sent:
            continue
        changed += before is not None or _again(board, place, one)
        for earlier in apart:
            del said[earlier]
        said[_subject(place, one)] = one
        if key is not None:
            sent.add(key)
        made.append(_decide_event(one, place, origin, key, p[which]))
    return made, changed


def _subject(place: Place, one: Decision) -> tuple[Any, ...]:
    """What a decision is about, and whose it is: of an added span the span itself."""
    return (*place, one.who, one.settles, one.label if one.verdict == ADD else None)


def _of_item(said: Mapping[tuple[Any, ...], Decision], item: int, one: Decision) -> list[Any]:
    """What the same person said before of single labels of an item."""
    about = (item, one.who, one.settles, None)
    return [key for key in said if (key[0], *key[2:]) == about and key[1] is not None]


def _again(board: Board, place: Place, one: Decision) -> bool:
    """Whether somebody speaks of a label again."""
    if one.settles or one.verdict == ADD:
        return False
    return one.who in board.people.get(board.row(*place), {})


def _decide_event(
    one: Decision, place: tuple[int, int | None], origin: str, key: str | None, p: float | None
) -> Event:
    tells = one.verdict in ("change", ADD) and one.label is not None
    label = written(one.label) if tells else None
    return Event(
        0,
        ADD if one.verdict == ADD else SETTLE if one.settles else DECIDE,
        one.at or now(),
        who=one.who,
        item=place[0],
        unit=place[1],
        verdict=one.verdict,
        label=label,
        origin=origin,
        key=key,
        p=None if p is None or p != p else float(p),
        detail=one.comment,
    )


def _said_before(board: Board, place: tuple[int, int | None], one: Decision) -> bool:
    """Whether the same person's last word on the label, or on all of the item, is the same; of what
    settles it, whether the last word of all is.
    """
    if one.verdict == ADD:
        people = board.added.get(place[0], {}).get(str(one.label), {})
        return one.who in people
    rows = board.rows(*place)
    label = None if one.label is None else written(one.label)
    verdict, value = board.meant(rows[0], one.verdict, label)
    for row in rows:
        before = board.people.get(row, {}).get(one.who)
        if one.settles:
            before = board.settled[row][-1].said if row in board.settled else None
        if before is None or (before.verdict, before.value) != (verdict, value):
            return False
        if one.comment not in (None, before.comment):
            return False
    return True


def _alike(before: Decision, one: Decision) -> bool:
    said = (before.verdict, written(before.label), before.comment)
    return said == (one.verdict, written(one.label), one.comment)


def disagreements(board: Board, rows: Sequence[int]) -> list[str]:
    """What to say of labels on which people disagree."""
    split = sum(board.differ(row) and row not in board.settled for row in dict.fromkeys(rows))
    if not split:
        return []
    several = split > 1
    return [
        f"people disagree on {split:,} label{'s' * several}; "
        f"{'they count' if several else 'it counts'} as unsure until they agree, or somebody "
        "settles it"
    ]
