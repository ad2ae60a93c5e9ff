"""How many labels of a machine may be accepted unseen, so that at most a share ``risk`` of them is
wrong, by its own confidence and by reviews that may stop at any time.

A grid of thresholds is fixed by the confidence alone, before anybody looks.  Each accepts the items
of its confidence and above; whether too many of those are wrong is tested from the strictest
threshold on, and the first one that is not refuted ends the row (fixed sequence: Learn then Test,
Angelopoulos et al. 2021), so that the whole grid costs no more than one test.  Each test is the
betting capital of ``trust.capital`` on even draws among the accepted items, and holds whenever
people stop.  A draw from a wider population that falls into a narrower one is an even draw from
that one too; for wider ones it is an item that somebody chose, which says nothing of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.capital import Draws, ends
from reliabel.trust.review_record import OPEN, WRONG

# Of the items, that the thresholds of the grid accept: a first one below a fifth costs as many
# reviews as any other and accepts little.
SHARES = tuple(np.arange(4, 21) / 20)
CHOSEN = -1  # as the width of a look: picked by somebody, not drawn
ALPHA = 0.05
FEW = 10  # draws from which on the errors that were seen say which threshold to draw from
WIDER = 2.0  # how many times as many items may be drawn from as the test in hand is about


@dataclass(frozen=True, eq=False)
class Grid:
    """Thresholds from the strictest on (levels,), how many items each accepts, and for every item
    the first level that accepts it (``levels`` where none does: its confidence is not known).
    """

    threshold: Floats
    size: Ints
    level: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.threshold)


@dataclass(frozen=True, eq=False)
class MachineLooks:
    """What was looked at, in the order in which it counts (a draw where it was committed, a chosen
    item where it was first decided); each item once.

    item (e,); wrong (e,) 1, 0, or OPEN for a draw that nobody decided yet.
    width (e,): the level that it was drawn from, the number of levels for a draw from all items,
        CHOSEN for no draw.
    unseen (e,): how many items the draw was made from, as it was logged; 0 for no draw.
    """

    item: Ints
    wrong: Ints
    width: Ints
    unseen: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True)
class Level:
    """What the reviews say of one threshold: of ``items`` accepted ones ``looked`` at, ``drawn`` of
    them by chance and ``wrong`` of all found; at most ``high`` are wrong at 95 % confidence, where
    ``allowed`` may be.  ``passes``: it and all stricter ones are refuted to be above the risk.
    """

    threshold: float
    items: int
    looked: int
    drawn: int
    wrong: int
    wrong_drawn: int
    high: int
    allowed: int
    passes: bool

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Accepted:
    """The levels, the one that may be accepted (-1: none), and the one to draw from next (None
    where all passed).
    """

    risk: float
    levels: tuple[Level, ...]
    best: int
    then: int | None

    __repr__ = by_fields

    @property
    def accepted(self) -> int:
        """How many labels may be accepted."""
        return self.levels[self.best].items if self.best >= 0 else 0


@dataclass(frozen=True, eq=False)
class MachineCertificate:
    """What the reviews of an audit say of the labels of a machine by its confidence in ``column``:
    ``found`` at each threshold, of so many ``labels`` with a confidence.

    level: the probability with which all of it holds.  looked: how many of all were reviewed, by
        so many ``people``.  missed: the share of wrong labels that reviewers miss at most, by
        ``second_looks`` blind second looks, and ``high_with_missed`` how many of the accepted ones
        are then wrong at most; None below 30 second looks.
    batch: labels that were handed out, None where none were asked for.
    """

    found: Accepted
    column: str
    level: float
    labels: int
    looked: int
    people: int
    second_looks: int = 0
    missed: float | None = None
    high_with_missed: int | None = None
    batch: Mapping[str, object] | None = None
    notes: tuple[str, ...] = ()

    __repr__ = by_fields


def grid_of(confidence: Floats, risk: float) -> Grid:
    """The thresholds: those that accept a fifth of the items, and 5 % more each; equal confidences
    stand together, and thresholds at which not even one label may be wrong are left out.

    Raises ValueError where no confidence is known, and for a risk that is not between 0 and 1.

    >>> grid = grid_of(np.linspace(0.5, 1, 1000), 0.05)
    >>> len(grid), grid.size[:3].tolist(), float(grid.threshold[0].round(2))
    (17, [200, 250, 300], 0.9)
    """
    if not 0 < risk < 1:
        raise ValueError(f"risk is a share of the labels, such as 0.05, got {risk!r:.40}")
    score = np.asarray(confidence, dtype=float)
    known = np.isfinite(score)
    if not known.any():
        raise ValueError(f"none of the {len(score)} labels has a confidence")
    order = np.sort(score[known])[::-1]
    at = np.unique(np.ceil(np.array(SHARES) * len(order) - 1e-9).astype(int)) - 1
    threshold = np.unique(order[at])[::-1]
    size = np.searchsorted(-order, -threshold, side="right")
    keep = np.floor(risk * size + 1e-9) >= 1
    if not keep.any():
        raise ValueError(
            f"{len(order)} labels are too few to accept some at a risk of {risk:g}: not even one "
            "of them may be wrong; review them all"
        )
    threshold, size = threshold[keep], size[keep]
    level = np.searchsorted(-threshold, -np.where(known, score, -np.inf), side="left")
    return Grid(threshold, size, level)


def draws_of_level(grid: Grid, at: int, looks: MachineLooks, doubt: Floats, allowed: int) -> Draws:
    """The draws that count for one level: those from it or a wider one that fell into it, up to the
    first that is undecided.

    doubt (n,): the chance that each label is wrong as the machine has it; NaN where it gives none.
    """
    inside = grid.level[looks.item] <= at
    drawn = (inside & (looks.width >= at) & _even(grid, looks))[inside]
    wrong, item = looks.wrong[inside], looks.item[inside]
    bad = (wrong == WRONG).astype(np.int64)
    before = np.arange(len(item))
    own = doubt[grid.level <= at]
    seen = doubt[item]
    expected = own.sum() - (np.cumsum(seen) - seen)
    place = np.flatnonzero(drawn)
    still_open = np.flatnonzero(wrong[place] == OPEN)
    place = place[: still_open[0]] if len(still_open) else place
    return Draws(
        wrong[place] == WRONG,
        (np.cumsum(bad) - bad)[place],
        (int(grid.size[at]) - before)[place],
        np.maximum(expected[place], 0.0),
        np.full(len(place), allowed),
    )


def _even(grid: Grid, looks: MachineLooks) -> Bools:
    """Whether each draw was made from all items of its level that no earlier look is on: else a
    draw of another population was waiting for its verdict, and this one counts for nothing.
    """
    levels = len(grid)
    level = grid.level[looks.item]
    even = np.zeros(len(looks), dtype=bool)
    for width in np.unique(looks.width[looks.width >= 0]).tolist():
        inside = (level <= width) if width < levels else np.ones(len(looks), dtype=bool)
        size = int(grid.size[width]) if width < levels else len(grid.level)
        left = size - (np.cumsum(inside) - inside)
        even |= (looks.width == width) & inside & (looks.unseen == left)
    return even


def accepted(
    grid: Grid, looks: MachineLooks, risk: float, doubt: Floats, *, alpha: float = ALPHA
) -> Accepted:
    """Which threshold may be accepted, and where to draw next."""
    levels: list[Level] = []
    passes = True
    for at in range(len(grid)):
        allowed = int(np.floor(risk * grid.size[at] + 1e-9))
        draws = draws_of_level(grid, at, looks, doubt, allowed)
        inside = grid.level[looks.item] <= at
        found = int((looks.wrong[inside] == WRONG).sum())
        decided = int((looks.wrong[inside] != OPEN).sum())
        high = ends(draws, found, found + int(grid.size[at]) - decided, alpha).high
        passes = passes and high <= allowed
        levels.append(
            Level(
                float(grid.threshold[at]),
                int(grid.size[at]),
                decided,
                len(draws),
                found,
                int(draws.wrong.sum()),
                high,
                allowed,
                passes,
            )
        )
    best = sum(level.passes for level in levels) - 1
    return Accepted(risk, tuple(levels), best, _next(levels, best, risk, grid, doubt))


def _next(levels: Sequence[Level], best: int, risk: float, grid: Grid, doubt: Floats) -> int | None:
    """The level to draw from: the widest, up to twice the size of the first that has not passed, of
    which nothing says that it is above the risk.  It decides the cost, never the validity.
    """
    first = best + 1
    if first >= len(levels):
        return None
    chosen = first
    for at in range(first + 1, len(levels)):
        one = levels[at]
        if one.items > WIDER * levels[first].items:
            break
        share = float(np.mean(doubt[grid.level <= at]))
        if one.drawn >= FEW or share != share:
            share = (one.wrong_drawn + 0.5) / (one.drawn + 1) if one.drawn >= FEW else 0.0
        if share > risk:
            break
        chosen = at
    return chosen
