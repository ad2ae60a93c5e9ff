"""The cells of the suite learn: a data set, a kind of wrong labels and a seed; 3,000 rows to learn
from, and a clean test part that nothing but the final score reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.trust_sets import absent, labelled_sets, seen_by
from reliabel.core.labels import Classes, Floats, Ints

TRAIN, TEST, SEEDS = 3000, 3000, 2
SETS = {  # name -> data set of the suite trust, strength of the features
    "ag_news": ("ag_news", "strong"),
    "cifar10n pretrained": ("cifar10n_1", "strong"),
    "banking77": ("banking77", "strong"),
    "cifar10n patches": ("cifar10n_1", "weak"),
}
FIRST = ("ag_news", "cifar10n pretrained")  # what a run that is stopped early has seen
GROUPS = (FIRST, ("banking77",), ("cifar10n patches",))  # of sets, in the order of a run
PLANTED = ("clean", "symmetric .2", "symmetric .5", "pair .3", "confusion .4", "instance .4")
PEOPLE = {"people worst": "worse", "people random1": "random1"}  # of CIFAR-10N
TAIL = "long tail"
TAIL_RATIO, TAIL_NOISE = 20, 0.2  # largest class to smallest; symmetric noise on it
QUICK = ("symmetric .5", "pair .3")
CORRUPTERS = {
    "symmetric": "symmetric",
    "pair": "pair_flip",
    "confusion": "class_similarity",
    "instance": "part_dependent",
}
FROM_FEATURES = ("confusion", "instance")


@dataclass(frozen=True)
class Cell:
    """One draw: rows, wrong labels and start are those of the seed."""

    dataset: str
    noise: str
    seed: int = 0

    @property
    def scenario(self) -> str:
        """The name of the draw in the table of the suite."""
        return f"{self.dataset}-{self.noise}-{self.seed}".replace(" ", "-")


@dataclass(frozen=True, eq=False)
class Made:
    """A cell made: ``x`` (n, d) and ``labels`` to learn from, the ``truth`` behind them, ``probs``
    (n, k) out of fold, ``matrix`` (k, k) the noise as it came out, ``test_x`` and ``test_y`` for
    the score.
    """

    x: Floats
    labels: Classes
    truth: Ints
    probs: Floats
    matrix: Floats
    test_x: Floats
    test_y: Ints

    @property
    def rate(self) -> float:
        """Share of the labels that are wrong."""
        return float((self.labels.y != self.truth).mean())


def cells(quick: bool) -> list[Cell]:
    """All cells, the most telling first; with ``quick`` two kinds of noise on two sets."""
    if quick:
        return [Cell(dataset, noise) for noise in QUICK for dataset in FIRST]
    return [cell for seed in range(SEEDS) for names in GROUPS for cell in _of(names, seed)]


def _of(names: tuple[str, ...], seed: int) -> Iterator[Cell]:
    heavy = ("symmetric .5", "pair .3", "instance .4", "people worst", TAIL)
    light = [kind for kind in (*PLANTED, *PEOPLE) if kind not in heavy]
    for noise in (*heavy, *light):
        for name in names:
            if noise not in PEOPLE or name.startswith("cifar10n"):
                yield Cell(name, noise, seed)


def missing(dataset: str, cache: Path) -> str:
    """Why the features of a set cannot be had here, "" if they can."""
    return absent(*SETS[dataset], cache)


def make(cell: Cell, data: Path, cache: Path) -> Made:
    """Draw the rows and the labels of a cell; features are made once and kept under ``cache``."""
    from reliabel.ops.noise import noise_matrix_of

    x, truth, given = _whole(cell.dataset, data, cache)
    rng = np.random.default_rng([cell.seed, 11])
    names = tuple(str(c) for c in range(int(truth.max()) + 1))
    pool, test = _parts(truth, rng)
    train = np.sort(pool[:TRAIN])
    if cell.noise == TAIL:
        train, y = _tail(cell, truth, pool, names)
    elif cell.noise in PEOPLE:
        y = given[PEOPLE[cell.noise]][train, 0]
    else:
        y = _given(cell, Classes(truth[train], names), x[train])
    clean, labels = Classes(truth[train], names), Classes(np.asarray(y, dtype=np.int64), names)
    counts = np.zeros((labels.k, labels.k))
    np.add.at(counts, (clean.y, labels.y), 1)
    return Made(
        x[train],
        labels,
        clean.y,
        out_of_fold_probabilities(labels, x[train], rng),
        noise_matrix_of(counts),
        x[test],
        truth[test],
    )


def out_of_fold_probabilities(labels: Classes, x: Floats, rng: np.random.Generator) -> Floats:
    """(n, k) of a logistic regression whose strength the first fold chose, as an audit makes
    them.
    """
    from reliabel.ops.folds import fold_of, out_of_fold
    from reliabel.ops.logistic import choose, fit, scale

    fold, by = fold_of(labels.y, rng=rng), scale(x)
    strength = choose(x, labels.y, fold == 0, by=by, rng=rng)[0]
    return out_of_fold(
        lambda rows, y: fit(rows, y, strength=strength, by=by), x, labels.y, labels.k, fold
    )


@lru_cache(maxsize=1)
def _whole(dataset: str, data: Path, cache: Path) -> tuple[Floats, Ints, dict[str, Ints]]:
    name, strength = SETS[dataset]
    x = np.array(seen_by(name, strength, data, cache), dtype=np.float32)
    _, truth, given = labelled_sets(data, cache)[name]()
    return x, truth, given


def _parts(truth: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Rows to learn from and rows to be scored on; no row is in both."""
    test, pool = np.split(rng.permutation(len(truth)), [min(TEST, len(truth) - TRAIN)])
    return pool, np.sort(test)


def _tail(cell: Cell, truth: Ints, pool: Ints, names: tuple[str, ...]) -> tuple[Ints, Ints]:
    """Rows of the pool of which the largest class has TAIL_RATIO times the smallest, about TRAIN in
    all, and their labels.
    """
    import reliabel as rl

    k = len(names)
    whole = TRAIN * k / (TAIL_RATIO ** (-np.arange(k) / (k - 1))).sum()
    some = np.sort(pool[: round(whole)])
    clean = Classes(truth[some], names)
    words: dict[str, Any] = {"imbalance": TAIL_RATIO, "rate": TAIL_NOISE, "seed": cell.seed}
    made: Any = rl.corrupt(clean, by="long_tail", **words)
    return some[made.index], np.asarray(made.labels.y)


def _given(cell: Cell, clean: Classes, x: Floats) -> Ints:
    """(n,) the labels as somebody who errs would give them."""
    import reliabel as rl

    if cell.noise == "clean":
        return clean.y
    kind, _, rate = cell.noise.rpartition(" ")
    words: dict[str, Any] = {"features": x} if kind in FROM_FEATURES else {}
    made: Any = rl.corrupt(clean, by=CORRUPTERS[kind], rate=float(rate), seed=cell.seed, **words)
    return np.asarray(made.labels.y)
