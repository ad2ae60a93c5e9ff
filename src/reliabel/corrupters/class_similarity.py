"""Confusion by likeness of classes: every class is as often wrong, and its errors go to the classes
whose mean is most like its own.

Assumes that errors depend on the class alone, and that class means capture likeness (one cluster a
class).  Weak as a model of people, who err on hard items.
Cost: O(n d + k^2 d), memory O(k d + k^2).
Paper: Patrini et al. Making deep neural networks robust to label noise: a loss correction approach.
CVPR 2017 (asymmetric noise by hand; likeness from features is ours).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Corrupted
from reliabel.ops.chunks import RowBlock, cut, total
from reliabel.ops.noise import drawn, how_many, realised

ALSO = ("similar_classes", "asymmetric_by_features")


def corrupt(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    rate: float = 0.2,
    sharpness: float = 6.0,
) -> Corrupted:
    """Draw each label from its row of a noise matrix with ``1 - rate`` on the diagonal, and off it
    weights exp(sharpness cos) of the class means, measured from the mean of all labelled items.

    rate: chance of a wrong label.
    sharpness: 0 spreads the errors evenly; the larger, the more they go to the most alike class.

    >>> x = np.repeat([[1.0, 0.0], [0.9, 0.4], [-1.0, -0.2]], 40, axis=0)
    >>> labels, rng = Classes(np.repeat([0, 1, 2], 40)), np.random.default_rng(0)
    >>> corrupt(labels, features=x, rng=rng, rate=0.3).info["matrix"].round(2)[:2].tolist()
    [[0.7, 0.3, 0.0], [0.3, 0.7, 0.0]]
    """
    if not sharpness >= 0:
        raise ValueError(f"sharpness must be 0 or more, got {sharpness!r}")
    k, matrix = labels.k, np.eye(labels.k)
    if how_many(labels.y, k, rate):
        sums, count = total(lambda block: _sums(block, k), cut(labels.y, features))
        matrix = rate * _shares(sums, count, sharpness) + (1 - rate) * matrix
    y = drawn(labels.y, matrix, rng)
    info = {"asked": rate, "matrix": matrix, **realised(labels.y, y, k)}
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y, info)


def _shares(sums: Floats, count: Ints, sharpness: float) -> Floats:
    """(k, k) the class that errors of each class (row) go to, from the sums (k, d) and numbers (k,)
    of the items of each class; rows sum to one, the diagonal is 0.

    A class without items, or at the mean of all, is as like to one class as to any other.
    """
    mean = sums / np.maximum(count, 1)[:, None] - sums.sum(0) / max(int(count.sum()), 1)
    mean[count == 0] = 0
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    unit = np.divide(mean, length, out=np.zeros_like(mean), where=length > 1e-12)
    weight = np.exp(sharpness * (unit @ unit.T - 1))
    np.fill_diagonal(weight, 0)
    return np.asarray(weight / weight.sum(1, keepdims=True))


def _sums(block: RowBlock, k: int) -> tuple[Floats, Ints]:
    y, x = block.read()
    known = y >= 0
    sums = np.zeros((k, x.shape[1]))
    np.add.at(sums, y[known], x[known])
    return sums, np.bincount(y[known], minlength=k)
