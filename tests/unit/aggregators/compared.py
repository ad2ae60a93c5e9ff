"""Comparisons and rankings for tests: from tables of wins, and drawn from what is planted."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from reliabel.core.labels import Votes
from reliabel.core.orders import Comparisons, Rankings
from reliabel.ops.mallows import sampled


def by_one_worker(labels):
    """Votes of one worker."""
    where = np.zeros(len(labels), dtype=np.int64)
    return Votes(where, where, labels, n=1, w=1)


def of_wins(wins, ties=None, names=()):
    """Votes in which thing i beat thing j ``wins[i][j]`` times; ``ties``: pair -> how many."""
    rows = [(i, j, 0) for i, row in enumerate(wins) for j, c in enumerate(row) for _ in range(c)]
    rows += [(i, j, 2) for (i, j), c in (ties or {}).items() for _ in range(c)]
    return by_one_worker(Comparisons(*np.array(rows).T, len(wins), names))


def planted(seed, chance=None, n=30, m=3000, w=20, strengths=None):
    """Votes, log strengths with mean 0, and what ``chance`` (p that left is better, worker, rng ->
    p that he says so, truth about the workers) tells of the workers.
    """
    rng = np.random.default_rng(seed)
    s = rng.standard_normal(n) if strengths is None else np.asarray(strengths, dtype=float)
    left = rng.integers(0, n, m)
    right = (left + rng.integers(1, n, m)) % n
    worker = rng.integers(0, w, m)
    p, truth = expit(s[left] - s[right]), None
    if chance is not None:
        p, truth = chance(p, worker, rng)
    y = (rng.random(m) > p).astype(int)
    return (
        Votes(np.zeros(m, int), worker, Comparisons(left, right, y, n), 1, w),
        s - s.mean(),
        truth,
    )


def planted_rankings(seed, items=60, things=6, workers=12, each=5, partial=False):
    """Votes drawn around a ranking for each item, the rankings, and the theta of each worker."""
    rng = np.random.default_rng(seed)
    theta = np.clip(np.exp(rng.normal(-0.7, 1, workers)), 0.05, 3)
    truth = [rng.permutation(things) for _ in range(items)]
    rows, item, worker = [], [], []
    for place, order in enumerate(truth):
        for who in rng.choice(workers, each, replace=False).tolist():
            drawn = sampled(order, theta[who], rng)
            if partial:
                keep = rng.choice(things, rng.integers(2, things + 1), replace=False)
                drawn = drawn[np.sort(keep)]
            rows.append(drawn)
            item.append(place)
            worker.append(who)
    labels = Rankings(np.concatenate(rows), np.cumsum([0, *map(len, rows)]), things)
    return Votes(item, worker, labels, items, workers), truth, theta


def turned_round(labels, truth):
    """The share of pairs that rankings turn round."""
    shares = []
    for item, order in enumerate(truth):
        said = labels.order[labels.offsets[item] : labels.offsets[item + 1]]
        place = np.argsort(order)[said]
        first, second = np.triu_indices(len(said), 1)
        shares.append((place[first] > place[second]).mean())
    return float(np.mean(shares))
