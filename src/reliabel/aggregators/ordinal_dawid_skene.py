"""Ordinal Dawid-Skene: for ordered classes; three parameters make each worker's confusion matrix: a
bias up or down, a scatter and a share of guesses.

Assumes errors to near classes are likelier than to far ones, and guesses are uniform.  Weak where
the classes have no order (use dawid_skene then).
Cost: O(v k) and O(w k^2) per iteration, memory O(n k + w k^2).
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28; Lakshminarayanan, Teh. Inferring ground
truth from multi-annotator ordinal data (2013).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.agreement import class_order
from reliabel.ops.chunks import rows, total
from reliabel.ops.em import climb
from reliabel.ops.votes import (
    Block,
    check_matrices_fit,
    normalise,
    tally,
    vote_shares,
    votes_matrix,
)

BIASES = np.linspace(-1, 1, 9)
SCATTERS = np.geomspace(0.3, 2, 10)
GUESSES = np.array([0.0, 0.05, 0.15, 0.3, 0.5])
Tally = tuple[Floats, Floats]


def aggregate(
    votes: Votes[Classes],
    *,
    order: tuple[str, ...] | None = None,
    iterations: int = 100,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Alternate item posteriors and each worker's parameters, chosen on a grid.

    order: names of the classes from low to high; None takes them as they stand (sorted: numbers by
        size, text by alphabet).
    ``info`` holds "confusion" (w, true, voted), "bias" and "scatter" (in steps of the scale) and
    "guess" of the workers, and the "median" class of each item.  ``trace`` is the log posterior.

    >>> item, worker = np.repeat(np.arange(4), 3), np.tile([0, 1, 2], 4)
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 2, 2, 2, 3, 0, 0, 1])), n=4, w=3)
    >>> result = aggregate(v)
    >>> result.labels.p.argmax(1).tolist(), int(result.info["bias"].argmax())
    ([0, 1, 2, 0], 2)
    """
    check_matrices_fit(votes)
    k, blocks = votes.labels.k, votes_matrix(votes)
    place = class_order(votes.labels, order)[0]
    table, prior = _grid(place)

    def step(tally: Tally) -> tuple[Tally, float]:
        chosen, log_balance = _choose(tally[0], table, prior, votes.w), _balance(tally[1])
        # (worker, voted), true
        confusion = np.ascontiguousarray(table[chosen].swapaxes(1, 2)).reshape(-1, k)
        count, balance, evidence = total(
            lambda block: _e_step(block, confusion, log_balance), blocks
        )
        return (count, balance), evidence + float(prior[chosen].sum() + 0.01 * log_balance.sum())

    start = total(lambda block: tally(block, vote_shares(block)), blocks)
    last, trace = climb(step, start, iterations=iterations, tol=tol * max(len(votes), 1))
    chosen, log_balance = _choose(last[0], table, prior, votes.w), _balance(last[1])
    log = np.ascontiguousarray(table[chosen].swapaxes(1, 2)).reshape(-1, k)
    posterior = rows(lambda block: normalise(block.votes @ log + log_balance)[0], blocks)
    confusion = np.exp(table[chosen])
    rank = np.argsort(place)
    median = rank[(np.cumsum(posterior[:, rank], axis=1) >= 0.5 - 1e-12).argmax(1)]
    bias, scatter, guess = (
        axis.reshape(-1)[chosen] for axis in np.meshgrid(BIASES, SCATTERS, GUESSES, indexing="ij")
    )
    info = {
        "confusion": confusion,
        "bias": bias,
        "scatter": scatter,
        "guess": guess,
        "median": median,
    }
    return Consensus(
        Soft(posterior, votes.labels.names),
        np.einsum("k,wkk->w", np.exp(log_balance), confusion),
        trace,
        info,
    )


def _grid(place: Ints) -> Tally:
    """Log matrices (true, voted) of all settings of the parameters, and their log prior: N(bias; 0,
    .5), LogNormal(scatter; .8, .5), and few guesses.
    """
    bias, scatter, guess = (
        axis.reshape(-1, 1, 1) for axis in np.meshgrid(BIASES, SCATTERS, GUESSES, indexing="ij")
    )
    near = np.exp(-np.square(place[None, None, :] - place[None, :, None] - bias) / (2 * scatter**2))
    chance = (1 - guess) * near / near.sum(2, keepdims=True) + guess / len(place)
    prior = (
        -np.square(bias / 0.5) / 2
        - np.square(np.log(scatter / 0.8) / 0.5) / 2
        - np.log(scatter)
        + 8 * np.log(1 - guess)
    )
    return np.log(np.maximum(chance, 1e-300)), prior.reshape(-1)


def _choose(count: Floats, table: Floats, prior: Floats, w: int) -> Ints:
    """(w,) the best setting of each worker, as a place in the grid."""
    k = table.shape[1]
    seen = count.reshape(w, k, k).swapaxes(1, 2).reshape(w, -1)  # worker, true, voted
    return np.asarray((seen @ table.reshape(len(table), -1).T + prior).argmax(1))


def _balance(balance: Floats) -> Floats:
    return np.asarray(np.log((balance + 0.01) / (balance.sum() + 0.01 * len(balance))))


def _e_step(block: Block, confusion: Floats, log_balance: Floats) -> tuple[Floats, Floats, float]:
    posterior, evidence = normalise(block.votes @ confusion + log_balance)
    return *tally(block, posterior), evidence
