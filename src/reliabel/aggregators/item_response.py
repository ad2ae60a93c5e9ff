"""Item response: a vote is right with chance sigmoid(sharpness of the item * (ability of the worker
- hardness of the item)).

Assumes wrong votes are spread evenly, and classes are equally frequent.  Weak with few votes an
item: its sharpness stays 1 below ``enough`` votes.
Cost: O(v) a step of L-BFGS on the marginal likelihood, memory O(n k + n + w).
Paper: Baker, Kim. Item response theory, 2004 (two parameters an item); CleanPatrick, 2025, for
votes on medical pictures.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import fold, rows, total
from reliabel.ops.em import ascend
from reliabel.ops.votes import (
    Block,
    group_sums,
    posterior_given_logits,
    votes_matrix,
    votes_per_worker,
)

ALSO = ("irt", "two_parameter_irt")
SMALL = {"iterations": 20}
Slope = tuple[
    float, Floats, Floats
]  # evidence; its slope in the abilities (w,) and in hardness and log sharpness (items, 2)


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    enough: int = 5,
    iterations: int = 100,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Climb the posterior: ability is normal around 0, hardness around -1, and the log of sharpness
    around 0 (with deviation one half).

    enough: items with fewer votes keep a sharpness of 1.

    >>> v = Votes(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]), Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> found = aggregate(v)
    >>> found.labels.p.argmax(1).tolist(), bool(found.info["difficulty"][0] > found.info["difficulty"][1])
    ([0, 1], True)
    """
    blocks, w = votes_matrix(votes, gold), votes.w
    free = rows(lambda block: np.diff(block.votes.indptr) >= enough, blocks).astype(float)

    def height(x: Floats) -> tuple[float, Floats]:
        ability, item = x[:w], x[w:].reshape(-1, 2)
        value, worker, slope = fold(lambda block: _slope(block, ability, item), _join, blocks)
        slope[:, 1] *= free
        value -= (
            float((ability**2).sum() + ((item[:, 0] + 1) ** 2).sum() + 4 * (item[:, 1] ** 2).sum())
            / 2
        )
        return value, np.concatenate(
            [worker - ability, (slope - (item - [-1, 0]) * [1, 4]).ravel()]
        )

    start = np.concatenate([np.zeros(w), np.tile([-1.0, 0.0], votes.n)])
    x, trace = ascend(height, start, iterations=iterations, tol=tol * len(votes))
    ability, item = x[:w], x[w:].reshape(-1, 2)
    posterior = rows(
        lambda block: posterior_given_logits(block, _logit(block, ability, item)[0])[0], blocks
    )
    right = total(
        lambda block: group_sums(block.worker, expit(_logit(block, ability, item)[0]), w), blocks
    )
    cast = votes_per_worker(blocks)
    skill = np.where(cast > 0, right / np.maximum(cast, 1), expit(ability + 1))
    return Consensus(
        Soft(posterior, votes.labels.names),
        skill,
        trace,
        {"ability": ability, "difficulty": item[:, 0], "sharpness": np.exp(item[:, 1])},
    )


def _logit(block: Block, ability: Floats, item: Floats) -> tuple[Floats, Floats]:
    """The log odds of each vote's being right, and the sharpness of its item."""
    hard, sharp = item[block.start : block.start + len(block)].T
    sharp = np.exp(np.minimum(sharp, 20))[block.row]
    return sharp * (ability[block.worker] - hard[block.row]), sharp


def _slope(block: Block, ability: Floats, item: Floats) -> Slope:
    logit, sharp = _logit(block, ability, item)
    _, evidence, surprise = posterior_given_logits(block, logit)
    hard = -group_sums(block.row, surprise * sharp, len(block))
    sharper = group_sums(block.row, surprise * logit, len(block))
    return (
        evidence,
        group_sums(block.worker, surprise * sharp, len(ability)),
        np.stack([hard, sharper], axis=1),
    )


def _join(a: Slope, b: Slope) -> Slope:
    return a[0] + b[0], a[1] + b[1], np.concatenate([a[2], b[2]])
