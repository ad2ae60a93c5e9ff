"""FER+ majority: the class with more than half of the votes, once stray single votes are dropped.

Assumes one class is right; items without a clear majority are marked and keep their shares of
votes.  Weak where items are truly ambiguous.
Cost: O(v + n k).
Paper: Barsoum, Zhang, Canton Ferrer, Zhang. Training deep networks for facial expression
recognition with crowd-sourced label distribution. ICMI 2016.
"""

from __future__ import annotations

from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.targets import majority_class, training_targets

SKILL = False


def aggregate(votes: Votes[Classes]) -> Consensus[Soft]:
    """One-hot rows for clear items, shares of votes for the others.

    ``info["clear"]`` (n,) is True for the items that are clear enough to train on.

    >>> import numpy as np
    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0])), n=2, w=3)
    >>> result = aggregate(v)
    >>> result.labels.p.tolist(), result.info["clear"].tolist()
    ([[1.0, 0.0], [0.5, 0.5]], [True, False])
    """
    p, clear = training_targets(votes, majority_class)
    return Consensus(Soft(p, votes.labels.names), info={"clear": clear})
