"""Kernels of confident learning, in blocks of rows: class thresholds, confident classes, the joint.

Source: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021) 1373-1411.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import cut, rows, total

LEAST = 1e-6  # probability below which losses are no longer told apart


def own(y: Ints, probs: Floats) -> Floats:
    """(n,) the probability of the given label of each row of one block.

    Unlabelled rows get that of class 0; callers mask them.
    """
    column: Floats = probs.ravel().take(
        np.arange(0, probs.size, probs.shape[1]) + np.maximum(y, 0)
    )  # a third of the time of take_along_axis
    return column


def losses(y: Ints, probs: Floats) -> tuple[Floats, Ints]:
    """(n,) cross-entropy of the given labels, NaN without one, and (n,) the most probable classes.

    >>> losses(np.array([0, -1]), np.array([[0.5, 0.5], [0.1, 0.9]]))[0].round(3).tolist()
    [0.693, nan]
    """
    return rows(lambda block: _losses(*block.read()), cut(y, probs))


def thresholds(y: Ints, probs: Floats) -> Floats:
    """(k,) the mean probability of each class among the items labelled so; infinite for a class
    without items.
    """
    k = probs.shape[1]
    sums, counts = total(lambda block: _sums(k, *block.read()), cut(y, probs))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def confident_class(y: Ints, probs: Floats, threshold: Floats) -> Ints:
    """(n,) the most probable class among those whose probability reaches their threshold.

    -1 where none does, or where the item is unlabelled.
    """
    return rows(lambda block: _confident(threshold, *block.read()), cut(y, probs))


def joint(y: Ints, probs: Floats, threshold: Floats | None = None) -> Floats:
    """(k, k) counts [true, given] of the confident joint, calibrated to the given class counts.

    Each column (given label) sums to the number of items with that label; a class whose items are
    never confident is counted on the diagonal.
    threshold: the result of ``thresholds``, if the caller has it already.
    """
    k = probs.shape[1]
    sure = confident_class(y, probs, thresholds(y, probs) if threshold is None else threshold)
    counted = sure >= 0
    raw = np.bincount(sure[counted] * k + y[counted], minlength=k * k).reshape(k, k).astype(float)
    share = raw.sum(0)
    raw[np.diag_indices(k)] += share == 0
    given = np.bincount(y[y >= 0], minlength=k)
    calibrated: Floats = raw / raw.sum(0) * given
    return calibrated


def whole(counts: Floats) -> Ints:
    """Round counts to whole numbers by largest remainders; each column keeps its sum.

    Tied remainders are all rounded up.

    >>> whole(np.array([[1.4, 0.5, 2.0], [1.2, 0.5, 0.0], [0.4, 1.0, 1.0]])).tolist()
    [[2, 1, 2], [1, 1, 0], [1, 1, 1]]
    """
    floor = np.floor(counts + 1e-9)
    left = np.maximum(counts - floor, 0).round(9)  # so that equal fractions are equal
    places = np.rint(left.sum(0)).astype(np.int64)
    least = np.sort(left, axis=0)[::-1][np.maximum(places, 1) - 1, np.arange(counts.shape[1])]
    filled: Ints = (floor + ((left >= least) & (left > 0) & (places > 0))).astype(np.int64)
    return filled


def _losses(y: Ints, probs: Floats) -> tuple[Floats, Ints]:
    loss = -np.log(np.clip(own(y, probs).astype(float), LEAST, 1))
    loss[y < 0] = np.nan
    return loss, probs.argmax(1)


def _sums(k: int, y: Ints, probs: Floats) -> tuple[Floats, Floats]:
    known = y >= 0
    sums: Floats = np.bincount(y[known], own(y, probs)[known], k).astype(float)
    return sums, np.bincount(y[known], minlength=k).astype(float)


def _confident(threshold: Floats, y: Ints, probs: Floats) -> Ints:
    above = probs >= threshold.astype(probs.dtype)
    sure = np.full(len(y), -1, dtype=np.int64)
    some = np.flatnonzero(above.any(1) & (y >= 0))
    sure[some] = np.where(above[some], probs[some], probs.dtype.type(-1)).argmax(1)
    return sure
