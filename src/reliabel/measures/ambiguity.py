"""Ambiguity: the expected share of decisions of a model that are wrong without anybody being able
to see it (regret), over plausible clean labellings.

A decision has regret where it is right by the given label and wrong by the true one, or the other
way round. What the true labels could have been follows from a noise matrix, given or estimated by
the confident joint, and from out-of-fold probabilities.
Assumes that labels go wrong by their class alone. Weak where the matrix is far off: the estimated
one takes hard items for errors, and the value is then too high.
Cost: ``draws`` logistic regressions of 20 steps on (n, d, k), memory O(n k).
Paper: Nagaraj, Liu, Calmon, Ustun. Regretful decisions under label noise. ICLR 2025.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.noise import checked, estimated
from reliabel.ops.plausible import clean_shares, fitted, item_prior, plausible, true_chances

STATUS = "optional"
ALSO = ("regret",)
SMALL = {"draws": 20}
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)  # of the items, left to people
NO_INTERVAL = (
    "no interval: the draws tell how the true labels may fall, not how far the matrix is off"
)


def measure(
    labels: Classes,
    *,
    features: Floats,
    probs: Floats,
    rng: Generator,
    noise_matrix: Floats | None = None,
    draws: int = 100,
    instance: bool = True,
) -> Measure:
    """The mean regret of the labelled items; NaN where there is none.

    noise_matrix: (k, k) [true, given]; estimated by the confident joint where not given.
    draws: how many labellings.
    instance: by each item's probabilities; else by the shares of the classes alone, which gives the
        total but says little of single items.
    ``parts`` holds "ambiguity" and "regret" (n,) of each item, "by_class" (k,) the mean regret of
    the items given each class, and "left" and "regret_of_rest" (9,): the share of the items left to
    people, those of most regret first, and the mean regret of the rest. ``info`` holds "mistakes",
    the expected number of decisions with regret, "mistakes_low" and "mistakes_high", between which
    95 % of the drawn labellings lie, "noise_matrix" and "width".
    Raises ValueError for draws below 1.

    >>> rng = np.random.default_rng(0)
    >>> true = np.repeat([0, 1], 50)
    >>> x = rng.normal(0, 0.3, (100, 2)) + 3 * np.eye(2)[true]
    >>> y = np.array(true)
    >>> y[::10] = 1 - y[::10]
    >>> flips = np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> found = measure(
    ...     Classes(y), features=x, probs=np.eye(2)[y], noise_matrix=flips, rng=rng, instance=False
    ... )
    >>> round(found.value, 2)  # one label in ten is wrong, and the model is not
    0.1
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    y, k = labels.y, labels.k
    matrix = estimated(y, probs) if noise_matrix is None else checked(noise_matrix, k)
    prior = item_prior(probs, matrix) if instance else clean_shares(y, matrix)
    chances = true_chances(y, matrix, prior)
    found = plausible(y, chances, fitted(features, y, rng), draws=draws, rng=rng)
    known = y >= 0
    n = int(known.sum())
    regret = found.regret[known]
    count = np.bincount(y[known], minlength=k)
    by_class = np.bincount(y[known], regret, k) / np.where(count > 0, count, np.nan)
    rest = np.sort(regret)[::-1]
    curve = [float(rest[int(share * n) :].mean()) if n else np.nan for share in SHARES]
    low, high = np.quantile(found.mistakes, [0.025, 0.975]) * n
    parts = {
        "ambiguity": found.ambiguity,
        "regret": found.regret,
        "by_class": by_class,
        "left": np.array(SHARES),
        "regret_of_rest": np.array(curve),
    }
    info = {
        "interval": NO_INTERVAL,
        "mistakes": float(regret.sum()),
        "mistakes_low": float(low),
        "mistakes_high": float(high),
        "noise_matrix": matrix,
        "width": found.width,
    }
    return Measure(float(regret.mean()) if n else np.nan, np.nan, np.nan, parts, info)
