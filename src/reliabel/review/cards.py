"""Labels to judge as the review page shows them: what the item holds, the label given and the one
suggested, P(wrong), why, and the nearest items.  Nothing says whether a label was chosen or drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.drawn import Drawing, Drawings
from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import class_names, kind_for, layout_of
from reliabel.core.label_values import shown
from reliabel.core.reasons import NO_REASON, Reasons
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows, label_opinions
from reliabel.core.span_values import span_parts
from reliabel.core.words import Words, within
from reliabel.folders.items_file import COLUMN, item_rows
from reliabel.folders.other_columns import other_columns
from reliabel.review.board import Board
from reliabel.review.card import Card, Mark, Near, Part, Wording, clean, units
from reliabel.review.card_kinds import KindParts, Seen, form_of
from reliabel.review.opening import Opened
from reliabel.review.pictures import SIZES, Frame, Pictures

NEAR = 6  # neighbours shown
TEXT, VALUE, BRIEF = 20_000, 2_000, 160  # characters of a text, a cell, a neighbour
COLUMNS = 60  # of a row
AROUND = 150  # words shown on either side of a span
MANY = 200_000  # items from which on columns without a role are not shown
PICTURE, WORDS = "picture", "text"


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
        self._drawings = Drawings(self.data.labels, self.data.evidence.get("sizes"))
        every = np.arange(len(self.data) if len(self.data) <= MANY else 0)
        self._others = other_columns(self.data, every) if len(every) else {}
        self._sizes: dict[int, tuple[int, int] | None] = {}  # of pictures that had to be opened
        self._why = {
            self.layout.row(one.item, one.unit): one.why
            for one in self.audit.findings
            if one.finds == "label"
        }
        self._opinions = label_opinions(self.audit)
        self._parts, self._board = KindParts(self.audit, self._rows), opened.log.board
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

    @property
    def classes(self) -> tuple[str, ...]:
        """What each of several labels of an item is about, none for other kinds."""
        return () if self.kind.unit_names is None else self.kind.unit_names(self.data.labels)

    @property
    def form(self) -> str:
        """How labels are judged: class, span, several, number or object."""
        return form_of(self.kind)

    def card(self, row: int) -> Card:
        """The card of a label, by its flat row."""
        return self.cards([row])[0]

    def cards(
        self,
        rows: Sequence[int],
        board: Board | None = None,
        who: str | None = None,
        *,
        blind: bool = False,
    ) -> list[Card]:
        """The cards of some labels, as the decisions on a board have left their items and as
        somebody may know them.
        """
        if not len(rows):
            return []
        seen = Seen(self._board if board is None else board, who, blind)
        wanted = np.asarray(rows, dtype=np.int64)
        told = {name: listed(column) for name, column in self._rows.of(wanted).items()}
        return [self._card(row, at, told, seen) for at, row in enumerate(wanted.tolist())]

    def _card(self, row: int, at: int, told: dict[str, list[Any]], seen: Seen) -> Card:
        def of(name: str) -> Any:
            return told[name][at] if name in told else None

        item, suggest, p = int(of("item")), of("suggest"), of("p_wrong")
        unit, about = of("unit"), of("class")
        drawing = self._drawn(row, item, suggest)
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
            words=self._wording(row, item),
            drawing=drawing,
            near_url=None if drawing is None else self.url(item, SIZES[-1], row),
            tagged=self._parts.tagged(row, item, suggest, seen),
            whole=self._parts.whole(item, seen),
            number=self._parts.number(row, of("given"), suggest),
        )

    def frame(self, row: int) -> Frame | None:
        """The part of a picture that shows an object enlarged; None where labels are no objects."""
        if not self._drawings:
            return None
        suggest = self._rows.of(np.array([row])).get("suggest")
        item = int(self.layout.place(np.array([row]))[0][0])
        drawing = self._drawn(row, item, None if suggest is None else listed(suggest)[0])
        if drawing is None:
            return None
        left, top, width, height = map(int, drawing.near)
        return left, top, width, height

    def _drawn(self, row: int, item: int, suggest: Any) -> Drawing | None:
        if not self._drawings:
            return None
        size = self._drawings.size(item)
        if size is None and item not in self._sizes:
            self._sizes[item] = self.pictures.size(item)
        return self._drawings.draw(row, suggest, size or self._sizes[item])

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

    def _wording(self, row: int, item: int) -> Wording | None:
        """The words that are shown, where a label says which of them it is about."""
        if self.kind.words is None or self.kind.p_wrong != "spans":
            return None
        if self._about(row, item) is None:
            return None
        words = self.data.evidence["items"][item]
        start, end = self.kind.words(self.data.labels, row)
        first, last = max(start - AROUND, 0), min(end + AROUND, len(words))
        starts = [len("... ") if first else 0]
        for word in words[first:last]:
            starts.append(starts[-1] + units(word) + 1)
        return Wording(first, tuple(starts))

    def _marks(self, row: int, item: int) -> tuple[Mark, ...]:
        about = self._about(row, item)
        if about is None:
            return ()
        text, start, end = about
        label = self.kind.value(self.data.labels, row)
        name = None if label is None else clean(span_parts(label)[0])
        return (Mark(units(text[:start]), units(text[:end]), name),)

    def url(self, item: int, size: int, near: int | None = None) -> str | None:
        """Where the picture of an item is had; None where items are no pictures.

        near: the row of an object whose enlarged part of the picture is meant.
        """
        if not self._is_picture:
            return None
        row = self.layout.row(item, None) if near is None else near
        return f"api/pictures/{row}?size={size}&of={self.mark}{'' if near is None else '&near=1'}"

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
        if self._near is None or self._drawings:  # another picture's objects are others
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
