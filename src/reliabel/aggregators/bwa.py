"""BWA: the truth of an item is a number between 0 and 1 for each class, and each worker's votes
are noisy measurements of it with a precision of their own.

Assumes errors that do not depend much on the true class.  The best-calibrated single model; weak
where errors do depend on the class, and with many classes.
Cost: O(v + n k) per iteration, memory O(n k + w k).
Paper: Li, Rubinstein, Cohn. Truth inference at scale: a Bayesian model for adjudicating highly
redundant crowd annotations. WWW 2019.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.votes import (
    Block,
    as_distribution,
    right_votes,
    set_gold,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)

STATUS = "default"
ALSO = ("bayesian_weighted_average",)
# sum of the truths (k,); squared errors (w, k); squared distance of the truths from their mean (k,)
Tally = tuple[Floats, Floats, Floats]


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    weight: float = 15.0,
    spread_prior: float = 1.0,
    iterations: int = 500,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Alternate truths, their mean and the workers' precisions until the objective stops rising.

    weight: the prior on each precision counts as much as this many votes (twice).
    spread_prior: precision of the truths around their mean.
    ``info`` holds "precision" (w, k) and "balance" (k,), the class balance.

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    cast = votes_per_worker(blocks).astype(float)[:, None]
    n = max(int(total(lambda block: int(block.has_votes.sum()), blocks)), 1)
    uneven, size, error, voted = total(_start, blocks)
    first: Tally = size, error, np.zeros(k)
    floor = (
        np.maximum(weight * uneven / max(len(votes), 1) * 4 * (1 - 1 / k), 1e-6)
        if k > 1
        else np.ones(k)
    )

    def rates(counts: Tally) -> tuple[Floats, Floats]:
        return counts[0] / n, (weight + cast) / (floor + counts[1])

    def step(counts: Tally) -> tuple[Tally, float]:
        mean, precision = rates(counts)
        new = total(lambda block: _e_step(block, mean, precision, spread_prior), blocks)
        per_class = (
            (weight + cast) / 2 * np.log(precision) - precision / 2 * (floor + new[1])
        ).sum(0) - spread_prior / 2 * new[2]
        return new, float(per_class[voted > 0].sum())

    counts, trace = climb(step, first, iterations=iterations, tol=tol * len(votes))
    mean, precision = rates(counts)
    balance = as_distribution(np.maximum(mean, 0)[None], Block(None, 0, k))[0]
    posterior = rows(
        lambda block: as_distribution(
            np.clip(_truth(block, mean, precision, spread_prior), 0, None), block, empty=balance
        ),
        blocks,
    )
    right = total(
        lambda block: right_votes(block, posterior[block.start : block.start + len(block)]), blocks
    )
    skill = np.divide(right, cast[:, 0], out=np.full(votes.w, np.nan), where=cast[:, 0] > 0)
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"precision": precision, "balance": balance},
    )


def _start(block: Block) -> tuple[Floats, Floats, Floats, Floats]:
    truth = vote_shares(block)
    size = np.diff(block.votes.indptr)[:, None]
    voted = block.has_votes
    return (
        (size * truth * (1 - truth)).sum(0),
        truth[voted].sum(0),
        _errors(block, truth),
        vote_counts(block).sum(0),
    )


def _truth(block: Block, mean: Floats, precision: Floats, spread_prior: float) -> Floats:
    """(items, k) the most likely truths, given the workers' ``precision`` (w, k)."""
    top = spread_prior * mean + vote_counts(block, precision.ravel()[block.votes.indices])
    return set_gold(top / (spread_prior + block.by_worker @ precision), block.gold)


def _errors(block: Block, truth: Floats) -> Floats:
    """(w, k) squared errors of the votes; a vote is 1 for the class it names, 0 for the others."""
    error: Floats = block.by_worker.T @ truth**2
    error += np.bincount(
        block.votes.indices, (1 - 2 * truth).ravel()[block.cell], block.votes.shape[1]
    ).reshape(error.shape)
    return error


def _e_step(block: Block, mean: Floats, precision: Floats, spread_prior: float) -> Tally:
    truth = _truth(block, mean, precision, spread_prior)
    voted = block.has_votes
    return truth[voted].sum(0), _errors(block, truth), ((truth[voted] - mean) ** 2).sum(0)
