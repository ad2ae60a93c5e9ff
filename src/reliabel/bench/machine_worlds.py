"""Reviews of machine labels, many at once: the tests of ``trust.machine_labels`` in arrays over
simulated reviews, for the suite evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import logsumexp

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.trust.capital import WEIGHTS, experts
from reliabel.trust.machine_labels import ALPHA, FEW, WIDER, Grid, grid_of

N, RISK = 5000, 0.05
TOP = 0.3  # share of wrong labels among the least sure ones
CLUSTER = 50  # labels of neighbouring confidence that are wrong together
Make = Callable[[Generator, int], tuple[Floats, Bools]]


def _rising() -> Floats:
    """(n,) a chance of being wrong that rises from 0 to .3, .1 in all."""
    return TOP * (np.arange(N) / N) ** 2


def _calibrated(rng: Generator, runs: int) -> tuple[Floats, Bools]:
    doubt = _rising()
    return doubt, rng.random((runs, N)) < doubt


def _overconfident(rng: Generator, runs: int) -> tuple[Floats, Bools]:
    return _rising() / 4, rng.random((runs, N)) < _rising()


def _reversed(rng: Generator, runs: int) -> tuple[Floats, Bools]:
    return _rising(), rng.random((runs, N)) < _rising()[::-1]


def _clustered(rng: Generator, runs: int) -> tuple[Floats, Bools]:
    doubt = _rising()
    centre = doubt.reshape(-1, CLUSTER).mean(1)
    return doubt, np.repeat(rng.random((runs, N // CLUSTER)) < centre, CLUSTER, axis=1)


def _edge(rng: Generator, runs: int) -> tuple[Floats, Bools]:
    """At each threshold one more wrong than may be: the hardest case for the promise."""
    doubt = np.full(N, RISK) + np.arange(N) * 1e-6
    wrong = np.zeros((runs, N), dtype=bool)
    begin = 0
    for size in grid_of(1 - doubt, RISK).size.tolist():
        more = int(np.floor(RISK * size + 1e-9)) + 1 - wrong[:, :begin].sum(1)
        place = rng.random((runs, size - begin)).argsort(1)
        wrong[:, begin:size] = place < more[:, None]
        begin = size
    return doubt, wrong


def _coarse(rng: Generator, runs: int) -> tuple[Floats, Bools]:
    """Five confidences alone, each about right."""
    doubt = np.repeat([0.01, 0.03, 0.08, 0.2, 0.3], N // 5)
    return doubt, rng.random((runs, N)) < doubt


SETTINGS: Mapping[str, Make] = {
    "calibrated": _calibrated,
    "overconfident": _overconfident,
    "reversed confidence": _reversed,
    "clustered errors": _clustered,
    "one too many at each threshold": _edge,
    "five confidences": _coarse,
}


@dataclass(frozen=True, eq=False)
class Reviewed:
    """What simulated reviews (runs,) came to: the share accepted in the end, the largest share that
    truth allows in the same order of thresholds, whether the promise was ever broken, and the
    number of reviews until nothing more could be accepted or the budget was spent.
    """

    share: Floats
    possible: Floats
    broken: Bools
    reviews: Ints


class Tests:
    """The state of the tests of all levels (runs, levels)."""

    def __init__(self, grid: Grid, doubt: Floats, risk: float, runs: int) -> None:
        self.grid, shape = grid, (runs, len(grid))
        self.allowed = np.floor(risk * grid.size + 1e-9).astype(np.int64)
        self.mean = np.array([doubt[grid.level <= g].mean() for g in range(len(grid))])
        self.left = np.tile(self.mean * grid.size, (runs, 1))
        self.looked, self.found, self.drawn, self.hits = (
            np.zeros(shape, dtype=np.int64) for _ in range(4)
        )
        self.told = np.zeros((len(WEIGHTS), *shape))
        self.odds, self.slope = np.zeros(shape), np.zeros(shape)
        self.passed = np.zeros(shape, dtype=bool)

    @property
    def accepted(self) -> Ints:
        """(runs,) how many levels may be accepted."""
        return np.asarray(np.cumprod(self.passed, axis=1).sum(1))

    def widths(self, risk: float) -> Ints:
        """(runs,) the level to draw from, as ``machine_labels`` advises; the last where all
        passed.
        """
        size, levels = self.grid.size, np.arange(len(self.grid))
        first = np.minimum(self.accepted, len(size) - 1)[:, None]
        share = np.where(
            self.drawn >= FEW, (self.hits + 0.5) / (self.drawn + 1), self.mean[None, :]
        )
        stop = (levels > first) & ((share > risk) | (size > WIDER * size[first]))
        end = np.where(stop.any(1), stop.argmax(1), len(size))
        return np.asarray(end - 1)

    def see(self, level: Ints, wrong: Bools, width: Ints, doubt: Floats, active: Bools) -> None:
        """One more draw of each run: the first level that accepts the item, its verdict, and the
        level that was drawn from.
        """
        levels = np.arange(len(self.grid))
        inside = (levels >= level[:, None]) & active[:, None]
        counts = inside & (levels <= width[:, None])
        u = self.grid.size - self.looked
        bad = wrong[:, None]
        chance = experts(
            np.maximum(self.left, 0),
            np.broadcast_to(self.allowed, u.shape),
            np.maximum(u, 1),
            self.hits,
            self.drawn,
        )
        told = np.where(bad, np.log(chance), np.log1p(-chance))
        self.told += np.where(counts, told, 0.0)
        left = self.allowed + 1 - self.found
        good = u - left
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(np.maximum(np.where(bad, left, good) / np.maximum(u, 1), 0))
            slope = np.where(bad, 1 / left, -1 / good)
        self.odds += np.where(counts, odds, 0.0)
        self.slope += np.where(counts, slope, 0.0)
        self.drawn += counts
        self.hits += counts & bad
        self.looked += inside
        self.found += inside & bad
        self.left -= np.where(inside, doubt[:, None], 0.0)
        capital = logsumexp(np.log(WEIGHTS)[:, None, None] + self.told, axis=0) - self.odds
        sure = self.found + self.grid.size - self.looked <= self.allowed
        refuted = (capital >= np.log(1 / ALPHA)) & (self.slope < 0)
        self.passed |= (refuted & (self.drawn > 0) | sure) & (self.found <= self.allowed)


def simulate(setting: str, runs: int, rng: Generator, *, budget: int = 600) -> Reviewed:
    """Reviews of so many simulated machines, each up to the budget."""
    doubt, wrong = SETTINGS[setting](rng, runs)
    grid = grid_of(1 - doubt, RISK)
    tests = Tests(grid, doubt, RISK, runs)
    true = np.stack([wrong[:, :size].sum(1) for size in grid.size.tolist()], axis=1)
    holds = true <= tests.allowed
    seen = np.zeros((runs, N), dtype=bool)
    broken, reviews = np.zeros(runs, dtype=bool), np.zeros(runs, dtype=np.int64)
    at = np.arange(runs)
    for _ in range(budget):
        width = tests.widths(RISK)
        active = (tests.accepted < len(grid)) & (tests.looked[at, width] < grid.size[width])
        if not active.any():
            break
        item = _drawn(seen, grid.size[width], active, rng)
        seen[at[active], item[active]] = True
        tests.see(grid.level[item], wrong[at, item], width, doubt[item], active)
        reviews += active
        best = tests.accepted
        broken |= (best > 0) & ~holds[at, np.maximum(best - 1, 0)]
    best = tests.accepted
    share = np.r_[0.0, grid.size / N]
    possible = np.cumprod(holds, axis=1).sum(1)
    return Reviewed(share[best], share[possible], broken, reviews)


def _drawn(seen: Bools, size: Ints, active: Bools, rng: Generator) -> Ints:
    """(runs,) an unseen item among the first ``size`` ones, evenly."""
    item = np.zeros(len(seen), dtype=np.int64)
    wait = np.flatnonzero(active)
    while len(wait):
        item[wait] = (rng.random(len(wait)) * size[wait]).astype(np.int64)
        wait = wait[seen[wait, item[wait]]]
    return item
