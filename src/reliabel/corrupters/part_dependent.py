"""Part-dependent noise: each item has a rate of its own, and a random projection of its features
says which wrong class it gets.

Assumes nothing of people; it is the item-dependent noise that most papers plant.  With many columns
the wrong class is nearly a function of the item, and it has nothing to do with what looks alike, so
a model can learn it.
Cost: O(n k d), memory O(n + k d).
Paper: Xia et al. Part-dependent label noise: towards instance-dependent label noise. NeurIPS 2020
(the generator of its experiments).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.stats import truncnorm

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Corrupted
from reliabel.ops.logistic import scale
from reliabel.ops.noise import how_many, picked, realised

ALSO = ("ptd",)
BLOCK = 4096  # rows whose scores are held at once


def corrupt(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    rate: float = 0.2,
    spread: float = 0.1,
) -> Corrupted:
    """Flip item i with chance q_i, drawn from a normal distribution around ``rate`` that is cut to
    0..1; the wrong class is drawn from the softmax of the standardised features times a random
    matrix of the true class, without the true class.

    rate: mean of the chances; the realised share differs by chance and is in ``info``.
    spread: their standard deviation; near 0 and 1 at most half the distance of ``rate`` from them,
        so that the cut does not move the mean.

    >>> x = np.random.default_rng(0).normal(size=(400, 5))
    >>> labels, rng = Classes(np.arange(400) % 4), np.random.default_rng(0)
    >>> round(corrupt(labels, features=x, rng=rng, rate=0.3).info["realised_rate"], 3)
    0.315
    """
    if not 0 <= spread <= 1:
        raise ValueError(f"spread must be a standard deviation between 0 and 1, got {spread!r}")
    y = np.array(labels.y, dtype=np.int64)
    if how_many(labels.y, labels.k, rate):
        chance = _chances(len(y), rate, spread, rng)
        flips = np.flatnonzero((rng.random(len(y)) < chance) & (y >= 0))
        y[flips] = _others(y, flips, features, labels.k, rng)
    info = {"asked": rate, **realised(labels.y, y, labels.k)}
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y, info)


def _chances(n: int, rate: float, spread: float, rng: Generator) -> Floats:
    """(n,) the chance of each item to get a wrong label."""
    sd = min(spread, rate / 2, (1 - rate) / 2)
    if sd == 0:
        return np.full(n, rate)
    cut = truncnorm(-rate / sd, (1 - rate) / sd, loc=rate, scale=sd)
    return np.asarray(cut.rvs(size=n, random_state=rng))


def _others(y: Ints, flips: Ints, features: Floats, k: int, rng: Generator) -> Ints:
    """The wrong class of each item that flips, class after class so that one matrix is held."""
    mean, sd = scale(np.asarray(features))
    wrong = np.empty(len(flips), dtype=np.int64)
    for true in range(k):
        weight = rng.normal(size=(features.shape[1], k))
        mine = np.flatnonzero(y[flips] == true)
        for start in range(0, len(mine), BLOCK):
            part = mine[start : start + BLOCK]
            score = (np.asarray(features[flips[part]], dtype=np.float64) - mean) / sd @ weight
            score[:, true] = -np.inf
            wrong[part] = picked(np.exp(score - score.max(1, keepdims=True)), rng)
    return wrong
