"""FER+ drawn: a label for every epoch, sampled from the shares of the leading classes.

Assumes that disagreement comes from the item, not from the workers; for learners that take hard
labels only.  Noisier than fer_distribution for few epochs.
Cost: O(v + n k), and O(n k) per epoch.
Paper: Barsoum, Zhang, Canton Ferrer, Zhang. Training deep networks for facial expression
recognition with crowd-sourced label distribution. ICMI 2016.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.targets import draw_classes, leading_classes, training_targets

SKILL = False


def aggregate(
    votes: Votes[Classes], *, rng: Generator, epochs: int = 1, enough: float = 0.75, most: int = 3
) -> Consensus[Soft]:
    """The distribution of fer_distribution, and labels sampled from it.

    epochs: how many labels to sample per item.
    enough, most: as in fer_distribution.
    ``info`` holds "drawn" (epochs, n), the labels, and "clear" (n,), True for the items that are
    clear enough to train on.

    >>> item, worker = np.repeat([0, 1], 4), np.tile(np.arange(4), 2)
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 0, 1, 0, 0, 1, 1])), n=2, w=4)
    >>> aggregate(v, rng=np.random.default_rng(0), epochs=3).info["drawn"].tolist()
    [[0, 0], [0, 0], [0, 1]]
    """
    p, clear = training_targets(
        votes, lambda counts: leading_classes(counts, enough=enough, most=most)
    )
    drawn = np.array([draw_classes(p, rng) for _ in range(epochs)])
    return Consensus(Soft(p, votes.labels.names), info={"clear": clear, "drawn": drawn})
