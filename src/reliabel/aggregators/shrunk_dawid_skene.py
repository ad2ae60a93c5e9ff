"""Shrunk Dawid-Skene: each worker's confusion matrix is shrunk towards the worker's accuracy and
the errors that are common in the crowd.

Assumes workers err independently given the true class, and tend to make the same kinds of errors.
Its posterior is as overconfident as that of Dawid-Skene: better averaged with BWA (by="auto").
Cost: O(v k) per iteration, memory O(n k + w k^2).
Paper: Paun, Carpenter, Chamberlain, Hovy, Kruschwitz, Poesio. Comparing Bayesian models of
annotation. TACL 6 (2018), for the hierarchy; Minka. Estimating a Dirichlet distribution, 2000, for
its strength.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import total
from reliabel.ops.variational import (
    climb_bound,
    counts_per_worker,
    crowd_prior,
    one_round,
    posterior_summary,
)
from reliabel.ops.votes import check_matrices_fit, initial_shares, tally, votes_matrix

STATUS = "default"
ALSO = ("hierarchical_dawid_skene", "shrunk_ds")


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    strength: float = 4.0,
    warm: int = 10,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Learn the prior from the crowd, then maximise the evidence lower bound under this prior.

    strength: the prior counts as much as this many votes in each row of a worker's matrix.
    warm: iterations in which the prior is learnt, before it is fixed.
    ``info`` holds "confusion" (w, true, voted), "balance" (k,), and "faith", how many votes the
    crowd's accuracy counts for beside a worker's own votes.

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    check_matrices_fit(votes)
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    flat = np.ones(k)
    counts = total(lambda block: tally(block, initial_shares(block)), blocks)
    faith, base = 4.0, np.full((votes.w, k, k), 1 / k)
    for turn in range(warm):
        base, faith = crowd_prior(counts_per_worker(counts[0], votes.w), faith, learn=turn > 0)
        counts = one_round(blocks, counts, strength * base, flat)[:2]
    prior = strength * base
    del base
    counts, trace = climb_bound(votes, blocks, counts, prior, iterations=iterations, tol=tol)
    posterior, confusion, balance, skill = posterior_summary(votes, blocks, counts, prior)
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"confusion": confusion, "balance": balance, "faith": faith},
    )
