"""Tests of workers' behaviour, each with a p-value: votes that come too fast, always the same
class, a skill that changes over time, votes that repeat the one before.

A worker is flagged where a test is significant by the Benjamini-Hochberg rule over all workers at
1 %.  Flags are for people to review: they never change a consensus.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.crowd.workers import Workers
from reliabel.ops.agreement import significant

SHORT = 10  # votes below which no test is made
SAME = 0.9  # share of votes for one class below which a worker is biased rather than constant


def with_behaviour(
    votes: Votes[Classes],
    posterior: Floats,
    workers: Workers,
    *,
    time: Floats | None = None,
    seconds: Floats | None = None,
) -> Workers:
    """The workers with the p-values in ``tests`` and the names of significant tests in ``flags``.

    time: (v,) when each vote was given, in any unit, for "drift" and "repeats".
    seconds: (v,) how long each vote took, for "too fast".
    """
    tests = {"constant": constant_answers(votes, posterior)}
    if seconds is not None:
        tests["too fast"] = too_fast(votes, seconds)
    if time is not None:
        hit = posterior[votes.item, votes.labels.y]
        tests["drift"] = skill_drift(votes.worker, hit, time, votes.w)
        tests["repeats"] = repeated_answers(votes, posterior, workers.confusion, time)
    named = {name: significant(p) for name, p in tests.items()}
    flags = tuple(
        tuple(name for name, out in named.items() if out[worker]) for worker in range(votes.w)
    )
    return replace(workers, tests={**workers.tests, **tests}, flags=flags)


def constant_answers(votes: Votes[Classes], posterior: Floats) -> Floats:
    """(w,) p-value of too many votes for one class, given how often the crowd votes for it on the
    same items; NaN below ten votes.
    """
    k = votes.labels.k
    given = np.bincount(votes.worker * k + votes.labels.y, minlength=votes.w * k).reshape(
        votes.w, k
    )
    count = [np.bincount(votes.labels.y, posterior[votes.item, a], k) for a in range(k)]
    crowd = np.stack(count) + 1 / k  # true, voted
    crowd /= crowd.sum(1, keepdims=True)
    expected = posterior @ crowd  # (n, k) votes of a typical worker on each item
    top = given.argmax(1)
    n = given.sum(1)
    chance = np.bincount(
        votes.worker, expected[votes.item, top[votes.worker]], votes.w
    ) / np.maximum(n, 1)
    p = stats.binom.sf(given.max(1) - 1, np.maximum(n, 1), np.clip(chance, 0, 1))
    # multiplied by k, since any of the k classes could have been the one
    p = np.where(given.max(1) >= SAME * n, np.minimum(p * k, 1), 1.0)
    return np.where(n >= SHORT, p, np.nan)


def too_fast(votes: Votes[Classes], seconds: Floats) -> Floats:
    """(w,) p-value of too many quick votes, whose log time is three robust standard deviations
    below the item's median or lower; NaN below ten votes.
    """
    known = np.isfinite(seconds) & (seconds > 0)
    log = np.log(np.where(known, seconds, 1.0))
    rest = log - _median(votes.item[known], log[known], votes.n)[votes.item]
    deviation = 1.4826 * float(np.median(np.abs(rest[known]))) if known.any() else 0.0
    quick = known & (rest < -3 * max(deviation, 1e-9))
    n = np.bincount(votes.worker[known], minlength=votes.w)
    usual = max(float(_middle_share(quick, votes.worker, n)), 0.01)
    p = stats.binom.sf(
        np.bincount(votes.worker[quick], minlength=votes.w) - 1, np.maximum(n, 1), usual
    )
    return np.where(n >= SHORT, p, np.nan)


def skill_drift(worker: Ints, right: Floats, time: Floats, w: int) -> Floats:
    """(w,) p-value of a skill that changes over time: the smaller of two, doubled; NaN below twenty
    votes.

    One test compares the two halves of the worker's votes, the other is the largest deviation of
    the cumulative sum of right votes from a straight line.
    right: (v,) the chance that each vote is right.
    """
    order = np.lexsort((time, worker))
    n = np.bincount(worker, minlength=w)
    start = np.cumsum(n) - n
    who, x = worker[order], right[order]
    place = np.arange(len(order)) - start[who]
    mean = np.bincount(who, x, w) / np.maximum(n, 1)
    late = place >= n[who] // 2
    size = np.stack([np.bincount(who[~late], minlength=w), np.bincount(who[late], minlength=w)])
    hits = np.stack([np.bincount(who[~late], x[~late], w), np.bincount(who[late], x[late], w)])
    p_halves = 2 * stats.norm.sf(np.abs(two_proportions_z(hits[0], size[0], hits[1], size[1])))
    centred = x - mean[who]
    total = np.cumsum(centred)
    swing = np.zeros(w)
    np.maximum.at(swing, who, np.abs(total - (total[start[who]] - centred[start[who]])))
    spread = np.sqrt(np.bincount(who, centred**2, w))
    # distributed like the largest value of a Brownian bridge, if the skill does not change
    bridge = np.divide(swing, spread, out=np.zeros(w), where=spread > 1e-9)
    p = np.minimum(1.0, 2 * np.minimum(p_halves, stats.kstwobign.sf(bridge)))
    return np.where(n >= 2 * SHORT, p, np.nan)


def two_proportions_z(
    hits: Floats, n: Ints | Floats, other_hits: Floats, other_n: Ints | Floats
) -> Floats:
    """The z statistic of the difference between two proportions.

    >>> hits, other_hits, n = np.array(45.0), np.array(30.0), np.array(50)
    >>> round(float(two_proportions_z(hits, n, other_hits, n)), 2)
    3.46
    """
    n, other_n = np.maximum(n, 1), np.maximum(other_n, 1)
    pooled = (hits + other_hits) / (n + other_n)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / n + 1 / other_n), 1e-300))
    return np.asarray(
        np.where(pooled * (1 - pooled) > 1e-12, (hits / n - other_hits / other_n) / error, 0.0)
    )


def repeated_answers(
    votes: Votes[Classes], posterior: Floats, confusion: Floats, time: Floats
) -> Floats:
    """(w,) p-value of too many votes that are equal to the worker's vote before, given the items'
    classes; NaN below ten such pairs.
    """
    order = np.lexsort((time, votes.worker))
    worker, item, label = votes.worker[order], votes.item[order], votes.labels.y[order]
    next_one = np.flatnonzero(worker[1:] == worker[:-1]) + 1
    likely = posterior.argmax(1)
    who, here, before = worker[next_one], likely[item[next_one]], likely[item[next_one - 1]]
    chance = (confusion[who, here] * confusion[who, before]).sum(1)
    n = np.bincount(who, minlength=votes.w)
    same = np.bincount(who, label[next_one] == label[next_one - 1], votes.w)
    expected, variance = (
        np.bincount(who, chance, votes.w),
        np.bincount(who, chance * (1 - chance), votes.w),
    )
    z = (same - 0.5 - expected) / np.sqrt(np.maximum(variance, 1e-9))
    return np.where(n >= SHORT, stats.norm.sf(z), np.nan)


def _median(item: Ints, x: Floats, n: int) -> Floats:
    """(n,) the median of each item's values, 0 for items without."""
    size = np.bincount(item, minlength=n)
    have = np.flatnonzero(size)
    start = (np.cumsum(size) - size)[have]
    ordered = x[np.lexsort((x, item))]
    out = np.zeros(n)
    out[have] = (ordered[start + (size[have] - 1) // 2] + ordered[start + size[have] // 2]) / 2
    return out


def _middle_share(quick: Bools, worker: Ints, n: Ints) -> float:
    """The median over workers of the share of quick votes, so that a few fast workers do not shift
    the baseline.
    """
    share = np.bincount(worker[quick], minlength=len(n)) / np.maximum(n, 1)
    return float(np.median(share[n > 0])) if (n > 0).any() else 0.0
