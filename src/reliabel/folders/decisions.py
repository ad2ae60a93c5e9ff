"""What people decided about labels: checked, and resolved to one verdict a label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reliabel.core.catalogue import nearest
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import Kind, Layout, class_names, kind_for, layout_of
from reliabel.core.labels import Labels, Value
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.folders.added_spans import Added, added_spans, as_meant
from reliabel.folders.decision_table import ADD, VERDICTS, decision_table, decisions_of, moment

__all__ = [
    "VERDICTS",
    "Place",
    "Resolved",
    "Wanted",
    "all_known",
    "decision_table",
    "decisions_of",
    "in_order",
    "resolve",
    "unit_of",
]
Place = tuple[int, int | None]  # item, and unit within it (None: the whole item)


@dataclass(frozen=True)
class Resolved:
    """One verdict a label: new labels by place, what goes, and the counts.

    ``new`` are names of classes that the data did not have, ``right`` the labels kept as given;
    ``undecided`` counts the labels that nobody decided on, ``disagreed`` those of ``unsure`` on
    which people disagree.  ``add`` are spans where none was listed, as item and value.
    """

    change: Mapping[Place, Value]
    drop: frozenset[Place]
    right: frozenset[Place]
    unsure: int
    disagreed: int
    undecided: int
    new: tuple[str, ...] = ()
    add: tuple[Added, ...] = ()

    @property
    def kept(self) -> int:
        """How many labels people kept as given."""
        return len(self.right)

    __repr__ = by_fields


def resolve(data: Dataset, decisions: Sequence[Decision], *, new_classes: bool = False) -> Resolved:
    """The verdict on every label that was decided: the last decision of each person counts, people
    who disagree are unsure together, unless somebody settled it.

    Raises ValueError for ids that the data does not have, units out of range, and labels that the
    kind of labels cannot hold (outside the class names, not a number).
    """
    labels, layout = data.labels, layout_of(data.labels)
    wanted = Wanted(labels, kind_for(labels), new_classes)
    change: dict[Place, Value] = {}
    places: dict[str, set[Place]] = {verdict: set() for verdict in VERDICTS}
    if any(one.verdict == ADD for one in decisions):
        known = {data.ids.item(row): row for row in range(len(data))}
        decisions = [as_meant(data, one, known) for one in decisions]
    adds = [one for one in decisions if one.verdict == ADD]
    decisions = [one for one in decisions if one.verdict != ADD]
    last, disagreed = _last_of_each(data, layout, decisions), 0
    settled = _settled(data, layout, decisions)
    last |= settled
    for place, people in last.items():
        verdict, label, agree = _together(wanted, people)
        disagreed += not agree
        if verdict == "change":
            value = wanted.value(label)
            wanted.note(value)
            if wanted.is_given(value, layout.row(*place)):
                verdict = "keep"
            else:
                change[place] = value
        if verdict == "drop" and place[1] is not None:
            wanted.can_change()
        places[verdict].add(place)
    _part_by_part(layout, places["drop"], last, settled)
    gone = {item for item, unit in places["drop"] if unit is None}
    add, split = _added(data, adds)
    decided = sum(layout.size(item) if unit is None else 1 for item, unit in last)
    return Resolved(
        {place: value for place, value in change.items() if place[0] not in gone},
        frozenset(places["drop"]),
        frozenset(places["keep"]),
        len(places["unsure"]) + split,
        disagreed + split,
        layout.rows - decided,
        tuple(wanted.new),
        tuple(one for one in add if one[0] not in gone),
    )


def _added(data: Dataset, adds: Sequence[Decision]) -> tuple[list[Added], int]:
    if not adds:
        return [], 0
    item = {data.ids.item(row): row for row in range(len(data))}
    all_known(adds, item)
    return added_spans(data, in_order(adds), item)


class Wanted:
    """The labels that people want, read as the kind of labels reads them."""

    def __init__(self, labels: Labels, kind: Kind, new_classes: bool) -> None:
        self.labels, self.kind = labels, kind
        self.names = class_names(labels) if kind.open and new_classes else None
        self.new: dict[str, None] = {}  # names of classes that the data did not have, in order

    def can_change(self) -> None:
        """Refuse labels of a kind that people cannot change."""
        if self.kind.parsed is None or self.kind.changed is None:
            raise ValueError(
                f"labels of the kind {self.kind.name} cannot be changed by decisions; keep, unsure "
                "and drop (of a whole item) can be applied"
            )

    def read(self, label: Any) -> Any:
        """A label as a value, as far as it can be read; to see whether people agree."""
        try:
            return self.value(label)
        except ValueError:  # it is raised again where people agree on it
            return str(label)

    def value(self, label: Any) -> Value:
        """A label as a value; ValueError where it is none of this kind."""
        self.can_change()
        if label is None or self.kind.parsed is None:
            raise ValueError("a change needs the new label; give it in the column label")
        if self.names is not None and label not in self.names:
            return str(label)
        return self.kind.parsed(self.labels, label)

    def note(self, value: Value) -> None:
        """Keep the name of a class that the data did not have."""
        if self.names is not None and value not in self.names:
            self.new[str(value)] = None

    def is_given(self, value: Value, row: int) -> bool:
        """Whether a label is wanted as it is."""
        return self.kind.equal(self.labels, value, self.kind.value(self.labels, row))


def _last_of_each(
    data: Dataset, layout: Layout, decisions: Sequence[Decision]
) -> dict[Place, dict[str | None, Decision]]:
    """Place -> person -> their last decision on it."""
    item = {data.ids.item(row): row for row in range(len(data.labels))}
    all_known(decisions, item)
    last: dict[Place, dict[str | None, Decision]] = {}
    for one in in_order(one for one in decisions if not one.settles):
        place = (item[one.id], unit_of(layout, item[one.id], one))
        last.setdefault(place, {})[one.who] = one
    return last


def _settled(
    data: Dataset, layout: Layout, decisions: Sequence[Decision]
) -> dict[Place, dict[str | None, Decision]]:
    """Place -> what was settled there last, which counts alone."""
    settling = [one for one in decisions if one.settles]
    if not settling:
        return {}
    item = {data.ids.item(row): row for row in range(len(data.labels))}
    return {
        (item[one.id], unit_of(layout, item[one.id], one)): {one.who: one}
        for one in _by_time(settling)
    }


def _part_by_part(
    layout: Layout, drop: set[Place], last: Mapping[Place, Any], settled: Mapping[Place, Any]
) -> None:
    """Where somebody drops an item of whose labels one was settled otherwise, the others go one by
    one.
    """
    for item in {item for item, unit in settled if unit is not None}:
        if (item, None) in drop and (item, None) not in settled:
            units = ((item, unit) for unit in range(layout.size(item)))
            drop.remove((item, None))
            drop.update(place for place in units if place not in last)


def _together(wanted: Wanted, people: Mapping[str | None, Decision]) -> tuple[str, Any, bool]:
    """The verdict that people share, its label, and whether they agree; unsure where they do
    not.
    """
    different = {
        (one.verdict, wanted.read(one.label) if one.verdict == "change" else None): one
        for one in people.values()
    }
    if len(different) > 1:
        return "unsure", None, False
    one = next(iter(different.values()))
    return one.verdict, one.label, True


def in_order(decisions: Iterable[Decision]) -> Iterable[Decision]:
    """Person by person: by time where all of a person's decisions say it, else in the order of the
    file.
    """
    mine: dict[str | None, list[Decision]] = {}
    for one in decisions:
        mine.setdefault(one.who, []).append(one)
    for theirs in mine.values():
        yield from _by_time(theirs)


def _by_time(decisions: Sequence[Decision]) -> Sequence[Decision]:
    """Decisions by their time where all of them say it, else as they are."""
    if not all(one.at for one in decisions):
        return decisions
    return sorted(decisions, key=lambda one: moment(str(one.at), "a decision"))


def all_known(decisions: Sequence[Decision], item: Mapping[str, int]) -> None:
    """Raise ValueError where decisions are on ids that are not among ``item``."""
    unknown = list(dict.fromkeys(one.id for one in decisions if one.id not in item))
    if unknown:
        shown = ", ".join(map(repr, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
        near = nearest(unknown[0], list(item)[:20000])
        many = "ids of the decisions are" if len(unknown) > 1 else "id of the decisions is"
        raise ValueError(
            f"{len(unknown):,} {many} not in the audit: {shown}{near}; is it the audit of other "
            "data?"
        )


def unit_of(layout: Layout, item: int, one: Decision) -> int | None:
    """The unit that a decision means, None for the whole item."""
    if layout.starts is None:
        if one.unit not in (None, 0):
            raise ValueError(
                f"item {one.id!r} has one label, the decision names unit {one.unit}; leave unit "
                "empty"
            )
        return None
    size = layout.size(item)
    if one.unit is not None and not 0 <= one.unit < size:
        raise ValueError(
            f"item {one.id!r} has the units 0 to {size - 1}, the decision names {one.unit}"
        )
    if one.unit is None and one.verdict == "change":
        raise ValueError(
            f"item {one.id!r} has {size} labels; a change must say which in the column unit "
            f"(0 to {size - 1})"
        )
    return one.unit
