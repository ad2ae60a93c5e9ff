"""What the events of a log add up to: who judged which label how, what is drawn, what is left."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Bools, Floats, Ints, Value
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.review.events import DECIDE, DRAW, FILE, GREEDY, MOVED, PLAN, POPULATION, UNDO, Event
from reliabel.trust.review_record import OPEN, RIGHT, WHOLE, WRONG, ReviewRecord

WITHDRAWN = "withdrawn"  # undone, and nothing said since
MEND = ("change", "drop")


class Judged(NamedTuple):
    """What one person last said of a label."""

    seq: int
    verdict: str
    label: str | None
    value: Value | None
    at: str
    whole: bool  # of all labels of the item together
    origin: str | None = None


def _whole() -> array[int]:
    return array("q")


def _real() -> array[float]:
    return array("d")


@dataclass(eq=False)
class Population:
    """The labels that one kind of draws is made from, and the reviews of them in order."""

    name: str
    members: Ints  # (n,) flat rows
    inside: Bools  # (units,)
    drawn: Bools  # (units,)
    left: int  # members with no decision and not drawn
    row: array[int] = field(default_factory=_whole)
    by_draw: array[int] = field(default_factory=_whole)
    unseen: array[int] = field(default_factory=_whole)
    forecast: array[float] = field(default_factory=_real)
    allowed: array[int] = field(default_factory=_whole)
    p: array[float] = field(default_factory=_real)
    draws: dict[int, int] = field(default_factory=dict)  # flat row -> event
    open: dict[int, None] = field(default_factory=dict)  # rows drawn and not decided, in order
    plan: tuple[int, int] | None = None
    greedy: bool = False

    __repr__ = by_fields

    def add(self, row: int, drawn: bool, one: Event) -> None:
        """A review of a label: a draw, or the first decision on a label that was not drawn."""
        self.row.append(row)
        self.by_draw.append(drawn)
        self.unseen.append(one.unseen or 0)
        self.forecast.append(np.nan if one.forecast is None else one.forecast)
        self.allowed.append(one.allowed or 0)
        self.p.append(np.nan if one.p is None else one.p)


class Board:
    """The state of a log; ``apply`` takes its events in order, and no other way changes it.

    ``wrong`` (units,) is 1, 0, or -1 where nobody decided; ``repaired`` and ``dropped`` (units,)
    say what the final verdicts do; ``decided`` (units,) where somebody decided, if only once.
    """

    def __init__(self, data: Dataset, known: Bools) -> None:
        self.data, self.layout, self.kind = data, layout_of(data.labels), kind_for(data.labels)
        units = self.layout.rows
        self.seq, self.hash = 0, ""
        self.wrong = np.full(units, OPEN, dtype=np.int64)
        self.repaired = np.zeros(units, dtype=bool)
        self.dropped = np.zeros(units, dtype=bool)
        self.decided = np.zeros(units, dtype=bool)
        self.people: dict[int, dict[str | None, Judged]] = {}
        self.said: dict[int, tuple[int, int | None, str | None]] = {}  # decision -> place and who
        self.stack: dict[str | None, list[int]] = {}  # a person's decisions that stand, in order
        self.keys: dict[str, int] = {}
        self.looks: dict[int, dict[str | None, str]] = {}  # row -> person -> what they said first
        self.twice: set[int] = set()  # rows that two or more people judged
        self.withdrawn: dict[int, None] = {}  # rows of which somebody took their decision back
        self.moved: dict[str, str] = {}  # where the log goes on, if it was moved
        self.populations: dict[str, Population] = {}
        self.add_population(WHOLE, known)

    def add_population(self, name: str, inside: Bools) -> None:
        """Begin a population; who decided before is part of it as chosen."""
        members = np.flatnonzero(inside)
        nothing = np.zeros(len(inside), dtype=bool)
        before = [row for row in self.people if inside[row]]
        made = Population(name, members, inside, nothing, len(members) - len(before))
        self.populations[name] = made
        first = Event(0, DECIDE, "")
        for row in before:  # a dictionary keeps the order in which labels were first decided
            made.add(row, False, first)

    def apply(self, one: Event) -> None:
        """Take the next event."""
        act = {
            DRAW: self._draw,
            DECIDE: self._decide,
            UNDO: self._undo,
            PLAN: self._plan,
            GREEDY: self._greedy,
            MOVED: self._move,
        }.get(one.kind)
        if act is not None:
            act(one)
        elif one.kind != POPULATION:  # whose labels the store reads, and adds
            raise ValueError(
                f"event {one.seq:,} of the log is of a kind that this version does not know "
                f"({one.kind}); a newer version wrote it"
            )
        self.seq, self.hash = one.seq, one.hash
        if one.key is not None:
            self.keys[one.key] = one.seq

    def _draw(self, one: Event) -> None:
        made = self.populations[one.population or WHOLE]
        row = self.row(one.item, one.unit)
        made.add(row, True, one)
        made.draws[row] = one.seq
        made.open[row] = None
        made.drawn[row] = True
        made.left -= 1
        made.greedy = False

    def _decide(self, one: Event) -> None:
        rows = self.rows(one.item, one.unit)
        verdict, value = self.meant(rows[0], one.verdict or "", one.label)
        whole = one.unit is None and self.layout.starts is not None
        said = Judged(one.seq, verdict, one.label, value, one.at, whole, one.origin)
        self.said[one.seq] = (int(one.item or 0), one.unit, one.who)
        self.stack.setdefault(one.who, []).append(one.seq)
        for row in rows:
            people = self.people.setdefault(row, {})
            people.pop(one.who, None)
            self.withdrawn.pop(row, None)
            people[one.who] = said
            looks = self.looks.setdefault(row, {})
            looks.setdefault(one.who, verdict)
            if len(looks) > 1:
                self.twice.add(row)
            if not self.decided[row]:
                self._first(row, one)
            self._settle(row)

    def _first(self, row: int, one: Event) -> None:
        self.decided[row] = True
        for made in self.populations.values():
            made.open.pop(row, None)
            if made.inside[row] and not made.drawn[row]:
                made.add(row, False, one)
                made.left -= 1

    def _undo(self, one: Event) -> None:
        item, unit, who = self.said[one.ref or 0]
        self.stack[who].remove(one.ref or 0)
        for row in self.rows(item, unit):
            said = self.people[row].get(who)
            if said is not None and said.seq == one.ref:
                self.withdrawn[row] = None
                self.people[row][who] = Judged(one.seq, WITHDRAWN, None, None, one.at, said.whole)
                self._settle(row)

    def _plan(self, one: Event) -> None:
        chosen, drawn = json.loads(one.detail or "[0, 0]")
        self.populations[one.population or WHOLE].plan = (int(chosen), int(drawn))

    def _greedy(self, one: Event) -> None:
        self.populations[one.population or WHOLE].greedy = True

    def _move(self, one: Event) -> None:
        self.moved = json.loads(one.detail or "{}")

    def _settle(self, row: int) -> None:
        verdict, _ = self.final(row)
        self.wrong[row] = RIGHT if verdict == "keep" else WRONG
        self.repaired[row] = verdict in MEND
        self.dropped[row] = verdict == "drop"

    def final(self, row: int) -> tuple[str, Judged | None]:
        """The verdict on a label: what all who judged it say, unsure where they differ, and where
        the only one was taken back.
        """
        said = [one for one in self.people.get(row, {}).values() if one.verdict != WITHDRAWN]
        if len(said) == 1:
            return said[0].verdict, said[0]
        if len({(one.verdict, str(one.value)) for one in said}) != 1:
            return "unsure", None
        return said[-1].verdict, said[-1]

    def meant(self, row: int, verdict: str, label: str | None) -> tuple[str, Value | None]:
        """A verdict with its label as a value; a change to the given label keeps it."""
        if verdict != "change":
            return verdict, None
        try:
            value = None if self.kind.parsed is None else self.kind.parsed(self.data.labels, label)
        except ValueError:  # a class that the data did not have
            return verdict, label
        same = self.kind.equal(self.data.labels, value, self.kind.value(self.data.labels, row))
        return ("keep", None) if same else (verdict, value)

    def row(self, item: int | None, unit: int | None) -> int:
        """The flat row of a label."""
        return self.layout.row(int(item or 0), unit)

    def rows(self, item: int | None, unit: int | None) -> list[int]:
        """The flat rows of a label, or of all labels of an item."""
        first = self.row(item, unit)
        size = self.layout.size(int(item or 0)) if unit is None else 1
        return list(range(first, first + size))

    def open_draws(self, population: str) -> list[int]:
        """The flat rows that were drawn and not decided yet, in the order of the draws."""
        return list(self.populations[population].open)

    def taken_back(self, who: str | None) -> list[int]:
        """The flat rows of which ``who`` took their decision back and said nothing since."""
        said = ((row, self.people[row].get(who)) for row in self.withdrawn)
        return [row for row, one in said if one is not None and one.verdict == WITHDRAWN]

    def record(self, population: str) -> ReviewRecord:
        """The reviews of a population as the statistics read them."""
        made = self.populations[population]
        row = np.array(made.row)
        drawn = np.array(made.by_draw, dtype=bool)
        trials, missed = self._second_looks(made)
        return ReviewRecord(
            n=len(made.members),
            row=row,
            drawn=drawn,
            wrong=self.wrong[row],
            repaired=self.repaired[row],
            dropped=self.dropped[row],
            unseen=np.array(made.unseen),
            forecast=np.where(drawn, np.array(made.forecast), np.nan),
            allowed=np.array(made.allowed),
            p=np.array(made.p),
            population=population,
            greedy=made.greedy,
            plan=made.plan,
            trials=trials,
            missed=missed,
        )

    def _second_looks(self, made: Population) -> tuple[int, int]:
        """Errors that people agree on by now and that the second person flagged, and how many of
        them the first had kept.
        """
        trials = missed = 0
        for row in self.twice:
            first, second = list(self.looks[row].values())[:2]
            if made.inside[row] and self.repaired[row] and second in MEND:
                trials += 1
                missed += first == "keep"
        return trials, missed

    def decisions(self, *, imported: bool = True) -> list[Decision]:
        """What each person last said of each label; what was taken back is left out.

        imported: also what was taken over from files.
        """
        found = []
        seen: set[tuple[int, str | None]] = set()  # items that a person dropped as a whole
        for row, people in self.people.items():
            item, unit = self.place(row)
            for who, one in people.items():
                if one.verdict == WITHDRAWN or (one.origin == FILE and not imported):
                    continue
                whole = one.whole and one.verdict == "drop"
                if whole and (item, who) in seen:
                    continue
                if whole:
                    seen.add((item, who))
                id_ = self.data.ids.item(item)
                at = None if whole else unit
                found.append(Decision(id_, one.verdict, at, one.label, who, one.at))
        return found

    def place(self, row: int) -> tuple[int, int | None]:
        """The item of a flat row, and its unit (None: one label an item)."""
        item, unit = self.layout.place(np.array([row]))
        return int(item[0]), None if unit is None else int(unit[0])

    def forecast(self, p: Floats, population: str) -> float:
        """The sum of P(wrong) over the members with no decision and not drawn."""
        made = self.populations[population]
        open_ = made.inside & ~self.decided & ~made.drawn
        return float(np.nansum(p[open_]))
