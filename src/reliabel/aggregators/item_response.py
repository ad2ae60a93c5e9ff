"""Item response theory: a vote is right with chance sigmoid(a (theta - b)), where theta is the
worker's ability, b the item's difficulty and a its discrimination.

Assumes wrong votes are spread evenly over the classes, and classes are equally frequent.  Weak with
few votes per item: below ``enough`` votes the discrimination stays 1.
Cost: O(v) per step of L-BFGS on the marginal likelihood, memory O(n k + n + w).
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
# log evidence; its gradient by ability (w,), and by difficulty and log discrimination (items, 2)
Slope = tuple[float, Floats, Floats]


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    enough: int = 5,
    iterations: int = 100,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Maximise the posterior of abilities, difficulties and log discriminations.

    Priors are normal: around 0 for an ability, around -1 for a difficulty (variance one each), and
    around 0 with standard deviation one half for a log discrimination.
    enough: items with fewer votes keep a discrimination of 1.
    ``info`` holds "ability" (w,), "difficulty" (n,), and "sharpness" (n,), the discrimination.

    >>> item, worker = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1])), n=2, w=3)
    >>> found = aggregate(v)
    >>> difficulty = found.info["difficulty"]
    >>> found.labels.p.argmax(1).tolist(), bool(difficulty[0] > difficulty[1])
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
    """The log odds that each vote is right, and the discrimination of its item."""
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
