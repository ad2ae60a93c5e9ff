"""FER+ multi-target: every class with at least 30 % of the votes is equally right.

Assumes an item may truly show several classes; train with the loss -log max_a target[a] q[a], so
that the model may pick any.  Weak where second classes are mistakes.  Cost: O(v + n k).
Paper: Barsoum, Zhang, Canton Ferrer, Zhang. Training deep networks for facial expression
recognition with crowd-sourced label distribution. ICMI 2016.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.targets import training_targets

SKILL = False


def aggregate(votes: Votes[Classes], *, least: float = 0.3, even: float = 0.001) -> Consensus[Soft]:
    """Even rows over the classes that are right, with a little of the votes and of all classes;
    ``info["clear"]`` (n,) says which items to train on.

    least: share of votes that makes a class right.  even: how much of the votes and of the uniform
        distribution is mixed in.

    >>> v = Votes(np.repeat([0, 1], 5), np.tile(np.arange(5), 2), Classes(np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 2])), n=2, w=5)
    >>> aggregate(v, even=0.0).labels.p.tolist()
    [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]
    """

    def choose(counts: Floats) -> tuple[Floats, Bools]:
        total = counts.sum(1, keepdims=True)
        right = counts >= np.maximum(least * total, 1e-12)
        return right + even * counts / np.maximum(total, 1), np.where(right, counts, 0).sum(
            1
        ) > total[:, 0] / 2

    p, clear = training_targets(votes, choose)
    return Consensus(
        Soft((1 - even) * p + even / votes.labels.k, votes.labels.names), info={"clear": clear}
    )
