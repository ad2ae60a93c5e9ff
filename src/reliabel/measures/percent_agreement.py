"""Percent agreement: how often two votes on the same item are equal, averaged over items.

Assumes nothing; weak because part of it is chance: with one common class it is high even for
workers who guess.
Cost: O(v), memory O(v).
Paper: Holsti. Content Analysis for the Social Sciences and Humanities, 1969; Gwet. Handbook of
Inter-Rater Reliability, 4th edition, 2014.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import class_counts, pair_agreement, pairable, with_interval

STATUS = "default"
AGREEMENT_RANK = 1
SHOWN_AS = "equal pairs of votes"
ALSO = ("percent",)


def measure(votes: Votes[Classes], *, rng: Generator) -> Measure:
    """The mean over items with two votes or more of the share of equal pairs of votes.

    ``parts`` holds the numbers of "items" and "votes", and "unanimous", the share of items whose
    votes are all equal.

    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1])), n=2, w=3)
    >>> round(measure(v, rng=np.random.default_rng(0)).value, 4)
    0.6667
    """
    _, m, squares = pairable(class_counts(votes))
    share = pair_agreement(m, squares)
    parts = {
        "items": len(m),
        "votes": int(m.sum()),
        "unanimous": float((share >= 1).mean()) if len(m) else np.nan,
    }
    return with_interval(_mean, (share, np.ones(len(m))), rng, parts)


def _mean(sums: tuple[Floats, ...]) -> Floats:
    return sums[0] / sums[1]
