"""MACE: a worker either knows the answer and gives it, or guesses from a distribution of their own.

Assumes that guesses do not depend on the item.  Weak where errors depend on the true class.  The
class balance is learnt, which is not in the paper: with a uniform one (balance="uniform") the
guesses have to explain a common class, and votes for it then carry no information.
Cost: O(v + n k) per iteration, memory O(n k + w k).
Paper: Hovy, Berg-Kirkpatrick, Vaswani, Hovy. Learning whom to trust with MACE. NAACL 2013.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb, highest
from reliabel.ops.spectral import accuracies, worker_pairs
from reliabel.ops.votes import (
    Block,
    class_sizes,
    group_sums,
    log_shares,
    normalise,
    vote_counts,
    votes_matrix,
    votes_per_worker,
)

# chance that a worker knows (w,); the worker's guesses (w, k); log of the class balance (k,)
Rates = tuple[Floats, Floats, Floats]


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    iterations: int = 200,
    tol: float = 1e-6,
    knows: float = 0.5,
    habit: float = 0.1,
    balance: str = "learnt",
    start: str = "even",
) -> Consensus[Soft]:
    """Alternate which votes were guesses and how often each worker guesses, and what.

    knows: pseudo-counts of knowing and of not knowing.
    habit: pseudo-count of each class among the guesses of each worker.
    balance: the class balance is "learnt", or "uniform" as in the paper.
    start: "even" chances; "spectral", accuracies from the agreement of pairs of workers; or "best",
        both, of which the one with the higher objective is kept.
    ``info`` holds "confusion" (w, true, voted), "knows" (w,), "habit" (w, k) and "balance" (k,).

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1]
    """
    if balance not in ("learnt", "uniform"):
        raise ValueError(f"balance must be 'learnt' or 'uniform', got {balance!r}")
    k, blocks, w = votes.labels.k, votes_matrix(votes, gold), votes.w
    cast = votes_per_worker(blocks)

    def step(rates: Rates) -> tuple[Rates, float]:
        guessed, size, evidence = total(lambda block: _e_step(block, rates), blocks)
        prior = knows * np.log(rates[0] * (1 - rates[0])).sum() + habit * np.log(rates[1]).sum()
        chance = (cast - guessed.sum(1) + knows) / (cast + 2 * knows)
        share = rates[2] if balance == "uniform" else log_shares(size)
        guesses = (guessed + habit) / (guessed.sum(1, keepdims=True) + k * habit)
        return (chance, guesses, share), evidence + float(prior)

    flat = np.full(k, -np.log(k))
    starts: dict[str, Callable[[], Rates]] = {
        "even": lambda: (np.full(w, 0.5), np.full((w, k), 1 / k), flat),
        "spectral": lambda: (*_spectral(blocks, cast), flat),
    }
    if start not in (*starts, "best"):
        raise ValueError(f"start must be 'even', 'spectral' or 'best', got {start!r}")
    chosen = starts if start == "best" else {start: starts[start]}
    rates, trace = highest(
        climb(step, begin(), iterations=iterations, tol=tol * len(votes))
        for begin in chosen.values()
    )
    posterior = rows(lambda block: normalise(_score(block, rates)[0], block.gold)[0], blocks)
    chance, guesses, log_balance = rates
    confusion = (
        chance[:, None, None] * np.eye(k) + (1 - chance)[:, None, None] * guesses[:, None, :]
    )
    skill = chance + (1 - chance) * (guesses @ posterior.mean(0))
    info = {
        "confusion": confusion,
        "knows": chance,
        "habit": guesses,
        "balance": np.exp(log_balance),
    }
    return Consensus(Soft(posterior, votes.labels.names), skill, trace, info)


def _spectral(blocks: list[Block], cast: Ints) -> tuple[Floats, Floats]:
    """Chance of knowing from the agreement between workers, guesses from each worker's votes."""
    k = blocks[0].k
    right = accuracies(worker_pairs(blocks), k)
    given = total(
        lambda block: np.bincount(block.votes.indices, minlength=block.votes.shape[1]), blocks
    ).reshape(-1, k)
    return np.clip((k * right - 1) / max(k - 1, 1), 0.05, 0.95), (given + 1.0) / (cast[:, None] + k)


def _score(block: Block, rates: Rates) -> tuple[Floats, Floats]:
    """Log chance of an item's votes together with each class; and (votes,) the chance that the
    worker knew the answer, if the vote is right.
    """
    chance, guess = rates[0][:, None], (1 - rates[0])[:, None] * rates[1]  # (w, 1), (w, k)
    key = block.votes.indices
    rest = block.votes @ np.log(guess).ravel()
    score: Floats = (
        vote_counts(block, np.log1p(chance / guess).ravel()[key]) + rest[:, None] + rates[2]
    )
    return score, (chance / (chance + guess)).ravel()[key]


def _e_step(block: Block, rates: Rates) -> tuple[Floats, Floats, float]:
    """How often each worker guessed each class (w, k), items with votes per class, and the log
    evidence.
    """
    score, knew_if_right = _score(block, rates)
    posterior, evidence = normalise(score, block.gold)
    right = posterior.ravel()[block.cell]
    guessed = group_sums(block.votes.indices, 1 - right * knew_if_right, rates[1].size).reshape(
        rates[1].shape
    )
    return guessed, class_sizes(block, posterior), evidence
