"""Mallows: each worker's rankings scatter around the true one, closely or widely, and count as much
as they are close.

Assumes that a worker turns round all pairs with the same chance, near ones and far ones.  With one
or two rankings a worker little is learnt of any of them, and the answer is near that of ``kemeny``.
Cost: O(2^m m^2) of an item with m things for each of some rounds, with more than ten things O(pairs
in all votes); then that of ``kemeny`` once.
Paper: Mallows. Non-null ranking models. Biometrika 44 (1957); Lu, Boutilier. Learning Mallows
models with pairwise preferences. ICML 2011; Shin et al. Universalizing weak supervision. ICLR 2022.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints, Votes
from reliabel.core.orders import Rankings
from reliabel.core.results import Consensus
from reliabel.core.run import track
from reliabel.ops.all_orders import pair_chances
from reliabel.ops.kemeny import best_orders
from reliabel.ops.mallows import expected_distance, theta_of
from reliabel.ops.rankings import Questions, ordered_pairs, preferences, questions, set_cells

SMALL = {"iterations": 5}
START = 1.0  # theta of all workers
SUMMED = 10  # things up to which the expectation is over all their orders


def aggregate(
    votes: Votes[Rankings], *, prior: float = 1.0, iterations: int = 30, tol: float = 1e-3
) -> Consensus[Rankings]:
    """Learn the theta of each worker by expectation-maximisation over all orders of the things,
    then take the likeliest ranking, which goes against the least weight of votes on pairs.

    Where an item has more than ten things, the weighted majority of each pair stands for the
    expectation.
    prior: rankings of a usual worker that are added to those of each worker.
    ``skill`` is the expected share of pairs that a worker orders right.  ``info`` holds "theta"
    (w,), and what that of ``kemeny`` holds, with costs in weights; "p" is the chance of each
    ranking, for items of up to 15 things.

    >>> told = Rankings.of(["a > b > c > d"] * 8 + ["d > a > c > b", "c > d > a > b"] * 2)
    >>> item, worker = [0, 1, 2, 3] * 3, np.repeat([0, 1, 2], 4)
    >>> found = aggregate(Votes(item, worker, told, n=4, w=3))
    >>> found.labels.order[:4].tolist(), found.skill.round(2).tolist()
    ([0, 1, 2, 3], [0.95, 0.95, 0.52])
    """
    if not prior > 0:
        raise ValueError(f"prior is a number of rankings above 0, got {prior!r}")
    asked = questions(votes)
    length = np.diff(votes.labels.offsets)
    lengths = np.unique(length[length > 1])
    theta = np.full(votes.w, START)
    for _ in track("rounds", range(iterations)):
        turned = _turned_round(asked, theta)
        before, theta = theta, _learnt(votes, turned, length, lengths, prior)
        if np.abs(theta - before).max(initial=0) < tol:
            break
    labels, info = best_orders(asked, theta[votes.worker])
    seen = np.bincount(votes.worker, length > 1, votes.w) > 0
    skill = np.where(seen, _right(votes, theta, length, lengths), np.nan)
    return Consensus(labels, skill, info={**info, "theta": np.where(seen, theta, np.nan)})


def _turned_round(asked: Questions, theta: Floats) -> Floats:
    """(votes,) the expected number of pairs that each ranking turns round; beyond ``SUMMED`` things
    the weighted majority of each pair stands for the true order.
    """
    votes = asked.votes
    turned = np.zeros(len(votes))
    for many, items in asked.alike(set_cells):
        above = preferences(asked, items, many, theta[votes.worker])
        if many <= SUMMED:
            wrong = 1 - pair_chances(above).ravel()
        else:
            wrong = (1 - np.sign((above - above.transpose(0, 2, 1)).round(9)).ravel()) / 2
        for block in ordered_pairs(asked, items):
            turned[block.vote] = wrong[block.key(many)].sum(1)
    return turned


def _learnt(
    votes: Votes[Rankings], turned: Floats, length: Ints, lengths: Ints, prior: float
) -> Floats:
    """(w,) theta from the pairs turned round, with ``prior`` rankings of the usual worker."""
    if not len(lengths):
        return np.full(votes.w, START)
    count = np.stack([np.bincount(votes.worker, length == long, votes.w) for long in lengths], 1)
    distance = np.bincount(votes.worker, turned, votes.w)
    usual = theta_of(distance.sum()[None], count.sum(0)[None], lengths)
    share = count.sum(0) / count.sum()
    added = sum(
        part * expected_distance(long, usual)[0] for part, long in zip(share, lengths, strict=True)
    )
    return theta_of(distance + prior * added, count + prior * share, lengths)


def _right(votes: Votes[Rankings], theta: Floats, length: Ints, lengths: Ints) -> Floats:
    """(w,) the expected share of pairs that a worker of this theta orders right."""
    turned, pairs = np.zeros((2, votes.w))
    for long in lengths.tolist():
        count = np.bincount(votes.worker, length == long, votes.w)
        turned += count * expected_distance(long, theta)
        pairs += count * long * (long - 1) / 2
    return 1 - np.divide(turned, pairs, out=np.zeros(votes.w), where=pairs > 0)
