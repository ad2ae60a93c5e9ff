"""How many independent votes the votes of an item are worth: pairs of votes that agree beyond what
the true class and the workers' confusion matrices explain.

The chance that two votes agree is taken under the posterior from all *other* votes of the item.
What is left over is only a part of the truth: a model that is fitted to the votes explains errors
that many workers share as a class of its own.  On 23 crowds with known truth the excess that is
left is about a quarter of the one that the truth shows, hence ``HIDDEN``.  A clique that casts most
of the votes is taken for the truth, and cannot be seen at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import significant, sorted_pairs
from reliabel.ops.crowd import log_vote_table
from reliabel.ops.votes import normalise

# The factor between the excess under the truth and the one that is left under a fitted model:
# chosen on half of 23 crowds it is 3 or 4, and on the other half the number of independent votes is
# then off by 28 % (root mean square of logs), without it by 46 %.
HIDDEN = 4.0
MOST = 200_000  # pairs of votes used
CELLS = 2**18  # of a table of pairs by classes by classes that is worked on at a time
# Near copies: of their disagreements at least this share is missing, significantly so
# (Benjamini-Hochberg at 1 %), over at least so many common items.  A judgement, checked on planted
# copies: independent workers make none, exact copies are all found.
COPY, COMMON = 0.5, 30
PAIRS = 2  # of classes at most that are named as those where workers err together


@dataclass(frozen=True, eq=False)
class Dependence:
    """What pairs of votes tell about errors that workers share."""

    shared: float  # of the disagreements of different groups this share is missing (0 to 1)
    group: Ints  # (w,) near copies have the same number; numbers are those of their first worker
    pair: Ints  # (pairs, 2) workers that are near copies of one another
    missing: Floats  # (pairs,) share of their disagreements that is missing
    # (true, voted) pairs of votes for a wrong class beyond those expected
    together: Floats

    __repr__ = by_fields

    def worth(self, votes: Votes[Classes]) -> tuple[Floats, Floats]:
        """(n,) votes of each item, near copies counted once, and how many independent votes these
        are worth.
        """
        several = np.bincount(self.group, minlength=votes.w)[self.group] > 1
        mine = several[votes.worker]
        seen = np.unique(
            votes.item[mine].astype(np.int64) * votes.w + self.group[votes.worker[mine]]
        )
        groups = (
            np.bincount(votes.item[~mine], minlength=votes.n)
            + np.bincount(seen // max(votes.w, 1), minlength=votes.n)
        ).astype(float)
        return groups, np.asarray(groups / (1 + np.maximum(groups - 1, 0) * self.shared))

    def copies(self) -> tuple[tuple[int, ...], ...]:
        """The groups of two or more near copies."""
        name, size = np.unique(self.group, return_counts=True)
        return tuple(
            tuple(np.flatnonzero(self.group == one).tolist()) for one in name[size > 1].tolist()
        )

    def shared_errors(self) -> tuple[tuple[int, int], ...]:
        """The (true, voted) classes at which most errors are made together, at most two; of two
        classes one pair.
        """
        order = np.argsort(-self.together, axis=None, kind="stable")
        order = order[: min(PAIRS, len(self.together) - 1)]
        found = [divmod(int(place), len(self.together)) for place in order]
        return tuple((a, b) for a, b in found if self.together[a, b] >= 1)


def dependence(
    votes: Votes[Classes], confusion: Floats, balance: Floats, rng: Generator
) -> Dependence:
    """Compare all pairs of votes on the same item, or 200,000 drawn by whole items, with the
    workers' matrices.

    confusion: (w, true, voted) the workers' matrices.
    balance: (k,) the class balance.
    """
    a, b, _ = sorted_pairs(votes.item, votes.n, rng, MOST)
    other = votes.worker[a] != votes.worker[b]
    a, b = a[other], b[other]
    if not len(a) or votes.labels.k < 2:
        return independent(votes)
    agree = (votes.labels.y[a] == votes.labels.y[b]).astype(float)
    chance, together = _expected(votes, confusion, balance, a, b)
    low = np.minimum(votes.worker[a], votes.worker[b]).astype(np.int64)
    high = np.maximum(votes.worker[a], votes.worker[b]).astype(np.int64)
    name, pair = np.unique(low * votes.w + high, return_inverse=True)
    excess, room, spread, common = (
        np.bincount(pair, part, len(name))
        for part in (agree - chance, 1 - chance, chance * (1 - chance), np.ones(len(a)))
    )
    missing = excess / np.maximum(room, 1e-9)
    p = stats.norm.sf((excess - 0.5) / np.sqrt(np.maximum(spread, 1e-12)))
    p[common < COMMON] = np.nan
    near = np.flatnonzero(significant(p) & (missing >= COPY))
    ends = np.stack([name[near] // votes.w, name[near] % votes.w], axis=1)
    group = _groups(ends, votes.w)
    apart = group[name // votes.w] != group[name % votes.w]
    left = excess[apart].sum() / max(room[apart].sum(), 1e-9)
    shared = float(np.clip(HIDDEN * left, 0, 1))
    return Dependence(shared, group, ends, missing[near], together)


def independent(votes: Votes[Classes]) -> Dependence:
    """No two votes on an item: nothing can be seen, and nothing is shared."""
    k = votes.labels.k
    nothing = np.zeros((0, 2), dtype=np.int64)
    return Dependence(0.0, np.arange(votes.w), nothing, np.zeros(0), np.zeros((k, k)))


def _groups(ends: Ints, w: int) -> Ints:
    """(w,) the first worker of each worker's group."""
    links = sparse.csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(w, w))
    part = connected_components(links, directed=False)[1]
    return np.asarray(np.unique(part, return_index=True)[1][part], dtype=np.int64)


def _expected(
    votes: Votes[Classes], confusion: Floats, balance: Floats, a: Ints, b: Ints
) -> tuple[Floats, Floats]:
    """The chance that votes ``a`` and ``b`` (pairs,) agree, and for each true class how many pairs
    agree on each wrong one beyond those expected (true, voted).
    """
    k, table = votes.labels.k, log_vote_table(confusion)
    cell = votes.worker.astype(np.int64) * k + votes.labels.y
    score = np.log(balance) + np.stack(
        [np.bincount(votes.item, table[cell, c], votes.n) for c in range(k)], axis=1
    )
    chance, together = np.empty(len(a)), np.zeros((k, k))
    for here in _slices(len(a), max(CELLS // k**2, 1)):
        one, two = a[here], b[here]
        rest = normalise(score[votes.item[one]] - table[cell[one]] - table[cell[two]])[0]
        both = confusion[votes.worker[one]]
        both *= confusion[votes.worker[two]]
        both *= rest[:, :, None]
        chance[here] = both.reshape(len(both), -1).sum(1)
        together -= both.sum(0)
        y = votes.labels.y[one]
        same = y == votes.labels.y[two]
        for c in range(k):
            together[:, c] += rest[same & (y == c)].sum(0)
    np.fill_diagonal(together, 0)
    return chance, together


def _slices(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))
