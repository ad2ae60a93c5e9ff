"""GLAD: the log odds of a right vote are the worker's ability times the item's ease.

Assumes wrong votes are spread evenly over the classes, and classes are equally frequent.  Weak
where errors depend on the class.  Adversaries get a negative ability.
Cost: O(v) per step of L-BFGS on the marginal likelihood, memory O(n k + n + w).
Paper: Whitehill, Wu, Bergsma, Movellan, Ruvolo. Whose vote should count more. NIPS 2009.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import fold, rows, total
from reliabel.ops.em import ascend, highest
from reliabel.ops.spectral import accuracies, worker_pairs
from reliabel.ops.votes import (
    Block,
    group_sums,
    posterior_given_logits,
    votes_matrix,
    votes_per_worker,
)

SMALL = {"iterations": 20}
Slope = tuple[float, Floats, Floats]  # log evidence; its gradient by worker and by item


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    iterations: int = 100,
    tol: float = 1e-6,
    start: str = "even",
) -> Consensus[Soft]:
    """Maximise the posterior of the abilities and of the items' log ease.

    Priors are normal with variance one, around 1 for an ability and around 0 for a log ease.
    start: "even" abilities; "spectral", abilities from the agreement of pairs of workers; or
        "best", both, of which the one with the higher objective is kept.
    ``info`` holds "ability" (w,) and "difficulty" (n,), which is minus the log ease.

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> found = aggregate(v)
    >>> difficulty = found.info["difficulty"]
    >>> found.labels.p.argmax(1).tolist(), bool(difficulty[0] > difficulty[1])
    ([0, 1], True)
    """
    blocks = votes_matrix(votes, gold)

    def height(x: Floats) -> tuple[float, Floats]:
        ability, ease = x[: votes.w], x[votes.w :]
        value, worker, item = fold(lambda block: _slope(block, ability, ease), _join, blocks)
        value -= (((ability - 1) ** 2).sum() + (ease**2).sum()) / 2
        return value, np.concatenate([worker - (ability - 1), item - ease])

    starts: dict[str, Callable[[], Floats]] = {
        "even": lambda: np.ones(votes.w),
        "spectral": lambda: _spectral(blocks),
    }
    if start not in (*starts, "best"):
        raise ValueError(f"start must be 'even', 'spectral' or 'best', got {start!r}")
    chosen = starts if start == "best" else {start: starts[start]}
    flat = np.zeros(votes.n)
    x, trace = highest(
        ascend(height, np.concatenate([begin(), flat]), iterations=iterations, tol=tol * len(votes))
        for begin in chosen.values()
    )
    ability, ease = x[: votes.w], x[votes.w :]
    posterior = rows(
        lambda block: posterior_given_logits(block, _logit(block, ability, ease))[0], blocks
    )
    right = total(
        lambda block: group_sums(block.worker, expit(_logit(block, ability, ease)), votes.w), blocks
    )
    cast = votes_per_worker(blocks)
    skill = np.where(cast > 0, right / np.maximum(cast, 1), expit(ability))
    return Consensus(
        Soft(posterior, votes.labels.names), skill, trace, {"ability": ability, "difficulty": -ease}
    )


def _spectral(blocks: list[Block]) -> Floats:
    k = blocks[0].k
    right = np.clip(accuracies(worker_pairs(blocks), k), 0.5 / k, 0.98)
    return np.asarray(np.log(right * max(k - 1, 1) / (1 - right)))


def _logit(block: Block, ability: Floats, ease: Floats) -> Floats:
    mine = np.exp(np.minimum(ease[block.start : block.start + len(block)], 50))
    return np.asarray(ability[block.worker] * mine[block.row])


def _slope(block: Block, ability: Floats, ease: Floats) -> Slope:
    logit = _logit(block, ability, ease)
    _, evidence, surprise = posterior_given_logits(block, logit)
    mine = np.exp(np.minimum(ease[block.start : block.start + len(block)], 50))
    return (
        evidence,
        group_sums(block.worker, surprise * mine[block.row], len(ability)),
        group_sums(block.row, surprise * logit, len(block)),
    )


def _join(a: Slope, b: Slope) -> Slope:
    return a[0] + b[0], a[1] + b[1], np.concatenate([a[2], b[2]])
