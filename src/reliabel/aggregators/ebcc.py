"""Enhanced BCC: each class is a mixture of hidden kinds of items, so that workers may make the same
errors on items of one kind.

Assumes workers err independently given class and kind.  Best where some groups of items are hard
for everyone; weak on few items: restarts differ, and ``info["bound_of_starts"]`` shows by how much.
Cost: O(v k m) per iteration and start for m kinds, memory O(n k + w k^2 m).
Paper: Li, Rubinstein, Cohn. Exploiting worker correlation for label aggregation in crowdsourcing.
ICML 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb, divergence, expected_log
from reliabel.ops.votes import Block, check_matrices_fit, normalise, vote_shares, votes_matrix

ALSO = ("enhanced_bcc",)
SMALL = {"starts": 1, "kinds": 3, "iterations": 50}
Tally = tuple[Floats, Floats]  # counts (worker, voted) x (true, kind); items of each (true, kind)


def aggregate(
    votes: Votes[Classes],
    *,
    rng: Generator,
    gold: Ints | None = None,
    kinds: int = 10,
    starts: int = 5,
    iterations: int = 500,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Maximise the evidence lower bound from several random starts and keep the best one.

    Each start divides the shares of votes at random among the kinds.
    kinds: hidden kinds of items in each class.
    starts: number of random starts.
    ``info`` holds "confusion" (w, true, voted), "balance" (k,) and "bound_of_starts".

    >>> item, worker = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    >>> y = np.where(worker == 2, 0, item % 2)  # the third worker always votes 0
    >>> v = Votes(item, worker, Classes(y), n=6, w=3)
    >>> aggregate(v, rng=np.random.default_rng(0)).labels.p.argmax(1).tolist()
    [0, 1, 0, 1, 0, 1]
    """
    check_matrices_fit(votes, kinds)
    k, blocks = votes.labels.k, votes_matrix(votes, gold, wide=kinds)
    # (true, kind) x voted
    prior = np.repeat(np.where(np.eye(k, dtype=bool), 4.0, 1.0), kinds, axis=0)
    crowd = np.maximum(
        total(lambda block: vote_shares(block)[block.has_votes].sum(0), blocks), 1e-3
    )

    def step(counts: Tally) -> tuple[Tally, float]:
        log_confusion, log_size = _expected_logs(counts, prior, crowd)
        count, size, evidence = total(lambda block: _e_step(block, log_confusion, log_size), blocks)
        return (count, size), evidence - _bound(counts, prior, crowd)

    def run(seed: int) -> tuple[Tally, Floats]:
        start = total(lambda block: _divided(block, kinds, seed), blocks)
        return climb(step, start, iterations=iterations, tol=tol * len(votes))

    first, *others = rng.integers(2**31, size=starts).tolist()
    counts, trace = run(first)
    heights = [float(trace[-1])]
    for seed in others:
        found = run(seed)
        heights.append(float(found[1][-1]))
        counts, trace = max((counts, trace), found, key=lambda one: float(one[1][-1]))
    log_confusion, log_size = _expected_logs(counts, prior, crowd)

    def over_kinds(block: Block) -> Floats:
        responsible = _responsible(block, log_confusion, log_size)[0]
        return np.asarray(responsible.reshape(len(block), k, kinds).sum(2))

    posterior = rows(over_kinds, blocks)
    part = (counts[1] + 0.1 / kinds).reshape(k, kinds)
    joined = np.einsum("ag,wagb->wab", part, _matrices(counts, prior).reshape(votes.w, k, kinds, k))
    confusion = joined / joined.sum(2, keepdims=True)
    balance = (crowd + counts[1].reshape(k, kinds).sum(1)) / (crowd.sum() + counts[1].sum())
    skill = np.einsum("k,wkk->w", balance, confusion)
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"confusion": confusion, "balance": balance, "bound_of_starts": tuple(heights)},
    )


def _divided(block: Block, kinds: int, seed: int) -> Tally:
    parts = np.random.default_rng([seed, block.start]).dirichlet(
        np.ones(kinds), size=(len(block), block.k)
    )
    return _tally(block, (vote_shares(block)[:, :, None] * parts).reshape(len(block), -1))


def _tally(block: Block, responsible: Floats) -> Tally:
    return block.votes.T @ responsible, responsible[block.has_votes].sum(0)


def _responsible(block: Block, log_confusion: Floats, log_size: Floats) -> tuple[Floats, float]:
    score = block.votes @ log_confusion + log_size
    if block.gold is not None:
        known = np.flatnonzero(block.gold >= 0)
        true = np.repeat(np.arange(block.k), score.shape[1] // block.k)
        score[known] = np.where(true == block.gold[known, None], score[known], -np.inf)
    return normalise(score)


def _e_step(block: Block, log_confusion: Floats, log_size: Floats) -> tuple[Floats, Floats, float]:
    responsible, evidence = _responsible(block, log_confusion, log_size)
    return *_tally(block, responsible), evidence


def _matrices(counts: Tally, prior: Floats) -> Floats:
    """Dirichlet parameters (worker, (true, kind), voted)."""
    return prior + counts[0].reshape(-1, prior.shape[1], len(prior)).swapaxes(1, 2)


def _expected_logs(counts: Tally, prior: Floats, crowd: Floats) -> Tally:
    """Expected logs of the matrices (worker * voted, (true, kind)) and of the share of each (true,
    kind).
    """
    log = expected_log(_matrices(counts, prior))
    size = counts[1].reshape(len(crowd), -1)
    log_size = expected_log(size + 0.1 / size.shape[1]) + expected_log(crowd + size.sum(1))[:, None]
    return np.ascontiguousarray(log.swapaxes(1, 2)).reshape(-1, len(prior)), log_size.ravel()


def _bound(counts: Tally, prior: Floats, crowd: Floats) -> float:
    """The divergence of the posterior from the prior, which the bound subtracts."""
    matrix, size = _matrices(counts, prior), counts[1].reshape(len(crowd), -1)
    few = np.full_like(size, 0.1 / size.shape[1])
    return (
        divergence(matrix, np.broadcast_to(prior, matrix.shape))
        + divergence(size + few, few)
        + divergence(crowd + size.sum(1), crowd)
    )
