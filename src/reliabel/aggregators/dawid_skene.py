"""Dawid-Skene: each worker has a confusion matrix, found by expectation-maximisation.

Assumes workers err independently given the true class.  Weak with few votes per worker and on rules
that say one class only; its posterior is too sharp.  Cost: O(v k) a round, memory O(n k + w k^2).
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
Tally = tuple[Floats, Floats]  # counts (worker, said) x true; items per class


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
    """Alternate item posteriors and worker matrices until the evidence stops rising.

    prior: pseudo-count in every cell of every matrix, so that nothing has probability zero.
    prior_diagonal: the same for the cells of right answers; 1.0 protects workers with few votes,
        0.01 is the bare method.
    start: from the "share" of votes, from votes weighed by "spectral" accuracies (right where
        adversaries are many), from "tensor" moments of three groups of workers, or from each of
        them, keeping the "best" objective.
    tol: stop when a round adds less than this much per vote to the objective.

    >>> v = Votes(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]), Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    check_matrices_fit(votes)
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    pseudo = np.where(np.eye(k, dtype=bool), prior_diagonal, prior)  # said, true
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
    counts, trace = highest(
        [end for end in ends.values() if gold is not None or _named(end[0])] or ends.values()
    )
    log_confusion, log_balance = _rates(counts, pseudo)
    posterior = rows(
        lambda block: normalise(block.votes @ log_confusion + log_balance, block.gold)[0], blocks
    )
    confusion = np.exp(log_confusion).reshape(votes.w, k, k).swapaxes(1, 2)  # worker, true, said
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


def _named(counts: Tally) -> bool:
    """Whether the classes stand in the order in which most votes are right; other orders are as
    good for the objective.
    """
    said_of = counts[0].reshape(-1, len(counts[1]), len(counts[1])).sum(0)  # said, true
    return bool(
        said_of.trace() >= said_of[linear_sum_assignment(said_of, maximize=True)].sum() - 1e-9
    )


def _e_step(
    block: Block, log_confusion: Floats, log_balance: Floats
) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(block.votes @ log_confusion + log_balance, block.gold)
    return *tally(block, posterior), evidence


def _rates(counts: Tally, pseudo: Floats) -> Tally:
    count, balance = counts
    k = len(balance)
    count = count.reshape(-1, k, k) + pseudo  # worker, said, true
    return np.log(count / count.sum(1, keepdims=True)).reshape(-1, k), log_shares(balance)
