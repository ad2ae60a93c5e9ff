"""Nearest-class noise: the items that most resemble another class get its label.

Assumes that class means capture resemblance (one cluster a class). The hardest noise for a model of
the same features: its errors agree with what the model predicts, so audits on these features find
few of them. It is deterministic.
Cost: O(n k d), memory O(n + k d). Paper: Menon, van Rooyen, Natarajan. Learning from binary labels
with instance-dependent noise. Machine Learning 107 (2018) 1561-1595.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Corrupted
from reliabel.ops.chunks import RowBlock, cut, rows, total
from reliabel.ops.noise import how_many, realised

STATUS = "default"
ALSO = ("boundary",)


def corrupt(labels: Classes, *, features: Floats, rate: float = 0.2) -> Corrupted:
    """Flip the share ``rate`` of labelled items that are nearest to the mean of another class,
    relative to their own.

    An item is left out of the mean of its own class.

    rate: share of the labelled items that become wrong.

    >>> x = np.array([[0.0], [1.0], [4.0], [10.0], [11.0], [12.0]])
    >>> made = corrupt(Classes(np.array([0, 0, 0, 1, 1, 1])), features=x, rate=1 / 6)
    >>> made.labels.y.tolist()
    [0, 0, 1, 1, 1, 1]
    """
    m = how_many(labels.y, labels.k, rate)
    y = np.array(labels.y, dtype=np.int64)
    if m:
        sums, count = total(lambda block: _sums(block, labels.k), cut(y, features))
        lead, rival = rows(lambda block: _lead(block, sums, count), cut(y, features))
        if m > np.isfinite(lead).sum():
            raise ValueError(
                f"cannot make {m} labels wrong: there is only one class with items; nearest_class "
                "needs two"
            )
        item = np.argsort(lead, kind="stable")[:m]
        y[item] = rival[item]
    info = {"asked": rate, **realised(labels.y, y, labels.k)}
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y, info)


def _sums(block: RowBlock, k: int) -> tuple[Floats, Ints]:
    y, x = block.read()
    known = y >= 0
    sums = np.zeros((k, x.shape[1]))
    np.add.at(sums, y[known], x[known])
    return sums, np.bincount(y[known], minlength=k)


def _lead(block: RowBlock, sums: Floats, count: Ints) -> tuple[Floats, Ints]:
    y, x = block.read()
    x, own, at = np.asarray(x, dtype=np.float64), np.maximum(y, 0), np.arange(len(y))
    mean = sums / np.maximum(count, 1)[:, None]
    far = np.maximum(
        (x**2).sum(1)[:, None] - 2 * x @ mean.T + (mean**2).sum(1), 0
    )  # (rows, k) squared distances
    far[:, count == 0] = np.inf
    rest = count[own] - 1
    near = np.where(
        rest > 0, far[at, own] * (count[own] / np.maximum(rest, 1)) ** 2, 0.0
    )  # from the mean of the others of its class
    far[at, own] = np.inf
    rival = far.argmin(1)
    return np.where(y >= 0, np.sqrt(far[at, rival]) - np.sqrt(near), np.inf), rival
