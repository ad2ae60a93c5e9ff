"""Shrunk confusion matrices of workers, posteriors that leave one vote out, and how much of the
disagreement on an item the workers' matrices explain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy.special import expit, logit

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import (
    Block,
    check_matrices_fit,
    normalise,
    tally,
    vote_counts,
    vote_shares,
    votes_matrix,
)


def confusion_matrices(
    votes: Votes[Classes], posterior: Floats, *, strength: float = 4.0
) -> tuple[Floats, Floats]:
    """The workers' matrices (w, true, voted) and the class balance (k,), given a posterior (n, k).

    strength: each row is shrunk as if by this many votes, towards the worker's own accuracy and the
        crowd's confusions.
    Raises ValueError where the matrices would need more than a gigabyte.
    """
    check_matrices_fit(votes)
    k = votes.labels.k
    count, balance = total(
        lambda block: tally(block, posterior[block.start : block.start + len(block)]),
        votes_matrix(votes),
    )
    return shrunk_matrices(count.reshape(-1, k, k).swapaxes(1, 2), strength), (balance + 1) / (
        balance.sum() + k
    )


def shrunk_matrices(count: Floats, strength: float) -> Floats:
    """Matrices from counts (w, true, voted): rows are shrunk towards the worker's accuracy on the
    diagonal and the crowd's confusions off it.
    """
    k = count.shape[1]
    if k == 1:
        return np.ones_like(count)
    pooled = count.sum(0)
    off = np.where(np.eye(k, dtype=bool), 0, pooled + 1 / k)
    off /= off.sum(1, keepdims=True)
    hit, n = np.einsum("jaa->j", count), count.sum((1, 2))
    crowd = (hit.sum() + 7) / (n.sum() + 10)
    right = np.clip((hit + strength * crowd) / (n + strength), 0.001, 0.999)
    base = right[:, None, None] * np.eye(k) + (1 - right)[:, None, None] * off
    matrix: Floats = count + strength * base
    matrix /= matrix.sum(2, keepdims=True)
    return matrix


def fit_confusion(
    votes: Votes[Classes], gold: Ints | None = None, *, rounds: int = 20
) -> tuple[Floats, Floats, Floats]:
    """Posterior (n, k), matrices (w, true, voted) and class balance (k,) after ``rounds``
    iterations of expectation-maximisation with shrunk matrices.
    """
    blocks = votes_matrix(votes, gold)
    posterior = rows(vote_shares, blocks)
    for _ in range(rounds):
        before = posterior
        confusion, balance = confusion_matrices(votes, posterior)
        table = log_vote_table(confusion)
        posterior = rows(partial(_posterior, table=table, balance=balance), blocks)
        if np.abs(posterior - before).max(initial=0) < 1e-4:
            break
    return posterior, *confusion_matrices(votes, posterior)


def votes_posterior(votes: Votes[Classes], confusion: Floats, balance: Floats) -> Floats:
    """Posterior (n, k) of every item by its votes alone, whatever is known of its true class."""
    table = log_vote_table(confusion)
    return rows(partial(_posterior, table=table, balance=balance), votes_matrix(votes))


def _posterior(block: Block, table: Floats, balance: Floats) -> Floats:
    return normalise(block.votes @ table + np.log(balance), block.gold)[0]


def log_vote_table(confusion: Floats) -> Floats:
    """Log chance of each vote, one row per (worker, class voted) and one column per true class:
    what a block of votes is multiplied by.
    """
    w, k = confusion.shape[:2]
    return np.log(confusion.swapaxes(1, 2).reshape(w * k, k))


def leave_one_vote_out(
    votes: Votes[Classes], confusion: Floats, balance: Floats, gold: Ints | None = None
) -> Iterator[tuple[Block, Floats]]:
    """Block by block, the posterior (votes, k) of each vote's item under all *other* votes, or
    gold; the class balance where an item has no other vote.

    Votes come in the order of their items, and in their own order within an item:
    ``np.argsort(votes.item, kind="stable")``.
    """
    table = log_vote_table(confusion)
    for block in votes_matrix(votes, gold):
        yield block, _without_own(block, table, balance)


def _without_own(block: Block, table: Floats, balance: Floats) -> Floats:
    score = block.votes @ table + np.log(balance)
    row = block.row
    return normalise(
        score[row] - table[block.votes.indices], None if block.gold is None else block.gold[row]
    )[0]


def excess_disagreement(votes: Votes[Classes], posterior: Floats, confusion: Floats) -> Floats:
    """(n,) the share of unequal pairs of votes, less the share expected from the workers' matrices;
    NaN below two votes.
    """
    return rows(
        lambda block: _excess(block, posterior[block.start : block.start + len(block)], confusion),
        votes_matrix(votes),
    )


def _excess(block: Block, posterior: Floats, confusion: Floats) -> Floats:
    k, m = block.k, np.diff(block.votes.indptr).astype(float)
    seen = block.by_worker
    unequal = m * m - np.square(vote_counts(block)).sum(1)
    expected = np.zeros(len(block))
    for a in range(k):  # ordered pairs of votes that differ when the true class is a
        summed = seen @ confusion[:, a]  # (items, k)
        alike = seen @ np.square(confusion[:, a]).sum(1)
        expected += posterior[:, a] * (m * m - m - (np.square(summed).sum(1) - alike))
    pairs = m * (m - 1)
    excess: Floats = np.divide(
        unequal - expected, pairs, out=np.full(len(block), np.nan), where=pairs > 0
    )
    return excess


def ambiguity(
    votes: Votes[Classes], posterior: Floats, *, rounds: int = 5
) -> tuple[Floats, tuple[float, float, float]]:
    """(n,) the chance that an item lies between two classes rather than in one (NaN below two
    votes), and the share of such items with its 95 % interval.

    In the alternative model each vote on an ambiguous item is meant for one of two classes with
    equal chance; the pairs among the item's three likeliest classes are tried.  The share is
    estimated by maximum likelihood (its interval from the likelihood ratio), and ambiguous items
    are left out of the workers' matrices, which they would bias.
    """
    chance: Floats = np.zeros(votes.n)
    share = (np.nan, np.nan, np.nan)
    if votes.labels.k == 1 or (np.bincount(votes.item, minlength=votes.n) < 2).all():
        return np.full(votes.n, np.nan), share
    for _ in range(rounds):
        confusion, balance = confusion_matrices(
            votes, posterior * (1 - np.nan_to_num(chance))[:, None]
        )
        table = log_vote_table(confusion)
        ratio = rows(partial(_rival, table=table, balance=balance), votes_matrix(votes))
        known = ratio[np.isfinite(ratio)]
        share = _mixed(known)
        chance = expit(ratio + logit(np.clip(share[0], 1 / (len(known) + 2), 0.9)))
    return chance, share


def _mixed(ratio: Floats) -> tuple[float, float, float]:
    """The share of the second component of a mixture with these log likelihood ratios, and the two
    shares at which the log likelihood is 1.92 lower.
    """
    gain = np.expm1(np.clip(ratio, -50, 50))

    def fit(share: float) -> float:
        return float(np.log1p(share * gain).sum())

    # the derivative of the log likelihood falls in the share
    best = _crossing(lambda share: float((gain / (1 + share * gain)).sum()), 0.0, 1.0)
    floor = fit(best) - 1.92
    low = _crossing(lambda share: floor - fit(share), 0.0, best)
    return best, low, _crossing(lambda share: fit(share) - floor, best, 1.0)


def _crossing(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is zero; an end of the range where it is zero nowhere in it."""
    if falling(low) <= 0:
        return low
    high -= 1e-9
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return high


def _rival(block: Block, table: Floats, balance: Floats) -> Floats:
    """(items,) log likelihood ratio of the ambiguous model to that of one class; NaN below two
    votes.
    """
    k = block.k
    score = block.votes @ table + np.log(balance)
    top = np.argsort(-score, axis=1)[:, : min(3, k)]
    row, vote = block.row, block.votes.indices
    # sum over pairs of classes of the product of their shares, which normalises the pairs' prior
    pair_size = (1 - np.square(balance).sum()) / 2
    rivals = []
    for first in range(top.shape[1]):
        for second in range(first):
            a, b = top[:, first], top[:, second]
            either = np.logaddexp(table[vote, a[row]], table[vote, b[row]]) - np.log(2)
            rivals.append(
                np.bincount(row, either, len(block))
                + np.log(balance[a])
                + np.log(balance[b])
                - np.log(pair_size)
            )
    ratio: Floats = np.logaddexp.reduce(np.array(rivals), axis=0) - np.logaddexp.reduce(
        score, axis=1
    )
    ratio[np.diff(block.votes.indptr) < 2] = np.nan
    return ratio
