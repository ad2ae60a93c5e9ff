"""Which labels are judged next: the most suspect, or some by chance (``trust.next_batch``)."""

from __future__ import annotations

from dataclasses import replace
from random import SystemRandom
from typing import TYPE_CHECKING

import numpy as np

from reliabel.core.kinds import layout_of
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.results import Audit
from reliabel.review.board import Board
from reliabel.review.handing import Make, Picks
from reliabel.review.population import Population
from reliabel.review.store import Log
from reliabel.trust.review_record import WHOLE, ReviewRecord

if TYPE_CHECKING:
    from reliabel.trust.refit import Queue

PLANNED_CHOSEN = "as planned these are the most suspect labels; the draws come after their verdicts"
PLANNED_DRAWS = "as planned all of these are drawn by chance"
WAITS = "the chosen labels of the plan are handed out; the draws come after their verdicts"
ALL_DRAWN = "all of these are drawn by chance"


def target_of(log: Log, population: str, target: float) -> int:
    """T, how many labels may be left wrong: a share of those that are kept.  Raises ValueError
    where the share is none.
    """
    if not 0 < target < 1:
        raise ValueError(
            "the target is a share of the labels between 0 and 1, such as 0.01 for one percent; "
            f"got target={target:g}"
        )
    record = log.record(population)
    return int(target * (record.n - int(record.dropped.sum())) + 1e-9)


def pick(audit: Audit, population: str, allowed: int, greedy: bool) -> Make:
    """How fresh labels are picked for a batch.

    Of all labels the rule of the certificate says which are chosen; of a population of its own all
    are drawn.  Labels without P(wrong) are drawn too, since none is more suspect than others.
    """
    p, queues = _p_of(audit), list["Queue"]()

    def make(board: Board, n: int, taken: Bools) -> Picks:
        from reliabel.trust.next_batch import next_batch
        from reliabel.trust.refit import queue_of

        made = board.populations[population]
        if population != WHOLE and not greedy:
            return _by_chance(made, board.decided | made.drawn, n, p)
        if not queues:  # sorting many labels takes a while, and the members never change
            queues.append(queue_of(p[made.members]))
        record = board.record(population)
        inside = replace(record, row=_numbered(made, record.row))
        claimed = np.flatnonzero(taken[made.members])
        planned = record.plan is not None and len(made.draws) < record.plan[1] and not greedy
        choose, draw = _planned(record, made, n, len(claimed))
        if planned and not choose:
            drawn = _by_chance(made, board.decided | made.drawn, draw, p)
            return replace(drawn, why=PLANNED_DRAWS if draw else WAITS)
        found = next_batch(
            queues[0],
            inside,
            choose if planned else n,
            allowed=allowed,
            greedy=greedy or planned,
            claimed=claimed,
            rng=_dice(),
        )
        return Picks(
            [int(row) for row in made.members[found.row]],
            [bool(drawn) for drawn in found.drawn],
            [float(value) for value in found.expected],
            [float(value) for value in found.p],
            PLANNED_CHOSEN if planned else found.why,
        )

    return make


def _dice() -> np.random.Generator:
    """The source of chance for what is chosen and drawn, which nobody can foresee."""
    return np.random.default_rng()


def members_and_p(audit: Audit, log: Log, population: str) -> tuple[ReviewRecord, Floats]:
    """The record of a population with its labels numbered from 0, and their P(wrong) (n,), NaN
    where there is none.
    """
    record, made = log.record(population), log.board.populations[population]
    return replace(record, row=_numbered(made, record.row)), _p_of(audit)[made.members]


def _planned(record: ReviewRecord, made: Population, n: int, claimed: int) -> tuple[int, int]:
    """How many labels a plan that is not finished has chosen and drawn next: the draws come after
    the verdicts on all that are chosen; (0, 0) where nothing is planned any more.
    """
    if record.plan is None:
        return 0, 0
    chosen, drawn = record.plan
    draws, seen = len(made.draws), int((~record.drawn).sum())
    if draws or seen >= chosen:
        return 0, min(n, max(drawn - draws, 0))
    return max(min(n, chosen - seen - claimed), 0), 0


def _numbered(made: Population, rows: Ints) -> Ints:
    """The labels of a population counted from 0."""
    every = len(made.members) == len(made.inside)
    return rows if every else np.searchsorted(made.members, rows)


def _by_chance(made: Population, seen: Bools, n: int, p: Floats) -> Picks:
    """Labels that are drawn one after another, none of them twice."""
    free = made.members[~seen[made.members]]
    rows = [
        int(free[place]) for place in SystemRandom().sample(range(len(free)), min(n, len(free)))
    ]
    expected = float(np.nansum(p[free])) if np.isfinite(p[free]).any() else np.nan
    before = np.cumsum([0.0, *np.nan_to_num(p[rows])])[: len(rows)]
    forecast = [max(expected - told, 0.0) for told in before.tolist()]
    return Picks(rows, [True] * len(rows), forecast, p[rows].tolist(), ALL_DRAWN)


def _p_of(audit: Audit) -> Floats:
    if audit.p_wrong is not None:
        return np.asarray(audit.p_wrong, dtype=float)
    return np.full(layout_of(audit.data.labels).rows, np.nan)
