"""Prototype cleaning: the means of classes and an out-of-fold model say which labels to replace,
keep or drop; the probe is fitted to the rest.

Assumes classes that gather round a mean each.  Weak where a class has several far parts.  Items
that belong to none of the classes (open-set noise) are dropped, which few methods do.
Cost: three passes of O(n d k) and one probe (some 150 short logistic regressions), memory O(n d).
Paper: Qin, Chen, Shen, Fu, Gu, et al. CAPro: webly supervised learning with cross-modality aligned
prototypes. NeurIPS 2023; its cleaning rule, from Li, Xiong, Hoi. MoPro. ICLR 2021.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.special import softmax

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.ops.neighbour_votes import vote_shares
from reliabel.ops.probe import probe

ALSO = ("capro",)
TEMPERATURE = 0.1  # of the cosines with the prototypes
NEAREST = 10  # neighbours whose agreement weighs an item in its prototype


def prototypes(unit: Floats, y: Ints, quality: Floats) -> Floats:
    """(k, d) the direction of each class: the mean of its items (n, d), each weighted by
    ``quality`` (n, k) in its class; zero for a class without items.
    """
    row = np.flatnonzero(y >= 0)
    weight = np.zeros(quality.shape, dtype=unit.dtype)
    weight[row, y[row]] = quality[row, y[row]]
    return _length_one(weight.T @ unit)


def likeness(unit: Floats, prototype: Floats) -> Floats:
    """(n, k) the softmax of the cosines with the prototypes; a class without one gets nothing."""
    cosine = unit @ prototype.T / TEMPERATURE
    there = prototype.any(1)
    if not there.any():
        return np.full(cosine.shape, 1 / cosine.shape[1])
    cosine[:, ~there] = -np.inf
    return np.asarray(softmax(cosine, axis=1))


def cleaned(y: Ints, said: Floats, sure: float) -> Ints:
    """(n,) the labels by the rule: the likeliest class from ``sure`` on, else the given one if it
    is at least as likely as by chance, else -1.  Unlabelled items stay so.

    >>> said = np.array([[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.5, 0.4, 0.1]])
    >>> cleaned(np.array([1, 1, 2]), said, 0.6).tolist()
    [0, 1, -1]
    """
    own = said[np.arange(len(y)), np.maximum(y, 0)]
    kept = np.where(own >= 1 / said.shape[1], y, -1)
    return np.asarray(np.where(y < 0, -1, np.where(said.max(1) >= sure, said.argmax(1), kept)))


def learn(
    labels: Classes,
    *,
    features: Floats,
    probs: Floats,
    neighbours: Neighbours,
    rng: Generator,
    sure: float = 0.6,
    share: float = 0.5,
    passes: int = 3,
) -> Model:
    """Fit the probe to the cleaned labels, which are ``labels`` of the model (-1 dropped).

    sure: chance from which the likeliest class replaces the label.  share: weight of ``probs``
    beside the prototypes.  passes: how often labels and prototypes are made from each other.
    ``info["prototypes"]`` (k, d) are the directions of the classes from the mean of all features.

    >>> x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]).repeat(10, 0)
    >>> y = np.repeat([0, 1], 20)
    >>> y[::20], p = 1 - y[::20], np.where(x[:, :1] > 0.5, [[0.9, 0.1]], [[0.1, 0.9]])
    >>> around = Neighbours((np.arange(40)[:, None] + [1, 2, 3]) % 40, np.zeros((40, 3)))
    >>> model = learn(
    ...     Classes(y), features=x, probs=p, neighbours=around, rng=np.random.default_rng(0)
    ... )
    >>> model.labels.y[[0, 20]].tolist(), model.info["relabelled"]
    ([0, 1], 2)
    """
    for name, value in (("sure", sure), ("share", share)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be a share from 0 to 1, got {value!r}")
    if passes < 1:
        raise ValueError(f"passes must be at least 1, got {passes!r}")
    quality = vote_shares(labels, neighbours, NEAREST)
    unit, y = _unit(features), labels.y
    for _ in range(passes):
        means = prototypes(unit, y, quality)
        said = share * probs + (1 - share) * likeness(unit, means)
        y = cleaned(labels.y, said, sure)
    found = probe(features, y if (y >= 0).any() else labels.y, labels.names, rng=rng)
    known = labels.y >= 0
    dropped, changed = known & (y < 0), known & (y >= 0) & (y != labels.y)
    counts = {"relabelled": int(changed.sum()), "dropped": int(dropped.sum())}
    info = {**counts, "prototypes": means, **found.facts}
    return Model(found.head, Classes(y, labels.names), info=info)


def _unit(features: Floats) -> Floats:
    """The centred rows, of length one."""
    x = np.asarray(features, dtype=np.float32)
    return _length_one(x - x.mean(0, dtype=np.float64).astype(np.float32))


def _length_one(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-12))
