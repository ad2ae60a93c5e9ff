"""MeTaL, the label model of Snorkel: the chance of each answer given the class, from how often two
functions answer together.

Assumes functions that answer independently of one another given the class.  Weak with few items and
where functions fire on few of them, and where the balance is far from uniform and not known.
Unlike the authors' stochastic gradient steps, L-BFGS on the same loss from three starts needs no
learning rate and gives the same answer each time.
Cost: O(pairs of votes on an item) once, O((w k)^2 k) per step, memory O((w k)^2 + n k).
Paper: Ratner, Hancock, Dunnmon, Sala, Pandey, Re. Training complex models with multi-task weak
supervision. AAAI 2019.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import ascend, highest
from reliabel.ops.votes import Block, normalise, vote_shares, votes_matrix

STATUS = "optional"
ALSO = ("snorkel",)
MOST = 3000  # functions times classes: tables of 72 MB
STARTS = (0.3, 0.5, 1.0)  # how far each start is from saying nothing
BALANCES = ("uniform", "mean", "learnt", "gold")


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    balance: str = "uniform",
    decay: float = 0.01,
    right: float = 0.7,
    iterations: int = 200,
    tol: float = 1e-7,
) -> Consensus[Soft]:
    """Fit the chances of answers to the shares of items with each answer and with each two.

    balance: the class balance is "uniform", the "mean" share of votes, "learnt" with the chances,
        or that of the "gold" items.
    decay: how strongly chances are held to their start, as a share of the loss there.
    right: the accuracy that they start from.
    ``info`` holds "chances" (w, k, k), of each answer (second axis) given the class (third), and
    "balance" (k,).  ``trace`` is minus the loss.

    >>> rng = np.random.default_rng(0)
    >>> truth, worker = rng.integers(2, size=400), np.tile(np.arange(5), 400)
    >>> item, often = np.repeat(np.arange(400), 5), np.tile([0.1, 0.2, 0.2, 0.3, 0.3], 400)
    >>> slip = rng.random(2000) < often
    >>> v = Votes(item, worker, Classes(truth[item] ^ slip), n=400, w=5)
    >>> float((aggregate(v).labels.p.argmax(1) == truth).mean()) > 0.9
    True
    """
    k, w, blocks = votes.labels.k, votes.w, votes_matrix(votes, gold)
    if balance not in BALANCES:
        raise ValueError(f"balance must be one of {', '.join(BALANCES)}, got {balance!r}")
    if w * k > MOST:
        raise ValueError(
            f"metal compares all pairs of answers, and {w:,} functions with {k:,} classes are more "
            f"than {MOST:,} answers; precision_model takes any number"
        )
    both, share, covered, known = total(_counts, blocks)
    both = both / max(votes.n, 1)
    one = np.diag(both).copy()  # share of items with each answer
    start = share / covered if balance in ("mean", "learnt") and covered else np.full(k, 1 / k)
    if balance == "gold":
        start = (known + 1) / (known.sum() + k)
    start = np.maximum(start, 1e-3) / np.maximum(start, 1e-3).sum()
    apart = ~np.kron(np.eye(w, dtype=bool), np.ones((k, k), dtype=bool))
    own = np.tile(np.eye(k), (w, 1))  # (w k, k) 1 where the answer is the class
    first = np.clip(own * right * one[:, None] / start, 0, 1)

    def loss(x: Floats) -> tuple[float, Floats]:
        chances = x[: w * k * k].reshape(w * k, k)
        p = np.exp(x[w * k * k :] - x[w * k * k :].max())
        p /= p.sum()
        off = np.where(apart, both - (chances * p) @ chances.T, 0.0)
        gap, held = chances @ p - one, chances - first
        value = (off**2).sum() + (gap**2).sum() + decay * (held**2).sum()
        seen = off @ chances
        slope = -4 * seen * p + 2 * np.outer(gap, p) + 2 * decay * held
        of_p = -2 * (chances * seen).sum(0) + 2 * chances.T @ gap
        of_p = p * (of_p - of_p @ p) if balance == "learnt" else np.zeros(k)
        return -value, -np.concatenate([slope.ravel(), of_p])

    x, trace = highest(
        ascend(
            loss,
            np.concatenate([(scale * first).ravel(), np.log(start)]),
            iterations=iterations,
            tol=tol,
        )
        for scale in STARTS
    )
    p = np.exp(x[w * k * k :] - x[w * k * k :].max())
    p /= p.sum()
    least = min(0.01, 10.0 ** -np.ceil(np.log10(max(votes.n, 2))))
    chances = np.clip(x[: w * k * k].reshape(w * k, k), least, 1 - least)
    chances = chances[:, _named(chances, p)]
    posterior = rows(lambda block: _posterior(block, np.log(chances), np.log(p)), blocks)
    named = chances.reshape(w, k, k)
    hit = (np.einsum("jaa->ja", named) * p).sum(1)
    skill = hit / np.maximum((named.sum(1) * p).sum(1), 1e-12)
    return Consensus(
        Soft(posterior, votes.labels.names), skill, trace, {"chances": named, "balance": p}
    )


def _counts(block: Block) -> tuple[Floats, Floats, float, Floats]:
    """Items with each two answers, the sum of vote shares, items with votes, gold of each class."""
    there = block.has_votes
    known = np.zeros(block.k)
    if block.gold is not None:
        known = np.bincount(block.gold[block.gold >= 0], minlength=block.k).astype(float)
    return (
        (block.votes.T @ block.votes).toarray(),
        vote_shares(block)[there].sum(0),
        float(there.sum()),
        known,
    )


def _named(chances: Floats, balance: Floats) -> Ints:
    """(k,) the order of the classes in which answers go with their own class most; only classes of
    equal balance can change places, which the loss cannot tell apart.
    """
    k = len(balance)
    agree = chances.reshape(-1, k, k).sum(0)
    alike = np.round(balance[:, None], 3) == np.round(balance, 3)
    return np.asarray(linear_sum_assignment(-np.where(alike, agree, -1e6))[1])


def _posterior(block: Block, log: Floats, log_balance: Floats) -> Floats:
    return normalise(block.votes @ log + log_balance, block.gold)[0]
