"""The precision of sources that abstain: the chance that the class a vote names is the true one,
judged by the other votes on the same items.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import (
    Block,
    group_sums,
    normalise,
    vote_counts,
    vote_shares,
    votes_matrix,
)

POOLED = 20.0  # votes of all classes beside those of one in its rate of agreement: a judgement
KNOWN = 10.0  # votes on gold that outweigh half of ``right`` for a class: a judgement
# per (worker, class voted): votes that can be checked by others, and how many of them are right
Tally = tuple[Floats, Floats]


class Precisions(NamedTuple):
    """Posterior (n, k), precision (w, k) and class balance (k,)."""

    posterior: Floats
    precision: Floats
    balance: Floats


def precisions(
    votes: Votes[Classes],
    gold: Ints | None = None,
    *,
    right: float = 0.7,
    strength: float = 0.3,
    rarity: float = 0.25,
    within: bool = True,
    against: bool = False,
    iterations: int = 20,
    tol: float = 1e-4,
) -> Precisions:
    """Alternate precision and classes.

    right, strength: the prior's precision, and its weight as a share of the items with votes.
    rarity: a vote's precision is measured against the frequency of its class to this power.
    within: compare a source's votes with the other votes for the same class only.
    against: let votes count against the class they name where their precision is low.
    """
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
    return Precisions(posterior, now.reshape(-1, k), balance)


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
