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

from reliabel.core.labels import Classes, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.variational import shrunk_matrices_fit

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

    >>> v = Votes([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], Classes([0, 0, 1, 1, 1, 1]), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    posterior, confusion, balance, skill, trace, faith = shrunk_matrices_fit(
        votes, gold, strength=strength, warm=warm, iterations=iterations, tol=tol
    )
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"confusion": confusion, "balance": balance, "faith": faith},
    )
