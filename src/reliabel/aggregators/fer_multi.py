"""FER+ multi-target: every class with at least 30 % of the votes is equally right.

Assumes an item may truly show several classes; train with the loss -log max_a target[a] q[a], so
that the model may predict any of them.  Weak where the second class is a mistake.
Cost: O(v + n k).
Paper: Barsoum, Zhang, Canton Ferrer, Zhang. Training deep networks for facial expression
recognition with crowd-sourced label distribution. ICMI 2016.
"""

from __future__ import annotations

from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.targets import right_classes, training_targets

SKILL = False


def aggregate(votes: Votes[Classes], *, least: float = 0.3, even: float = 0.001) -> Consensus[Soft]:
    """A uniform distribution over the right classes, smoothed by the votes and by all classes.

    least: share of the votes from which on a class counts as right.
    even: weight of the shares of votes, and of the uniform distribution, that are mixed in.
    ``info["clear"]`` (n,) is True for the items that are clear enough to train on.

    >>> import numpy as np
    >>> item, worker = np.repeat([0, 1], 5), np.tile(np.arange(5), 2)
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 2])), n=2, w=5)
    >>> aggregate(v, even=0.0).labels.p.tolist()
    [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]
    """
    p, clear = training_targets(votes, lambda counts: right_classes(counts, least=least, even=even))
    return Consensus(
        Soft((1 - even) * p + even / votes.labels.k, votes.labels.names), info={"clear": clear}
    )
