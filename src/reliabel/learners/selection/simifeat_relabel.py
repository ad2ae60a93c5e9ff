"""SimiFeat: a label that loses the vote of its neighbours is replaced, or dropped where no class
wins clearly, and the probe is fitted to the result.

Assumes features in which near items share a class.  Weak where classes overlap, with few items a
class, and for rare classes, which the classes around them outvote.
Cost: O(n nearest) and one probe (some 150 short logistic regressions), memory O(n k).
Paper: Zhu, Dong, Liu. Detecting corrupted labels without training a model to predict. ICML 2022.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.ops.neighbour_votes import vote_shares
from reliabel.ops.probe import probe

ALSO = ("simifeat",)


def learn(
    labels: Classes,
    *,
    features: Floats,
    neighbours: Neighbours,
    rng: Generator,
    nearest: int = 10,
    sure: float = 0.5,
) -> Model:
    """Fit the probe to the labels after the vote, which are ``labels`` of the model (-1 dropped).

    nearest: how many neighbours vote; the item's own label breaks ties.  sure: share of the votes
    that another class needs to replace a label that loses.

    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> step, row = np.arange(1, 6), np.arange(60)[:, None]
    >>> around = Neighbours(row // 15 * 15 + (row + step) % 15, np.zeros((60, 5)))
    >>> model = learn(Classes(y), features=x, neighbours=around, rng=np.random.default_rng(0))
    >>> model.labels.y[[0, 15, 30, 45]].tolist(), model.info["relabelled"]
    ([0, 0, 1, 1], 4)
    """
    if not 0 <= sure <= 1:
        raise ValueError(f"sure must be a share from 0 to 1, got {sure!r}")
    share = vote_shares(labels, neighbours, nearest)
    best, top = share.argmax(1), share.max(1)
    known = labels.y >= 0
    replaced = known & (best != labels.y) & (top >= sure)
    dropped = known & (best != labels.y) & (top < sure)
    y = np.where(replaced, best, np.where(dropped, -1, labels.y))
    found = probe(features, y if (y >= 0).any() else labels.y, labels.names, rng=rng)
    info = {"relabelled": int(replaced.sum()), "dropped": int(dropped.sum()), **found.facts}
    return Model(found.head, Classes(y, labels.names), info=info)
