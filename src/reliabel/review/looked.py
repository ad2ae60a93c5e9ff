"""What a log says was looked at, over all its populations, in the order in which it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Ints
from reliabel.core.short_repr import by_fields
from reliabel.review.events import DECIDE, DRAW
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
    """The labels that were looked at.  undecided: with the draws that nobody decided yet."""
    board = log.board
    row, population, unseen = list[int](), list[str](), list[int]()
    seen, blocked = set[int](), set[str]()
    for one in log.events():
        if one.kind == DRAW:
            name = one.population or WHOLE
            places = [board.row(one.item, one.unit)]
            if not board.decided[places[0]]:
                blocked.add(name)
                if not undecided:
                    continue
            told = (name, int(one.unseen or 0))
        elif one.kind == DECIDE:
            name, places, told = "", board.rows(one.item, one.unit), ("", 0)
        else:
            continue
        for place in places:
            if place not in seen and board.populations[WHOLE].inside[place]:
                seen.add(place)
                row.append(place)
                counts = name not in blocked or (undecided and not board.decided[place])
                population.append(told[0] if counts else "")
                unseen.append(told[1] if counts else 0)
    rows = np.array(row, dtype=np.int64)
    wrong = np.where(board.decided[rows], board.wrong[rows], OPEN)
    plans = {name: one.plan[1] for name, one in board.populations.items() if one.plan}
    return Looked(rows, population, np.array(unseen, dtype=np.int64), wrong, plans)
