"""How workers behave: too fast, always the same answer, skill that drifts, answers that repeat.
Each is a test with a p-value.

A flag needs the Benjamini-Hochberg rule over all workers at 1 %.  Flags are for people to look at:
they never change a consensus by themselves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.crowd.workers import Workers

SHORT = 10  # votes below which no test is made
# share of one answer from which on a worker may be called constant; below it he merely leans
SAME = 0.9


def with_behaviour(
    votes: Votes[Classes],
    posterior: Floats,
    workers: Workers,
    *,
    time: Floats | None = None,
    seconds: Floats | None = None,
) -> Workers:
    """The table with p-values in ``tests`` and names of those that stand out in ``flags``.

    time: (v,) when each vote was given, any unit, for drift and repeats.  seconds: (v,) how long it
        took, for "too fast".
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


def significant(p: Floats, level: float = 0.01) -> Bools:
    """Benjamini-Hochberg: which p-values are small for so many; NaN never is.

    >>> significant(np.array([0.0001, 0.004, 0.5, np.nan])).tolist()
    [True, True, False, False]
    """
    known = np.flatnonzero(np.isfinite(p))
    out = np.zeros(len(p), dtype=bool)
    order = known[np.argsort(p[known])]
    passes = np.flatnonzero(p[order] <= level * np.arange(1, len(order) + 1) / max(len(order), 1))
    if len(passes):
        out[order[: passes[-1] + 1]] = True
    return out


def constant_answers(votes: Votes[Classes], posterior: Floats) -> Floats:
    """(w,) p-value of one answer coming too often, given how often the crowd says it of the same
    items.
    """
    k = votes.labels.k
    given = np.bincount(votes.worker * k + votes.labels.y, minlength=votes.w * k).reshape(
        votes.w, k
    )
    crowd = (
        np.stack([np.bincount(votes.labels.y, posterior[votes.item, a], k) for a in range(k)])
        + 1 / k
    )  # true, said
    crowd /= crowd.sum(1, keepdims=True)
    expected = posterior @ crowd  # (n, k) what a typical worker says of each item
    top = given.argmax(1)
    n = given.sum(1)
    chance = np.bincount(
        votes.worker, expected[votes.item, top[votes.worker]], votes.w
    ) / np.maximum(n, 1)
    p = stats.binom.sf(given.max(1) - 1, np.maximum(n, 1), np.clip(chance, 0, 1))
    p = np.where(
        given.max(1) >= SAME * n, np.minimum(p * k, 1), 1.0
    )  # k classes could have been the one
    return np.where(n >= SHORT, p, np.nan)


def too_fast(votes: Votes[Classes], seconds: Floats) -> Floats:
    """(w,) p-value of too many quick votes: three robust deviations of the log time below the
    median of the same item.
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
    """(w,) p-value of skill that changes: the first half of his votes against the second, and the
    largest swing of the running sum.
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
    bridge = np.divide(
        swing, spread, out=np.zeros(w), where=spread > 1e-9
    )  # as large as a Brownian bridge gets, if nothing changes
    p = np.minimum(1.0, 2 * np.minimum(p_halves, stats.kstwobign.sf(bridge)))
    return np.where(n >= 2 * SHORT, p, np.nan)


def two_proportions_z(
    hits: Floats, n: Ints | Floats, other_hits: Floats, other_n: Ints | Floats
) -> Floats:
    """z of two proportions.

    >>> round(float(two_proportions_z(np.array(45.0), np.array(50), np.array(30.0), np.array(50))), 2)
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
    """(w,) p-value of answers equal to the one before too often, given the items that came one
    after another.
    """
    order = np.lexsort((time, votes.worker))
    worker, item, said = votes.worker[order], votes.item[order], votes.labels.y[order]
    next_one = np.flatnonzero(worker[1:] == worker[:-1]) + 1
    likely = posterior.argmax(1)
    who, here, before = worker[next_one], likely[item[next_one]], likely[item[next_one - 1]]
    chance = (confusion[who, here] * confusion[who, before]).sum(1)
    n = np.bincount(who, minlength=votes.w)
    same = np.bincount(who, said[next_one] == said[next_one - 1], votes.w)
    expected, variance = (
        np.bincount(who, chance, votes.w),
        np.bincount(who, chance * (1 - chance), votes.w),
    )
    z = (same - 0.5 - expected) / np.sqrt(np.maximum(variance, 1e-9))
    return np.where(n >= SHORT, stats.norm.sf(z), np.nan)


def _median(item: Ints, x: Floats, n: int) -> Floats:
    size = np.bincount(item, minlength=n)
    have = np.flatnonzero(size)
    start = (np.cumsum(size) - size)[have]
    ordered = x[np.lexsort((x, item))]
    out = np.zeros(n)
    out[have] = (ordered[start + (size[have] - 1) // 2] + ordered[start + size[have] // 2]) / 2
    return out


def _middle_share(quick: Bools, worker: Ints, n: Ints) -> float:
    """The share of quick votes of the worker in the middle, so that a few hasty ones do not set the
    standard.
    """
    share = np.bincount(worker[quick], minlength=len(n)) / np.maximum(n, 1)
    return float(np.median(share[n > 0])) if (n > 0).any() else 0.0
