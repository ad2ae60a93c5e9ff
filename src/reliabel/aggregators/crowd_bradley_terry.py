"""Crowd-BT: each worker names the better of two things with a certain chance, which may be below a
half.

Assumes that a worker's errors depend on nothing but the strengths of the two things.  A worker who
answers the wrong way round is used, not discarded; the prior says that most workers do not.  Weak
where most workers answer the wrong way round, and where workers have a favourite side
(``noisy_bradley_terry``).  How far strengths lie apart is hard to tell from how often workers are
wrong: on planted workers who never are, strengths came out 5 to 15 % too far apart, in the right
order.
Cost: O(v) for each of some dozens of steps of L-BFGS, and O(n^3) for the intervals of up to 1,500
things.
Paper: Chen, Bennett, Collins-Thompson, Horvitz. Pairwise ranking aggregation in a crowdsourced
setting. WSDM 2013.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit

from reliabel.core.labels import Floats, Ints, Numbers, Votes
from reliabel.core.orders import Comparisons
from reliabel.core.results import Consensus
from reliabel.ops.em import ascend, highest
from reliabel.ops.strengths import favoured_side
from reliabel.ops.told_by_workers import (
    Best,
    consensus_beside_workers,
    told_by_workers,
    with_truth,
)

ALSO = ("crowd_bt",)
SMALL = {"iterations": 60}
RIGHT = (10.0, 1.0)  # Beta prior of the chance that a worker names the better thing
SURE = 1e4  # instead, for what is known
POWER = 50  # steps towards the leading singular vectors


def aggregate(
    votes: Votes[Comparisons],
    *,
    gold: Ints | None = None,
    games: float = 0.1,
    level: float = 0.95,
    iterations: int = 200,
    tol: float = 1e-7,
) -> Consensus[Numbers]:
    """Maximise the posterior of strengths and of the workers' chances.

    Log strengths have the prior N(0, 1), the chances Beta(10, 1); the maximum is that over the log
    odds of the chances, so that no chance is 1.  Of two starts, one of them from the leading
    singular vectors of what each worker gives each thing, the one that ends higher is kept.  A tie
    counts as half an answer for each.
    gold: (n,) the place of the better thing of each pair that was compared, -1 where it is not
        known; it counts as one more comparison, by a worker who is right.
    games: wins and losses of each thing against one of strength 1, beside the prior; the more, the
        closer the strengths are drawn together.
    level: of the intervals.
    ``skill`` is the chance that a worker names the better of two things of very different strength.
    ``info`` holds what that of ``bradley_terry`` holds, without the threshold of ties.

    >>> rng = np.random.default_rng(0)
    >>> left, right = rng.permuted(np.tile(np.arange(4), (300, 1)), axis=1)[:, :2].T
    >>> worker = np.tile([0, 1, 2], 100)  # the last one answers the wrong way round
    >>> y = np.where(worker == 2, left < right, left > right).astype(int)
    >>> v = Votes(np.zeros(300, int), worker, Comparisons(left, right, y), n=1, w=3)
    >>> found = aggregate(v)
    >>> found.info["rank"].tolist(), found.skill.round(1).tolist()
    ([1, 2, 3, 4], [1.0, 1.0, 0.1])
    """
    if not games >= 0:
        raise ValueError(f"games is a number of wins and losses, 0 or more, got {games!r}")
    compared = votes.labels
    votes = votes if gold is None else with_truth(votes, gold)
    told = told_by_workers(votes)
    worker, n, w = votes.worker, votes.labels.n, votes.w
    left, right = votes.labels.left, votes.labels.right
    good, bad = (np.full(w, one) for one in RIGHT)
    good[w - (gold is not None) :] = SURE

    def height(x: Floats) -> tuple[float, Floats]:
        s, odds = x[:n], x[n:]
        eta = expit(odds)[worker]
        by_strength = expit(s[left] - s[right])
        value, slope = told.likelihood(eta * by_strength + (1 - eta) * (1 - by_strength))
        value -= float(s @ s / 2 + games * (np.logaddexp(0, s) + np.logaddexp(0, -s)).sum())
        value -= float((good * np.logaddexp(0, -odds) + bad * np.logaddexp(0, odds)).sum())
        of_pair = slope * (2 * eta - 1) * by_strength * (1 - by_strength)
        of_odds = slope * (2 * by_strength - 1) * eta * (1 - eta)
        pull = s + games * (2 * expit(s) - 1)
        return value, np.concatenate(
            [
                told.of_things(of_pair) - pull,
                told.of_workers(of_odds) + good - (good + bad) * expit(odds),
            ]
        )

    common = np.concatenate([np.zeros(n), np.log(good)])
    camps = _two_camps(votes.labels, worker, w, told.said, gold is not None)
    starts = (common, camps) if gold is None else (camps,)  # what is known says who is right
    x, trace = highest(ascend(height, start, iterations=iterations, tol=tol) for start in starts)
    s, eta = x[:n], expit(x[n:])
    by_strength, chance = expit(s[left] - s[right]), eta[worker]
    best = Best(
        s,
        chance * by_strength + (1 - chance) * (1 - by_strength),
        (2 * chance - 1) * by_strength * (1 - by_strength),
        [(2 * by_strength - 1) * chance * (1 - chance)],
        1 + 2 * games * expit(s) * expit(-s),
        [(good + bad) * eta * (1 - eta)],
    )
    over, favoured = favoured_side(compared, s)
    times = np.bincount(np.concatenate([compared.left, compared.right]), minlength=n)
    info = {"left": over, "compared": times}
    found = consensus_beside_workers(
        told, best, eta, trace, level=level, warnings=favoured, info=info
    )
    return found if gold is None else replace(found, skill=eta[:-1])


def _two_camps(
    labels: Comparisons, worker: Ints, w: int, said: Floats, last_is_right: bool
) -> Floats:
    """A start for crowds of which many answer the wrong way round: strengths and workers from the
    leading singular vectors of what each worker gives each thing (wins less losses), whose signs
    split the workers into two camps; the larger one is right, or that of the last worker.
    """
    gain = 2 * said - 1
    given: Any = sparse.csr_matrix(
        (
            np.r_[gain, -gain],
            (np.tile(worker, 2), np.r_[labels.left, labels.right]),
        ),
        shape=(w, labels.n),
    )
    s = np.random.default_rng(0).standard_normal(labels.n)
    for _ in range(POWER):
        s = given.T @ (given @ s)
        s /= max(float(np.abs(s).max(initial=0)), 1e-300)
    camp = given @ s
    turned = -1.0 if (camp[-1] if last_is_right else camp.sum()) < 0 else 1.0
    odds = np.log(RIGHT[0]) * np.sign(turned * camp)
    return np.concatenate([turned * s, odds])
