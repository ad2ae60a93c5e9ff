"""Shrunk Dawid-Skene: each worker's matrix is pulled towards his accuracy and the crowd's habits of
error, as far as the votes do not say.

Assumes workers err independently given the true class, and that workers are alike in how they err.
Its posterior is as over-sharp as Dawid-Skene's: better averaged with BWA (by="auto").  Cost: O(v k)
a round, memory O(n k + w k^2).
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
    """Learn what the crowd has in common for ``warm`` rounds, then climb the evidence bound with
    that as the prior of each worker.

    strength: the prior weighs as much as this many votes in each row of a worker's matrix.

    >>> v = Votes(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]), Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
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
    counts, trace = climb_bound(votes, blocks, counts, prior, iterations=iterations, tol=tol)
    posterior, confusion, balance, skill = posterior_summary(votes, blocks, counts, prior)
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"confusion": confusion, "balance": balance, "faith": faith},
    )
