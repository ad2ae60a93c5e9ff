"""FER+ distribution: shares of votes of the leading classes, as targets for cross-entropy.

Assumes that disagreement comes from the item, not from the workers; stray votes and a long tail are
cut off.  With few votes the shares are coarse.
Cost: O(v + n k).
Paper: Barsoum, Zhang, Canton Ferrer, Zhang. Training deep networks for facial expression
recognition with crowd-sourced label distribution. ICMI 2016.
"""

from __future__ import annotations

from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.targets import leading_classes, training_targets

SKILL = False


def aggregate(votes: Votes[Classes], *, enough: float = 0.75, most: int = 3) -> Consensus[Soft]:
    """Keep the top classes until they hold ``enough`` of the votes, at most ``most`` classes.

    ``info["clear"]`` (n,) is True for the items that are clear enough to train on.

    >>> import numpy as np
    >>> item, worker = np.repeat([0, 1], 4), np.tile(np.arange(4), 2)
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 0, 1, 0, 1, 2, 3])), n=2, w=4)
    >>> result = aggregate(v)
    >>> result.labels.p.tolist(), result.info["clear"].tolist()
    ([[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]], [True, False])
    """
    p, clear = training_targets(
        votes, lambda counts: leading_classes(counts, enough=enough, most=most)
    )
    return Consensus(Soft(p, votes.labels.names), info={"clear": clear})
