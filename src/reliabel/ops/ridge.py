"""Ridge regression of numbers by sums over rows, in blocks; out-of-fold predictions for several
penalties take two passes over the rows, whatever the number of folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import RowBlock, constant, cut, rows, total

PENALTIES = (1e-3, 3e-2, 1.0)  # as a share of the mean square of a feature


Sums = tuple[Floats, ...]  # of a fold: count, x (d,), y, xx (d, d), xy (d,), about fixed points


@dataclass(frozen=True, eq=False)
class Line:
    """A linear model of numbers: ``weight`` (d,) of the features and the ``level`` at zero."""

    weight: Floats
    level: float

    __repr__ = by_fields

    def predict(self, x: Any) -> Floats:
        """(n,) the numbers of rows of features."""
        return np.asarray(np.asarray(x, dtype=np.float64) @ self.weight + self.level)


def fit(x: Any, y: Floats, penalty: float) -> Line:
    """The linear model of all rows; rows whose number is NaN are left out.

    >>> x = np.arange(4.0)[:, None]
    >>> fit(x, 3 * x[:, 0] + 1, 1e-9).predict([[5.0]]).round(3).tolist()
    [16.0]
    """
    centre, level = _middle(x, y)
    one = np.zeros(len(y), dtype=np.int64)

    def work(block: RowBlock) -> tuple[Floats, ...]:
        part, numbers, fold = block.read()
        return _of_block(part, numbers, fold, 1, centre, level)

    sums = total(work, cut(x, y, one))
    found = _solved(tuple(part.sum(0) for part in sums), (penalty,))[0]
    return Line(found[:-1], float(level + found[-1] - centre @ found[:-1]))


def out_of_fold(x: Any, y: Floats, fold: Ints, penalties: tuple[float, ...]) -> Floats:
    """(n, penalties) the prediction of each row by the rows of the other folds; rows whose number
    is NaN are predicted and never learnt from.

    >>> x = np.arange(8.0)[:, None]
    >>> out_of_fold(x, 3 * x[:, 0] + 1, np.arange(8) % 2, (1e-9,))[:, 0].round(3).tolist()
    [1.0, 4.0, 7.0, 10.0, 13.0, 16.0, 19.0, 22.0]
    """
    folds = int(fold.max(initial=0)) + 1
    x, y, fold = constant(x), constant(y), constant(fold)
    blocks = cut(x, y, fold)
    centre, level = _middle(x, y)

    def work(block: RowBlock) -> tuple[Floats, ...]:
        part, numbers, own = block.read()
        return _of_block(part, numbers, own, folds, centre, level)

    def said(block: RowBlock) -> Floats:
        part, numbers, own = block.read()
        return _said(part, numbers, own, weights, centre, level)

    sums = total(work, blocks)
    others = [tuple(part.sum(0) - part[f] for part in sums) for f in range(folds)]
    weights = np.stack([_solved(one, penalties) for one in others])  # (folds, p, d + 1)
    return rows(said, blocks)


def _middle(x: Any, y: Floats) -> tuple[Floats, float]:
    """Points to count from, near the means, so that sums of squares keep their digits."""
    known = y[~np.isnan(y)]
    some = np.unique(np.linspace(0, len(x) - 1, min(len(x), 1000)).astype(np.int64))
    return np.asarray(x[some], dtype=np.float64).mean(0), float(known.mean()) if len(known) else 0.0


def _of_block(
    x: Any, y: Floats, fold: Ints, folds: int, centre: Floats, level: float
) -> tuple[Floats, ...]:
    known = ~np.isnan(y)
    off, rest, own = np.asarray(x, dtype=np.float64)[known] - centre, y[known] - level, fold[known]
    d = off.shape[1]
    out = (np.zeros(folds), np.zeros((folds, d)), np.zeros(folds))
    square, cross = np.zeros((folds, d, d)), np.zeros((folds, d))
    for f in range(folds):
        mine = own == f
        part, number = off[mine], rest[mine]
        out[0][f], out[1][f], out[2][f] = len(part), part.sum(0), number.sum()
        square[f], cross[f] = part.T @ part, part.T @ number
    return (*out, square, cross)


def _solved(sums: Sums, penalties: tuple[float, ...]) -> Floats:
    """(penalties, d + 1) weights of the features and the level, by the sums over some rows."""
    count, x, y, square, cross = sums
    size, d = float(count), len(x)
    out = np.zeros((len(penalties), d + 1))
    if size < 2:
        return out
    x, level = x / size, float(y) / size
    gram, slope = square / size - np.outer(x, x), cross / size - x * level
    mean = float(np.trace(gram)) / max(d, 1)
    for place, penalty in enumerate(penalties):
        weight = np.linalg.solve(gram + (penalty * mean + 1e-12) * np.eye(d), slope)
        out[place, :d], out[place, d] = weight, level - x @ weight
    return out


def _said(x: Any, y: Floats, fold: Ints, weights: Floats, centre: Floats, level: float) -> Floats:
    off = np.asarray(x, dtype=np.float64) - centre
    out = np.empty((len(off), weights.shape[1]))
    for f in range(len(weights)):
        mine = fold == f
        out[mine] = off[mine] @ weights[f, :, :-1].T + weights[f, :, -1]
    return out + level
