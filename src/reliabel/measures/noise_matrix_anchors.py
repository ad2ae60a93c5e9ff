"""Noise transition matrix by the surest items: for each class, the mean prediction of the items
that the model is surest of.

Assumes that the surest items of a class belong to it, that the model was trained on the given
labels and is calibrated for them, and class-dependent noise.  Steadier than one anchor a class;
weak where a model grows surer with distance, as linear ones do: it then finds too little noise.
Cost: O(n k).
Paper: Liu, Tao. Classification with noisy labels by importance reweighting. TPAMI 38 (2016); the
mean over several anchors is ours.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.anchors import anchor_matrix, sure_rows, with_balance

ALSO = ("sure_anchors",)


def measure(labels: Classes, *, probs: Floats, share: float = 0.01) -> Measure:
    """The share of wrong labels under the matrix whose row t is the mean prediction of the items
    with the highest probability of class t.

    share: how many, as a share of all items; at most a tenth of those labelled so, at least one.
    ``parts`` holds "noise_matrix" (k, k) [true, given], "balance" (k,), the shares of the true
    classes that explain the given labels best, "joint" (k, k), numbers of labels, and
    "anchors", the items behind each row.
    Raises ValueError for a share outside 0..1.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    >>> found = measure(Classes(np.array([0, 0, 1, 1])), probs=p)
    >>> found.parts["noise_matrix"].round(2).tolist()
    [[0.9, 0.1], [0.2, 0.8]]
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
    matrix = anchor_matrix(labels.y, probs, share)
    value, parts = with_balance(matrix, labels.y)
    parts["anchors"] = sure_rows(labels.y, probs, share)
    return Measure(value, np.nan, np.nan, parts, why)
