"""Whether an object is there that some of the workers who looked at its picture drew and others did
not: the chance of each, with how often each worker sees what is there and draws what is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.regions import ranges

LIKE_OTHERS = 5.0  # objects' worth of trust that a worker is like all workers together
DRAWN = 0.8  # the share drawn of what is there, held to as much, before anything is known
TOGETHER = 0.05  # of what is not there, so much is drawn by two workers or more
LEAST = 20.0  # objects with three workers or more from which on the rates are learnt
ROUNDS, TOL = 200, 1e-6


@dataclass(frozen=True, eq=False)
class Presence:
    """``chance`` (c,) that each object is there, and ``drawn`` (w,), the share of the objects in a
    worker's pictures that the worker draws; NaN where too little is known to learn it, and then
    ``chance`` is the share of the workers' weights.
    """

    chance: Floats
    drawn: Floats

    __repr__ = by_fields


def presence(
    cluster: Ints,
    worker: Ints,
    item: Ints,
    looked: tuple[Ints, Ints],
    weight: Floats,
    known: Ints | None = None,
) -> Presence:
    """The chance of each object, by the EM algorithm.

    What is there each worker draws with a chance of the worker's own, independently of the others;
    objects that nobody drew are counted in by their expected number.  What is not there is drawn by
    one worker, each in the ratio of how often that happens, and seldom by two or more alike.
    cluster, worker: who drew which object, each pair once.  item: (c,) the picture of each object.
    looked: picture and worker of each look, by picture, each pair once.  weight: (w,) the weights
    of the share that EM starts from, and that is the answer where there is too little to learn.
    known: (c,) 1 for objects that are there and 0 for others, -1 where nothing is known; they teach
    the rates, and the chances told are those of the votes.
    """
    w, size = len(weight), len(item)
    first = np.searchsorted(looked[0], item, side="left")
    last = np.searchsorted(looked[0], item, side="right")
    flat, offsets = ranges(first, last)
    of, who, here = np.repeat(np.arange(size), np.diff(offsets)), looked[1][flat], np.diff(offsets)
    key = of * np.int64(max(w, 1)) + who
    drew = np.zeros(len(key), dtype=bool)
    drew[np.searchsorted(key, cluster * np.int64(max(w, 1)) + worker)] = True
    total = np.maximum(np.bincount(of, weight[who], size), 1e-12)
    share = np.minimum(np.bincount(of, weight[who] * drew, size) / total, 1.0)
    if float((here >= 3).sum()) < LEAST:
        return Presence(share, np.full(w, np.nan))
    alone = np.bincount(of, drew, size) < 2
    ways = np.maximum(2.0**here - here - 1, 1.0)  # in which two or more may draw the same
    told, drawn = share, np.full(w, DRAWN)
    for _ in range(ROUNDS):
        before = told
        chance = told if known is None else np.where(known >= 0, known, told)
        none = np.exp(np.bincount(of, np.log1p(-drawn)[who], size))
        drawn = _drawn((chance / np.maximum(1 - none, 1e-3))[of], chance[of], drew, who, w)
        none = np.exp(np.bincount(of, np.log1p(-drawn)[who], size))
        there = np.bincount(of, np.where(drew, np.log(drawn)[who], np.log1p(-drawn)[who]), size)
        there -= np.log(np.maximum(1 - none, 1e-3))
        invented = np.bincount(who[drew], (1 - chance)[of[drew]] * alone[of[drew]], w) + 0.5
        one = np.bincount(of, drew * invented[who], size) / np.bincount(of, invented[who], size)
        not_there = np.where(alone, (1 - TOGETHER) * one, TOGETHER / ways)
        usual = (chance.sum() + 1) / (size + 2)
        odds = np.log(usual / (1 - usual)) + there - np.log(not_there)
        told = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        if np.abs(told - before).max() < TOL:
            break
    return Presence(told, drawn)


def _drawn(force: Floats, hit: Floats, drew: Bools, who: Ints, w: int) -> Floats:
    """(w,) the share that each worker drew of what is there, held to what all drew."""
    n, hits = np.bincount(who, force, w), np.bincount(who, hit * drew, w)
    common = (hits.sum() + LIKE_OTHERS * DRAWN) / (n.sum() + LIKE_OTHERS)
    rate = (hits + LIKE_OTHERS * common) / (n + LIKE_OTHERS)
    return np.asarray(np.clip(rate, 1e-3, 1 - 1e-3))
