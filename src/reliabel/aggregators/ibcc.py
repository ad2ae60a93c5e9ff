"""Bayesian classifier combination (IBCC): Dawid-Skene with Dirichlet priors, fitted by variational
Bayes.

Assumes workers err independently given the true class.  A good choice with ten classes or fewer and
twenty votes per worker or more; its posterior is overconfident.
Cost: O(v k) per iteration, memory O(n k + w k^2).
Paper: Kim, Ghahramani. Bayesian classifier combination. AISTATS 2012; Simpson, Roberts, Psorakis,
Smith. Dynamic Bayesian combination, 2013.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import total
from reliabel.ops.variational import climb_bound, posterior_summary
from reliabel.ops.votes import check_matrices_fit, initial_shares, tally, votes_matrix

STATUS = "default"
ALSO = ("bayesian_classifier_combination", "bcc")


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    right: float = 4.0,
    wrong: float = 1.0,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Maximise the evidence lower bound, starting from the shares of votes.

    right, wrong: pseudo-counts of right votes and of each kind of wrong vote, in each row of each
        matrix.
    ``info`` holds "confusion" (w, true, voted) and "balance" (k,).

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    check_matrices_fit(votes)
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    prior = np.where(np.eye(k, dtype=bool), right, wrong)[None]
    start = total(lambda block: tally(block, initial_shares(block)), blocks)
    counts, trace = climb_bound(votes, blocks, start, prior, iterations=iterations, tol=tol)
    posterior, confusion, balance, skill = posterior_summary(votes, blocks, counts, prior)
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"confusion": confusion, "balance": balance},
    )
