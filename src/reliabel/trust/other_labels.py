"""What the other labels of an item say of each label: a linear regression of each class on the
others as given and on the model's probabilities of all classes, out of fold.

Labels of an item depend on one another beyond what features show (whoever writes "Paris" writes
"France").  The regressions of all classes come from one inverse of the matrix of products, so that
their cost is that of one.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints, MultiLabel
from reliabel.ops.chunks import cut, rows, total

RIDGE = 0.01  # added to the correlations; a tenth or thirty times of it changes nothing
LEAST = 1e-3  # least variance of what a regression leaves open, in units of the class's own
FAR = 9.0  # log-odds beyond which nothing is said


def other_labels(labels: MultiLabel, probs: Floats, fold: Ints) -> Floats:
    """(n, k) log-odds that each class belongs to the item, by its other labels as given and the
    probabilities of all classes; made without the label itself.

    fold: (n,) the fold of each item; the regression of a fold has not seen its items.
    """
    folds, part = np.unique(fold, return_inverse=True)
    blocks = cut(labels.y, probs, part.ravel(), k=2 * labels.k)
    sums = total(lambda block: _sums(len(folds), *block.read()), blocks)
    count, first, second = (whole.sum(0) - whole for whole in sums)
    by = [
        _regressions(int(c), a, b, labels.k) for c, a, b in zip(count, first, second, strict=True)
    ]
    return rows(lambda block: _odds(by, *block.read()), blocks)


def _columns(y: Ints, probs: Floats) -> Floats:
    """(rows, 2 k) log-odds of the model, and the labels as given; unknown ones count one half."""
    p = np.clip(probs.astype(np.float64), 1e-4, 1 - 1e-4)
    return np.hstack([np.log(p) - np.log1p(-p), np.where(y < 0, 0.5, y)])


def _sums(folds: int, y: Ints, probs: Floats, part: Ints) -> tuple[Floats, Floats, Floats]:
    """Of each fold: its rows, their sums, and the products of all pairs of columns."""
    x = _columns(y, probs)
    of = [x[part == f] for f in range(folds)]
    return (
        np.array([float(len(one)) for one in of]),
        np.array([one.sum(0) for one in of]),
        np.array([one.T @ one for one in of]),
    )


def _regressions(
    count: int, first: Floats, second: Floats, k: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """(2 k,) means and deviations of the columns, (2 k, k) the weights of each column for each
    class, (k,) the variance that is left open.
    """
    mean = first / max(count, 1)
    covariance = second / max(count, 1) - np.outer(mean, mean)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0)) + 1e-9
    correlation = covariance / np.outer(deviation, deviation)
    inverse = np.linalg.inv(correlation + RIDGE * np.eye(len(mean)))
    own = np.arange(k) + k
    open_ = 1 / inverse[own, own]
    weights = -inverse[:, own] * open_
    weights[own, np.arange(k)] = 0
    return mean, deviation, weights, np.maximum(open_, LEAST)


def _odds(
    by: list[tuple[Floats, Floats, Floats, Floats]], y: Ints, probs: Floats, part: Ints
) -> Floats:
    """Log-odds of yes, if what a regression leaves open is normal about yes and about no."""
    x, out = _columns(y, probs), np.zeros(y.shape)
    k = y.shape[1]
    for f, (mean, deviation, weights, open_) in enumerate(by):
        mine = part == f
        said = ((x[mine] - mean) / deviation) @ weights
        middle = (0.5 - mean[k:]) / deviation[k:]
        out[mine] = np.clip((said - middle) / deviation[k:] / open_, -FAR, FAR)
    return out
