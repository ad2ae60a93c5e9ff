"""Median: the middle vote.

Assumes that more than half of an item's votes are good; robust against outliers, less precise than
the mean without them.  The median is taken of each column separately.
Cost: O(v log v).
Paper: Galton. Nature 75 (1907) 414 ("One vote, one value").
"""

from __future__ import annotations

from reliabel.core.labels import Numbers, Votes
from reliabel.core.results import Consensus
from reliabel.ops.numeric import in_original_units, median_of, reliability, scaled_columns

SKILL = False


def aggregate(votes: Votes[Numbers]) -> Consensus[Numbers]:
    """Median of each item's votes; NaN for items without votes.

    With an even number of votes it is the mean of the two in the middle.

    >>> import numpy as np
    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    >>> v = Votes(item, worker, Numbers(np.array([1.0, 2.0, 60.0, 5.0, 6.0])), n=3, w=3)
    >>> aggregate(v).labels.y.tolist()
    [2.0, 5.5, nan]
    """
    x, spread = scaled_columns(votes)
    z = median_of(votes, x)
    return Consensus(in_original_units(z, spread, votes), reliability(votes, x, z))
