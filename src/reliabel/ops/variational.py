"""Variational Bayes for workers with confusion matrices.

Priors: row ``true`` of worker w's matrix is Dirichlet(prior[w, true]), the class balance is
Dirichlet(flat).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import psi

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb, divergence, expected_log
from reliabel.ops.votes import (
    Block,
    check_matrices_fit,
    initial_shares,
    normalise,
    tally,
    vote_shares,
    votes_matrix,
)

PAIRS = 2**20  # numbers that are worked on at a time
Tally = tuple[Floats, Floats]  # counts (worker, voted) x true; items per class


def expected_log_parameters(counts: Tally, prior: Floats, flat: Floats) -> Tally:
    """Expected logs of the matrices (worker * voted, true) and of the class balance (k,)."""
    count, size = counts
    k = len(size)
    log = expected_log(prior + count.reshape(-1, k, k).swapaxes(1, 2))  # worker, true, voted
    return np.ascontiguousarray(log.swapaxes(1, 2)).reshape(-1, k), expected_log(flat + size)


def expected_logs_of_votes(counts: Tally, prior: Floats, flat: Floats) -> Tally:
    """The same, for pairs of a worker and a class that were voted; 0 for others, which no vote
    asks for.  Where workers use few of many classes this saves most of the time and memory.
    """
    count, size = counts
    k = len(size)
    matrix = prior + count.reshape(-1, k, k).swapaxes(1, 2)  # worker, true, voted
    rows_sum = psi(matrix.sum(-1))
    log: Floats = np.zeros_like(count)
    for start in range(0, len(count), max(PAIRS // k, 1)):
        pair = start + np.flatnonzero(count[start : start + max(PAIRS // k, 1)].any(1))
        who, voted = pair // k, pair % k
        log[pair] = psi(matrix[who, :, voted]) - rows_sum[who]
    return log, expected_log(flat + size)


def one_round(
    blocks: list[Block], counts: Tally, prior: Floats, flat: Floats
) -> tuple[Floats, Floats, float]:
    """Expected counts after one iteration, and the log evidence of the items under the parameters
    that follow from ``counts``.
    """
    log_confusion, log_balance = expected_logs_of_votes(counts, prior, flat)
    return total(lambda block: _e_step(block, log_confusion, log_balance), blocks)


def divergence_from_prior(counts: Tally, prior: Floats, flat: Floats) -> float:
    """Divergence from the prior of the parameters that follow from ``counts``; the log evidence
    less this is the evidence lower bound.
    """
    count, size = counts
    k = len(size)
    voted = count.reshape(-1, k, k).swapaxes(1, 2)
    whole = np.broadcast_to(prior, (len(count) // k, k, k))
    return divergence(prior + voted, whole, voted != 0) + divergence(flat + size, flat)


def _e_step(
    block: Block, log_confusion: Floats, log_balance: Floats
) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(block.votes @ log_confusion + log_balance, block.gold)
    return *tally(block, posterior), evidence


def climb_bound(
    votes: Votes[Classes],
    blocks: list[Block],
    start: Tally,
    prior: Floats,
    *,
    iterations: int,
    tol: float,
) -> tuple[Tally, Floats]:
    """Counts at the maximum of the evidence lower bound that is reached from ``start``, and the
    bound after each iteration.
    """
    flat = np.ones(votes.labels.k)

    def step(counts: Tally) -> tuple[Tally, float]:
        count, size, evidence = one_round(blocks, counts, prior, flat)
        return (count, size), evidence - divergence_from_prior(counts, prior, flat)

    return climb(step, start, iterations=iterations, tol=tol * len(votes))


def posterior_summary(
    votes: Votes[Classes], blocks: list[Block], counts: Tally, prior: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Posterior (n, k), matrices (w, true, voted), class balance (k,) and expected share of right
    votes (w,) that follow from ``counts``.
    """
    flat = np.ones(votes.labels.k)
    log_confusion, log_balance = expected_logs_of_votes(counts, prior, flat)
    posterior = rows(
        lambda block: normalise(block.votes @ log_confusion + log_balance, block.gold)[0], blocks
    )
    confusion = prior + counts_per_worker(counts[0], votes.w)
    confusion /= confusion.sum(2, keepdims=True)
    balance = (counts[1] + flat) / (counts[1] + flat).sum()
    return posterior, confusion, balance, np.einsum("k,wkk->w", balance, confusion)


class Shrunk(NamedTuple):
    """Posterior (n, k), matrices (w, true, voted), class balance (k,), expected share of right
    votes (w,), the bound after each iteration, and how many votes the crowd's accuracy counts for.
    """

    posterior: Floats
    confusion: Floats
    balance: Floats
    skill: Floats
    trace: Floats
    faith: float


def shrunk_matrices_fit(
    votes: Votes[Classes],
    gold: Ints | None = None,
    *,
    strength: float = 4.0,
    gold_starts: bool = True,
    warm: int = 10,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Shrunk:
    """Matrices shrunk towards each worker's accuracy and the errors that are common in the crowd:
    the prior is learnt for ``warm`` iterations, then the evidence lower bound is maximised under
    it.  ``strength``: of the prior, in votes in each row of a matrix.

    gold_starts: whether EM starts from gold alone, which decides who is right where most are wrong,
        or from the votes as well, which is steadier where there is little gold of each worker.
    """
    check_matrices_fit(votes)
    k, blocks = votes.labels.k, votes_matrix(votes, gold)
    flat = np.ones(k)
    first = initial_shares if gold_starts else vote_shares
    counts = total(lambda block: tally(block, first(block)), blocks)
    faith, base = 4.0, np.full((votes.w, k, k), 1 / k)
    for turn in range(warm):
        base, faith = crowd_prior(counts_per_worker(counts[0], votes.w), faith, learn=turn > 0)
        counts = one_round(blocks, counts, strength * base, flat)[:2]
    prior = strength * base
    del base
    counts, trace = climb_bound(votes, blocks, counts, prior, iterations=iterations, tol=tol)
    return Shrunk(*posterior_summary(votes, blocks, counts, prior), trace, faith)


def counts_per_worker(count: Floats, w: int) -> Floats:
    """Counts (worker * voted, true) as (worker, true, voted)."""
    return count.reshape(w, -1, count.shape[1]).swapaxes(1, 2)


def crowd_prior(count: Floats, faith: float, *, learn: bool) -> tuple[Floats, float]:
    """(w, k, k) the prior matrix of each worker: on the diagonal the worker's accuracy, shrunk to
    the crowd's as if by ``faith`` votes, and off it the crowd's errors; and ``faith``.

    learn: estimate ``faith`` by one step of Minka's fixed-point iteration.
    """
    k = count.shape[1]
    right, cast = np.einsum("wkk->w", count), count.sum((1, 2))
    if learn:
        faith = prior_strength(right, cast, (right.sum() + 7) / (cast.sum() + 10), faith)
    accuracy, off = shrunk_accuracy(right, cast, count.sum(0), faith)
    base = accuracy[:, None, None] * np.eye(k)
    base += (1 - accuracy)[:, None, None] * off
    return base, faith


def shrunk_accuracy(
    right: Floats, cast: Floats, pooled: Floats, faith: float
) -> tuple[Floats, Floats]:
    """(w,) the share of right votes of each worker, shrunk to the crowd's as if by ``faith`` votes;
    and (true, voted) the crowd's errors, rows sum to one.

    right, cast: (w,) right votes and all votes.  pooled: (true, voted) the votes of all workers.
    """
    k = len(pooled)
    common = (right.sum() + 7) / (cast.sum() + 10)
    accuracy = np.clip((right + faith * common) / (cast + faith), 0.001, 0.999)
    off = (pooled + 1 / k) * (1 - np.eye(k))
    off /= np.maximum(off.sum(1, keepdims=True), 1e-300)
    return accuracy, off


def prior_strength(right: Floats, cast: Floats, common: float, faith: float) -> float:
    """One step of Minka's fixed-point iteration for the strength of a Beta prior with the mean
    ``common``, from the strength ``faith``.
    """
    a, b = faith * common, faith * (1 - common)
    up = (
        common * (psi(right + a) - psi(a)).sum()
        + (1 - common) * (psi(cast - right + b) - psi(b)).sum()
    )
    down = (psi(cast + faith) - psi(faith)).sum()
    return float(np.clip(faith * up / down, 0.5, 300)) if down > 0 else faith
