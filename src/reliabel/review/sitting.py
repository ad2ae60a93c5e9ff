"""One person's review, label by label: what they see, what they decide, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.columns import listed
from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import class_names, kind_for, marked_text
from reliabel.core.label_values import shown
from reliabel.core.results import Decision
from reliabel.core.rows import LabelRows
from reliabel.core.short_repr import by_fields
from reliabel.folders.added_spans import as_meant
from reliabel.folders.decision_table import ADD
from reliabel.folders.items_file import COLUMN, item_rows
from reliabel.folders.other_columns import other_columns
from reliabel.review.card_kinds import KindParts, Seen, form_of
from reliabel.review.card_lines import range_lines, tagged_lines, whole_lines
from reliabel.review.deciding import Logged
from reliabel.review.drawn_pictures import DrawnObjects
from reliabel.review.opening import Opened
from reliabel.review.picking import pick, target_of
from reliabel.review.room import Room
from reliabel.review.sources import Conflicts, Queue, Second
from reliabel.trust.review_record import WHOLE

NEAR = 5  # neighbours shown
SOURCES = {"queue": Queue, "second": Second, "conflicts": Conflicts}
MANY = 200_000  # items from which on columns without a role are not shown


@dataclass(frozen=True)
class Card:
    """A label to judge: what the item holds (``item``: name -> text), the label given and the one
    suggested, and the labels of its nearest items.  Nothing says whether it was chosen or drawn.
    """

    row: int
    id: str
    unit: int | None
    about: str | None  # which class is asked about, of several an item
    item: Mapping[str, str]
    given: str
    suggest: str | None
    near: tuple[tuple[str, str], ...]  # id and label of the nearest items
    facts: tuple[str, ...] = ()  # what else is known: other spans, labels that look wrong, a range

    __repr__ = by_fields


class Sitting:
    """A review by one person: ``card`` is the label to judge now, None where none is left.

    Each decision is in the log when the method returns; whoever comes back goes on where they were.
    """

    def __init__(
        self,
        opened: Opened,
        *,
        who: str | None = None,
        target: float = 0.01,
        population: str = WHOLE,
        greedy: bool = False,
        source: str = "queue",
    ) -> None:
        if source not in SOURCES:
            raise ValueError(
                f"labels come from {', '.join(SOURCES)}; got source={source!r}"
                f"{nearest(source, tuple(SOURCES))}"
            )
        self.audit, self.log, self.who = opened.audit, opened.log, who
        self.notes, self.population = opened.notes, population
        self.allowed = target_of(self.log, population, target)
        self._rows = LabelRows(self.audit)
        self._parts = KindParts(self.audit, self._rows)
        self.drawn = DrawnObjects(self.audit)  # false where labels are no objects of pictures
        every = np.arange(len(self.audit.data) if len(self.audit.data) <= MANY else 0)
        self._others = other_columns(self.audit.data, every) if len(every) else {}
        make = pick(self.audit, population, self.allowed, greedy)
        self._source = SOURCES[source](self.log, make, who, population, self.allowed)
        if greedy:
            self.log.mark_greedy(population)
        self.aside: list[int] = []  # put off for later
        self.why, self.done = "", 0
        self.card: Card | None = None
        self._next()

    def __repr__(self) -> str:
        where = "no label is left" if self.card is None else f"at {self.card.id!r}"
        return f"Sitting({where}, {self.done:,} decided)"

    @property
    def choices(self) -> tuple[str, ...]:
        """The labels to choose from, none for kinds without classes."""
        labels = self.audit.data.labels
        if kind_for(labels).unit_names is not None:
            return ("no", "yes")
        return tuple(map(str, class_names(labels)))

    @property
    def form(self) -> str:
        """How labels are judged: class, span, several, number or object."""
        return form_of(kind_for(self.audit.data.labels))

    @property
    def said(self) -> tuple[str, ...]:
        """What others said of the label, where that may be known."""
        return () if self.card is None else self._source.said(self.card.row)

    def keep(self) -> Logged:
        """The label is right as it was given."""
        return self._decide("keep")

    def change(self, label: Any) -> Logged:
        """The label should be another; ValueError where it is none of the classes."""
        return self._decide("change", self._meant(label))

    def drop(self) -> Logged:
        """The item should be taken out of the data."""
        return self._decide("drop")

    def unsure(self) -> Logged:
        """Nobody can tell; it counts as wrong, and the label stays as it is."""
        return self._decide("unsure")

    def later(self) -> None:
        """Put the label off.  No decision: a draw stays open, and holds up the evidence of later
        ones.
        """
        if self.card is not None:
            self.aside.append(self.card.row)
        self._next()

    def add(self, label: Any) -> Logged:
        """Add a span where none is listed, with its words ("LOC 3:5"); the label on the card is
        still to be judged.  On a listed place it is a decision on that place.
        """
        if self.card is None:
            raise ValueError("no label is left to judge")
        one = as_meant(
            self.audit.data, Decision(self.card.id, ADD, None, label, self.who), self.log.item
        )
        self._room(one)
        done = self.log.decide([one], new_classes=False)
        if one.unit is not None and one.unit == self.card.unit:
            self._next()
        else:
            self.card = self._card(self.card.row)
        return done

    def whole(self, yes: Collection[str]) -> Logged:
        """All labels of the item at once: the classes that it has, and no other.  ValueError where
        items have one label, or a class is none.
        """
        if self.card is None:
            raise ValueError("no label is left to judge")
        labels = self.audit.data.labels
        names = kind_for(labels).unit_names
        if names is None:
            raise ValueError("an item has one label here; change it instead")
        known = list(names(labels))
        strange = next((name for name in yes if name not in known), None)
        if strange is not None:
            raise ValueError(
                f"there is no class {strange!r}{nearest(strange, known)}; nothing was decided"
            )
        id_ = self.card.id
        every = [Decision(id_, "keep", None, None, self.who)]
        every += [
            Decision(id_, "change", unit, "yes" if name in yes else "no", self.who)
            for unit, name in enumerate(known)
            if (name in yes) != (unit in self._given_yes(self.log.item[id_]))
        ]
        done = self.log.decide(every, new_classes=False)
        self.done += 1
        self._next()
        return done

    def _given_yes(self, item: int) -> tuple[int, ...]:
        """The classes that an item has as given."""
        whole = self._parts.whole(item, Seen(self.log.board, self.who, False))
        return () if whole is None else whole.yes

    def _room(self, one: Decision) -> None:
        """Refuse a decision that has no place in its sentence."""
        with self.log.looking() as board:
            why = Room(self.audit.data, board).take(one, self.log.item[one.id], one.unit)
        if why:
            raise ValueError(why)

    def undo(self) -> Decision:
        """Take this person's last decision back and show its label again.  Raises ValueError where
        there is none.
        """
        taken = self.log.undo(who=self.who)
        self.done = max(self.done - 1, 0)
        if taken.verdict == ADD:
            self.done += 1
            self.card = None if self.card is None else self._card(self.card.row)
            return taken
        row = self.log.layout.row(self.log.item[taken.id], taken.unit)
        self.card = self._card(row)
        return taken

    def _decide(self, verdict: str, label: Any = None) -> Logged:
        if self.card is None:
            raise ValueError("no label is left to judge")
        unit = self.card.unit
        one = Decision(self.card.id, verdict, unit, label, self.who)
        self._room(one)
        done = self._source.decide(one, self.card.row)
        self.done += 1
        if self.card.row in self.aside:
            self.aside.remove(self.card.row)
        self._next()
        return done

    def _meant(self, label: Any) -> Any:
        """A label as it stands in the data, of which the beginning was given."""
        if not self.choices or str(label) in self.choices or self._is_label(label):
            return label
        typed = str(label).casefold()
        fits = [name for name in self.choices if name.casefold().startswith(typed)]
        exact = [name for name in fits if name.casefold() == typed]
        if len(exact or fits) == 1:
            return (exact or fits)[0]
        several = (
            f" ({', '.join(fits[:5])} begin so)" if fits else nearest(str(label), self.choices)
        )
        raise ValueError(f"{str(label)!r} is no single class{several}; nothing was decided")

    def _is_label(self, label: Any) -> bool:
        """Whether it is a label as it stands, such as a class with other words of a sentence."""
        parsed = kind_for(self.audit.data.labels).parsed
        try:
            return parsed is not None and parsed(self.audit.data.labels, label) is not None
        except ValueError:
            return False

    def _next(self) -> None:
        """Show the next label; what was put off comes last."""
        handed = self._source.hand(len(self.aside) + 1)
        self.why = handed.why or self.why
        fresh = [row for row in handed.rows if row not in self.aside]
        row = fresh[0] if fresh else self.aside[0] if self.aside else None
        self.card = None if row is None else self._card(row)

    def _card(self, row: int) -> Card:
        item, unit = self.log.board.place(row)
        told = {name: listed(v)[0] for name, v in self._rows.of(np.array([row])).items()}
        held = item_rows(self.audit.data, [item]) | {
            name: [values[item]] for name, values in self._others.items()
        }
        if (words := self._marked(row, item)) is not None:
            held |= {"text": [words]}
        suggest, about = told.get("suggest"), told.get("class")
        return Card(
            row,
            str(told["id"]),
            unit,
            None if about is None else str(about),
            {
                name.removeprefix(COLUMN): str(value[0])
                for name, value in held.items()
                if name != "id" and value[0] is not None
            },
            shown(told["given"]),
            None if suggest is None else shown(suggest),
            self._near(item, unit),
            self._facts(row, item, told),
        )

    def _facts(self, row: int, item: int, told: Mapping[str, Any]) -> tuple[str, ...]:
        """What else is known of a label, in lines."""
        with self.log.looking() as board:
            seen = Seen(board, self.who, False)
            words = self._items(item)
            tagged = self._parts.tagged(row, item, told.get("suggest"), seen)
            whole = self._parts.whole(item, seen)
        number = self._parts.number(row, told.get("given"), told.get("suggest"))
        if tagged is not None:
            return tagged_lines(tagged, words)
        if whole is not None:
            names = kind_for(self.audit.data.labels).unit_names
            return whole_lines(whole, () if names is None else names(self.audit.data.labels))
        return () if number is None else range_lines(number)

    def _items(self, item: int) -> Any:
        items = self.audit.data.evidence.get("items")
        return items[item] if isinstance(items, list) else None

    def _marked(self, row: int, item: int) -> str | None:
        """The item with the words marked that its label is about, where items are words."""
        items = self.audit.data.evidence.get("items")
        words = items[item] if isinstance(items, list) else None
        return marked_text(self.audit.data.labels, row, words)

    def _near(self, item: int, unit: int | None) -> tuple[tuple[str, str], ...]:
        data, near = self.audit.data, self.audit.data.evidence.get("neighbours")
        if not isinstance(near, Neighbours) or len(near.index) != len(data) or self.drawn:
            return ()
        kind, found = kind_for(data.labels), []
        for other in np.asarray(near.index)[item, :NEAR].tolist():
            if other >= 0:
                label = shown(kind.value(data.labels, self.log.layout.row(other, unit)))
                found.append((data.ids.item(other), label))
        return tuple(found)
