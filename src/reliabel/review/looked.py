"""What a log says was looked at, over all its populations, in the order in which it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Ints
from reliabel.core.short_repr import by_fields
from reliabel.review.events import DECIDE, DRAW, SETTLE
from reliabel.review.store import Log
from reliabel.trust.review_record import OPEN, WHOLE


@dataclass(frozen=True, eq=False)
class Looked:
    """The labels (e,) of a log by their flat rows, each where it was drawn or first decided.

    population: of which each was drawn, "" for a chosen one and for draws behind one of the same
        population that nobody decided yet, which do not count.
    unseen (e,): from how many labels it was drawn.  wrong (e,): its final verdict as a review
        record has it, OPEN for a draw that nobody decided.
    plans: how many draws of a population were planned before its first.
    """

    row: Ints
    population: Sequence[str]
    unseen: Ints
    wrong: Ints
    plans: Mapping[str, int]

    __repr__ = by_fields


def looked_of(log: Log, *, undecided: bool = False) -> Looked:
    """The labels that were looked at.

    undecided: with the draws that nobody decided yet, for those who hold back later draws
        themselves; without them such draws are left out, and later ones of the same population
        count as chosen.
    """
    board = log.board
    found: dict[int, tuple[str, int]] = {}  # flat row -> population and number, in order
    blocked = set[str]()
    inside = board.populations[WHOLE].inside
    for one in log.events():
        if one.kind == DRAW:
            name, place = one.population or WHOLE, board.row(one.item, one.unit)
            if not undecided and not board.decided[place]:
                blocked.add(name)
                continue
            told = ("", 0) if name in blocked else (name, int(one.unseen or 0))
            if inside[place]:
                found.setdefault(place, told)
        elif one.kind in (DECIDE, SETTLE):
            for place in board.rows(one.item, one.unit):
                if inside[place]:
                    found.setdefault(place, ("", 0))
    rows = np.array(list(found), dtype=np.int64)
    wrong = np.where(board.decided[rows], board.wrong[rows], OPEN)
    unseen = np.array([many for _, many in found.values()], dtype=np.int64)
    plans = {name: one.plan[1] for name, one in board.populations.items() if one.plan}
    return Looked(rows, [name for name, _ in found.values()], unseen, wrong, plans)
