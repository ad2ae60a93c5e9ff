"""Majority: the share of the votes for each class, optionally smoothed towards the class balance.

Assumes that all workers are equally good.  Weak where they are not, and with ties: tied classes get
equal shares, and ``labels.hard(ties=...)`` breaks ties by rule.  With a ``prior`` of 1 to 2 votes
unanimous items stay below certainty, which makes the shares better calibrated.
Cost: O(v), memory O(n k).  Paper: common practice; Sheng, Provost, Ipeirotis. Get another label?
KDD 2008.
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

STATUS = "default"
ALSO = ("mv", "majority_vote")
SKILL = False


def aggregate(
    votes: Votes[Classes], *, gold: Ints | None = None, prior: float = 0.0, balance: str = "mean"
) -> Consensus[Soft]:
    """Count the votes for each class.

    prior: number of votes that are added to each item, divided like the class balance.
    balance: the class balance is the "mean" share of votes over items, or "uniform".
    ``info["balance"]`` (k,) is the class balance.

    >>> item, worker = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.round(3).tolist(), aggregate(v, prior=1.0).labels.p.round(3).tolist()
    ([[0.667, 0.333], [0.0, 1.0]], [[0.583, 0.417], [0.167, 0.833]])
    """
    if balance not in ("mean", "uniform"):
        raise ValueError(f"balance must be 'mean' or 'uniform', got {balance!r}")
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    size, count = total(
        lambda block: (vote_shares(block)[block.has_votes].sum(0), int(block.has_votes.sum())),
        blocks,
    )
    mean = np.full(k, 1 / k) if balance == "uniform" or not count else size / count
    posterior = rows(
        lambda block: as_distribution(vote_counts(block) + prior * mean, block, empty=mean), blocks
    )
    right = total(lambda block: agreeing_votes(block, posterior), blocks)
    skill = np.divide(
        right,
        votes_per_worker(blocks),
        out=np.full(votes.w, np.nan),
        where=votes_per_worker(blocks) > 0,
    )
    return Consensus(Soft(posterior, votes.labels.names), skill, info={"balance": mean})
