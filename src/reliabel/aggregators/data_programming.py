"""Data programming: one accuracy for each labelling function, the same for all classes, and silence
that tells nothing.

Assumes functions that err independently of one another and evenly over the classes.  Weak where
functions can say one class only: such a function's accuracy is then tied to the balance, and the
answer drifts to one class (youtube .47, trec .65, semeval .71 right); the precision model is made
for them.
Cost: O(v + n k) per iteration, memory O(n k + w).
Paper: Ratner, De Sa, Wu, Selsam, Re. Data programming: creating large training sets, quickly. NIPS
2016; the prior on accuracies, and fitting by EM instead of sampling, are ours.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.votes import (
    Block,
    normalise,
    right_votes,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)

STATUS = "optional"


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    right: float = 0.7,
    strength: float = 50.0,
    iterations: int = 100,
    tol: float = 1e-4,
) -> Consensus[Soft]:
    """Alternate the classes and the accuracies, with a fixed uniform balance.

    right, strength: the mean of the Beta prior on an accuracy, and how many votes it is worth.
    tol: stop when an iteration adds less than this much per vote to the objective.

    >>> item, worker = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    >>> y = np.where(worker == 2, 0, item % 2)  # the third function always says 0
    >>> v = Votes(item, worker, Classes(y), n=6, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist(), aggregate(v).skill.round(2).tolist()
    ([0, 1, 0, 1, 0, 1], [0.71, 0.71, 0.69])
    """
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    cast = votes_per_worker(blocks)
    a, b = strength * right, strength * (1 - right)  # votes right and wrong of the prior

    def accuracy(hit: Floats) -> Floats:
        return (hit + a) / (cast + a + b)

    def step(hit: Floats) -> tuple[Floats, float]:
        now = accuracy(hit)
        found = total(lambda block: _e_step(block, now), blocks)
        prior = float((a * np.log(now) + b * np.log1p(-now)).sum())
        return found[0], found[1] + prior

    first = total(lambda block: right_votes(block, vote_shares(block)), blocks)
    hit, trace = climb(step, first, iterations=iterations, tol=tol * len(votes))
    now = accuracy(hit)
    posterior = rows(lambda block: normalise(_score(block, now), block.gold)[0], blocks)
    return Consensus(
        Soft(posterior, votes.labels.names), now, trace, {"balance": np.full(k, 1 / k)}
    )


def _score(block: Block, accuracy: Floats) -> Floats:
    wrong = np.log((1 - accuracy) / max(block.k - 1, 1))
    named = (np.log(accuracy) - wrong)[block.worker]
    score: Floats = vote_counts(block, named) + (block.by_worker @ wrong)[:, None]
    return np.asarray(score - np.log(block.k))


def _e_step(block: Block, accuracy: Floats) -> tuple[Floats, float]:
    posterior, evidence = normalise(_score(block, accuracy), block.gold)
    return right_votes(block, posterior), evidence
