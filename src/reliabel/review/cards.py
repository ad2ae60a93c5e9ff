"""Labels to judge as the review page shows them: what the item holds, the label given and the one
suggested, P(wrong), why, and the nearest items.  Nothing says whether a label was chosen or drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import class_names, kind_for, layout_of
from reliabel.core.label_values import shown
from reliabel.core.reasons import NO_REASON, Reasons
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows, label_opinions
from reliabel.core.short_repr import by_fields
from reliabel.core.span_values import span_parts
from reliabel.core.words import Words, within
from reliabel.folders.items_file import COLUMN, item_rows
from reliabel.folders.other_columns import other_columns
from reliabel.review.opening import Opened
from reliabel.review.pictures import SIZES, Pictures

NEAR = 6  # neighbours shown
TEXT, VALUE, BRIEF = 20_000, 2_000, 160  # characters of a text, a cell, a neighbour
COLUMNS = 60  # of a row
AROUND = 150  # words shown on either side of a span
MANY = 200_000  # items from which on columns without a role are not shown
PICTURE, WORDS = "picture", "text"


@dataclass(frozen=True)
class Part:
    """A part of an item: ``kind`` is text, picture or value; a picture has a ``url``, the others a
    ``value``, of which ``cut`` characters were left out.
    """

    name: str
    kind: str
    value: str | None = None
    url: str | None = None
    cut: int = 0

    __repr__ = by_fields


@dataclass(frozen=True)
class Near:
    """One of the nearest items: its flat row, id, label, and cosine distance; the beginning of its
    text or its picture.
    """

    row: int
    id: str
    label: str
    distance: float
    text: str | None = None
    url: str | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class Mark:
    """A marked piece of the text of an item, and the class that it has; places are counted as
    browsers count them, in units of UTF-16.
    """

    start: int
    end: int
    label: str | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class Card:
    """A label to judge: flat ``row``, the item's ``id``, ``unit`` (None: one label an item) and
    which class is asked ``about`` (of several an item); ``item`` is what the item holds, ``spans``
    the pieces of its text that the label is about.
    """

    row: int
    id: str
    unit: int | None
    about: str | None
    item: tuple[Part, ...]
    given: str
    suggest: str | None
    p_wrong: float | None
    why: str
    near: tuple[Near, ...]
    spans: tuple[Mark, ...] = ()

    __repr__ = by_fields


class Cards:
    """Makes cards of an audit's labels.

    pictures: how pictures are found; their addresses hold the fingerprint of the labels, so that a
        browser never shows one of another review.
    """

    def __init__(self, opened: Opened, pictures: Pictures | None = None) -> None:
        self.audit: Audit = opened.audit
        self.data = self.audit.data
        self.layout, self.kind = layout_of(self.data.labels), kind_for(self.data.labels)
        self.pictures = Pictures(self.data) if pictures is None else pictures
        self.mark = opened.log.labels[:8]
        self._rows = LabelRows(self.audit)
        every = np.arange(len(self.data) if len(self.data) <= MANY else 0)
        self._others = other_columns(self.data, every) if len(every) else {}
        self._why = {
            self.layout.row(one.item, one.unit): one.why
            for one in self.audit.findings
            if one.finds == "label"
        }
        self._opinions = label_opinions(self.audit)
        near = self.data.evidence.get("neighbours")
        fits = isinstance(near, Neighbours) and len(near.index) == len(self.data)
        self._near: Neighbours | None = near if fits else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The labels to choose from, none for kinds without classes."""
        if self.kind.unit_names is not None:
            return ("no", "yes")
        return tuple(map(str, class_names(self.data.labels)))

    @property
    def suggests(self) -> bool:
        """Whether any label is suggested."""
        return self._rows.suggests

    def card(self, row: int) -> Card:
        """The card of a label, by its flat row."""
        return self.cards([row])[0]

    def cards(self, rows: Sequence[int]) -> list[Card]:
        """The cards of some labels."""
        if not len(rows):
            return []
        wanted = np.asarray(rows, dtype=np.int64)
        told = {name: listed(column) for name, column in self._rows.of(wanted).items()}
        return [self._card(row, at, told) for at, row in enumerate(wanted.tolist())]

    def _card(self, row: int, at: int, told: dict[str, list[Any]]) -> Card:
        def of(name: str) -> Any:
            return told[name][at] if name in told else None

        item, suggest, p = int(of("item")), of("suggest"), of("p_wrong")
        unit, about = of("unit"), of("class")
        return Card(
            row=row,
            id=clean(str(of("id"))),
            unit=None if unit is None else int(unit),
            about=None if about is None else str(about),
            item=tuple(self.parts(item, row)),
            given=clean(shown(of("given"))),
            suggest=None if suggest is None else clean(shown(suggest)),
            p_wrong=None if p is None or p != p else float(p),
            why=self._reason(row, suggest),
            near=tuple(self._nearest(item, None if unit is None else int(unit))),
            spans=self._marks(row, item),
        )

    def parts(self, item: int, row: int | None = None) -> list[Part]:
        """What an item holds: its picture, its text (of words, those near the ones that the label
        of a ``row`` is about), or the cells of its row; then the columns of the file that have no
        role.
        """
        made = [Part(PICTURE, PICTURE, url=self.url(item, SIZES[-1]))] if self._is_picture else []
        held = {} if self._is_picture else item_rows(self.data, [item])
        if row is not None and (about := self._about(row, item)) is not None:
            held |= {WORDS: [about[0]]}
        held |= {name: [values[item]] for name, values in self._others.items()}
        for name, values in held.items():
            if name != "id" and values[0] is not None and len(made) < COLUMNS:
                long = TEXT if name == WORDS else VALUE
                text = clean(str(values[0]))
                cut = max(len(text) - long, 0)
                kind = WORDS if name == WORDS else "value"
                made.append(Part(name.removeprefix(COLUMN), kind, text[:long], None, cut))
        return made

    def _about(self, row: int, item: int) -> tuple[str, int, int] | None:
        """The words around those that a label is about, and where these stand in that text; None
        where items are no words.
        """
        items = self.data.evidence.get("items")
        words = items[item] if isinstance(items, list) else None
        if self.kind.words is None or not isinstance(words, Words):
            return None
        return within(words, *self.kind.words(self.data.labels, row), AROUND)

    def _marks(self, row: int, item: int) -> tuple[Mark, ...]:
        about = self._about(row, item)
        if about is None:
            return ()
        text, start, end = about
        label = self.kind.value(self.data.labels, row)
        name = None if label is None else clean(span_parts(label)[0])
        return (Mark(_units(text[:start]), _units(text[:end]), name),)

    def url(self, item: int, size: int) -> str | None:
        """Where the picture of an item is had; None where items are no pictures."""
        if not self._is_picture:
            return None
        row = self.layout.row(item, None)
        return f"api/pictures/{row}?size={size}&of={self.mark}"

    @property
    def _is_picture(self) -> bool:
        return self.pictures.there

    def _reason(self, row: int, suggest: Any) -> str:
        """Why it looks wrong, or what speaks for and against it."""
        known = self._why.get(row)
        if known is not None:
            return known
        told = Reasons(self.data, self._opinions, np.array([row])).of(row, (), suggest)
        return "" if told == NO_REASON else told

    def _nearest(self, item: int, unit: int | None) -> list[Near]:
        if self._near is None:
            return []
        index = np.asarray(self._near.index)[item, :NEAR].tolist()
        away = np.asarray(self._near.distance)[item, :NEAR].tolist()
        return [
            self._neighbour(other, unit, distance)
            for other, distance in zip(index, away, strict=True)
            if other >= 0 and (unit or 0) < self.layout.size(other)
        ]

    def _neighbour(self, other: int, unit: int | None, distance: float) -> Near:
        row = self.layout.row(other, unit)
        label = shown(self.kind.value(self.data.labels, row))
        held = {} if self._is_picture else item_rows(self.data, [other])
        told = [
            str(values[0])
            for name, values in held.items()
            if name != "id" and values[0] is not None
        ]
        text = clean(" · ".join(told))[:BRIEF] if told else None
        return Near(
            row,
            clean(self.data.ids.item(other)),
            clean(label),
            float(distance),
            text,
            self.url(other, SIZES[0]),
        )


def _units(text: str) -> int:
    return len(clean(text).encode("utf-16-le")) // 2


def clean(text: str) -> str:
    """A text that can be sent as UTF-8: halves of letters, as broken files hold them, are shown as
    such.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
