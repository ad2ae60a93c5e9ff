"""Noise transition matrix by anchor points: an item that surely belongs to a class shows by its
predicted probabilities how that class is mislabelled.

Assumes that each class has items which surely belong to it, that the model was trained on the given
labels and is calibrated for them, and class-dependent noise.  A single item per class decides, so
an over- or underconfident model changes the answer at once.
Cost: O(n k), memory O(n).
Paper: Patrini et al. Making deep neural networks robust to label noise: a loss correction approach.
CVPR 2017.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.anchors import with_balance

ALSO = ("anchors",)


def measure(labels: Classes, *, probs: Floats, quantile: float = 0.97) -> Measure:
    """The share of wrong labels under the matrix whose row t is the prediction for class t's
    anchor.

    quantile: the anchor of a class is the item at this quantile of the class's probability, as in
        the paper; 1 takes the highest.
    ``parts`` holds "noise_matrix" (k, k) [true, given], "balance" (k,), the shares of the true
    classes that explain the given labels best, "joint" (k, k), and "anchors" (k,), the items.
    Raises ValueError for a quantile below .5 or above 1.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    >>> found = measure(Classes(np.array([0, 0, 1, 1])), probs=p, quantile=1.0)
    >>> found.parts["noise_matrix"].round(2).tolist(), found.parts["anchors"].tolist()
    ([[0.9, 0.1], [0.2, 0.8]], [0, 2])
    """
    if not 0.5 <= quantile <= 1:
        raise ValueError(
            f"quantile must lie between .5 and 1, got {quantile!r}: anchors are items with a high "
            "probability of their class"
        )
    n, known = len(probs), labels.y >= 0
    why = {
        "interval": "no interval: one item per class decides, and whether it is a true anchor "
        "cannot be seen in the data"
    }
    if not known.any():
        empty = np.full((labels.k, labels.k), np.nan)
        return Measure(
            np.nan, np.nan, np.nan, {"noise_matrix": empty}, {"why": "there is no label", **why}
        )
    place = round(quantile * (n - 1))
    anchors = np.array([_at(probs[:, c], place) for c in range(labels.k)])
    matrix = np.asarray(probs[anchors], dtype=float)
    matrix = matrix / matrix.sum(1, keepdims=True)
    value, parts = with_balance(matrix, labels.y)
    return Measure(value, np.nan, np.nan, {**parts, "anchors": anchors}, why)


def _at(p: Floats, place: int) -> int:
    """The first item whose value has this place in ascending order."""
    return int(np.flatnonzero(p == np.partition(p, place)[place])[0])
