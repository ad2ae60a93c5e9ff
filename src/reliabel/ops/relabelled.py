"""A training set as a method sees it in the end: labels that it kept, or that it softened by what
the model says.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Soft
from reliabel.ops.mixture import kept


def only(labels: Classes, keep: Bools) -> Classes:
    """``labels`` with -1 where ``keep`` (n,) is False."""
    return Classes(np.where(keep, labels.y, -1), labels.names)


def likeliest(labels: Classes, probs: Floats, share: float) -> Classes:
    """``labels`` without those whose given class has the smallest of ``probs`` (n, k): the share
    ``share`` of the labelled items stays, and of each class at least min(5, half); the others
    become -1.

    >>> p = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7], [0.5, 0.5]])
    >>> likeliest(Classes(np.array([0, 0, 1, 1, -1])), p, 0.75).y.tolist()
    [0, -1, 1, 1, -1]
    """
    y = np.asarray(labels.y)
    rows = np.flatnonzero(y >= 0)
    given = np.full(len(y), np.nan)
    given[rows] = probs[rows, y[rows]]
    best = rows[np.argsort(-given[rows], kind="stable")[: max(1, round(share * len(rows)))]]
    chance = given / 2
    chance[best] = 1.0
    return only(labels, kept(chance, y))


def softened(labels: Classes, trust: Floats, said: Floats) -> Soft:
    """Each label with its ``trust`` (n,), and what a model ``said`` (n, k) with the rest; an item
    without a label is what the model said.

    >>> said = np.array([[0.5, 0.5], [0.2, 0.8]])
    >>> softened(Classes([0, -1], ["a", "b"]), np.array([0.5, 1.0]), said).p.tolist()
    [[0.75, 0.25], [0.2, 0.8]]
    """
    said = said / said.sum(1, keepdims=True, dtype=np.float64)
    rows = np.flatnonzero(labels.y >= 0)
    p = np.array(said)
    p[rows] *= 1 - trust[rows, None]
    p[rows, labels.y[rows]] += trust[rows]
    return Soft(p, labels.names)
