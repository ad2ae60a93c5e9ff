"""Instance-dependent noise: hard items get the label of the class they resemble, and a share of
errors are plain slips.

Hardness comes from a model that is independent of the audit: naive Bayes on a random half of the
columns and neighbours in a random projection of the other half. Weak if the features carry no
information about the classes: the noise is then close to uniform.
Cost: O(n k d + n min(n, 10,000) 32), memory O(n k).
Paper: Xia et al. Part-dependent label noise: towards instance-dependent label noise. NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Corrupted
from reliabel.ops.independent_model import independent_probabilities
from reliabel.ops.noise import another, how_many, picked, realised

STATUS = "default"


def corrupt(
    labels: Classes, *, features: Floats, rng: Generator, rate: float = 0.2, slips: float = 0.2
) -> Corrupted:
    """Draw items with weight 1 - P(true class) + .01, without replacement, and give each a class
    drawn from its other probabilities.

    rate: share of the labelled items that become wrong (the number is rounded, not drawn).
    slips: share of the errors that are slips: any item, any other class.

    >>> x = np.array([[0.0, 0.0], [0.1, 0.2], [1.1, 0.9], [1.0, 1.1], [0.1, 0.1], [0.9, 1.0]])
    >>> labels, rng = Classes(np.array([0, 0, 1, 1, 0, 1])), np.random.default_rng(0)
    >>> made = corrupt(labels, features=x, rng=rng, rate=1 / 3)
    >>> int(made.wrong.sum()), bool((made.wrong == (made.labels.y != [0, 0, 1, 1, 0, 1])).all())
    (2, True)
    """
    if not 0 <= slips <= 1:
        raise ValueError(f"slips must be a share between 0 and 1, got {slips!r}")
    m = how_many(labels.y, labels.k, rate)
    y = np.array(labels.y, dtype=np.int64)
    if not m:
        return Corrupted(
            labels,
            np.arange(len(y)),
            np.zeros(len(y), dtype=bool),
            {"asked": rate, "slips": 0, **realised(y, y, labels.k)},
        )
    known = np.flatnonzero(y >= 0)
    slipped = rng.choice(known, rng.binomial(m, slips), replace=False)
    rest = np.setdiff1d(known, slipped, assume_unique=True)
    p, used = independent_probabilities(y, features, k=labels.k, rng=rng)
    weight = 1 - p[rest, y[rest]] + 0.01
    key = np.log(weight) + rng.gumbel(
        size=len(rest)
    )  # the largest keys are a weighted draw without replacement
    hard = rest[np.argsort(-key, kind="stable")[: m - len(slipped)]]
    others = p[hard] + 1e-12
    others[np.arange(len(hard)), y[hard]] = 0
    y[hard] = picked(others, rng)
    y[slipped] = another(y[slipped], labels.k, rng)
    return Corrupted(
        Classes(y, labels.names),
        np.arange(len(y)),
        y != labels.y,
        {"asked": rate, "slips": len(slipped), **used, **realised(labels.y, y, labels.k)},
    )
