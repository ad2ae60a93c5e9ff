"""What a card shows of labels of some kinds: the spans of a sentence, all labels of an item, a
number with its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import Kind, Layout, kind_for, layout_of
from reliabel.core.label_values import shown
from reliabel.core.labels import Grouped, MultiLabel, Numbers, Spans, Value
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows
from reliabel.core.short_repr import by_fields
from reliabel.core.span_values import span_parts
from reliabel.folders.added_spans import one_tag_a_word, units_of, value_of
from reliabel.review.board import WITHDRAWN, Board

LIKELY = 0.2  # P(wrong) from which another label of the item is pointed at
SUSPECTS = 40
SLIPS = {  # what a slip multiplies by, and how it comes about
    10.0: "the point one place off",
    100.0: "the point two places off",
    1000.0: "the point three places off",
    2.54: "inches and centimetres",
    2.2046: "pounds and kilograms",
    3.2808: "feet and metres",
    1.6093: "miles and kilometres",
}


@dataclass(frozen=True)
class Piece:
    """A span: its class, its words counted from 0, the last one left out."""

    label: str | None
    start: int
    end: int

    __repr__ = by_fields


@dataclass(frozen=True)
class Other:
    """Another span of the sentence: ``row`` is its flat row, ``seq`` the event that added it where
    somebody added it (``who``); ``state`` is given, mended (by a decision), missing (a place where
    one may be) or added.
    """

    label: str | None
    start: int
    end: int
    state: str
    row: int | None = None
    seq: int | None = None
    who: str | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class Tagged:
    """The spans of a sentence: the ``given`` one that is judged (None: none is given here), the
    ``suggest``-ed one, ``place`` the words that are asked about, the ``others``; ``apart`` whether
    no two may share words.
    """

    given: Piece | None
    suggest: Piece | None
    place: Piece
    others: tuple[Other, ...]
    apart: bool

    __repr__ = by_fields


@dataclass(frozen=True)
class Suspect:
    """A label of the item that looks wrong: which class, and P(wrong)."""

    unit: int
    p: float

    __repr__ = by_fields


@dataclass(frozen=True)
class Whole:
    """All yes-or-no labels of an item: ``first`` is the flat row of class 0; ``yes`` and
    ``unknown`` are the classes so given, ``said`` what this person decided (class -> yes or no).
    """

    first: int
    yes: tuple[int, ...]
    unknown: tuple[int, ...]
    suspects: tuple[Suspect, ...]
    said: Mapping[int, str]

    __repr__ = by_fields


@dataclass(frozen=True)
class Range:
    """Of a number: the interval of the suggestion, and what the given one would be without a slip
    that brings it into the interval (``slip``, ``how``).
    """

    low: str | None
    high: str | None
    slip: str | None = None
    how: str | None = None

    __repr__ = by_fields


def form_of(kind: Kind) -> str:
    """How labels are judged: class, span, several, number or object."""
    if kind.unit_names is not None:
        return "several"
    if kind.objects:
        return "span" if kind.added is not None else "object"
    return "number" if kind.p_wrong == "numbers" else "class"


class Seen(NamedTuple):
    """The decisions by now, and who sees them; ``blind``: without what others said."""

    board: Board
    who: str | None
    blind: bool


class KindParts:
    """Makes these parts of the cards of an audit; None for labels of other kinds."""

    def __init__(self, audit: Audit, rows: LabelRows) -> None:
        self.data, self.rows, self.audit = audit.data, rows, audit
        self.kind, self.layout = kind_for(audit.data.labels), layout_of(audit.data.labels)
        self.apart = one_tag_a_word(audit.data)

    def tagged(self, row: int, item: int, suggest: Any, seen: Seen) -> Tagged | None:
        """The spans of the sentence of a row."""
        labels = self.data.labels
        if not isinstance(labels, Grouped) or not isinstance(labels.units, Spans):
            return None
        spans = labels.units
        place = Piece(None, int(spans.start[row]), int(spans.end[row]))
        given = self.kind.value(labels, row)
        return Tagged(
            None if given is None else _piece(spans, row, given),
            None if suggest is None else _piece(spans, row, suggest),
            place,
            tuple(self._others(row, item, spans, seen)),
            self.apart,
        )

    def _others(self, row: int, item: int, spans: Spans, seen: Seen) -> list[Other]:
        found = list[Other]()
        for other in units_of(self.layout, item):
            if other != row:
                found += _listed(self.data, spans, other, seen)
        for value, people in seen.board.added.get(item, {}).items():
            theirs = {who: one for who, one in people.items() if not seen.blind or who == seen.who}
            if theirs:
                who = seen.who if seen.who in theirs else next(iter(theirs))
                piece = _piece(spans, row, value)
                told = (piece.label, piece.start, piece.end)
                found.append(Other(*told, "added", None, theirs[who].seq, who))
        there = [one for one in found if one.state != "missing"]
        found = [one for one in found if one.state != "missing" or not _covered(one, there)]
        return sorted(found, key=lambda one: (one.start, one.end))

    def whole(self, item: int, seen: Seen) -> Whole | None:
        """All yes-or-no labels of an item."""
        labels = self.data.labels
        if not isinstance(labels, MultiLabel):
            return None
        rows = np.array(units_of(self.layout, item))
        y = labels.y[item]
        p = self.audit.p_wrong
        chance = np.full(len(rows), np.nan) if p is None else np.asarray(p[rows], dtype=float)
        order = np.argsort(-np.nan_to_num(chance, nan=-1.0), kind="stable")[:SUSPECTS]
        likely = [int(k) for k in order if chance[k] >= LIKELY]
        return Whole(
            int(rows[0]) if len(rows) else 0,
            tuple(np.flatnonzero(y == 1).tolist()),
            tuple(np.flatnonzero(y < 0).tolist()),
            tuple(Suspect(k, float(chance[k])) for k in likely),
            _answers(self.data, self.layout, item, seen),
        )

    def number(self, row: int, given: Any, suggest: Any) -> Range | None:
        """The interval of a suggested number, and a slip that explains the given one."""
        if not isinstance(self.data.labels, Numbers) or self.data.labels.y.ndim != 1:
            return None
        told = self.rows.of(np.array([row]))
        ends = [listed(told[name])[0] for name in ("suggest_low", "suggest_high") if name in told]
        if len(ends) < 2 or any(end is None or end != end for end in ends):
            return Range(None, None)
        low, high = ends
        slip = None if given is None or suggest is None else slip_of(given, low, high, suggest)
        return Range(shown(low), shown(high), *(slip or (None, None)))


def slip_of(given: float, low: float, high: float, suggest: float) -> tuple[str, str] | None:
    """The number that a slip of a known factor, or of its sign, made of another within an interval,
    and how; the one nearest the suggested number, None where none is.

    >>> slip_of(13520.0, 1000, 1700, 1310)
    ('1352', 'the point one place off')
    >>> slip_of(1400.0, 1000, 1700, 1310) is None
    True
    """
    if low <= given <= high:
        return None
    tried = [(given / factor, how) for factor, how in SLIPS.items()]
    tried += [(given * factor, how) for factor, how in SLIPS.items()]
    tried += [(-given, "the sign left out")]
    fits = [(abs(value - suggest), value, how) for value, how in tried if low <= value <= high]
    if not fits:
        return None
    _, value, how = min(fits)
    return f"{value:.6g}", how


def _covered(one: Other, there: Sequence[Other]) -> bool:
    """Whether a span stands on words of a place by now, so that none is missing there."""
    return any(one.start < other.end and other.start < one.end for other in there)


def _piece(spans: Spans, row: int, value: Value) -> Piece:
    name, words = span_parts(value_of(spans, row, value))
    return Piece(name, *(words or (0, 0)))


def _listed(data: Dataset, spans: Spans, row: int, seen: Seen) -> list[Other]:
    """A listed span as it stands by now, as far as somebody may know it; nothing where it was
    taken away.
    """
    given, state = kind_for(data.labels).value(data.labels, row), "given"
    board, who, blind = seen
    mine = board.people.get(row, {}).get(who)
    verdict, said = (mine.verdict, mine) if mine and blind else board.final(row)
    if blind and (mine is None or mine.verdict == WITHDRAWN):
        verdict, said = "unsure", None
    if verdict == "drop":
        return []
    value = given
    if verdict == "change" and said is not None and said.value is not None:
        value, state = said.value, "mended"
    if value is None:
        if verdict == "keep":
            return []
        return [Other(None, int(spans.start[row]), int(spans.end[row]), "missing", row)]
    piece = _piece(spans, row, value)
    return [Other(piece.label, piece.start, piece.end, state, row)]


def _answers(data: Dataset, layout: Layout, item: int, seen: Seen) -> dict[int, str]:
    """What somebody decided of the labels of an item, as yes and no."""
    found = {}
    for unit, row in enumerate(units_of(layout, item)):
        said = seen.board.people.get(row, {}).get(seen.who)
        if said is not None and said.verdict in ("keep", "change"):
            value = said.value
            if said.verdict == "keep":
                value = kind_for(data.labels).value(data.labels, row)
            if value is not None:
                found[unit] = str(value)
    return found
