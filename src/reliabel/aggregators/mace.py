"""MACE: a worker either knows the answer and gives it, or draws from his own habit.

Assumes that those who do not know say whatever they always say, whatever the item.  Weak where errors depend on the true class.
Cost: O(v + n k) a round, memory O(n k + w k).
Paper: Hovy, Berg-Kirkpatrick, Vaswani, Hovy. Learning whom to trust with MACE. NAACL 2013.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.votes import Block, normalise, said, spread, summed

Rates = tuple[Floats, Floats]  # chance that a worker knows (w,); his habit (w, k)


def aggregate(
    votes: Votes[Classes], *, gold: Ints | None = None, iterations: int = 200, tol: float = 1e-6, knows: float = 0.5, habit: float = 0.1
) -> Consensus[Soft]:
    """Alternate who knew what and how often each worker knows, from even chances.

    knows: pseudo-counts of knowing and of not knowing.  habit: pseudo-count of each answer in each worker's habit.

    >>> v = Votes(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]), Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    k, blocks, w = votes.labels.k, said(votes, gold), votes.w

    def step(rates: Rates) -> tuple[Rates, float]:
        knew, guessed, evidence = total(lambda block: _e_step(block, rates), blocks)
        prior = knows * np.log(rates[0] * (1 - rates[0])).sum() + habit * np.log(rates[1]).sum()
        cast = knew + guessed.sum(1)
        chance = (knew + knows) / (cast + 2 * knows)
        return (chance, (guessed + habit) / (guessed.sum(1, keepdims=True) + k * habit)), evidence + float(prior)

    start = np.full(w, 0.5), np.full((w, k), 1 / k)
    rates, trace = climb(step, start, iterations=iterations, tol=tol * len(votes))
    posterior = rows(lambda block: normalise(_score(block, rates)[0], block.gold)[0], blocks)
    chance, said_by_habit = rates
    confusion = chance[:, None, None] * np.eye(k) + (1 - chance)[:, None, None] * said_by_habit[:, None, :]
    balance = posterior.mean(0)
    skill = chance + (1 - chance) * (said_by_habit @ balance)
    return Consensus(Soft(posterior, votes.labels.names), skill, trace, {"confusion": confusion, "knows": chance, "habit": said_by_habit})


def _score(block: Block, rates: Rates) -> tuple[Floats, Floats]:
    """Log chance of an item's votes with each class, and the chance (votes,) that whoever voted knew, if he was right."""
    chance = rates[0][block.worker]
    guess = (1 - chance) * rates[1].ravel()[block.said.indices]
    rest = summed(block.row, np.log(guess), len(block))[:, None]
    return spread(block, np.log1p(chance / guess)) + rest - np.log(block.k), chance / (chance + guess)


def _e_step(block: Block, rates: Rates) -> tuple[Floats, Floats, float]:
    score, knew_if_right = _score(block, rates)
    posterior, evidence = normalise(score, block.gold)
    knew = posterior[block.row, block.label] * knew_if_right
    w, k = rates[1].shape
    return summed(block.worker, knew, w), summed(block.said.indices, 1 - knew, w * k).reshape(w, k), evidence
