"""The label kinds of order: comparisons of two things, and rankings of several.

Things are numbered 0..n-1 over the whole label set and have names, as classes do.  Votes on either
kind are aggregated to an order of the things: comparisons to a strength for each thing, rankings to
one ranking an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from reliabel.core.arrays import whole_numbers
from reliabel.core.labels import Index, Ints
from reliabel.core.record_fields import fill_field, names_of_classes, unlabelled_said, within_codes
from reliabel.core.short_repr import listing, many, short

LEFT, RIGHT, TIE, UNKNOWN = 0, 1, 2, -1
ANSWERS = "; 0 the left thing is better, 1 the right one, 2 a tie, -1 unknown"


@dataclass(frozen=True, eq=False, init=False)
class Comparisons:
    """Which of two things is better: ``left`` and ``right`` (m,) are places of things 0..n-1, and
    ``y`` (m,) is 0 where the left one is better, 1 where the right one is, 2 for a tie, -1 unknown.

    ``n`` things (without it the largest place + 1, or as many as there are names) are called
    ``names``.  The sides are kept as they were shown, since people may favour one.

    >>> Comparisons([0, 1], [1, 2], [0, 2], names=["ada", "bob", "cid"])
    Comparisons(2 comparisons of 3 things: ada, bob, cid; 1 tie)
    """

    left: Ints
    right: Ints
    y: Ints
    n: int
    names: tuple[str, ...]

    def __init__(
        self,
        left: ArrayLike,
        right: ArrayLike,
        y: ArrayLike,
        n: int | None = None,
        names: Sequence[str] = (),
    ) -> None:
        fill_field(self, "left", whole_numbers(left, "Comparisons.left"))
        fill_field(self, "right", whole_numbers(right, "Comparisons.right"))
        fill_field(self, "y", whole_numbers(y, "Comparisons.y", advice=ANSWERS))
        if not len(self.left) == len(self.right) == len(self.y):
            raise ValueError(
                f"comparisons need two things and an answer each, got {len(self.left)} left, "
                f"{len(self.right)} right, {len(self.y)} answers"
            )
        fill_field(self, "n", _how_many(n, names, (self.left, self.right), "Comparisons"))
        fill_field(self, "names", names_of_classes(names, self.n, exact=True))
        _within(self.left, self.n, "Comparisons.left")
        _within(self.right, self.n, "Comparisons.right")
        within_codes(self.y, UNKNOWN, 3, ("left", "right", "tie"))
        same = self.left == self.right
        if same.any():
            row = int(same.argmax())
            raise ValueError(
                f"a comparison needs two different things, {int(same.sum())} have one twice; the "
                f"first is row {row}: {self.names[int(self.left[row])]!r} beside itself"
            )

    def __repr__(self) -> str:
        ties = int((self.y == TIE).sum())
        said = [many(ties, "tie")] if ties else []
        unknown = unlabelled_said(int((self.y < 0).sum()))
        things = f"{many(self.n, 'thing')}: {listing(self.names)}" if self.n else "no things"
        what = f"{many(len(self), 'comparison')} of {things}"
        return short(self, "; ".join([what, *said, *([unknown] if unknown else [])]))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Comparisons:
        part = self.left[index], self.right[index], self.y[index]
        return Comparisons(*part, self.n, self.names)


@dataclass(frozen=True, eq=False, init=False)
class Rankings:
    """Things in order, the best first: ranking j is ``order[offsets[j]:offsets[j + 1]]``, places of
    things 0..n-1, each at most once.

    A ranking may leave things out; nothing is then said of them.  An empty one is unknown.

    >>> Rankings([2, 0, 1, 0, 1], [0, 3, 5], names=["ada", "bob", "cid"])
    Rankings(2 rankings of 3 things: ada, bob, cid)
    >>> Rankings.of(["cid > ada > bob", ["ada", "bob"], None]).order.tolist()
    [2, 0, 1, 0, 1]
    """

    order: Ints
    offsets: Ints
    n: int
    names: tuple[str, ...]

    def __init__(
        self,
        order: ArrayLike,
        offsets: ArrayLike,
        n: int | None = None,
        names: Sequence[str] = (),
    ) -> None:
        fill_field(self, "order", whole_numbers(order, "Rankings.order"))
        fill_field(self, "offsets", whole_numbers(offsets, "Rankings.offsets"))
        fill_field(self, "n", _how_many(n, names, (self.order,), "Rankings"))
        fill_field(self, "names", names_of_classes(names, self.n, exact=True))
        o = self.offsets
        if not len(o) or o[0] != 0 or o[-1] != len(self.order) or (np.diff(o) < 0).any():
            seen = "nothing" if not len(o) else f"{int(o[0])} .. {int(o[-1])}"
            raise ValueError(
                f"Rankings.offsets must rise from 0 to the length of order ({len(self.order)}), "
                f"got {seen}"
            )
        _within(self.order, self.n, "Rankings.order")
        key = np.sort(self.ranking.astype(np.int64) * max(self.n, 1) + self.order)
        twice = key[1:][key[1:] == key[:-1]]
        if len(twice):
            ranking, thing = divmod(int(twice[0]), self.n)
            raise ValueError(
                f"a ranking holds each thing once; ranking {ranking} holds {self.names[thing]!r} "
                "twice"
            )

    @classmethod
    def of(cls, values: Iterable[Any], names: Sequence[str] = ()) -> Rankings:
        """Rankings from lists of names, best first, or text such as "a > b > c"; None, "" and an
        empty list are unknown.  ``names`` fixes the things and their order.
        """
        from reliabel.core.order_values import names_in_order  # it knows how rankings are written

        rows = [names_in_order(value, names) for value in values]
        told = tuple(names) or tuple(sorted(set(chain.from_iterable(rows))))
        place = {name: code for code, name in enumerate(told)}
        order = [place[name] for row in rows for name in row]
        offsets = np.cumsum([0, *map(len, rows)])
        return cls(np.array(order, dtype=np.int64), offsets, len(told), told)

    @property
    def ranking(self) -> Ints:
        """(len(order),) the ranking that each entry of ``order`` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def place(self) -> Ints:
        """(len(order),) the place of each entry in its ranking, 0 for the best."""
        place: Ints = np.arange(len(self.order)) - np.repeat(
            self.offsets[:-1], np.diff(self.offsets)
        )
        return place

    def __repr__(self) -> str:
        unknown = unlabelled_said(int((np.diff(self.offsets) == 0).sum()))
        things = f"{many(self.n, 'thing')}: {listing(self.names)}" if self.n else "no things"
        what = f"{many(len(self), 'ranking')} of {things}"
        return short(self, f"{what}; {unknown}" if unknown else what)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, index: Index, /) -> Rankings:
        chosen = np.arange(len(self))[index]
        size = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(size)])
        entry = np.arange(int(offsets[-1])) + np.repeat(self.offsets[chosen] - offsets[:-1], size)
        return Rankings(self.order[entry], offsets, self.n, self.names)


def _how_many(given: int | None, names: Sequence[str], places: tuple[Ints, ...], kind: str) -> int:
    """The number of things: as given, as many as have names, or those that are met."""
    if given is None:
        met = max((int(place.max()) + 1 for place in places if len(place)), default=0)
        return len(names) if names is not None and len(names) else met
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and given >= 0:
        return int(given)
    raise ValueError(f"{kind}.n must be the number of things (a whole number), got {given!r:.40}")


def _within(place: Ints, n: int, what: str) -> None:
    if len(place) and (place.min() < 0 or place.max() >= n):
        raise ValueError(
            f"{what} must be places of {many(n, 'thing')}, 0..{n - 1}, got {int(place.min())} .. "
            f"{int(place.max())}"
        )
