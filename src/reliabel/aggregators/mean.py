"""Mean: every vote counts the same.

Assumes workers are equally good and unbiased; hard to beat when they are, weak with outliers and
spammers.
Cost: O(v).
Paper: Surowiecki. The Wisdom of Crowds, 2004; Galton. Nature 75 (1907) 450-451.
"""

from __future__ import annotations

from reliabel.core.labels import Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.numeric import in_original_units, mean_of, reliability, scaled_columns

ALSO = ("average",)
SKILL = False


def aggregate(votes: Votes[Numbers]) -> Consensus[Numbers]:
    """Mean of each item's votes; NaN for items without votes.

    >>> import numpy as np
    >>> item, worker = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    >>> v = Votes(item, worker, Numbers(np.array([1.0, 2.0, 6.0, 5.0])), n=3, w=3)
    >>> aggregate(v).labels.y.tolist()
    [3.0, 5.0, nan]
    """
    x, spread = scaled_columns(votes)
    z = mean_of(votes, x)
    return Consensus(in_original_units(z, spread, votes), reliability(votes, x, z))
