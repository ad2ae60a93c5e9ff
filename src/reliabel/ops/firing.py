"""Labelling functions that fire together more often than the class explains: copies of one another,
or functions that look at the same words.

Pairs of votes count for all pairs of functions at once by one sparse product; the number expected
is that of functions which fire independently of one another within each class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import significant
from reliabel.ops.chunks import total
from reliabel.ops.votes import Block, votes_matrix

MOST = 3000  # functions times classes, up to which all pairs are counted (a table of 72 MB)
COMMON = 30  # votes together from which a pair can be significant (specification 2.8)
SHOWN = 20  # pairs of answers that contradict each other
NEAR = 0.5  # of the rarer function's votes beyond those expected: a near copy (a judgement)


@dataclass(frozen=True, eq=False)
class Firing:
    """Pairs of functions (pairs,) that give the same answer together significantly more often than
    the class explains, the closest first; and for each function (w,) the one that fires with it
    most (-1: none), whatever it says, with their correlation given the class.
    """

    pair: Ints  # (pairs, 2)
    together: Ints  # (pairs,) items on which both give the same answer
    expected: Floats  # (pairs,) how many of them the class explains
    share: Floats  # (pairs,) of the rarer answer's votes, beyond those expected
    closest: Ints  # (w,)
    correlation: Floats  # (w,)
    against: Ints  # (pairs, 2) answers (function * k + class) that most often contradict each other

    __repr__ = by_fields


def firing(votes: Votes[Classes], posterior: Floats) -> Firing | None:
    """Compare all pairs of functions; None where there are too many functions and classes.

    posterior: (n, k) the chance of each class.

    >>> item, y = np.repeat(np.arange(80), 3), np.ones(240, dtype=int)
    >>> worker = np.tile([0, 1, 2], 80)
    >>> use = (worker == 2) ^ (item % 2 == 0)  # the first two fire on the same items
    >>> votes = Votes(item[use], worker[use], Classes(y[use]), 80, 3)
    >>> firing(votes, np.tile([0.0, 1.0], (80, 1))).pair.tolist()
    [[0, 1]]
    """
    k, w = votes.labels.k, votes.w
    if w * k > MOST or not len(votes):
        return None
    both, mine, size = total(lambda block: _counts(block, posterior), votes_matrix(votes))
    rate = mine / np.maximum(size, 1e-9)  # (w k, classes) chance to give this answer
    expected = (rate * size) @ rate.T
    cast = np.diag(both).copy()
    rarer = np.maximum(np.minimum(cast[:, None], cast), 1)
    excess = both - expected
    share = excess / rarer
    scale = np.sqrt(np.maximum(cast[:, None] * cast, 1))
    worker = np.repeat(np.arange(w), k)
    other = worker[:, None] != worker
    near = np.where(other, excess / scale, -np.inf)
    # the answers of a function are put together: the closest pair of answers stands for it
    best = near.argmax(1)
    value = near[np.arange(len(best)), best]
    order = np.lexsort((-value, worker))
    first = order[np.unique(worker[order], return_index=True)[1]]
    closest = np.where(value[first] > 0, worker[best[first]], -1)
    label = np.tile(np.arange(k), w)
    alike = other & (label[:, None] == label)
    low, high = np.nonzero(np.triu(alike & (both >= COMMON), 1))
    p = np.asarray(stats.poisson.sf(both[low, high] - 1, np.maximum(expected[low, high], 1e-9)))
    keep = np.flatnonzero(significant(p) & (share[low, high] >= NEAR)) if len(p) else low
    keep = keep[np.argsort(-share[low[keep], high[keep]], kind="stable")]
    at = low[keep], high[keep]
    return Firing(
        np.stack([worker[at[0]], worker[at[1]]], axis=1),
        both[at].astype(np.int64),
        expected[at],
        share[at],
        closest,
        np.where(closest >= 0, value[first], np.nan),
        _contradicting(both, label),
    )


def copies_as_one(votes: Votes[Classes], posterior: Floats) -> tuple[Votes[Classes], Ints]:
    """The votes with near copies of one another taken for one function, the first of them, and (w,)
    which function each is taken for.

    >>> item, y = np.repeat(np.arange(80), 3), np.ones(240, dtype=int)
    >>> worker = np.tile([0, 1, 2], 80)
    >>> use = (worker == 2) ^ (item % 2 == 0)
    >>> votes = Votes(item[use], worker[use], Classes(y[use]), 80, 3)
    >>> single, group = copies_as_one(votes, np.tile([0.0, 1.0], (80, 1)))
    >>> len(votes), len(single), group.tolist()
    (120, 80, [0, 0, 2])
    """
    found = firing(votes, posterior)
    w, k = votes.w, votes.labels.k
    if found is None or not len(found.pair):
        return votes, np.arange(w)
    links = sparse.coo_array((np.ones(len(found.pair)), found.pair.T), shape=(w, w))
    part = connected_components(links, directed=False)[1]
    group = np.unique(part, return_index=True)[1][part]
    mine = group[votes.worker]
    several = np.bincount(group, minlength=w)[mine] > 1
    rows = np.flatnonzero(several)
    key = (votes.item[rows].astype(np.int64) * w + mine[rows]) * k + votes.labels.y[rows]
    keep = ~several
    keep[rows[np.unique(key, return_index=True)[1]]] = True
    left = votes.take(keep)
    return Votes(left.item, mine[keep], left.labels, votes.n, w), group


def _contradicting(both: Floats, label: Ints) -> Ints:
    """(pairs, 2) the answers for different classes that items have most often in common."""
    low, high = np.nonzero(np.triu((label[:, None] != label) & (both > 0), 1))
    order = np.argsort(-both[low, high], kind="stable")[:SHOWN]
    return np.stack([low[order], high[order]], axis=1)


def _counts(block: Block, posterior: Floats) -> tuple[Floats, Floats, Floats]:
    """Votes that each two answers have in common, votes of each answer by true class, and items by
    true class.
    """
    mine = posterior[block.start : block.start + len(block)]
    return (
        (block.votes.T @ block.votes).toarray(),
        np.asarray(block.votes.T @ mine),
        mine.sum(0),
    )
