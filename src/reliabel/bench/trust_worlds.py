"""The worlds on which P(wrong), the count and the curve are judged: real human errors, real votes,
rules, and errors planted as people make them, each seen by weak and by strong evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np

from reliabel.bench.trust_sets import HALVES, STRENGTHS, labelled_sets, seen_by
from reliabel.core.labels import Classes, Floats, Ints, Votes

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
SEEDS = {"digits": 8, "ag_news": 5, "ag_news_pair": 4, "banking77": 2}
PEOPLE = ("aggre", "random1", "random2", "random3", "worse")  # labels of CIFAR-10N as they are
CHOSEN = ("cifar10n_1", "digits")  # sets on which rules are chosen; all others judge them
QUICK = ("digits", "ag_news_pair", "labelme", "youtube", "trec", "semeval")  # take seconds


@dataclass(frozen=True)
class World:
    """One draw: a data set, where its labels come from, how many are wrong, how many rows take
    part, and how strong the evidence is.
    """

    dataset: str
    noise: str  # human, no_slips, uniform, clean, or the name of real labels
    rate: float = 0.0  # 0 = as it is
    rows: int = 0  # 0 = all
    seed: int = 0
    strength: str = ""  # "weak" or "strong" of sets with both, else the features that there are

    @property
    def errors(self) -> str:
        """What tells this world from others of the same data set, but for seed and strength."""
        rate = f" {self.rate:g}" if self.rate else ""
        rows = f" {self.rows} rows" if self.rows else ""
        return f"{self.noise}{rate}{rows}"

    @property
    def setting(self) -> str:
        """What tells this world from others of the same data set, but for the seed."""
        return f"{self.errors} {self.strength}".rstrip()

    @property
    def scenario(self) -> str:
        """The name of the draw in the table of the suite."""
        return f"{self.dataset}-{self.setting.replace(' ', '-')}-{self.seed}"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A world made: labels as given, the truth, features."""

    labels: Classes
    truth: Ints
    features: Floats


def worlds(quick: bool) -> list[World]:
    """All worlds, or thirty that stand for them; the strengths of one draw follow each other."""
    drawn = _quick() if quick else sorted(_every(), key=_order)
    return [
        replace(world, strength=strength)
        for world in drawn
        for strength in STRENGTHS.get(world.dataset, ("",))
    ]


def together(every: list[World]) -> list[tuple[World, ...]]:
    """Worlds that share one draw of labels, in their order."""
    groups = groupby(every, key=lambda world: replace(world, rows=0, strength=""))
    return [tuple(group) for _, group in groups]


def _every() -> Iterator[World]:
    for half in HALVES:
        yield from (World(half, noise) for noise in (*PEOPLE, "clean", "agreed"))
        for noise, rates, seeds in (
            ("drawn", (0.045,), 2),
            ("aggre", (0.01, 0.05), 2),
            ("random1", (0.1,), 1),
            ("worse", (0.2,), 1),
        ):
            yield from (
                World(half, noise, rate, seed=seed) for rate in rates for seed in range(seeds)
            )
    for name, seeds in SEEDS.items():
        yield from (
            World(name, "human", rate, seed=seed) for rate in RATES for seed in range(seeds)
        )
    for name, seeds in (("digits", 4), ("ag_news", 2), ("banking77", 1)):
        yield from (
            World(name, "no_slips", rate, seed=seed) for rate in (0.1, 0.2) for seed in range(seeds)
        )
    for name in ("ag_news", "banking77"):
        yield World(name, "uniform", 0.1)
    yield from (World("labelme", "one_vote", seed=seed) for seed in range(8))
    yield from (World(name, "majority") for name in ("youtube", "trec", "semeval"))
    yield from (World(name, "clean") for name in ("digits", "ag_news", "banking77"))
    yield from (World(name, "shuffled") for name in ("digits", "ag_news"))
    yield from _few_rows()


def _few_rows() -> Iterator[World]:
    for name, noise, rate, sizes in (
        *((half, "aggre", 0.0, (300, 1000, 5000)) for half in HALVES),
        ("ag_news", "human", 0.1, (300, 1000, 5000)),
        ("banking77", "human", 0.1, (300, 1000, 5000)),
        ("digits", "human", 0.1, (300, 1000)),
    ):
        seeds = 6 if name == "digits" else 3
        yield from (World(name, noise, rate, rows, seed) for seed in range(seeds) for rows in sizes)


def _order(world: World) -> tuple[bool, int, str, str, float]:
    """What takes seconds first, the rest by seed, so that a run that is stopped early has seen a
    bit of everything.
    """
    return world.dataset not in QUICK, world.seed, world.dataset, world.noise, world.rate


def _quick() -> Iterator[World]:
    yield from (World("cifar10n_1", noise) for noise in ("aggre", "worse"))
    yield from (World("cifar10n_2", noise) for noise in ("aggre", "random1"))
    yield from (World("digits", "human", rate) for rate in (0.02, 0.1, 0.4))
    yield from (World("ag_news", "human", rate) for rate in (0.02, 0.1, 0.4))
    yield World("banking77", "human", 0.1)
    yield World("ag_news", "no_slips", 0.1)
    yield from (World(name, "clean") for name in ("digits", "ag_news"))
    yield World("labelme", "one_vote")
    yield World("semeval", "majority")
    yield World("digits", "shuffled")
    yield World("ag_news", "human", 0.1, 1000)
    yield World("digits", "human", 0.1, 300)


def make(world: World, data: Path, cache: Path) -> Drawn:
    """Draw the labels of a world; features are made once and kept under ``cache``.  The labels are
    the same whatever the strength of the evidence.
    """
    labels, truth, features = _labelled(replace(world, rows=0, strength=""), data, cache)
    if world.strength:
        features = seen_by(world.dataset, world.strength, data, cache)
    if world.rows and world.rows < len(truth):
        rng = np.random.default_rng([world.seed, 7])
        some = np.sort(rng.choice(len(truth), world.rows, replace=False))
        return Drawn(labels.take(some), truth[some], features[some])
    return Drawn(labels, truth, features)


@lru_cache(maxsize=1)
def _labelled(world: World, data: Path, cache: Path) -> tuple[Classes, Ints, Floats]:
    rng = np.random.default_rng([world.seed, 7])
    features, truth, given = labelled_sets(data, cache)[world.dataset]()
    clean = Classes(truth, tuple(str(c) for c in range(int(truth.max()) + 1)))
    return _given(world, clean, given, features, rng), truth, features


def _given(
    world: World, clean: Classes, given: dict[str, Ints], features: Floats, rng: np.random.Generator
) -> Classes:
    import reliabel as rl

    if world.noise == "clean":
        return clean
    if world.noise == "shuffled":
        return Classes(rng.permutation(clean.y), clean.names)
    if world.noise == "uniform":
        return rl.corrupt(clean, by="symmetric", rate=world.rate, seed=world.seed).labels  # type: ignore[return-value]
    if world.noise in ("human", "no_slips"):
        slips = 0.2 if world.noise == "human" else 0.0
        made = rl.corrupt(
            clean,
            by="human_confusions",
            features=features,
            rate=world.rate,
            slips=slips,
            seed=world.seed,
        )
        return made.labels  # type: ignore[return-value]
    column = given[world.noise]
    item, worker = np.nonzero(column >= 0)
    votes = Votes(
        item, worker, Classes(column[item, worker], clean.names), n=len(clean), w=column.shape[1]
    )
    return rl.corrupt(
        clean, by="from_votes", votes=votes, seed=world.seed, rate=world.rate or None
    ).labels  # type: ignore[return-value]
