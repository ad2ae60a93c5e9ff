"""Planted test sets for the suite evaluation: labels of which some are wrong, a P(wrong) of some
worth, models, and reviews of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy.special import expit, logit

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.trust.evaluation import Looks

CLASSES = 4
LEARNT = 0.3  # share of wrong labels that a model repeats
APART = 2.326  # between the scores of right and wrong labels: AUROC .95
BLIND = 0.3  # share of the wrong labels that look right
# P(wrong): exact posterior at AUROC .95, blind to some errors, five times too many, useless, and
# turned round
KINDS = ("good", "blind", "too many", "useless", "reversed")


@dataclass(frozen=True, eq=False)
class World:
    """A test set (n,): true classes, given labels, P(wrong), and the predictions of two models."""

    truth: Ints
    given: Ints
    p: Floats
    first: Ints
    second: Ints

    @property
    def n(self) -> int:
        """How many items it has."""
        return len(self.truth)


def world(
    rng: Generator,
    n: int,
    noise: float,
    kind: str,
    *,
    right: float = 0.85,
    differ: float = 0.1,
    lead: float = 0.02,
    skew: bool = False,
) -> World:
    """A test set of four classes.

    right: accuracy of the first model on right labels.  differ, lead: the share of items on which
    the second model differs from the first, and by how much the first is better.  skew: classes
    of 64, 24, 8 and 4 %.
    """
    share = np.array([0.64, 0.24, 0.08, 0.04]) if skew else np.full(CLASSES, 1 / CLASSES)
    truth = rng.choice(CLASSES, n, p=share)
    wrong = rng.random(n) < noise
    given = np.where(wrong, _other(truth, rng), truth)
    first = np.where(rng.random(n) < right, truth, _other(truth, rng))
    first = np.where(wrong & (rng.random(n) < LEARNT), given, first)
    return World(
        truth,
        given,
        _doubt(wrong, noise, kind, rng),
        first,
        _rival(first, truth, rng, differ, lead),
    )


def _other(y: Ints, rng: Generator) -> Ints:
    return np.asarray((y + rng.integers(1, CLASSES, len(y))) % CLASSES)


def _rival(first: Ints, truth: Ints, rng: Generator, differ: float, lead: float) -> Ints:
    """A model that differs on a share of the items, where it turns more right predictions wrong
    than wrong ones right.
    """
    second = first.copy()
    good, bad = np.flatnonzero(first == truth), np.flatnonzero(first != truth)
    n = len(first)
    lost = rng.permutation(good)[: round((differ + lead) / 2 * n)]
    won = rng.permutation(bad)[: round((differ - lead) / 2 * n)]
    second[lost] = _other(first[lost], rng)
    second[won] = truth[won]
    return second


def _doubt(wrong: Bools, noise: float, kind: str, rng: Generator) -> Floats:
    """P(wrong) of each label."""
    hidden = wrong & (rng.random(len(wrong)) < BLIND) if kind == "blind" else np.zeros_like(wrong)
    x = rng.normal(size=len(wrong)) + APART * (wrong & ~hidden)
    prior = logit(noise)
    p = expit(prior + APART * x - APART**2 / 2)
    if kind == "too many":
        return np.asarray(expit(logit(p) + np.log(5)))
    if kind == "useless":
        return np.asarray(rng.permutation(p))
    if kind == "reversed":
        return np.asarray(np.sort(p)[::-1][np.argsort(np.argsort(p))])
    return np.asarray(p)


def reviewed(made: World, chosen: int, drawn: int, rng: Generator, *, planned: bool) -> Looks:
    """Reviews of the most suspect items, one after each two draws, and of items drawn evenly."""
    suspect = iter(np.argsort(-made.p, kind="stable").tolist())
    random = iter(rng.permutation(made.n).tolist())
    seen, item, by_draw = set[int](), list[int](), list[bool]()

    def take(queue: object, draw: bool) -> None:
        one = next(i for i in queue if i not in seen)  # type: ignore[attr-defined]
        seen.add(one)
        item.append(one)
        by_draw.append(draw)

    for at in range(max(chosen, drawn)):
        if at < chosen:
            take(suspect, False)
        for _ in range(drawn * (at + 1) // max(chosen, drawn) - drawn * at // max(chosen, drawn)):
            take(random, True)
    found, draws = np.array(item), np.array(by_draw)
    unseen = np.where(draws, made.n - np.arange(len(found)), 0)
    return Looks(found, made.truth[found], draws, unseen, planned=planned)


def weighted(made: World, draws: int, rng: Generator) -> Looks:
    """A weighted draw with replacement, as ``reliabel sample`` makes it."""
    from reliabel.trust.count import chances

    q = chances(made.p)
    item = rng.choice(made.n, draws, p=q)
    none = np.zeros(draws, dtype=np.int64)
    return Looks(item, made.truth[item], np.ones(draws, dtype=bool), none, chance=q)


def first_draws(looks: Looks, draws: int) -> Looks:
    """The reviews up to so many draws."""
    end = int(np.flatnonzero(looks.drawn)[draws - 1]) + 1
    return replace(
        looks,
        item=looks.item[:end],
        truth=looks.truth[:end],
        drawn=looks.drawn[:end],
        unseen=looks.unseen[:end],
    )
