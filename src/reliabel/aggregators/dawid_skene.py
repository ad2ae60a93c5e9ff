"""Dawid-Skene: each worker has a confusion matrix, found by expectation-maximisation.

Assumes workers err independently given the true class.  Weak with few votes per worker and on rules that say one class only; its posterior is
too sharp.  Cost: O(v k) a round, memory O(n k + w k^2).  Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.spectral import start_by
from reliabel.ops.votes import Block, log_share, must_fit, normalise, said, tally

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
    prior_diagonal: the same for the cells of right answers; 1.0 protects workers with few votes, 0.01 is the bare method.
    start: from the "share" of votes, or from votes weighed by "spectral" accuracies (right where adversaries are many).
    tol: stop when a round adds less than this much per vote to the objective.

    >>> v = Votes(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]), Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    must_fit(votes)
    k, blocks = votes.labels.k, said(votes, gold)
    pseudo = np.where(np.eye(k, dtype=bool), prior_diagonal, prior)  # said, true
    first = start_by(start, blocks)
    counts = total(lambda block: tally(block, first(block)), blocks)

    def step(counts: Tally) -> tuple[Tally, float]:
        log_confusion, log_balance = _rates(counts, pseudo)
        count, balance, evidence = total(lambda block: _e_step(block, log_confusion, log_balance), blocks)
        return (count, balance), evidence + float((log_confusion.reshape(-1, k, k) * pseudo).sum())

    counts, trace = climb(step, counts, iterations=iterations, tol=tol * len(votes))
    log_confusion, log_balance = _rates(counts, pseudo)
    posterior = rows(lambda block: normalise(block.said @ log_confusion + log_balance, block.gold)[0], blocks)
    confusion = np.exp(log_confusion).reshape(votes.w, k, k).swapaxes(1, 2)  # worker, true, said
    skill = np.einsum("k,wkk->w", np.exp(log_balance), confusion)
    return Consensus(Soft(posterior, votes.labels.names), skill, trace, {"confusion": confusion, "balance": np.exp(log_balance)})


def _e_step(block: Block, log_confusion: Floats, log_balance: Floats) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(block.said @ log_confusion + log_balance, block.gold)
    return *tally(block, posterior), evidence


def _rates(counts: Tally, pseudo: Floats) -> Tally:
    count, balance = counts
    k = len(balance)
    count = count.reshape(-1, k, k) + pseudo  # worker, said, true
    return np.log(count / count.sum(1, keepdims=True)).reshape(-1, k), log_share(balance)
