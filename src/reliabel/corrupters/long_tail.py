"""Long tail with noise: classes are thinned to an exponential profile, and errors go to frequent
classes more often than to rare ones.

Assumes that rare classes are mistaken for frequent ones in proportion to their numbers.  Rare
classes then hold few items and a large share of the wrong labels of the others, so that methods
which drop doubtful items lose them first.
Cost: O(n + k^2).
Paper: Cui et al. Class-balanced loss based on effective number of samples. CVPR 2019 (the profile);
Wei, Shi, Tu, Li. Robust long-tailed learning under label noise. 2021 (the noise).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Corrupted
from reliabel.ops.noise import how_many, picked, realised


def corrupt(
    labels: Classes, *, rng: Generator, rate: float = 0.2, imbalance: float = 10.0
) -> Corrupted:
    """Keep the r-th largest of k classes with n_max imbalance^(-r / (k - 1)) items, then give a
    share ``rate`` of the items another class, drawn by how many items each class has.

    ``index`` says which rows are kept, in their order; rows without a label are.  The largest class
    keeps as many items as the profile allows, so no item is repeated.

    rate: share of the kept labelled items that become wrong (the number is rounded, not drawn).
    imbalance: how many times the smallest class fits into the largest; 1 balances the classes.

    >>> labels = Classes(np.repeat([0, 1, 2], 40))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.1, imbalance=4.0)
    >>> made.info["kept"], len(made.index), int(made.wrong.sum())
    ([40, 20, 10], 70, 7)
    """
    if not 1 <= imbalance < np.inf:
        raise ValueError(f"imbalance must be 1 or more, got {imbalance!r}")
    how_many(labels.y, labels.k, rate)  # refuses what is no share
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    kept = _profile(count, imbalance)
    order = rng.permutation(len(labels))
    mine = [order[labels.y[order] == c][:size] for c, size in enumerate(kept)]
    index = np.sort(np.concatenate([np.flatnonzero(labels.y < 0), *mine]))
    true = np.array(labels.y[index], dtype=np.int64)
    y = true.copy()
    m = how_many(true, labels.k, rate)
    item = rng.permutation(np.flatnonzero(true >= 0))[:m]
    weight = np.tile(kept + 1e-9, (m, 1))
    weight[np.arange(m), true[item]] = 0
    y[item] = picked(weight, rng)
    info = {
        "asked": rate,
        "imbalance": imbalance,
        "kept": kept.tolist(),
        **realised(true, y, labels.k),
    }
    return Corrupted(Classes(y, labels.names), index, y != true, info)


def _profile(count: Ints, imbalance: float) -> Ints:
    """(k,) how many items of each class are kept; classes without items are left out of it."""
    rank = np.argsort(-count, kind="stable")[: int((count > 0).sum())]
    share: Floats = imbalance ** (-np.arange(len(rank)) / max(len(rank) - 1, 1))
    kept = np.zeros(len(count), dtype=np.int64)
    if len(rank):
        most = (count[rank] / share).min()
        kept[rank] = np.minimum(np.maximum(np.rint(most * share), 1), count[rank])
    return kept
