"""Wawa (worker agreement with aggregate): each worker is weighted by their agreement with the
majority, then the weighted votes are counted.

Assumes that the majority is mostly right.  Weak where it is not, and with few votes per worker.
Cost: O(v), memory O(n k).  Paper: common practice on crowdsourcing platforms; log-odds weights:
Nitzan, Paroush. International Economic Review 23 (1982).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import (
    agreeing_votes,
    as_distribution,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)

ALSO = ("worker_agreement_with_aggregate",)


def aggregate(
    votes: Votes[Classes], *, gold: Ints | None = None, weight: str = "share"
) -> Consensus[Soft]:
    """Weight votes by the worker's agreement with the majority.

    weight: "share", the share of votes that agree with the majority; or "log_odds", the optimal
        weight where errors are independent and spread evenly over the other classes.
    ``info["balance"]`` (k,) is the class balance.

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).skill.tolist(), aggregate(v).labels.p.tolist()
    ([1.0, 1.0, 0.5], [[0.8, 0.2], [0.0, 1.0]])
    """
    if weight not in ("share", "log_odds"):
        raise ValueError(f"weight must be 'share' or 'log_odds', got {weight!r}")
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    size, count = total(
        lambda block: (vote_shares(block)[block.has_votes].sum(0), int(block.has_votes.sum())),
        blocks,
    )
    balance = size / count if count else np.full(k, 1 / k)
    majority = rows(vote_shares, blocks)
    cast = votes_per_worker(blocks)
    skill = np.divide(
        total(lambda block: agreeing_votes(block, majority), blocks),
        cast,
        out=np.full(votes.w, np.nan),
        where=cast > 0,
    )
    force = skill
    if weight == "log_odds":
        sure = np.clip(skill, 1 / k, 1 - 1 / (2 * cast + 2))
        force = np.log(sure * max(k - 1, 1) / (1 - sure))
    posterior = rows(
        lambda block: as_distribution(
            vote_counts(block, force[block.worker]), block, empty=balance
        ),
        blocks,
    )
    return Consensus(Soft(posterior, votes.labels.names), skill, info={"balance": balance})
