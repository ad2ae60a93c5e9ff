"""Precision model: a vote counts by its precision, the chance that the class it names is the true
one; an abstention carries no information.

Assumes sources that mostly vote for one class (rules, labelling functions).  Models of skill fail
on them: whenever such a source votes, it votes for the same class whatever the true one.  A
source is compared with the other sources of its class: how often others agree with it depends on
how many sources can name the class, so that across classes agreement says little of precision.
Sources that give the same answer on the same items far more often than the class explains are taken
for one.  Weak where sources have few items in common: the prior of .7 then decides.  Its
probabilities are rough.
Cost: O(v k) per iteration, memory O(n k + w k); once O(pairs of votes on an item) and O((w k)^2).
Paper: Ratner, De Sa, Wu, Selsam, Re. Data programming. NIPS 2016, for the setting; Ratner et al.
Training complex models with multi-task weak supervision. AAAI 2019, for accuracies from agreement;
modelling P(true | vote) instead of P(vote | true) is our own.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.firing import copies_as_one
from reliabel.ops.votes import (
    Block,
    group_sums,
    normalise,
    vote_counts,
    vote_shares,
    votes_matrix,
)

ALSO = ("label_model", "weak_supervision")
STATUS = "optional"
POOLED = 20.0  # votes of all classes beside those of one in its rate of agreement: a judgement
KNOWN = 10.0  # votes on gold that outweigh half of ``right`` for a class: a judgement
# per (worker, class voted): votes that can be checked by others, and how many of them are right
Tally = tuple[Floats, Floats]


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    right: float = 0.7,
    strength: float = 0.3,
    rarity: float = 0.25,
    within: bool = True,
    against: bool = False,
    copies: bool = True,
    iterations: int = 20,
    tol: float = 1e-4,
) -> Consensus[Soft]:
    """Alternate the precision of each source's votes, estimated from the other votes on the same
    items, and the classes.

    right, strength: the prior's precision, and its weight as a share of the items with votes; it is
        strong on purpose, since votes alone mislead.
    rarity: a vote's precision is measured against the frequency of its class to this power: at 1
        votes for rare classes count most, which is exact where votes show the true frequencies; at
        0 all classes count alike.
    within: compare a source's votes with the other votes for the same class only, whose mean
        precision is ``right`` (or what gold shows); else with all votes.
    against: let votes count against the class they name where their precision is low; else a class
        that all votes on an item name is always the likeliest.
    copies: take near copies of one another for one source (up to 3,000 sources times classes).
    ``info`` holds "precision" (w, k), the chance that the class is true where the source names it,
    "balance" (k,), and "group" (w,), the source that each is taken for.  There is no objective, so
    ``trace`` is empty.

    >>> item, worker = np.array([0, 1, 4, 1, 2, 3, 4]), np.array([0, 0, 0, 1, 1, 2, 2])
    >>> v = Votes(item, worker, Classes(np.array([1, 1, 1, 1, 1, 0, 0])), n=6, w=3)
    >>> plain = {"rarity": 1.0, "within": False, "against": True, "iterations": 1}
    >>> aggregate(v, strength=0.4, **plain).labels.p[:, 1].round(6).tolist()
    [0.6, 0.738462, 0.8, 0.533333, 0.446512, 0.68]
    """

    def fit(some: Votes[Classes]) -> _Fit:
        return _fit(some, gold, right, strength, rarity, within, against, iterations, tol)

    group: Ints = np.arange(votes.w)
    found = fit(votes)
    if copies:
        single, group = copies_as_one(votes, found.posterior)
        found = found if single is votes else fit(single)
    precision = found.precision[group]
    k = votes.labels.k
    cast = np.bincount(votes.worker * k + votes.labels.y, minlength=votes.w * k).reshape(-1, k)
    mine = cast.sum(1)
    skill = np.divide((cast * precision).sum(1), mine, out=np.full(votes.w, np.nan), where=mine > 0)
    info = {"precision": precision, "balance": found.balance, "group": group}
    return Consensus(Soft(found.posterior, votes.labels.names), skill, info=info)


class _Fit(NamedTuple):
    """Posterior (n, k), precision (w, k) and class balance (k,)."""

    posterior: Floats
    precision: Floats
    balance: Floats


def _fit(
    votes: Votes[Classes],
    gold: Ints | None,
    right: float,
    strength: float,
    rarity: float,
    within: bool,
    against: bool,
    iterations: int,
    tol: float,
) -> _Fit:
    """Alternate precision and classes, with the options of ``aggregate``."""
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    shares, covered = total(
        lambda block: (vote_shares(block)[block.has_votes].sum(0), float(block.has_votes.sum())),
        blocks,
    )
    balance = 0.9 * shares / max(covered, 1.0) + 0.1 / k if covered else np.full(k, 1 / k)
    base = balance**rarity / (balance**rarity).sum()
    weight = max(strength * covered, 1e-9)
    cells = votes.w * k
    mean = total(lambda block: _known(block, right), blocks)
    centre = mean[0] / mean[1]  # (k,) the mean precision of votes for a class
    least = np.full(votes.w * k, 0.001) if against else np.tile(_unanimous(base), votes.w)

    def precision(tally: Tally) -> Floats:
        cast, hit = (part.reshape(-1, k) for part in tally)
        if within:
            usual = (hit.sum() + 1) / (cast.sum() + 2)
            pooled = (hit.sum(0) + POOLED * usual) / (cast.sum(0) + POOLED)
            rate, pooled = (
                np.clip(one, 0.005, 0.995)
                for one in ((hit + weight * pooled) / (cast + weight), pooled)
            )
            found = expit(logit(rate) - logit(pooled) + logit(np.clip(centre, 0.005, 0.995)))
        else:
            found = (hit + weight * centre) / (cast + weight)
        return np.asarray(np.clip(found.ravel(), least, 0.999))

    now = precision(total(lambda block: _by_shares(block, cells), blocks))
    for _ in range(iterations - 1):
        before = now
        checked = partial(_by_others, precision=before, base=base)
        now = precision(total(checked, blocks))
        if np.abs(now - before).max(initial=0) < tol:
            break
    posterior = rows(lambda block: _posterior(block, now, base, balance), blocks)
    return _Fit(posterior, now.reshape(-1, k), balance)


def _unanimous(base: Floats) -> Floats:
    """(k,) the precision from which on a class that every vote on an item names is the likeliest.

    >>> _unanimous(np.array([0.5, 0.3, 0.2])).round(3).tolist()
    [0.377, 0.419, 0.387]
    """
    order = np.sort(base)[::-1]
    rival = np.where(base == order[0], order[min(1, len(base) - 1)], order[0])
    share = rival / np.maximum(1 - base, 1e-9)
    return np.asarray(np.clip(share / (1 + share) + 0.002, 0.001, 0.999))


def _known(block: Block, right: float) -> Tally:
    """(k,) right votes for each class on gold, with ``right`` of ten votes added once; and the
    number of votes.
    """
    k = block.k
    first = KNOWN if block.start == 0 else 0.0
    hit, cast = np.full(k, first * right), np.full(k, first)
    if block.gold is not None:
        known = block.gold[block.row] >= 0
        label = block.label[known]
        hit += np.bincount(label, block.gold[block.row][known] == label, k)
        cast += np.bincount(label, minlength=k)
    return hit, cast


def _posterior(block: Block, precision: Floats, base: Floats, balance: Floats) -> Floats:
    """(items, k) the chance of each class; the balance where there is no vote."""
    score = _score(block, precision, base)[0]
    score[~block.has_votes] = np.log(balance)
    return normalise(score, block.gold)[0]


def _score(block: Block, precision: Floats, base: Floats) -> tuple[Floats, Floats, Floats]:
    """(items, k) log chance of each class; (votes,) what each vote adds to the class it names, and
    what it adds to the others.
    """
    odds = np.tile(base, len(precision) // block.k)
    named = np.log(precision / odds)[block.votes.indices]
    other = np.log((1 - precision) / np.maximum(1 - odds, 1e-9))
    score: Floats = (
        vote_counts(block, named - other[block.votes.indices])
        + (block.votes @ other)[:, None]
        + np.log(base)
    )
    return score, named, other[block.votes.indices]


def _by_shares(block: Block, cells: int) -> Tally:
    """Votes checked by the share of the other votes on the item that name the same class."""
    cast = np.diff(block.votes.indptr)[block.row]
    alike = vote_counts(block)[block.row, block.label] - 1
    right = np.divide(alike, cast - 1, out=np.zeros(len(alike)), where=cast > 1)
    return _tally(block, right, cells)


def _by_others(block: Block, precision: Floats, base: Floats) -> Tally:
    """Votes checked by the chance of their class under all other votes."""
    score, named, other = _score(block, precision, base)
    rest = score[block.row] - other[:, None]
    rest[np.arange(len(rest)), block.label] += other - named
    return _tally(block, normalise(rest)[0][np.arange(len(rest)), block.label], len(precision))


def _tally(block: Block, right: Floats, cells: int) -> Tally:
    """Votes per (worker, class voted) that other votes or gold check, and the sum of their chances
    ``right`` (votes,) of being right.
    """
    row = block.row
    use = np.diff(block.votes.indptr)[row] > 1
    if block.gold is not None:
        known = block.gold[row] >= 0
        right, use = np.where(known, block.gold[row] == block.label, right), use | known
    cell = block.votes.indices[use]
    return group_sums(cell, np.ones(len(cell)), cells), group_sums(cell, right[use], cells)
