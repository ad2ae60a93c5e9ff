"""Zero-based skill: a weighted majority and the workers' agreement with it in alternation, from
skills at chance and with a falling learning rate.

Assumes that the majority is mostly right.  There is no objective, hence no trace.
Cost: O(v) per iteration, memory O(n k).  Paper: common practice on crowdsourcing platforms.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.core.run import track
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import (
    agreeing_votes,
    as_distribution,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)

ALSO = ("zbs",)


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    iterations: int = 100,
    rate: float = 1.0,
    halve_every: int = 20,
) -> Consensus[Soft]:
    """Move each skill towards the share of votes that agree with the weighted majority.

    rate: learning rate; 1 moves the whole way in one iteration.
    halve_every: after this many iterations the rate is halved.
    ``info["balance"]`` (k,) is the class balance.

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).skill.tolist(), aggregate(v).labels.p.tolist()
    ([1.0, 1.0, 0.5], [[0.8, 0.2], [0.0, 1.0]])
    """
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    size, count = total(
        lambda block: (vote_shares(block)[block.has_votes].sum(0), int(block.has_votes.sum())),
        blocks,
    )
    balance = size / count if count else np.full(k, 1 / k)
    cast = np.maximum(votes_per_worker(blocks), 1)
    skill: Floats = np.full(votes.w, 1 / k + 1e-5)

    def majority(skill: Floats) -> Floats:
        return rows(
            lambda block: as_distribution(
                vote_counts(block, skill[block.worker]), block, empty=balance
            ),
            blocks,
        )

    for turn in track("rounds", range(iterations)):
        current = majority(skill)
        agreed = total(partial(agreeing_votes, posterior=current), blocks) / cast
        skill = skill + rate * 0.5 ** (turn // halve_every) * (agreed - skill)
    return Consensus(Soft(majority(skill), votes.labels.names), skill, info={"balance": balance})
