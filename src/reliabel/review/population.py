"""The labels that one kind of draws is made from, and the reviews of them in their order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from reliabel.core.labels import Bools, Ints
from reliabel.core.short_repr import by_fields
from reliabel.review.events import Event


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
