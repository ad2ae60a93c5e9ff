"""Contrasting fragments (ConFrag): a number is suspect if models that tell far ranges of numbers
apart do not place its item where its number lies.

The numbers are cut into ranges of equally many; for each pair of ranges that are half of them apart
a classifier tells items of one from items of the other, learnt from these alone. An item agrees
with a range if its classifier prefers it to its partner; it agrees with its number if it agrees
with the range where the number lies and with one next to it. Neighbours are asked as well, and the
better of both answers counts.
Assumes that items follow their numbers smoothly, and a share of wrong numbers (a fifth and more)
that bends a model of all numbers. Weak for errors that stay within a range or move to the next one,
where items of far ranges look alike, and for few wrong numbers: out-of-fold residuals and
neighbours find these better. On pictures whose number is how far they are turned, 40 % of them
wrong, its selection leaves .13 to .15 of the error, small loss of a network stopped early .27, of
one that has learnt the numbers by heart .9, residuals .25 to .31; on most tables residuals leave
less (docs/bench.md, suite labels).
Cost: ``folds`` logistic regressions a pair of ranges, each on the items of both.
Paper: Kim, Moon, Moon, Woo, Kim. Sample selection via contrastive fragmentation for noisy label
regression (ConFrag). NeurIPS 2024. arXiv:2502.17771. Its experts are networks; here they are linear
in the features, the likelihoods themselves are multiplied, not whether they exceed one half, ranges
weigh by how near their middles are, and nothing is drawn by chance.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints, Numbers
from reliabel.core.results import Suspicion
from reliabel.core.run import track
from reliabel.ops import logistic
from reliabel.ops.copies import same_rows
from reliabel.ops.folds import fold_of, out_of_fold

STATUS = "optional"
ALSO = ("confrag",)
STRENGTH = 0.03  # of the logistic regressions (C)
NEAREST = 20  # neighbours that are asked


def audit(
    labels: Numbers,
    *,
    features: Floats,
    rng: Generator,
    neighbours: Neighbours | None = None,
    ranges: int = 8,
    folds: int = 5,
) -> Suspicion:
    """Score = 1 - agreement with the number (of several numbers an item the mean).

    ranges: into how many the numbers are cut, an even number from 4; the paper's 4 tell less where
        items follow the numbers smoothly.
    folds: parts; each item is judged by classifiers that did not learn from it.
    ``info["range"]`` (n,) is the range that each number lies in, -1 where it is missing.
    Raises ValueError for folds below 2, and for ranges that are odd or below 4.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, (400, 2))
    >>> y = 10 * x[:, 0]
    >>> y[:20] = -y[:20]
    >>> found = audit(Numbers(y), features=x, rng=rng)
    >>> far = np.abs(y[:20]) > 5
    >>> float(found.score[:20][far].min()) > float(np.median(found.score[20:]))
    True
    """
    if ranges < 4 or ranges % 2:
        raise ValueError(f"ranges must be an even number from 4, got {ranges}")
    y = labels.y.reshape(len(labels), -1)
    first = same_rows(features)
    every = [_of_column(column, features, neighbours, first, ranges, folds, rng) for column in y.T]
    there = ~np.isnan(np.stack([agreed for agreed, _ in every], 1))
    total = np.nansum(np.stack([agreed for agreed, _ in every], 1), 1)
    mean = np.divide(total, there.sum(1), out=np.full(len(y), np.nan), where=there.any(1))
    return Suspicion(1 - mean, info={"range": every[0][1], "ranges": ranges})


def _of_column(
    y: Floats,
    x: Floats,
    near: Neighbours | None,
    first: Ints,
    ranges: int,
    folds: int,
    rng: Generator,
) -> tuple[Floats, Ints]:
    """(n,) agreement of one number an item, NaN where it is missing, and the range it lies in."""
    known = ~np.isnan(y)
    distinct = np.unique(y[known])
    own = np.full(len(y), -1, dtype=np.int64)
    if len(distinct) < 2 * ranges:
        return np.where(known, 0.0, np.nan), own
    edges = np.quantile(y[known], np.arange(1, ranges) / ranges)
    own[known] = np.searchsorted(edges, y[known], side="right")
    middle = np.array(
        [np.median(y[own == j]) if (own == j).any() else edges[-1] for j in range(ranges)]
    )
    fold = fold_of(own, folds=folds, copies=first, rng=rng)
    by = logistic.scale(x)
    likely, voted = np.full((len(y), ranges), 0.5), np.full((len(y), ranges), 0.5)
    for low in track("ranges", range(ranges // 2)):
        high = low + ranges // 2
        side = np.where(own == low, 0, np.where(own == high, 1, -1))
        p = out_of_fold(lambda a, b: logistic.fit(a, b, strength=STRENGTH, by=by), x, side, 2, fold)
        likely[:, [low, high]] = p
        if near is not None:
            voted[:, [low, high]] = _votes(side, near.nearest(NEAREST).index)
    weight = _weights(y, middle)
    agreed = _agreement(likely, weight)
    if near is not None:
        agreed = np.maximum(agreed, _agreement(voted, weight))
    return np.where(known, agreed, np.nan), own


def _weights(y: Floats, middle: Floats) -> Floats:
    """(n, ranges) how much each range counts for a number: shared by the two nearest middles."""
    at = np.clip(np.searchsorted(middle, y), 1, len(middle) - 1)
    below, above = middle[at - 1], middle[at]
    part = np.clip((y - below) / np.maximum(above - below, 1e-300), 0, 1)
    out = np.zeros((len(y), len(middle)))
    row = np.arange(len(y))
    out[row, at - 1], out[row, at] = 1 - part, part
    return out


def _agreement(likely: Floats, weight: Floats) -> Floats:
    """(n,) the likelihood of the number's ranges, times that of the better range beside each."""
    padded = np.pad(likely, ((0, 0), (1, 1)))
    beside = np.maximum(padded[:, :-2], padded[:, 2:])
    return np.asarray((weight * likely * beside).sum(1))


def _votes(side: Ints, index: Ints) -> Floats:
    """(n, 2) the share of both sides among the neighbours that belong to one, with one vote more
    for each.
    """
    theirs = np.where(index >= 0, side[index], -1)
    count = np.stack([(theirs == one).sum(1) for one in (0, 1)], 1) + 1.0
    return np.asarray(count / count.sum(1, keepdims=True))
