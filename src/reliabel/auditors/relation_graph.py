"""Neural relation graph: items alike in features and in predicted classes support each other if
their labels are the same, and speak against each other if not.

Assumes features and probabilities of one model.  Weak where classes overlap, and for rare classes.
By default the sum over an item's relations is divided by the sum of their strengths.  As published
(``normalise=False``) it is not, an item's relation to itself counts too, and relations to labels
that look wrong change sign; then items in dense regions and sure predictions dominate the ranking
(human labels of CIFAR-10N on weak features: AUROC .70 and .66 where the default has .84 and .83).
Relations are cut off after the nearest ones, so that memory does not grow with the square of the
items.
Cost: O(n nearest k), as published twice; memory O(n) and one block of lists.
Paper: Kim, Yun, Song. Neural relation graph: a unified framework for identifying label noise and
outlier data. NeurIPS 2023.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import RowBlock, cut, rows

ALSO = ("neural_relation_graph",)
WEAK = 0.03  # relations up to this strength count as none
NOISY = 0.05  # a label whose support is below the negative of this is taken for wrong


def audit(
    labels: Classes,
    *,
    neighbours: Neighbours,
    probs: Floats,
    power: float = 4.0,
    nearest: int = 200,
    normalise: bool = True,
) -> Suspicion:
    """Score = (1 - support) / 2, where the support of a label is the share of its relations that
    are with the same label less the share of those that are not; flag below -.05.

    A relation is cosine x product of the two rows of ``probs``, to the ``power``.
    power: larger = the strongest relations count most; the authors suggest 1, 4, 6 or 8.
    nearest: relations of an item.
    normalise: False for the sums as published, in shares of the largest one.
    info: "outlier" (n,), one over the sum of strengths to the power 1, large for items that are
        like no other.

    >>> p, row = np.repeat([[0.9, 0.1]], 5, 0), np.arange(5)[:, None]
    >>> around = Neighbours((row + np.arange(1, 5)) % 5, np.full((5, 4), 0.1))
    >>> found = audit(Classes(np.array([0, 0, 0, 0, 1])), neighbours=around, probs=p)
    >>> found.score.round(2).tolist(), found.flag.tolist(), found.suggest.y.tolist()
    ([0.25, 0.25, 0.25, 0.25, 1.0], [False, False, False, False, True], [0, 0, 0, 0, 0])
    """
    if not power > 0:
        raise ValueError(f"power must be above 0, got {power!r}")
    near = neighbours.nearest(nearest)
    blocks = cut(labels.y, near.index, near.distance, probs, k=near.index.shape[1] + probs.shape[1])
    right = np.ones(len(labels))  # -1 for labels taken for wrong

    def judged() -> tuple[Floats, Ints, Bools, Floats]:
        judge = _Judge(labels, probs, power, right, normalise)
        return rows(lambda block: judge(*block.read()), blocks)

    support, best, own, alike = judged()
    if not normalise:
        right[_relative(support) < -NOISY] = -1
        support, best, own, alike = judged()
        support = _relative(support)
    known = labels.y >= 0
    support = np.where(known, support, np.nan)
    flag = known & (support < -NOISY)
    suggest = np.where(known & (own | ~flag), labels.y, best)
    info = {
        "outlier": 1 / (1e-6 + alike),
        "taken_for_wrong": int((right < 0).sum()),
        "nearest": int(near.index.shape[1]),
        "recall": neighbours.recall,
    }
    return Suspicion((1 - support) / 2, flag, Classes(suggest, labels.names), info=info)


def table(labels: Classes, *, neighbours: Neighbours, probs: Floats) -> Floats:
    """(n, k) log share of an item's relations that each class has, in relations as strong as its
    strongest and drawn towards even shares as if by one more.
    """
    near = neighbours.nearest(200)

    def shares(block: RowBlock) -> Floats:
        index, distance, own = block.read()
        strength = _strength(probs, index, distance, own)
        label = np.where(index >= 0, labels.y[index], -1)
        edge = np.where((label >= 0) & (strength > WEAK), strength, 0.0) ** 4
        edge = edge / np.maximum(edge.max(1, initial=0, keepdims=True), 1e-300)
        votes = _by_class(labels.k, label, edge)
        return np.asarray((votes + 1 / labels.k) / (votes.sum(1, keepdims=True) + 1))

    blocks = cut(near.index, near.distance, probs, k=near.index.shape[1] + probs.shape[1])
    return np.log(rows(shares, blocks))


def _relative(support: Floats) -> Floats:
    most = float(np.abs(support).max(initial=0.0))
    return np.asarray(support / most) if most > 0 else support


@dataclass(frozen=True, eq=False)
class _Judge:
    """Of the rows of a block: the support of the given label, the class with most relations,
    whether the given one has as many, and the sum of strengths to all items, labelled or not.
    """

    labels: Classes
    probs: Floats
    power: float
    right: Floats
    normalise: bool

    __repr__ = by_fields

    def __call__(
        self, y: Ints, index: Ints, distance: Floats, own: Floats
    ) -> tuple[Floats, Ints, Bools, Floats]:
        strength = _strength(self.probs, index, distance, own)
        label = np.where(index >= 0, self.labels.y[index], -1)
        edge = np.where((label >= 0) & (strength > WEAK), strength, 0.0) ** self.power
        sign = np.where(label == y[:, None], 1.0, -1.0) * self.right[index]
        support, total = (edge * sign).sum(1), edge.sum(1)
        if self.normalise:
            support = np.divide(support, total, out=np.zeros(len(y)), where=total > 0)
        else:
            support = support + np.einsum("nk,nk->n", own, own) ** self.power
        votes = _by_class(self.labels.k, label, edge)
        mine = votes[np.arange(len(y)), np.maximum(y, 0)] >= votes.max(1)
        best = np.where(total > 0, votes.argmax(1), -1)
        return support, best, (total > 0) & mine, strength.sum(1)


def _by_class(k: int, label: Ints, edge: Floats) -> Floats:
    size, wide = len(label), max(k, 1)
    cell = np.arange(size)[:, None] * wide + np.maximum(label, 0)
    votes = np.bincount(cell.ravel(), edge.ravel(), minlength=size * wide)
    return np.asarray(votes.reshape(size, wide), dtype=float)


def _strength(probs: Floats, index: Ints, distance: Floats, own: Floats) -> Floats:
    """(rows, t) cosine x product of the probabilities; 0 where there is no neighbour."""
    strength = np.zeros(index.shape)
    for place in range(index.shape[1]):  # a neighbour at a time, so that memory stays (rows, k)
        there = np.maximum(index[:, place], 0)
        strength[:, place] = np.einsum("nk,nk->n", own, probs[there])
    cosine = np.maximum(1 - np.where(index >= 0, distance, 1).astype(float), 0)
    return np.asarray(strength * cosine)
