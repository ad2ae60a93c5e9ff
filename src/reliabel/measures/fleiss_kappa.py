"""Fleiss' kappa: agreement beyond that expected from the pooled class shares.

Assumes workers are interchangeable; items may have unequal numbers of votes (each item then counts
once, whatever its number of votes).  Weak when one class is common: chance agreement is high, and
kappa low although people agree (the kappa paradox; compare gwet_ac1).
Cost: O(v), memory O(v).
Paper: Fleiss. Psychological Bulletin 76 (1971) 378-382; Gwet. Handbook of Inter-Rater Reliability,
4th edition, 2014.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import (
    class_counts,
    class_shares,
    pair_agreement,
    pairable,
    with_interval,
)

STATUS = "default"
AGREEMENT_RANK = 3
SHOWN_AS = "Fleiss' kappa"
ALSO = ("fleiss",)


def measure(votes: Votes[Classes], *, rng: Generator) -> Measure:
    """(agreement - chance) / (1 - chance), with the mean pairwise agreement over items; NaN when
    all votes are equal.

    ``parts`` holds "percent", the agreement, "balance" (k,), and the numbers of "items" and
    "votes".

    >>> item, worker = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0, 1])), n=3, w=2)
    >>> round(measure(v, rng=np.random.default_rng(0)).value, 4)
    0.3333
    """
    table, m, squares = pairable(class_counts(votes))
    agree, share = pair_agreement(m, squares), class_shares(table, m)
    balance = share.sum(0) / max(len(m), 1)
    parts = {
        "percent": float(agree.mean()) if len(m) else np.nan,
        "balance": balance,
        "items": len(m),
        "votes": int(m.sum()),
    }
    return with_interval(_kappa, (agree, share, np.ones(len(m))), rng, parts)


def _kappa(sums: tuple[Floats, ...]) -> Floats:
    agree, share, n = sums
    chance = np.square(share / n[:, None]).sum(1)
    return np.asarray(
        np.divide(
            agree / n - chance, 1 - chance, out=np.full(len(n), np.nan), where=1 - chance > 1e-12
        )
    )
