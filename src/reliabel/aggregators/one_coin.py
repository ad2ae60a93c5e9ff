"""One-coin Dawid-Skene: each worker has one accuracy, and wrong votes are spread evenly over the
other classes.

Assumes errors that do not depend on the class.  Weak where they do: a learnt class balance then
drifts towards one class; balance="uniform" prevents it.
Cost: O(v + n k) per iteration, memory O(n k + w).
Paper: Zhang, Chen, Zhou, Jordan. Spectral methods meet EM. JMLR 17 (2016) 1-44, the one-coin model.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.spectral import starting_rows
from reliabel.ops.votes import (
    Block,
    class_sizes,
    group_sums,
    log_shares,
    normalise,
    right_votes,
    vote_counts,
    votes_matrix,
    votes_per_worker,
)

STATUS = "default"
ALSO = ("ocds", "zc")
Tally = tuple[Floats, Floats]  # expected right votes of each worker; items per class


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    iterations: int = 100,
    tol: float = 1e-4,
    balance: str = "learnt",
    start: str = "share",
) -> Consensus[Soft]:
    """Alternate item posteriors and the workers' accuracies, with a Beta(2, 2) prior on each.

    balance: the class balance is "learnt", or "uniform".
    start: the "share" of votes; "spectral", votes weighted by accuracies from the agreement of
        pairs of workers, for crowds with many adversaries; or "tensor", moments of three groups of
        workers.
    tol: stop when an iteration adds less than this much per vote to the objective; later iterations
        mostly make the posterior overconfident.
    ``info["balance"]`` (k,) is the class balance.

    >>> item, worker = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    >>> y = np.where(worker == 2, 0, item % 2)  # the third worker always votes 0
    >>> v = Votes(item, worker, Classes(y), n=6, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist(), aggregate(v).skill.round(2).tolist()
    ([0, 1, 0, 1, 0, 1], [0.85, 0.85, 0.5])
    """
    if balance not in ("learnt", "uniform"):
        raise ValueError(f"balance must be 'learnt' or 'uniform', got {balance!r}")
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    cast = votes_per_worker(blocks)

    def rates(counts: Tally) -> Tally:
        return (counts[0] + 1) / (cast + 2), log_shares(
            np.ones(k) if balance == "uniform" else counts[1]
        )

    def step(counts: Tally) -> tuple[Tally, float]:
        right, log_balance = rates(counts)
        hit, size, evidence = total(lambda block: _e_step(block, right, log_balance), blocks)
        return (hit, size), evidence + float(np.log(right * (1 - right)).sum())

    first = starting_rows(start, blocks)
    hit, size, weight = total(lambda block: _start(block, first(block)), blocks)
    counts: Tally = (hit + 1) / (weight + 2) * (cast + 2) - 1, size
    counts, trace = climb(step, counts, iterations=iterations, tol=tol * len(votes))
    right, log_balance = rates(counts)
    posterior = rows(
        lambda block: normalise(_score(block, right, log_balance), block.gold)[0], blocks
    )
    return Consensus(
        Soft(posterior, votes.labels.names), right, trace, {"balance": np.exp(log_balance)}
    )


def _score(block: Block, right: Floats, log_balance: Floats) -> Floats:
    wrong = np.log((1 - right) / max(block.k - 1, 1))
    score: Floats = (
        vote_counts(block, (np.log(right) - wrong)[block.worker])
        + (block.by_worker @ wrong)[:, None]
        + log_balance
    )
    return score


def _e_step(block: Block, right: Floats, log_balance: Floats) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(_score(block, right, log_balance), block.gold)
    return *_tally(block, posterior), evidence


def _start(block: Block, first: Floats) -> tuple[Floats, Floats, Floats]:
    return *_tally(block, first), group_sums(
        block.worker, first.sum(1)[block.row], block.votes.shape[1] // block.k
    )


def _tally(block: Block, posterior: Floats) -> Tally:
    return right_votes(block, posterior), class_sizes(block, posterior)
