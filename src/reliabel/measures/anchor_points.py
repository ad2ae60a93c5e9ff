"""Noise matrix by anchor points: the items that look most like a class are taken to be of it, and
what the model says of them is how it is mislabelled.

Assumes that each class has items which surely belong to it, that the model was trained on the given
labels and is calibrated for them, and noise by class alone.  A single item a class decides, so an
over- or under-confident model moves the answer at once.
Cost: O(n k), memory O(n).
Paper: Patrini et al. Making deep neural networks robust to label noise: a loss correction approach.
CVPR 2017.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure

ALSO = ("anchors",)


def measure(labels: Classes, *, probs: Floats, quantile: float = 0.97) -> Measure:
    """The share of wrong labels by the matrix whose row t is what the model says of the anchor of
    class t.

    quantile: the anchor of a class is the item at this quantile of the class's probability, as in
        the paper; 1 takes the highest.
    parts: noise_matrix (k, k) [true, given], balance (k,) of the true classes that explains the
        given ones, anchors (k,) items.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    >>> said = measure(Classes(np.array([0, 0, 1, 1])), probs=p, quantile=1.0)
    >>> said.parts["noise_matrix"].round(2).tolist(), said.parts["anchors"].tolist()
    ([[0.9, 0.1], [0.2, 0.8]], [0, 2])
    """
    if not 0.5 <= quantile <= 1:
        raise ValueError(
            f"quantile must lie between .5 and 1, got {quantile!r}: anchors are items that look like their class"
        )
    n, known = len(probs), labels.y >= 0
    why = {
        "interval": "no interval: one item a class decides, and whether it is a true anchor cannot be seen in the data"
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
    share = np.bincount(labels.y[known], minlength=labels.k) / known.sum()
    balance = nnls(np.vstack([matrix.T, np.ones(labels.k)]), np.append(share, 1.0))[0]
    balance = balance / max(balance.sum(), 1e-12)
    parts = {
        "noise_matrix": matrix,
        "balance": balance,
        "joint": known.sum() * balance[:, None] * matrix,
        "anchors": anchors,
    }
    return Measure(float(1 - balance @ np.diag(matrix)), np.nan, np.nan, parts, why)


def _at(p: Floats, place: int) -> int:
    """The first item whose value stands at this place of the rising order."""
    return int(np.flatnonzero(p == np.partition(p, place)[place])[0])
