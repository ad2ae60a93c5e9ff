"""M-MSR: skills from robust rank-one completion of the agreement between pairs of workers, then a
weighted majority.

Assumes wrong votes are spread evenly, and that each worker shares items with more honest workers
than adversaries.  Weak where few workers share items.
Cost: O(sum of squared votes per item) for the pairs, O(pairs log pairs) per iteration, memory
O(pairs).
Paper: Ma, Olshevsky. Adversarial crowdsourcing through robust rank-one matrix completion. NeurIPS
2020.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.core.run import track
from reliabel.ops.chunks import rows
from reliabel.ops.spectral import WorkerPairs, majority_side, worker_pairs
from reliabel.ops.votes import group_sums, normalise, vote_counts, votes_matrix

ALSO = ("mmsr",)


def aggregate(
    votes: Votes[Classes], *, gold: Ints | None = None, iterations: int = 200, tol: float = 1e-8
) -> Consensus[Soft]:
    """Complete the matrix of agreements, take the signs of the skills from its leading eigenvector,
    and weight votes by the log odds of being right.

    >>> item, worker = np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40)
    >>> y = np.where(worker == 4, 1 - item % 2, item % 2)  # the last worker is an adversary
    >>> v = Votes(item, worker, Classes(y), n=40, w=5)
    >>> aggregate(v).skill.round(2).tolist()
    [0.92, 0.92, 0.92, 0.92, 0.08]
    """
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    skill = _skills(worker_pairs(blocks), iterations, tol)
    edge = max(votes.n, 1) ** -0.5
    low = -1 / max(k - 1, 1) + edge
    skill = np.clip(skill, low, max(1 - edge, low))
    right = (skill * (k - 1) + 1) / k
    force = np.log(right * max(k - 1, 1) / (1 - right)) if k > 1 else np.ones(votes.w)
    posterior = rows(
        lambda block: normalise(vote_counts(block, force[block.worker]), block.gold)[0], blocks
    )
    return Consensus(Soft(posterior, votes.labels.names), right)


def _skills(known: WorkerPairs, iterations: int, tol: float) -> Floats:
    degree = known.degree
    met = degree[degree > 0]
    if not len(met):
        return np.full(known.w, 0.5)
    cut = max(0, int(met.min()) // 2 - 1)
    first = np.full(known.w, np.sqrt(np.abs(known.shared).mean()))
    u, v = first, first
    for _ in track("rounds", range(iterations)):
        new = _trimmed(known, u, v, cut)
        u = _trimmed(known, new, u, cut)
        moved, v = float(np.abs(new - v).max()), new
        if moved < tol:
            break
    return np.asarray(np.abs(v) * majority_side(known))


def _trimmed(known: WorkerPairs, other: Floats, mine: Floats, cut: int) -> Floats:
    """For each worker the mean over partners of agreement divided by the partner's value, without
    the ``cut`` largest above and the ``cut`` smallest below the worker's own value.
    """
    usable = np.abs(other[known.b]) > 1e-9
    a = known.a[usable]
    ratio = np.abs(known.shared[usable] / other[known.b[usable]])
    order = np.lexsort((ratio, a))
    a, ratio = a[order], ratio[order]
    size = np.bincount(a, minlength=known.w)
    place = np.arange(len(a)) - np.repeat(np.cumsum(size) - size, size)
    below = (place < cut) & (ratio < mine[a])
    above = (place >= size[a] - cut) & (ratio > mine[a])
    keep = ~(below | above)
    total, count = (
        group_sums(a[keep], ratio[keep], known.w),
        np.bincount(a[keep], minlength=known.w),
    )
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), mine)
    return mean
