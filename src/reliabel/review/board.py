"""What the events of a log add up to: who judged which label how, what is drawn, what is left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, known_labels, layout_of
from reliabel.core.labels import Bools, Floats, Value
from reliabel.review.events import (
    ADD,
    DECIDE,
    DRAW,
    GREEDY,
    MOVED,
    PLAN,
    POPULATION,
    SETTLE,
    UNDO,
    Event,
)
from reliabel.review.population import Population
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
    comment: str | None = None


class Settled(NamedTuple):
    """What somebody said that counts of a label on which people differ."""

    who: str | None
    said: Judged


class Board:
    """The state of a log; ``apply`` takes its events in order, and no other way changes it.

    ``wrong`` (units,) is 1, 0, or -1 where nobody decided; ``repaired`` and ``dropped`` (units,)
    say what the final verdicts do; ``decided`` (units,) where somebody decided, if only once.
    """

    def __init__(self, data: Dataset, known: Bools) -> None:
        self.data, self.layout, self.kind = data, layout_of(data.labels), kind_for(data.labels)
        units = self.layout.rows
        self.seq, self.hash = 0, ""
        self.kinds = Counter[str]()  # how many events of each kind
        self.wrong = np.full(units, OPEN, dtype=np.int64)
        self.repaired = np.zeros(units, dtype=bool)
        self.dropped = np.zeros(units, dtype=bool)
        self.decided = np.zeros(units, dtype=bool)
        self.people: dict[int, dict[str | None, Judged]] = {}
        self.said: dict[int, tuple[int, int | None, str | None]] = {}  # decision -> place and who
        self.stack: dict[str | None, dict[int, None]] = {}  # a person's that stand, in order
        self.keys: dict[str, int] = {}
        self.looks: dict[int, dict[str | None, Judged]] = {}  # first words, where others came since
        self.undone: set[int] = set()  # decisions that were taken back
        self.settled: dict[int, list[Settled]] = {}  # row -> what counts, the last one
        self.twice: set[int] = set()  # rows that two or more people judged
        self.withdrawn: dict[int, None] = {}  # rows of which somebody took their decision back
        self.added: dict[int, dict[Value, dict[str | None, Judged]]] = {}  # item -> span -> people
        self.moved: dict[str, str] = {}  # where the log goes on, if it was moved
        self.populations: dict[str, Population] = {}
        self.add_population(WHOLE, known)

    def add_population(self, name: str, inside: Bools) -> None:
        """Begin a population; who decided before is part of it as chosen."""
        members = np.flatnonzero(inside)
        nothing = np.zeros(len(inside), dtype=bool)
        before = [row for row in self.people if inside[row]]
        made = Population(name, members, inside, nothing, len(members))
        self.populations[name] = made
        for row in before:  # a dictionary keeps the order in which labels were first decided
            made.choose(row, None)

    def apply(self, one: Event) -> None:
        """Take the next event."""
        act = _ACTS.get(one.kind)
        if act is not None:
            act(self, one)
        elif one.kind != POPULATION:  # whose labels the store reads, and adds
            raise ValueError(
                f"event {one.seq:,} of the log is of a kind that this version does not know "
                f"({one.kind}); a newer version wrote it"
            )
        self.seq, self.hash = one.seq, one.hash
        self.kinds[one.kind] += 1
        if one.key is not None:
            self.keys[one.key] = one.seq

    def _draw(self, one: Event) -> None:
        self.populations[one.population or WHOLE].draw(self.row(one.item, one.unit), one)

    def _said(self, one: Event, row: int) -> Judged:
        """Note that somebody said something of a label (its first flat row), which they may take
        back.
        """
        verdict, value = self.meant(row, one.verdict or "", one.label)
        return self._noted(one, verdict, value)

    def _noted(self, one: Event, verdict: str, value: Value | None) -> Judged:
        self.said[one.seq] = (int(one.item or 0), one.unit, one.who)
        self.stack.setdefault(one.who, {})[one.seq] = None
        whole = one.unit is None and self.layout.starts is not None
        return Judged(one.seq, verdict, one.label, value, one.at, whole, one.origin, one.detail)

    def _decide(self, one: Event) -> None:
        rows = self.rows(one.item, one.unit)
        said = self._said(one, rows[0])
        for row in rows:
            if row in self.people:
                self._say_again(row, one.who, said)
                self._count(row)
            else:
                self.people[row] = {one.who: said}
                self._first(row, one)
                self._mark(row, said.verdict)

    def _say_again(self, row: int, who: str | None, said: Judged) -> None:
        """Note what somebody says of a label of which something was said or settled before."""
        people, looks = self.people[row], self._looks(row)
        people.pop(who, None)
        people[who] = said  # the last one, in the order in which people spoke last
        self.withdrawn.pop(row, None)
        looks.setdefault(who, said)
        if len(looks) > 1:
            self.twice.add(row)

    def _looks(self, row: int) -> dict[str | None, Judged]:
        """What each person said of a label first, kept from where it is not what they say now."""
        if row not in self.looks:
            self.looks[row] = dict(self.people[row])
        return self.looks[row]

    def _add(self, one: Event) -> None:
        value = one.label if self.kind.parsed is None else self._value(one.label)
        said = self._noted(one, ADD, value)
        theirs = self.added.setdefault(int(one.item or 0), {}).setdefault(value or "", {})
        theirs[one.who] = said

    def _value(self, label: str | None) -> Value | None:
        assert self.kind.parsed is not None
        try:
            return self.kind.parsed(self.data.labels, label)
        except ValueError:  # a class that the data did not have
            return label

    def _take_added(self, item: int, seq: int | None) -> bool:
        """Take an added span back; whether number ``seq`` added one."""
        for value, people in self.added.get(item, {}).items():
            for who, said in people.items():
                if said.seq == seq:
                    del people[who]
                    if not people:
                        del self.added[item][value]
                    if not self.added[item]:
                        del self.added[item]
                    return True
        return False

    def _settle(self, one: Event) -> None:
        rows = self.rows(one.item, one.unit)
        said = self._said(one, rows[0])
        for row in rows:
            if row not in self.people:
                self.people[row] = {}
                self._first(row, one)
            self.settled.setdefault(row, []).append(Settled(one.who, said))
            self._count(row)

    def _first(self, row: int, one: Event) -> None:
        self.decided[row] = True
        for made in self.populations.values():
            if made.open:
                made.open.pop(row, None)
            if made.inside[row] and not made.drawn[row]:
                made.choose(row, one.p)

    def _undo(self, one: Event) -> None:
        item, unit, who = self.said[one.ref or 0]
        del self.stack[who][one.ref or 0]
        self.undone.add(one.ref or 0)
        if self._take_added(item, one.ref):
            return
        for row in self.rows(item, unit):
            said = self.people[row].get(who)
            if said is not None and said.seq == one.ref:
                self._looks(row)
                self.withdrawn[row] = None
                self.people[row][who] = Judged(one.seq, WITHDRAWN, None, None, one.at, said.whole)
            if row in self.settled:
                self._unsettle(row, one.ref)
            self._count(row)

    def _unsettle(self, row: int, seq: int | None) -> None:
        left = [one for one in self.settled.pop(row) if one.said.seq != seq]
        if left:
            self.settled[row] = left

    def _plan(self, one: Event) -> None:
        chosen, drawn = json.loads(one.detail or "[0, 0]")
        self.populations[one.population or WHOLE].plan = (int(chosen), int(drawn))

    def _greedy(self, one: Event) -> None:
        self.populations[one.population or WHOLE].greedy = True

    def _move(self, one: Event) -> None:
        self.moved = json.loads(one.detail or "{}")

    def _count(self, row: int) -> None:
        """Bring what counts of a label up to date."""
        self._mark(row, self.final(row)[0])

    def _mark(self, row: int, verdict: str) -> None:
        self.wrong[row] = RIGHT if verdict == "keep" else WRONG
        self.repaired[row] = verdict in MEND
        self.dropped[row] = verdict == "drop"

    def final(self, row: int) -> tuple[str, Judged | None]:
        """The verdict on a label: what was settled, else what all who judged it say, unsure where
        they differ, and where the only one was taken back.
        """
        if row in self.settled:
            said = self.settled[row][-1].said
            return said.verdict, said
        stands = [one for one in self.people.get(row, {}).values() if one.verdict != WITHDRAWN]
        if not stands or (len(stands) > 1 and not _alike(stands)):
            return "unsure", None
        return stands[-1].verdict, stands[-1]

    def standing(self, row: int) -> dict[str | None, Judged]:
        """What each person last said of a label, without what they took back."""
        people = self.people.get(row, {})
        return {who: one for who, one in people.items() if one.verdict != WITHDRAWN}

    def differ(self, row: int) -> bool:
        """Whether people say different things of a label, settled or not."""
        return row in self.twice and not _alike(self.standing(row).values())

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
        if self.layout.starts is None:
            return [int(item or 0)]
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
        drawn = np.zeros(len(row), dtype=bool)
        drawn[np.array(made.drawn_at, dtype=np.int64)] = True
        trials, missed = self._second_looks(made)
        return ReviewRecord(
            n=len(made.members),
            row=row,
            drawn=drawn,
            wrong=self.wrong[row],
            repaired=self.repaired[row],
            dropped=self.dropped[row],
            unseen=made.of_draws(made.unseen, 0),
            forecast=made.of_draws(made.forecast, np.nan),
            allowed=made.of_draws(made.allowed, 0),
            p=np.array(made.p),
            population=population,
            greedy=made.greedy,
            plan=made.plan,
            trials=trials,
            missed=missed,
            called=self.kind.called,
            counts=self._what_counts,
            added=sum(map(len, self.added.values())),
        )

    @cached_property
    def _what_counts(self) -> str:
        """What one label is that is counted, where its name does not say it."""
        if self.kind.unit_names is not None:
            return "a label is the yes or no of one class for one item"
        if self.kind.objects:
            given = known_labels(self.data.labels)
            places = self.layout.rows - given
            if places:
                one, several = self.kind.called
                return (
                    f"counted are {given:,} given {several} and {places:,} "
                    f"place{'s' * (places > 1)} where the model sees a {one} that is not given"
                )
        return ""

    def _second_looks(self, made: Population) -> tuple[int, int]:
        """Errors that people agree on by now and that the second person flagged, and how many of
        them the first had kept.
        """
        trials = missed = 0
        for row in self.twice:
            first, second = list(self.looks[row].values())[:2]
            if made.inside[row] and self.repaired[row] and second.verdict in MEND:
                trials += 1
                missed += first.verdict == "keep"
        return trials, missed

    def place(self, row: int) -> tuple[int, int | None]:
        """The item of a flat row, and its unit (None: one label an item)."""
        item, unit = self.layout.place(np.array([row]))
        return int(item[0]), None if unit is None else int(unit[0])

    def forecast(self, p: Floats, population: str) -> float:
        """The sum of P(wrong) over the members with no decision and not drawn."""
        made = self.populations[population]
        open_ = made.inside & ~self.decided & ~made.drawn
        return float(np.nansum(p[open_]))


def _alike(said: Iterable[Judged]) -> bool:
    return len({(one.verdict, str(one.value)) for one in said}) <= 1


_ACTS: dict[str, Callable[[Board, Event], None]] = {
    DRAW: Board._draw,
    DECIDE: Board._decide,
    SETTLE: Board._settle,
    ADD: Board._add,
    UNDO: Board._undo,
    PLAN: Board._plan,
    GREEDY: Board._greedy,
    MOVED: Board._move,
}
