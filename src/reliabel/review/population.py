"""The labels that one kind of draws is made from, and the reviews of them in their order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Ints
from reliabel.core.short_repr import by_fields
from reliabel.review.events import Event

NAN = float("nan")


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
    p: array[float] = field(default_factory=_real)
    drawn_at: array[int] = field(default_factory=_whole)  # places of the draws among the rows
    unseen: array[int] = field(default_factory=_whole)  # and what is logged of each draw
    forecast: array[float] = field(default_factory=_real)
    allowed: array[int] = field(default_factory=_whole)
    draws: dict[int, int] = field(default_factory=dict)  # flat row -> event
    open: dict[int, None] = field(default_factory=dict)  # rows drawn and not decided, in order
    plan: tuple[int, int] | None = None
    greedy: bool = False

    __repr__ = by_fields

    def choose(self, row: int, p: float | None) -> None:
        """The first decision on a label that was not drawn."""
        self.row.append(row)
        self.p.append(NAN if p is None else p)
        self.left -= 1

    def draw(self, row: int, one: Event) -> None:
        """A draw of a label."""
        self.drawn_at.append(len(self.row))
        self.unseen.append(one.unseen or 0)
        self.forecast.append(NAN if one.forecast is None else one.forecast)
        self.allowed.append(one.allowed or 0)
        self.draws[row] = one.seq
        self.open[row] = None
        self.drawn[row] = True
        self.greedy = False
        self.choose(row, one.p)

    def of_draws(self, values: array[Any], other: Any) -> Any:
        """(e,) what is logged of each draw, and ``other`` for a label that was not drawn."""
        found = np.full(len(self.row), other)
        found[np.array(self.drawn_at, dtype=np.int64)] = np.array(values)
        return found
