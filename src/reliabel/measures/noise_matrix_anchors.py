"""Noise transition matrix by the surest items: how the items that a model is surest of
are labelled in each class.

Assumes that they belong to the class, and class-dependent noise.  Counts labels, so that the
probabilities need not be calibrated, only their order within a class be right.  Weak with few items
a class, whose counts scatter, and where classes overlap at their surest quarter.
Cost: O(n k).
Paper: Liu, Tao. Classification with noisy labels by importance reweighting. TPAMI 38 (2016), whose
anchors are single predictions; counting the labels of many is ours.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.anchors import sure_labels, with_balance

ALSO = ("sure_anchors",)


def measure(labels: Classes, *, probs: Floats, share: float = 0.25) -> Measure:
    """The share of wrong labels under the matrix whose row t says how the items with the highest
    out-of-fold probability of class t are labelled.

    share: how many, of the number labelled so; at least thirty, at most half of that number.
    ``parts`` holds "noise_matrix" (k, k) [true, given], "balance" (k,), the shares of the true
    classes that explain the given labels best, "joint" (k, k), numbers of labels, and "anchors",
    the items behind each row.
    Raises ValueError for a share outside 0..1.

    >>> p = np.repeat([[0.9, 0.1], [0.2, 0.8]], 40, axis=0)
    >>> p[::2] += [[-0.1, 0.1]]  # less sure
    >>> y = np.repeat([0, 1], 40)
    >>> y[1:40:8] = 1
    >>> measure(Classes(y), probs=p).parts["noise_matrix"].round(2).tolist()
    [[0.76, 0.24], [0.0, 1.0]]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie between 0 and 1, got {share!r}")
    why = {
        "interval": "no interval: whether the surest items of a class belong to it cannot be seen "
        "in the data"
    }
    if not (labels.y >= 0).any():
        empty = {"noise_matrix": np.full((labels.k, labels.k), np.nan)}
        return Measure(np.nan, np.nan, np.nan, empty, {"why": "there is no label", **why})
    matrix, rows = sure_labels(labels.y, probs, share)
    value, parts = with_balance(matrix, labels.y)
    return Measure(value, np.nan, np.nan, {**parts, "anchors": rows}, why)
