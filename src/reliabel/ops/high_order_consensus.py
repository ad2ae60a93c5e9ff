"""High-order consensus: the noise transition matrix whose frequencies of labels, pairs and triples
of an item and its two nearest neighbours are closest to those seen.

Cost: O(n + k^4) per step, memory O(k^3).
Source: Zhu, Song, Liu. Clusterability as an alternative to anchor points when learning with noisy
labels. ICML 2021.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import minimize

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints

MOST = 100  # classes: the triple counts are k^3


def triples(y: Ints, neighbours: Neighbours) -> Ints:
    """(3, m) the labels of each item and of its two nearest neighbours, where all three have one.

    >>> near = Neighbours(np.array([[1, 2], [0, 2], [0, 1]]), np.zeros((3, 2)))
    >>> triples(np.array([0, 1, 1]), near).T.tolist()
    [[0, 1, 1], [1, 0, 1], [1, 0, 1]]
    """
    two = neighbours.index[:, :2]
    three = np.stack([y, *(np.where(two >= 0, y[two], -1).T)])
    return np.asarray(three[:, (three >= 0).all(0)])


def fitted(three: Ints, k: int, iterations: int = 300) -> tuple[Floats, Floats, float]:
    """The balance of the true classes (k,), the matrix (k, k) [true, given], and the squared
    distance that is left.

    three: (3, m) labels of an item and of its two neighbours.

    >>> p, t, left = fitted(np.repeat([[0, 1]] * 3, 40, axis=1), 2)
    >>> p.round(2).tolist(), t.round(2).tolist()
    ([0.5, 0.5], [[1.0, 0.0], [0.0, 1.0]])
    """
    n = three.shape[1]
    cell = np.ravel_multi_index(tuple(three), (k, k, k))
    triple = np.bincount(cell, minlength=k**3).reshape(k, k, k) / n
    seen = (triple.sum((1, 2)), triple.sum(2), triple)
    start = np.concatenate([np.log(seen[0] + 1 / n), (3.0 * np.eye(k)).ravel()])
    found = minimize(
        partial(_distance, k=k, seen=seen),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "ftol": 1e-12, "gtol": 1e-9},
    )
    return _softmax(found.x[:k]), _softmax(found.x[k:].reshape(k, k)), float(found.fun)


def _distance(theta: Floats, k: int, seen: tuple[Floats, Floats, Floats]) -> tuple[float, Floats]:
    """Squared distance of the frequencies of labels, pairs and triples from the observed ones, and
    its gradient in the logits of p and T.
    """
    p, t = _softmax(theta[:k]), _softmax(theta[k:].reshape(k, k))
    pt = p[:, None] * t
    pairs = (t[:, :, None] * t[:, None, :]).reshape(k, -1)  # (true, k * k)
    gap1, gap2 = pt.sum(0) - seen[0], pt.T @ t - seen[1]
    gap3 = (pt.T @ pairs).reshape(k, k, k) - seen[2]
    # each of the three labels in turn comes first
    both = gap3 + gap3.transpose(1, 0, 2) + gap3.transpose(2, 1, 0)
    slope3 = pairs @ both.reshape(k, -1).T  # (true, k)
    dt = p[:, None] * (gap1 + t @ (gap2 + gap2.T) + slope3)
    dp = t @ gap1 + ((t @ gap2) * t).sum(1) + (t * (pairs @ gap3.reshape(k, -1).T)).sum(1)
    value = float((gap1**2).sum() + (gap2**2).sum() + (gap3**2).sum())
    back = np.concatenate([p * (dp - p @ dp), (t * (dt - (t * dt).sum(1, keepdims=True))).ravel()])
    return value, 2 * back


def _softmax(s: Floats) -> Floats:
    e = np.exp(s - s.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))
