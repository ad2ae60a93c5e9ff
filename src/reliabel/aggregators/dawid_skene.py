"""Dawid-Skene: each worker has a confusion matrix, estimated by expectation-maximisation.

Assumes workers err independently given the true class.  Weak with few votes per worker, and on
rules that only ever vote for one class; its posterior is overconfident.
Cost: O(v k) per iteration, memory O(n k + w k^2).
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb, highest
from reliabel.ops.spectral import STARTS, starting_rows
from reliabel.ops.votes import Block, check_matrices_fit, log_shares, normalise, tally, votes_matrix

STATUS = "default"
ALSO = ("ds",)
Tally = tuple[Floats, Floats]  # counts (worker, voted) x true; items per class


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    iterations: int = 100,
    tol: float = 1e-6,
    prior: float = 0.01,
    prior_diagonal: float = 1.0,
    start: str = "share",
) -> Consensus[Soft]:
    """Alternate item posteriors and worker matrices until the objective stops rising.

    prior: pseudo-count in every cell of every matrix, so that nothing has probability zero.
    prior_diagonal: the same for the cells of right votes; 1.0 protects workers with few votes, 0.01
        is the plain method.
    start: the "share" of votes; "spectral", votes weighted by accuracies from the agreement of
        pairs of workers, for crowds with many adversaries; "tensor", moments of three groups of
        workers; or "best", all of these, of which the one with the highest objective is kept.
    tol: stop when an iteration adds less than this much per vote to the objective.
    ``info`` holds "confusion" (w, true, voted), "balance" (k,) and "objective_of_starts".

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    check_matrices_fit(votes)
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    pseudo = np.where(np.eye(k, dtype=bool), prior_diagonal, prior)  # voted, true
    begin = {
        name: starting_rows(name, blocks) for name in (STARTS if start == "best" else (start,))
    }

    def step(counts: Tally) -> tuple[Tally, float]:
        log_confusion, log_balance = _rates(counts, pseudo)
        count, balance, evidence = total(
            lambda block: _e_step(block, log_confusion, log_balance), blocks
        )
        return (count, balance), evidence + float((log_confusion.reshape(-1, k, k) * pseudo).sum())

    first = {
        name: total(lambda block, f=f: tally(block, f(block)), blocks)  # type: ignore[misc]
        for name, f in begin.items()
    }
    ends = {
        name: climb(step, counts, iterations=iterations, tol=tol * len(votes))
        for name, counts in first.items()
    }
    in_order = [end for end in ends.values() if gold is not None or _in_order(end[0])]
    counts, trace = highest(in_order or ends.values())
    log_confusion, log_balance = _rates(counts, pseudo)
    posterior = rows(
        lambda block: normalise(block.votes @ log_confusion + log_balance, block.gold)[0], blocks
    )
    confusion = np.exp(log_confusion).reshape(votes.w, k, k).swapaxes(1, 2)  # worker, true, voted
    skill = np.einsum("k,wkk->w", np.exp(log_balance), confusion)
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {
            "confusion": confusion,
            "balance": np.exp(log_balance),
            "objective_of_starts": {n: float(e[1][-1]) for n, e in ends.items() if len(e[1])},
        },
    )


def _in_order(counts: Tally) -> bool:
    """Whether the classes stand in the order that makes most votes right; the objective is the same
    for every permutation of the classes.
    """
    pooled = counts[0].reshape(-1, len(counts[1]), len(counts[1])).sum(0)  # voted, true
    best = pooled[linear_sum_assignment(pooled, maximize=True)].sum()
    return bool(pooled.trace() >= best - 1e-9)


def _e_step(
    block: Block, log_confusion: Floats, log_balance: Floats
) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(block.votes @ log_confusion + log_balance, block.gold)
    return *tally(block, posterior), evidence


def _rates(counts: Tally, pseudo: Floats) -> Tally:
    count, balance = counts
    k = len(balance)
    count = count.reshape(-1, k, k) + pseudo  # worker, voted, true
    return np.log(count / count.sum(1, keepdims=True)).reshape(-1, k), log_shares(balance)
