"""Suite certificate: whether "you may stop" is true as often as it says, and how many reviews it
takes.

Validity: 35 settings (five shares of wrong labels, seven kinds of P(wrong)), reviews played to the
last label, by reviewers who follow the rule and by others who do their worst within it; some labels
are dropped, about some people are unsure.  Efficiency: reviews to the first certificate, by the
rule alone.  ``python -m reliabel.bench.certificate docs/bench/certificate.csv docs/trust.md``
writes the tables of the page.

Each part of a setting is a scenario of the table; parts come in turn, so that a run that is stopped
has as many of each setting.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from reliabel.bench.certificate_page import filled
from reliabel.bench.certificate_real import IMDB, imdb_reviews
from reliabel.bench.certificate_worlds import (
    KINDS,
    REVIEWERS,
    UNIFORM,
    Mixed,
    together,
    worlds,
)
from reliabel.bench.marked_table import write
from reliabel.bench.processes import side_by_side
from reliabel.bench.run import Row, Table
from reliabel.core.labels import Bools
from reliabel.trust.review_simulation import Simulation, until_certified

TARGET, ALPHA, N = 0.01, 0.05, 10_000
SHARES = (0.005, 0.01, 0.03, 0.1, 0.2)
SEVEN = tuple(KINDS)[:7]
EVERY = "seven kinds"
EFFICIENCY = (0.0, 0.002, 0.005, 0.01, 0.03, 0.1, 0.2)
PARTS, EACH = 20, 100  # parts of a setting, and reviews of a part
EFFICIENCY_PARTS = 4
QUICK_N, QUICK_EACH = 1000, 20
LOOKS_GOOD = 50  # draws in a row that were right, with a certificate: it "looks good"


@dataclass(frozen=True)
class Task:
    """Some reviews of one setting."""

    what: str
    share: float
    kind: str
    part: int
    n: int
    each: int

    @property
    def scenario(self) -> str:
        """Its name in the table."""
        return f"{self.what} {self.share:g} {self.kind} {self.n} part {self.part}"


def run(table: Table, *, quick: bool, data: Path | None, workers: int = 1) -> None:
    """Write the rows of every part that is not there yet."""
    tasks = [task for task in _tasks(quick) if not table.has(task.scenario)]
    for rows in side_by_side(rows_of, tasks, workers, "parts"):
        table.add(rows)
    if data is not None and not quick:
        for target in IMDB:
            if not table.has(f"imdb {target:g}"):
                table.add(imdb_reviews(data, target))


def _tasks(quick: bool) -> Iterator[Task]:
    if quick:
        for share in SHARES:
            yield Task("validity", share, EVERY, 0, QUICK_N, QUICK_EACH)
        return
    for part in range(PARTS):
        for share in SHARES:
            yield Task("validity", share, EVERY, part, N, EACH)
        if part < EFFICIENCY_PARTS:
            for share in EFFICIENCY:
                for kind in (UNIFORM, *KINDS):
                    yield Task("efficiency", share, kind, part, N, EACH)


def rows_of(task: Task) -> list[Row]:
    """The rows of some reviews."""
    began = process_time()
    found = validity(task) if task.what == "validity" else {task.kind: efficiency(task)}
    seconds = process_time() - began
    told = [(kind, *pair) for kind, of in found.items() for pair in of.items()]
    return [
        Row(
            task.scenario,
            f"n {task.n}",
            f"{task.share:.1%} wrong, {kind}",
            task.part,
            task.what,
            name,
            value,
        )
        for kind, name, value in [*told, (task.kind, "cpu", seconds)]
    ]


def _begun(task: Task, kinds: tuple[str, ...], *, mixed: bool) -> Simulation:
    """Reviews of each kind, one after another in the arrays."""
    place = [UNIFORM, *KINDS].index(kinds[0])
    rng = np.random.default_rng([15, round(task.share * 1000), place, task.part, mixed])
    wrong = round(task.share * task.n)
    made = [worlds(kind, wrong, task.n, task.each, rng, mixed=mixed) for kind in kinds]
    return Simulation(together(made), TARGET, ALPHA, rng)


def efficiency(task: Task) -> dict[str, float]:
    """Mean number of reviews to the first certificate, and its spread."""
    simulation = _begun(task, (task.kind,), mixed=False)
    reviews, _ = until_certified(simulation, task.n, REVIEWERS.get(task.kind))
    return {
        "reviews": len(reviews),
        "mean": float(reviews.mean()),
        "deviation": float(reviews.std(ddof=1)),
    }


def validity(task: Task) -> dict[str, dict[str, float]]:
    """Kind of P(wrong) -> how many of the reviews said something false: at the first certificate,
    at the first moment that looked good, and at any time.  All kinds are played at once.
    """
    simulation = _begun(task, SEVEN, mixed=True)
    reviewers, watch = Mixed(simulation), Watch(simulation)
    while simulation.unseen:
        watch.step(reviewers)
    told = {
        "certified": watch.certified,
        "false at the first certificate": watch.false_first,
        "looked good": watch.looked_good,
        "false when it looks good": watch.false_good,
        "upper end ever too low": watch.too_low,
        "ever outside": watch.outside,
    }
    return {
        kind: {"reviews": float(task.each)}
        | {name: float(of.reshape(len(SEVEN), -1)[row].sum()) for name, of in told.items()}
        for row, kind in enumerate(SEVEN)
    }


class Watch:
    """What reviews say while they go on, beside the truth."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        size = len(simulation.at)
        self.truth = simulation.worlds.wrong.sum(1)
        self.log_odds, self.slope = np.zeros(size), np.zeros(size)  # of the truth
        self.row = np.zeros(size, dtype=np.int64)  # right draws in a row
        self.certified, self.false_first = _no(size), _no(size)
        self.looked_good, self.false_good = _no(size), _no(size)
        self.too_low, self.outside = _no(size), _no(size)

    def step(self, reviewers: Mixed) -> None:
        """One more review in each."""
        s = self.simulation
        found, unseen = s.found.copy(), s.unseen
        _, drawn, wrong = s.step(reviewers)
        left = (self.truth - found).astype(float)
        way = np.where(wrong, left, unseen - left)
        self.log_odds += np.where(drawn, np.log(np.where(drawn, way, 1) / unseen), 0)
        self.slope += np.where(drawn, np.where(wrong, 1, -1) / np.where(drawn, way, 1), 0)
        self.row = np.where(drawn, np.where(wrong, 0, self.row + 1), self.row)
        refuted = s.capital.log_forecast - self.log_odds >= np.log(1 / ALPHA)
        self.outside |= refuted
        self.too_low |= refuted & (self.slope < 0)
        self._judge()

    def _judge(self) -> None:
        s = self.simulation
        holds, false = s.certified(), self.truth - s.repaired > s.allowed
        first = holds & ~self.certified
        good = holds & (self.row >= LOOKS_GOOD) & ~self.looked_good
        self.false_first |= first & false
        self.false_good |= good & false
        self.certified |= holds
        self.looked_good |= good


def _no(size: int) -> Bools:
    return np.zeros(size, dtype=bool)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], filled)
