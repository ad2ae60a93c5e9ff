"""Prune and refit: labels that confident learning calls wrong are dropped, and the probe is fitted
to the rest with weights that give each class its former size.

Assumes class-conditional noise and out-of-fold probabilities that agree with the given labels far
better than chance.  Weak where flips go to one class: the model repeats them, and right labels are
pruned beside wrong ones (AG News with 30 % pair flips: two thirds of the pruned were wrong).
Cost: two passes over the probabilities and one probe (some 150 short logistic regressions), memory
O(n k).
Paper: Northcutt, Jiang, Chuang. Confident learning: estimating uncertainty in dataset labels. JAIR
70 (2021) 1373-1411.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.ops.confident import joint, whole
from reliabel.ops.noise import wrong_share
from reliabel.ops.probe import probe

ALSO = ("clean_learning", "prune")
LEAST = 5  # items of each class that are never pruned
WEAK = "the out-of-fold model agrees with only {agrees:.0%} of the labels where {wrong:.0%} seem \
wrong; it is too weak to say which, so nothing was pruned (stronger features would help)"


def pruned(y: Ints, probs: Floats, most: float = 0.5) -> Bools:
    """(n,) which labels are pruned: of class i, as many as the joint counts for each other class j,
    with the largest P(j) - P(i), if they are among as many with the lowest P(i) as it counts wrong
    in all; at most the share ``most`` of a class, and never its last five items.
    """
    wanted = whole(joint(y, probs))  # [true, given]
    drop = np.zeros(len(y), dtype=bool)
    for given in np.unique(y[y >= 0]):
        mine = np.flatnonzero(y == given)
        margin = probs[mine] - probs[mine, given][:, None]
        wrong = _first(-probs[mine, given], int(wanted[:, given].sum() - wanted[given, given]))
        leaning = np.zeros(len(mine), dtype=bool)
        for other in np.flatnonzero(wanted[:, given]):
            if other != given:
                leaning |= _first(margin[:, other], wanted[other, given]) & (margin[:, other] > 0)
        limit = max(0, min(int(most * len(mine)), len(mine) - LEAST))
        chosen = np.where(wrong & leaning, margin.max(1), -np.inf)
        drop[mine] = wrong & leaning & _first(chosen, limit)
    return drop


def learn(
    labels: Classes, *, features: Floats, probs: Floats, rng: Generator, most: float = 0.5
) -> Model:
    """Prune as many labels of each class as the confident joint counts for each other class, those
    with the largest margin, and fit the probe; ``labels`` of the model has -1 where pruned.

    most: share of a class that may be pruned.  Where the probabilities agree with fewer of the
    labels than 1 - 1.5 times the estimated share of wrong ones, or than the largest class alone,
    nothing is pruned, and ``info["warnings"]`` says so.

    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15], p = 1, np.where(x < 2, [[0.9, 0.1]], [[0.1, 0.9]])
    >>> model = learn(Classes(y), features=x, probs=p, rng=np.random.default_rng(0))
    >>> np.flatnonzero(model.labels.y < 0).tolist(), model.info["pruned"]
    ([0, 15], 2)
    """
    if not 0 <= most < 1:
        raise ValueError(f"most must be a share from 0 to below 1, got {most!r}")
    y, wrong = labels.y, wrong_share(labels.y, probs)
    agrees, largest = _agreement(y, probs)
    weak = agrees < max(1 - 1.5 * wrong, largest)
    drop = np.zeros(len(y), dtype=bool) if weak else pruned(y, probs, most)
    kept = np.where(drop, -1, y)
    found = probe(features, _weighted(y, kept, labels.k), labels.names, rng=rng)
    info: dict[str, Any] = {"wrong_share": wrong, "pruned": int(drop.sum()), **found.facts}
    if weak:
        info["warnings"] = [WEAK.format(agrees=agrees, wrong=wrong)]
    return Model(found.head, Classes(kept, labels.names), info=info)


def _agreement(y: Ints, probs: Floats) -> tuple[float, float]:
    """The share of labels that are the likeliest class, and the share of the largest class."""
    known = np.flatnonzero(y >= 0)
    if not len(known):
        return 1.0, 1.0
    agrees = float((probs[known].argmax(1) == y[known]).mean())
    return agrees, float(np.bincount(y[known]).max() / len(known))


def _first(score: Floats, count: int) -> Bools:
    """(n,) the ``count`` largest scores, earlier rows first among equal ones."""
    inside = np.zeros(len(score), dtype=bool)
    inside[np.argsort(-score, kind="stable")[:count]] = True
    return inside


def _weighted(before: Ints, after: Ints, k: int) -> Floats:
    """(n, k) how much the class of each kept row counts: each class as much as before in all."""
    counts = np.zeros((len(after), k), dtype=np.float32)
    row = np.flatnonzero(after >= 0)
    size, left = (np.bincount(y[y >= 0], minlength=k) for y in (before, after))
    counts[row, after[row]] = (size / np.maximum(left, 1))[after[row]]
    return counts
