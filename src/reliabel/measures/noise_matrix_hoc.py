"""Noise transition matrix by high-order consensus (HOC): estimated from how often the labels of an
item and its two nearest neighbours agree, without any model.

Assumes clusterability (an item and its two nearest neighbours have the same true class) and
class-dependent noise.  Where neighbours often differ in class, or people err on hard items, it
counts several times too many (CIFAR-10N aggre: .32 for .09 wrong).
Cost: O(n + k^4) per step, memory O(k^3).
Paper: Zhu, Song, Liu. Clusterability as an alternative to anchor points when learning with noisy
labels. ICML 2021.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import minimize

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure

ALSO = ("hoc", "clusterability")
MOST = 100  # classes: the triple counts are k^3


def measure(labels: Classes, *, neighbours: Neighbours, iterations: int = 300) -> Measure:
    """The share of wrong labels, 1 - sum_t p_t T_tt, for the class balance p and the matrix T whose
    frequencies of labels, pairs and triples are closest to the observed ones.

    ``parts`` holds "noise_matrix" (k, k) [true, given], "balance" (k,) of the true classes, and
    "joint" (k, k), numbers of labels.
    Raises ValueError for more than 100 classes, and for fewer than two neighbours.

    >>> y, row = np.array([0, 0, 0, 0, 1, 1, 1, 1] * 40), np.arange(320)
    >>> near = np.stack([(row + step) % 4 + row // 4 * 4 for step in (1, 2)], axis=1)
    >>> found = measure(Classes(y), neighbours=Neighbours(near, np.zeros((320, 2))))
    >>> found.parts["noise_matrix"].round(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    k = labels.k
    if k > MOST:
        raise ValueError(
            f"high-order consensus counts triples of classes and takes at most {MOST} classes, "
            f"got {k}; use confident_joint"
        )
    if neighbours.index.shape[1] < 2:
        raise ValueError(
            "high-order consensus needs two neighbours of each item, "
            f"got {neighbours.index.shape[1]}; compute two or more"
        )
    two = neighbours.index[:, :2]
    three = np.stack([labels.y, *(np.where(two >= 0, labels.y[two], -1).T)])  # (3, n) labels
    three = three[:, (three >= 0).all(0)]
    n = three.shape[1]
    why = {
        "interval": "no interval: its error is that of its assumptions (neighbours share a class, "
        "noise depends on the class alone), which no resampling shows"
    }
    if n < 10 * k:
        few = f"only {n} labelled items with two labelled neighbours, fewer than ten per class"
        unknown = {"noise_matrix": np.full((k, k), np.nan), "balance": np.full(k, np.nan)}
        return Measure(np.nan, np.nan, np.nan, unknown, {"why": few, **why})
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
    p, t = _softmax(found.x[:k]), _softmax(found.x[k:].reshape(k, k))
    labelled = int((labels.y >= 0).sum())
    parts = {"noise_matrix": t, "balance": p, "joint": labelled * p[:, None] * t}
    info = {"items": n, "distance": float(found.fun), **why}
    return Measure(float(1 - p @ np.diag(t)), np.nan, np.nan, parts, info)


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
