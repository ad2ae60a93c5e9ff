"""Noise transition matrix by way of predicted classes (dual-T): true to predicted by anchors, times
predicted to given by counting.

Assumes that the given label depends on the true class only through the predicted one, and
class-dependent noise.  Counting is steadier than probabilities of anchors.  Weak where classes
overlap: the errors of the model enter the matrix.
Cost: O(n k).
Paper: Yao et al. Dual T: reducing estimation error for transition matrix in label-noise learning.
NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.ops.anchors import anchor_matrix, with_balance
from reliabel.ops.noise import noise_matrix_of

ALSO = ("dual_t",)


def measure(labels: Classes, *, probs: Floats, share: float = 0.01) -> Measure:
    """The share of wrong labels under A S, where A [true, predicted] is the mean prediction of the
    surest items of each class and S [predicted, given] is counted.

    share: how many items are the surest, as a share of all; at most a tenth of those labelled so.
    ``parts`` holds "noise_matrix" (k, k) [true, given], "first" A and "second" S, "balance" (k,)
    and "joint" (k, k), numbers of labels.
    Raises ValueError for a share outside 0..1.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    >>> found = measure(Classes(np.array([0, 1, 1, 1])), probs=p)
    >>> found.parts["noise_matrix"].round(2).tolist()
    [[0.45, 0.55], [0.1, 0.9]]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie between 0 and 1, got {share!r}")
    why = {
        "interval": "no interval: its error is that of the model and of its surest items, which no "
        "resampling shows"
    }
    known = labels.y >= 0
    if not known.any():
        empty = {"noise_matrix": np.full((labels.k, labels.k), np.nan)}
        return Measure(np.nan, np.nan, np.nan, empty, {"why": "there is no label", **why})
    first = anchor_matrix(labels.y, probs, share)
    second = _counted(labels.y[known], np.asarray(probs).argmax(1)[known], labels.k)
    value, parts = with_balance(first @ second, labels.y)
    return Measure(value, np.nan, np.nan, {**parts, "first": first, "second": second}, why)


def _counted(y: Ints, predicted: Ints, k: int) -> Floats:
    """(k, k) the share of each given label among the items of a predicted class; the identity for a
    class that is never predicted.
    """
    cell = np.bincount(predicted * k + y, minlength=k * k)
    return noise_matrix_of(cell.reshape(k, k).astype(float))
