"""What people decided about labels: read from a file or a table, checked, and settled to one
verdict a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reliabel.core.catalogue import nearest
from reliabel.core.dataset import Dataset
from reliabel.core.findings import flat
from reliabel.core.labels import Grouped, Labels, MultiLabel
from reliabel.core.lift import YES_NO, units_of
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.reading.column_roles import present

VERDICTS = ("keep", "change", "drop", "unsure")
Place = tuple[int, int | None]  # item, and unit within it (None: the whole item)


@dataclass(frozen=True)
class Settled:
    """One verdict a label: new names by place, what goes, and the counts."""

    change: dict[Place, str]
    drop: set[Place]
    kept: int
    unsure: int
    disagreed: int
    undecided: int
    new: tuple[str, ...] = ()
    right: frozenset[Place] = frozenset()  # judged right as given

    __repr__ = by_fields


def decisions_of(given: Any) -> list[Decision]:
    """Decisions from a CSV, JSONL or Parquet file, a table, a mapping of columns, or a list of
    ``Decision``.
    """
    if isinstance(given, list | tuple) and all(isinstance(one, Decision) for one in given):
        return list(given)
    from reliabel.formats import frames, tables

    path = Path(given) if isinstance(given, str | Path) else None
    table = tables.read(path) if path is not None else frames.of_frame(given)
    what = path.name if path is not None else "the decisions"
    columns = {
        name: _words(table, name)
        for name in ("unit", "label", "who", "at")
        if name in table.columns
    }
    columns |= {
        name: _words(table, present(table, name, f"decisions ({what})"))
        for name in ("id", "verdict")
    }
    return [
        _decision(what, row, {name: cells[row] for name, cells in columns.items()})
        for row in range(table.rows)
    ]


def settle(data: Dataset, decisions: Sequence[Decision], *, new_classes: bool = False) -> Settled:
    """The verdict on every label that was decided: the last word of each person counts, people who
    disagree are unsure together.

    Raises ValueError for ids that the data does not have, units out of range, and labels outside
    the class names.
    """
    item = {data.ids.item(row): row for row in range(len(data.labels))}
    _all_known(decisions, item)
    last: dict[Place, dict[str | None, Decision]] = {}
    for one in _in_order(decisions):
        place = (item[one.id], _unit(data.labels, item[one.id], one))
        last.setdefault(place, {})[one.who] = one
    names = _names(data.labels)
    new: dict[str, None] = {}
    change, drop, right, unsure, disagreed = {}, set(), set(), 0, 0
    for place, people in last.items():
        words = {
            (one.verdict, one.label if one.verdict == "change" else None) for one in people.values()
        }
        verdict, label = words.pop() if len(words) == 1 else ("unsure", None)
        disagreed += bool(words)
        if verdict == "change" and label is not None:
            _name_known(label, names, new, new_classes and not isinstance(data.labels, MultiLabel))
            if label == _given(data.labels, place):
                verdict = "keep"
            else:
                change[place] = label
        if verdict == "drop":
            drop.add(place)
        if verdict == "keep":
            right.add(place)
        unsure += verdict == "unsure"
    gone = {i for i, unit in drop if unit is None}
    change = {place: label for place, label in change.items() if place[0] not in gone}
    whole = isinstance(data.labels, MultiLabel | Grouped)
    decided = sum(
        units_of(data.labels.take(_one(i))) if unit is None and whole else 1 for i, unit in last
    )
    return Settled(
        change,
        drop,
        len(right),
        unsure,
        disagreed,
        units_of(data.labels) - decided,
        tuple(new),
        frozenset(right),
    )


def _decision(what: str, row: int, cells: dict[str, str | None]) -> Decision:
    where = f"{what}, row {row + 1}"
    verdict = (cells["verdict"] or "").strip().lower()
    if cells["id"] is None:
        raise ValueError(f"{where}: no id; every decision names its item")
    if verdict not in VERDICTS:
        seen = f"the verdict {cells['verdict']!r}" if verdict else "no verdict"
        raise ValueError(
            f"{where}: {seen}{nearest(verdict, VERDICTS)}; a verdict is one of {', '.join(VERDICTS)}"
        )
    if verdict == "change" and cells.get("label") is None:
        raise ValueError(f"{where}: change without a label; give the new one in the column label")
    unit, at = cells.get("unit"), cells.get("at")
    if unit is not None and not unit.removesuffix(".0").isdecimal():
        raise ValueError(f"{where}: the unit {unit!r} is not a whole number from 0")
    if at is not None:
        _moment(at, where)
    return Decision(
        cells["id"],
        verdict,
        None if unit is None else int(unit.removesuffix(".0")),
        cells.get("label"),
        cells.get("who"),
        at,
    )


def _words(table: Any, name: str) -> list[str | None]:
    return [
        None if v is None or v != v or not str(v).strip() else str(v)
        for v in table.written(name).tolist()
    ]


def _in_order(decisions: Sequence[Decision]) -> Iterable[Decision]:
    """Person by person: by time where all of a person's decisions say it, else in the order of the
    file.
    """
    mine: dict[str | None, list[Decision]] = {}
    for one in decisions:
        mine.setdefault(one.who, []).append(one)
    for theirs in mine.values():
        timed = all(one.at for one in theirs)
        yield from (
            sorted(theirs, key=lambda one: _moment(str(one.at), "a decision")) if timed else theirs
        )


def _moment(at: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise ValueError(f"{where}: the time {at!r} is not like 2026-11-21T14:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _all_known(decisions: Sequence[Decision], item: dict[str, int]) -> None:
    unknown = list(dict.fromkeys(one.id for one in decisions if one.id not in item))
    if unknown:
        shown = ", ".join(map(repr, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
        near = nearest(unknown[0], list(item)[:20000])
        many = "ids of the decisions are" if len(unknown) > 1 else "id of the decisions is"
        raise ValueError(
            f"{len(unknown):,} {many} not in the audit: {shown}{near}; is it the audit of other data?"
        )


def _unit(labels: Labels, item: int, one: Decision) -> int | None:
    size = (
        labels.k
        if isinstance(labels, MultiLabel)
        else int(labels.offsets[item + 1] - labels.offsets[item])
        if isinstance(labels, Grouped)
        else 1
    )
    if size == 1 and not isinstance(labels, MultiLabel | Grouped):
        if one.unit not in (None, 0):
            raise ValueError(
                f"item {one.id!r} has one label, the decision names unit {one.unit}; leave unit empty"
            )
        return None
    if one.unit is not None and one.unit >= size:
        raise ValueError(
            f"item {one.id!r} has the units 0 to {size - 1}, the decision names {one.unit}"
        )
    if one.unit is None and one.verdict == "change":
        raise ValueError(
            f"item {one.id!r} has {size} labels; a change must say which in the column unit (0 to {size - 1})"
        )
    return one.unit


def _names(labels: Labels) -> tuple[str, ...]:
    known = flat(labels)
    if known is None:
        raise ValueError(
            f"decisions on {type(labels).__name__} cannot be applied; they are for classes, several labels an item, and groups of them"
        )
    return YES_NO if isinstance(labels, MultiLabel) else known.names


def _name_known(label: str, names: tuple[str, ...], new: dict[str, None], allowed: bool) -> None:
    if label in names:
        return
    if not allowed:
        more = (
            ""
            if names == YES_NO
            else "; a class that is really new needs --new-classes (new_classes=True)"
        )
        raise ValueError(
            f"there is no class {label!r}{nearest(label, names)}; the classes are {', '.join(map(repr, names[:20]))}{more}"
        )
    new[label] = None


def _given(labels: Labels, place: Place) -> str | None:
    known = flat(labels)
    item, unit = place
    size = labels.k if isinstance(labels, MultiLabel) else 1
    at = (
        int(labels.offsets[item]) + (unit or 0)
        if isinstance(labels, Grouped)
        else item * size + (unit or 0)
    )
    code = -1 if known is None else int(known.y[at])
    return None if known is None or code < 0 else known.names[code]


def _one(item: int) -> Any:
    import numpy as np

    return np.array([item])
