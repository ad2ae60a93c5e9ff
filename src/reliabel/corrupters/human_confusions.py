"""Human-like noise: confusions of items that look alike to an independent model, and occasional
slips on any item.

The look-alike probabilities are half from a logistic regression that did not train on the item and
sees a random half of the columns, half from the classes of the 30 nearest items in a random
projection to 32 dimensions. Weak if the features carry no information about the classes: the noise
is then uniform.
Cost: five logistic regressions and exact neighbours in 32 dimensions, O(n^2 32), memory O(n k).
Paper: Xia et al. Part-dependent label noise: towards instance-dependent label noise. NeurIPS 2020
(the idea; the recipe is ours).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Corrupted
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.logistic import fit, scale
from reliabel.ops.neighbours import nearest
from reliabel.ops.noise import another, how_many, picked, realised

NEAR, WIDTH = 30, 32


def corrupt(
    labels: Classes, *, features: Floats, rng: Generator, rate: float = 0.2, slips: float = 0.2
) -> Corrupted:
    """Make a share ``rate`` of the labels wrong: slips on any item to any class, and confusions.

    The number of slips is binomial. Confusions fall on items with weight 1 - g(true class) + .01,
    without replacement, and take a class drawn from g without the true one, where g are the
    look-alike probabilities.

    slips: expected share of the errors that are slips.

    >>> x = np.repeat(np.eye(3), 20, axis=0) + np.random.default_rng(0).normal(size=(60, 3)) / 2
    >>> labels, rng = Classes(np.repeat([0, 1, 2], 20)), np.random.default_rng(1)
    >>> made = corrupt(labels, features=x, rng=rng, rate=0.1)
    >>> int(made.wrong.sum()), made.info["slips"]
    (6, 2)
    """
    if not 0 <= slips <= 1:
        raise ValueError(f"slips must be a share between 0 and 1, got {slips!r}")
    m, k = how_many(labels.y, labels.k, rate), labels.k
    y = np.array(labels.y, dtype=np.int64)
    if not m:
        return Corrupted(
            labels,
            np.arange(len(y)),
            np.zeros(len(y), dtype=bool),
            {"asked": rate, "slips": 0, **realised(y, y, k)},
        )
    known = np.flatnonzero(y >= 0)
    g = look(y, features, k=k, rng=rng)
    slipped = rng.choice(known, rng.binomial(m, slips), replace=False)
    rest = np.setdiff1d(known, slipped, assume_unique=True)
    key = np.log(1 - g[rest, y[rest]] + 0.01) + rng.gumbel(
        size=len(rest)
    )  # the largest keys are a weighted draw without replacement
    hard = rest[np.argsort(-key, kind="stable")[: m - len(slipped)]]
    others = g[hard] + 1e-12
    others[np.arange(len(hard)), y[hard]] = 0
    y[hard] = picked(others, rng)
    y[slipped] = another(y[slipped], k, rng)
    return Corrupted(
        Classes(y, labels.names),
        np.arange(len(y)),
        y != labels.y,
        {"asked": rate, "slips": len(slipped), **realised(labels.y, y, k)},
    )


def look(y: Ints, features: Floats, *, k: int, rng: Generator) -> Floats:
    """(n, k) look-alike probabilities g of each item by models that saw the true labels of the
    other items; rows sum to one.
    """
    n, d = features.shape
    half = np.sort(rng.permutation(d)[: (d + 1) // 2])
    seen = np.asarray(features[:, half], dtype=np.float64)
    by = scale(seen)
    model = out_of_fold(
        lambda x, part: fit(x, part, strength=1.0, by=by), seen, y, k, fold_of(y, rng=rng)
    )
    if n < 3:
        return model
    flat = np.asarray(features @ rng.normal(size=(d, min(WIDTH, d))), dtype=np.float32)
    near = nearest(flat, j=min(NEAR, n - 1)).index
    label = np.where(near >= 0, y[near], -1)
    cell = np.arange(n)[:, None] * k + label
    votes = np.bincount(cell[label >= 0], minlength=n * k).reshape(n, k)
    share = votes / np.maximum(votes.sum(1, keepdims=True), 1)
    return np.asarray((model + (share + 0.01) / (share + 0.01).sum(1, keepdims=True)) / 2)
