"""FER+ drawn: a fresh label for every epoch, drawn from the shares of the leading classes.

Assumes the spread of votes is the item's own; gives plain learners what cross-entropy on the
distribution gives others.  Noisier than fer_distribution for few epochs.  Cost: O(v + n k) and O(n
k) an epoch.
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
    """The distribution, and in ``info["drawn"]`` (epochs, n) a label for each epoch;
    ``info["clear"]`` (n,) says which items to train on.

    epochs: how many labels to draw per item.  enough, most: as in fer_distribution.

    >>> v = Votes(np.repeat([0, 1], 4), np.tile(np.arange(4), 2), Classes(np.array([0, 0, 0, 1, 0, 0, 1, 1])), n=2, w=4)
    >>> aggregate(v, rng=np.random.default_rng(0), epochs=3).info["drawn"].tolist()
    [[0, 0], [0, 0], [0, 1]]
    """
    p, clear = training_targets(
        votes, lambda counts: leading_classes(counts, enough=enough, most=most)
    )
    drawn = np.array([draw_classes(p, rng) for _ in range(epochs)])
    return Consensus(Soft(p, votes.labels.names), info={"clear": clear, "drawn": drawn})
