"""Gwet's AC1 and AC2: agreement beyond chance when workers guess on hard items only; robust when
one class is common.

Assumes chance agreement comes from hard items; weak for few classes and workers who guess
throughout.  With weights (AC2) neighbouring classes agree in part.
Cost: O(v), memory O(v); with weights O(v k).
Paper: Gwet. British Journal of Mathematical and Statistical Psychology 61 (2008) 29-48.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import (
    class_counts,
    class_order,
    class_shares,
    credits_of,
    pair_agreement,
    pairable,
    with_interval,
)
from reliabel.ops.chunks import spans

STATUS = "default"
AGREEMENT_RANK = 2
SHOWN_AS = "Gwet's AC1"
ALSO = ("ac1", "ac2", "gwet")


def measure(
    votes: Votes[Classes],
    *,
    rng: Generator,
    weights: str = "identity",
    order: tuple[str, ...] | None = None,
) -> Measure:
    """The mean pairwise agreement over items, corrected for Gwet's chance agreement; NaN for one
    class.

    weights: "identity" (AC1), "linear" or "quadratic" (AC2: neighbouring classes agree in part).
    order: names of the classes from low to high, for AC2; None takes them as they stand.
    ``parts`` holds "percent", the agreement, "balance" (k,), "weights" and the number of "items".

    >>> item, worker = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0, 1])), n=3, w=2)
    >>> round(measure(v, rng=np.random.default_rng(0)).value, 4)
    0.3333
    """
    k = votes.labels.k
    table, m, squares = pairable(class_counts(votes))
    credit = credits_of(class_order(votes.labels, order)[0], weights)
    agree = pair_agreement(m, squares) if weights == "identity" else _partial(table, m, credit)
    scale = float(credit.sum()) / (k * (k - 1)) if k > 1 else np.nan

    def statistic(sums: tuple[Floats, ...]) -> Floats:
        n = sums[2]
        balance = sums[1] / n[:, None]
        chance = scale * (balance * (1 - balance)).sum(1)
        return np.asarray((sums[0] / n - chance) / (1 - chance))

    share = class_shares(table, m)
    parts = {
        "percent": float(agree.mean()) if len(m) else np.nan,
        "balance": share.sum(0) / max(len(m), 1),
        "weights": weights,
        "items": len(m),
    }
    return with_interval(statistic, (agree, share, np.ones(len(m))), rng, parts)


def _partial(table: Any, m: Floats, credit: Floats) -> Floats:
    agree = np.zeros(len(m))
    for start, stop in spans(len(m), len(credit)):
        block = table[start:stop].toarray()
        agree[start:stop] = (block * (block @ credit - 1)).sum(1)
    return np.asarray(agree / (m * (m - 1)))
