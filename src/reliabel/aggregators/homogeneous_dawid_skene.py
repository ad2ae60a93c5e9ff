"""Homogeneous Dawid-Skene: one confusion matrix for all workers, estimated by
expectation-maximisation.

Assumes that all workers make errors at the same rates: for anonymous workers, or workers with one
vote each.  Weak where skills differ.
Cost: O(v k) per iteration, memory O(n k).
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28, with the matrices pooled; Zhang, Chen,
Zhou, Jordan. JMLR 17 (2016) 1-44, for one accuracy a class.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.votes import (
    Block,
    class_sizes,
    initial_shares,
    log_shares,
    normalise,
    right_votes,
    vote_counts,
    votes_matrix,
    votes_per_worker,
)

ALSO = ("pooled_dawid_skene", "hds")
Tally = tuple[Floats, Floats]  # counts voted x true; items per class


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    iterations: int = 100,
    tol: float = 1e-6,
    prior: float = 0.01,
    even_errors: bool = False,
) -> Consensus[Soft]:
    """Alternate item posteriors and the crowd's confusion matrix.

    prior: pseudo-count in every cell.
    even_errors: one accuracy per class, with wrong votes spread evenly over the other classes.
    ``info`` holds "pooled" (true, voted), the crowd's matrix, and "balance" (k,).

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    k, blocks = votes.labels.k, votes_matrix(votes, gold)

    def rates(counts: Tally) -> Tally:
        count = counts[0] + prior
        if even_errors:
            right, cast = np.diag(count), count.sum(0)
            count = np.where(np.eye(k, dtype=bool), right, (cast - right) / max(k - 1, 1))
        return np.log(count / count.sum(0)), log_shares(counts[1])

    def step(counts: Tally) -> tuple[Tally, float]:
        log_confusion, log_balance = rates(counts)
        count, size, evidence = total(
            lambda block: _e_step(block, log_confusion, log_balance), blocks
        )
        return (count, size), evidence + prior * float(log_confusion.sum())

    start = total(lambda block: _tally(block, initial_shares(block)), blocks)
    counts, trace = climb(step, start, iterations=iterations, tol=tol * len(votes))
    log_confusion, log_balance = rates(counts)
    posterior = rows(
        lambda block: normalise(vote_counts(block) @ log_confusion + log_balance, block.gold)[0],
        blocks,
    )
    right = total(
        lambda block: right_votes(block, posterior[block.start : block.start + len(block)]), blocks
    )
    cast = votes_per_worker(blocks)
    skill = np.divide(right, cast, out=np.full(votes.w, np.nan), where=cast > 0)
    pooled = np.exp(log_confusion).T  # true, voted
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"pooled": pooled, "balance": np.exp(log_balance)},
    )


def _tally(block: Block, posterior: Floats) -> Tally:
    counts: Floats = vote_counts(block).T @ posterior
    return counts, class_sizes(block, posterior)


def _e_step(
    block: Block, log_confusion: Floats, log_balance: Floats
) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(vote_counts(block) @ log_confusion + log_balance, block.gold)
    return *_tally(block, posterior), evidence
