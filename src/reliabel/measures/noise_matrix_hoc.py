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

from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.ops.high_order_consensus import MOST, fitted, triples

ALSO = ("hoc", "clusterability")
AGREE = 0.05  # of two neighbours beyond chance, below which they tell nothing
OFF = 0.02  # of the frequencies of triples, times the root of k


def measure(labels: Classes, *, neighbours: Neighbours, iterations: int = 300) -> Measure:
    """The share of wrong labels, 1 - sum_t p_t T_tt, for the class balance p and the matrix T whose
    frequencies of labels, pairs and triples are closest to the observed ones.

    ``parts`` holds "noise_matrix" (k, k) [true, given], "balance" (k,) of the true classes, and
    "joint" (k, k), numbers of labels.  ``info["purity"]`` is how often the two neighbours carry one
    label, beyond chance; "reliable" is False, and "warning" says why, where neighbours tell too
    little, where the frequencies do not fit, and where a class is mostly labelled as another.
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
    three = triples(labels.y, neighbours)
    n = three.shape[1]
    why = {
        "interval": "no interval: its error is that of its assumptions (neighbours share a class, "
        "noise depends on the class alone), which no resampling shows"
    }
    if n < 10 * k:
        few = f"only {n} labelled items with two labelled neighbours, fewer than ten per class"
        unknown = {"noise_matrix": np.full((k, k), np.nan), "balance": np.full(k, np.nan)}
        return Measure(np.nan, np.nan, np.nan, unknown, {"why": few, **why})
    p, t, distance = fitted(three, k, iterations)
    labelled = int((labels.y >= 0).sum())
    parts = {"noise_matrix": t, "balance": p, "joint": labelled * p[:, None] * t}
    info = {"items": n, "distance": distance, **_guard(three, p, t), **why}
    return Measure(float(1 - p @ np.diag(t)), np.nan, np.nan, parts, info)


def _guard(three: Ints, p: Floats, t: Floats) -> dict[str, Any]:
    """Whether the matrix can be relied on: the agreement of two neighbours, how far the frequencies
    of triples are from the fitted ones, and classes that are mostly labelled as another.
    """
    k, n = len(p), three.shape[1]
    share = np.bincount(three[1:].ravel(), minlength=k) / (2 * n)
    chance, purity = float(share @ share), float((three[1] == three[2]).mean())
    beyond = (purity - chance) / max(1 - chance, 1e-12)
    seen = np.bincount(np.ravel_multi_index(tuple(three), (k, k, k)), minlength=k**3) / n
    expected = np.einsum("i,ia,ib,ic->abc", p, t, t, t, optimize=True).ravel()
    swapped = np.flatnonzero(t.argmax(1) != np.arange(k))
    reasons = []
    if beyond < AGREE and chance < 1:
        reasons.append("two neighbours of an item carry one label hardly more often than by chance")
    if np.linalg.norm(seen - expected) > OFF * np.sqrt(k) + 1 / np.sqrt(n):
        reasons.append("the frequencies of triples of labels do not fit any matrix")
    if len(swapped):
        reasons.append(f"class {swapped[0]} would be labelled as another more often than as itself")
    info = {"purity": purity, "purity_beyond_chance": beyond, "reliable": not reasons}
    return info | ({"warning": "; ".join(reasons)} if reasons else {})
