"""What a planted fault of the data is, in the suite faults, and the views by which what an auditor
found is compared with what was planted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import find
from reliabel.core.labels import Ints, Labels
from reliabel.core.results import Faults

N, FEW = 20_000, 2000  # items, with --quick
SAME = 0.5  # of a found slice that was planted, and of a planted one that is found, at least
Kept = Faults
Planted = tuple[frozenset[int], str]  # items that a fault must hold, and the name it must have
Call = Callable[[], Faults]
Make = Callable[[Path | None, np.random.Generator, bool], "World"]


@dataclass(frozen=True)
class World:
    """Data with planted faults, and one auditor on it, with its evidence made beforehand.

    planted: nothing in a world where any fault is a false alarm.
    before, after: the auditor on the data as they were, and on those with what is planted; the
    rows of the former come first in the latter.
    alike: items that look like a planted fault and are none.
    """

    dataset: str
    n: int
    by: str  # the auditor
    planted: list[Planted]
    after: Call
    before: Call | None = None
    folder: AbstractContextManager[Any] = field(default_factory=nullcontext)  # files until the end
    alike: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Scenario:
    """How the worlds of a row in the table are made: ``make`` of real data (None where there are
    none), chance and --quick.

    draws: worlds, each with chance of its own; with --quick at most ``few`` of them.
    level: the chance of a false alarm in a draw that the auditor states, where nothing is planted.
    """

    make: Make
    draws: int = 1
    few: int = 2
    level: float | None = None
    slow: bool = False  # left out with --quick


def asked(by: str, labels: Labels, **evidence: Any) -> Call:
    """The call of an auditor, whose neighbours are made beforehand where there are features."""
    from reliabel.ops.neighbours import nearest

    accepts = find("audit", by).accepts
    if "neighbours" in accepts and evidence.get("features") is not None:
        evidence["neighbours"] = nearest(evidence["features"], j=min(50, len(labels) - 1))
        evidence = evidence if "features" in accepts else {**evidence, "features": None}
    auditor = find("audit", by).load()
    given = {name: value for name, value in evidence.items() if value is not None}
    if "rng" not in accepts:
        return lambda: auditor(labels, **given)
    return lambda: auditor(labels, **given, rng=np.random.default_rng(0))


def by_row(call: Call) -> Call:
    """One fault a row and kind."""

    def view() -> Faults:
        found = call()
        flat = [
            (row, kind, score, why)
            for items, kind, score, why in zip(
                found.items, found.kind, found.score.tolist(), found.why, strict=True
            )
            for row in items
        ]
        return Faults(
            [(row,) for row, *_ in flat],
            [kind for _, kind, *_ in flat],
            np.array([score for _, _, score, _ in flat], dtype=float),
            [why for *_, why in flat],
        )

    return view


def by_column(call: Call, names: Sequence[str]) -> Call:
    """The columns in place of the rows, by their number; a fault of no column is left as -1."""
    place = {name: number for number, name in enumerate(names)}

    def columns(where: Mapping[str, Any]) -> tuple[int, ...]:
        told = where.get("columns", [where["column"]] if "column" in where else [])
        return tuple(sorted(place[name] for name in told)) or (-1,)

    def view() -> Faults:
        found = call()
        return replace(found, items=[columns(where) for where in found.where or ()])

    return view


def by_class(call: Call, y: Ints, named: Callable[[str, int], str] = lambda kind, _: kind) -> Call:
    """The class of the first item in place of the items, and the kind as ``named`` calls it."""

    def view() -> Faults:
        found = call()
        classes = [int(y[items[0]]) if items else -1 for items in found.items]
        kinds = [named(kind, c) for kind, c in zip(found.kind, classes, strict=True)]
        return replace(found, items=[(c,) for c in classes], kind=kinds)

    return view


def by_kind(call: Call, kinds: Sequence[str]) -> Call:
    """The place of the kind among those planted in place of the items, for faults of the data as a
    whole; of others their number.
    """

    def view() -> Faults:
        found = call()
        return replace(
            found, items=[(kinds.index(k) if k in kinds else len(kinds),) for k in found.kind]
        )

    return view


def of_kind(call: Call, kind: str) -> Call:
    """The faults of one kind alone."""

    def view() -> Faults:
        found = call()
        mine = [f for f, name in enumerate(found.kind) if name == kind]
        return Faults(
            [found.items[f] for f in mine],
            [kind] * len(mine),
            found.score[mine],
            [found.why[f] for f in mine],
        )

    return view


def alike(call: Call, groups: Sequence[frozenset[int]]) -> Call:
    """The number of the planted group that a fault is a piece of in place of the items; of others
    a number above all groups.
    """

    def view() -> Faults:
        found = call()
        number = pieces([frozenset(items) for items in found.items], groups)
        return replace(found, items=[(own,) for own in number])

    return view


def pieces(found: Sequence[frozenset[int]], groups: Sequence[frozenset[int]]) -> list[int]:
    """Of each set found the number of the group that holds half of it, where such sets hold half of
    the group; of others a number above all groups.

    >>> whole, other = frozenset(range(10)), frozenset(range(20, 30))
    >>> pieces([frozenset([0, 1, 2]), frozenset([3, 4, 40]), frozenset([20])], [whole, other])
    [0, 0, 4]
    """
    number = [len(groups) + other for other in range(len(found))]
    for place, group in enumerate(groups):
        parts = [f for f, one in enumerate(found) if len(one & group) >= SAME * len(one)]
        held = frozenset[int]().union(*(found[f] & group for f in parts))
        if len(held) >= SAME * len(group):
            number = [place if f in parts else own for f, own in enumerate(number)]
    return number
