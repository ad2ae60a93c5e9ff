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
from scipy.special import expit, xlog1py, xlogy

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.orders import Comparisons
from reliabel.core.results import Consensus
from reliabel.ops.comparisons import (
    known_comparisons,
    lost_to_workers,
    pair_counts,
    standard_errors,
)
from reliabel.ops.em import ascend
from reliabel.ops.strengths import of_strengths, won
from reliabel.ops.win_graph import graph_sentences, parts

ALSO = ("noisy_bt",)
SMALL = {"iterations": 60}
LOOKS = (4.0, 1.0)  # Beta prior of the share of comparisons that a worker looks at
EDGE = 1e-12


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
    labels, worker = known_comparisons(votes), votes.worker
    n, w = labels.n, votes.w
    said = won(labels)
    left, right = labels.left, labels.right

    def height(x: Floats) -> tuple[float, Floats]:
        s, looks, habit = x[:n], x[n : n + w], x[n + w :]
        share, side = expit(looks)[worker], expit(habit)[worker]
        by_strength = expit(s[left] - s[right])
        p = np.clip(share * by_strength + (1 - share) * side, EDGE, 1 - EDGE)
        value = float((xlogy(said, p) + xlog1py(1 - said, -p)).sum())
        value -= float((s @ s + habit @ habit) / 2)
        value -= float(
            (LOOKS[0] * np.logaddexp(0, -looks) + LOOKS[1] * np.logaddexp(0, looks)).sum()
        )
        slope = (said - p) / (p * (1 - p))
        of_pair = slope * share * by_strength * (1 - by_strength)
        of_looks = slope * (by_strength - side) * share * (1 - share)
        of_habit = slope * (1 - share) * side * (1 - side)
        return value, np.concatenate(
            [
                np.bincount(left, of_pair, n) - np.bincount(right, of_pair, n) - s,
                np.bincount(worker, of_looks, w) + LOOKS[0] - sum(LOOKS) * expit(looks),
                np.bincount(worker, of_habit, w) - habit,
            ]
        )

    start = np.concatenate([np.zeros(n), np.full(w, np.log(LOOKS[0])), np.zeros(w)])
    x, trace = ascend(height, start, iterations=iterations, tol=tol)
    s, share, side = x[:n], expit(x[n : n + w]), expit(x[n + w :])
    by_strength = expit(s[left] - s[right])
    looks, says = share[worker], side[worker]
    p = np.clip(looks * by_strength + (1 - looks) * says, EDGE, 1 - EDGE)
    weight = 1 / (p * (1 - p))
    of_pair = looks * by_strength * (1 - by_strength)
    of_worker = (by_strength - says) * looks * (1 - looks), (1 - looks) * says * (1 - says)
    priors = sum(LOOKS) * share * (1 - share), np.ones(w)
    lost = lost_to_workers(labels, worker, of_pair, of_worker, weight, priors)
    sd = standard_errors(left, right, weight * of_pair**2, np.ones(n), lost)
    pairs = pair_counts(labels)
    seen = np.bincount(worker, minlength=w) > 0
    return of_strengths(
        labels,
        s,
        sd,
        level=level,
        met=pairs.met,
        skill=np.where(seen, share, np.nan),
        trace=trace,
        warnings=graph_sentences(pairs, labels.names, None),
        info={"part": parts(pairs, wins=False), "bias": np.where(seen, side, np.nan)},
    )
