"""Noisy Bradley-Terry: a worker looks at the two things in a share of the comparisons, and else
answers by a habit of preferring one side.

Assumes that strengths lie on one scale and that a worker's habit does not depend on the things;
``left`` and ``right`` must be the sides as they were shown.  A worker who prefers the worse thing
is taken for one who does not look: ``crowd_bradley_terry`` turns such answers round.  Strengths are
drawn towards 0 by their prior.
Cost: O(v) for each of some dozens of steps of L-BFGS, and O(n^3) for the intervals of up to 1,500
things.
Paper: Bugakova, Fedorova, Gusev, Drutsa. Aggregation of pairwise comparisons with reduction of
biases. arXiv:1906.03711 (2019).
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.orders import Comparisons
from reliabel.core.results import Consensus
from reliabel.ops.em import ascend
from reliabel.ops.told_by_workers import Best, consensus_beside_workers, told_by_workers

ALSO = ("noisy_bt",)
SMALL = {"iterations": 60}
LOOKS = (4.0, 1.0)  # Beta prior of the share of comparisons that a worker looks at


def aggregate(
    votes: Votes[Comparisons],
    *,
    level: float = 0.95,
    iterations: int = 200,
    tol: float = 1e-7,
) -> Consensus[Numbers]:
    """Maximise the posterior of strengths, of the workers' skills and of their habits.

    Log strengths have the prior N(0, 1), skills Beta(4, 1), and the log odds with which a worker
    who does not look prefers the left side N(0, 1); the maximum is that over the log odds of the
    skills, so that no skill is 1.  A tie counts as half an answer for each.
    level: of the intervals.
    ``skill`` is the share of comparisons that a worker looks at.  ``info`` holds what that of
    ``bradley_terry`` holds, and "bias" (w,), the chance that a worker who does not look says left.

    >>> rng = np.random.default_rng(0)
    >>> left, right = rng.permuted(np.tile(np.arange(4), (300, 1)), axis=1)[:, :2].T
    >>> worker = np.tile([0, 1, 2], 100)  # the last one always says left
    >>> y = np.where(worker == 2, 0, left > right)
    >>> v = Votes(np.zeros(300, int), worker, Comparisons(left, right, y), n=1, w=3)
    >>> found = aggregate(v)
    >>> found.info["rank"].tolist(), found.skill.round(1).tolist()
    ([1, 2, 3, 4], [1.0, 1.0, 0.1])
    """
    told = told_by_workers(votes)
    worker, n, w = votes.worker, votes.labels.n, votes.w
    left, right = votes.labels.left, votes.labels.right

    def height(x: Floats) -> tuple[float, Floats]:
        s, looks, habit = x[:n], x[n : n + w], x[n + w :]
        share, side = expit(looks)[worker], expit(habit)[worker]
        by_strength = expit(s[left] - s[right])
        value, slope = told.likelihood(share * by_strength + (1 - share) * side)
        value -= float((s @ s + habit @ habit) / 2)
        value -= float(
            (LOOKS[0] * np.logaddexp(0, -looks) + LOOKS[1] * np.logaddexp(0, looks)).sum()
        )
        of_pair = slope * share * by_strength * (1 - by_strength)
        of_looks = slope * (by_strength - side) * share * (1 - share)
        of_habit = slope * (1 - share) * side * (1 - side)
        return value, np.concatenate(
            [
                told.of_things(of_pair) - s,
                told.of_workers(of_looks) + LOOKS[0] - sum(LOOKS) * expit(looks),
                told.of_workers(of_habit) - habit,
            ]
        )

    start = np.concatenate([np.zeros(n), np.full(w, np.log(LOOKS[0])), np.zeros(w)])
    x, trace = ascend(height, start, iterations=iterations, tol=tol)
    s, share, side = x[:n], expit(x[n : n + w]), expit(x[n + w :])
    by_strength = expit(s[left] - s[right])
    looks, says = share[worker], side[worker]
    best = Best(
        s,
        looks * by_strength + (1 - looks) * says,
        looks * by_strength * (1 - by_strength),
        [(by_strength - says) * looks * (1 - looks), (1 - looks) * says * (1 - says)],
        np.ones(n),
        [sum(LOOKS) * share * (1 - share), np.ones(w)],
    )
    seen = np.bincount(worker, minlength=w) > 0
    info = {"bias": np.where(seen, side, np.nan)}
    return consensus_beside_workers(told, best, share, trace, level=level, warnings=(), info=info)
