"""Pairs of accounts that agree more than independent workers would: one person with two accounts,
or a worker who copies from another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import stats

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import significant, sorted_pairs
from reliabel.ops.crowd import log_vote_table
from reliabel.ops.votes import normalise

MOST = 10_000_000  # pairs of votes used
COMMON = 10  # items that two accounts must have in common
# below this many common items a p-value under DOUBT is computed exactly instead of approximated
EXACT = 100
DOUBT = 0.01


@dataclass(frozen=True, eq=False)
class AlikeAccounts:
    """Pairs of workers that agree beyond chance, the smallest p-value first; ``left_out`` items
    were not used.
    """

    pair: Ints  # (pairs, 2)
    common: Ints  # items that both voted on
    agree: Ints  # of them with equal votes
    expected: Floats  # expected number of them with equal votes, for independent workers
    p: Floats
    left_out: int = 0

    __repr__ = by_fields


def alike_accounts(
    votes: Votes[Classes], confusion: Floats, balance: Floats, rng: Generator
) -> AlikeAccounts:
    """Pairs with at least ten common items that agree significantly more often than the true
    classes and both confusion matrices explain (Benjamini-Hochberg at 1 %).

    The chance of agreeing on an item is computed under its posterior from all *other* votes.
    confusion: (w, true, voted) the workers' matrices.
    balance: (k,) the class balance.
    """
    a, b, left_out = sorted_pairs(votes.item, votes.n, rng, MOST)
    other = votes.worker[a] != votes.worker[b]
    a, b = a[other], b[other]
    low, high = (
        np.minimum(votes.worker[a], votes.worker[b]),
        np.maximum(votes.worker[a], votes.worker[b]),
    )
    name, pair, common = np.unique(
        low.astype(np.int64) * votes.w + high, return_inverse=True, return_counts=True
    )
    keep = (common >= COMMON)[pair]
    a, b, pair = a[keep], b[keep], pair[keep]
    chance = _chance(votes, confusion, balance, a, b)
    agree = votes.labels.y[a] == votes.labels.y[b]
    total = np.bincount(pair, agree, len(name))
    expected, variance = (
        np.asarray(np.bincount(pair, part, len(name)), dtype=float)
        for part in (chance, chance * (1 - chance))
    )
    p = stats.norm.sf((total - 0.5 - expected) / np.sqrt(np.maximum(variance, 1e-12)))
    p[common < COMMON] = np.nan
    order = np.argsort(pair, kind="stable")
    start = np.searchsorted(pair[order], np.arange(len(name) + 1))
    for place in np.flatnonzero((common >= COMMON) & (common < EXACT) & (p < DOUBT)):
        p[place] = poisson_binomial_tail(
            int(total[place]), chance[order[start[place] : start[place + 1]]]
        )
    out = np.flatnonzero(significant(p))
    out = out[np.argsort(p[out], kind="stable")]
    workers = np.stack([name[out] // votes.w, name[out] % votes.w], axis=1)
    return AlikeAccounts(
        workers, common[out], total[out].astype(np.int64), expected[out], p[out], left_out
    )


def poisson_binomial_tail(hits: int, chance: Floats) -> float:
    """The exact chance of at least ``hits`` successes in independent trials with these chances
    (Poisson-binomial).

    >>> f"{poisson_binomial_tail(30, np.full(30, 0.6)):.1e}"
    '2.2e-07'
    """
    mass = np.ones(1)
    for p in chance:
        mass = np.append(mass * (1 - p), 0.0) + np.append(0.0, mass * p)
    return float(np.clip(mass[hits:].sum(), 0, 1))


def _chance(votes: Votes[Classes], confusion: Floats, balance: Floats, a: Ints, b: Ints) -> Floats:
    """The chance that votes ``a`` and ``b`` (pairs,), on the same item, agree."""
    k, table = votes.labels.k, log_vote_table(confusion)
    cell = votes.worker.astype(np.int64) * k + votes.labels.y
    score = np.log(balance) + np.stack(
        [np.bincount(votes.item, table[cell, c], votes.n) for c in range(k)], axis=1
    )
    chance = np.empty(len(a))
    for start in range(0, len(a), 200_000):
        here = slice(start, start + 200_000)
        rest = score[votes.item[a[here]]] - table[cell[a[here]]] - table[cell[b[here]]]
        both = (confusion[votes.worker[a[here]]] * confusion[votes.worker[b[here]]]).sum(2)
        chance[here] = (normalise(rest)[0] * both).sum(1)
    return chance
