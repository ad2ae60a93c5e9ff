"""How often pairs of workers agree on their common items, and the accuracies that follow from it
without any known truth.

For workers whose errors are independent and spread evenly over the classes, E[agree] - chance =
(k - 1) / k * s_a s_b with s = (k p - 1) / (k - 1): a matrix of rank one.
Source: Zhang, Chen, Zhou, Jordan. Spectral methods meet EM. JMLR 17 (2016) 1-44, the one-coin form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import total
from reliabel.ops.crowd import log_vote_table
from reliabel.ops.tensor import tensor_confusions
from reliabel.ops.votes import Block, group_sums, initial_shares, normalise, vote_counts

MOST_PAIRS = 2e8  # pairs of votes on one item
STARTS = ("share", "spectral", "tensor")


@dataclass(frozen=True, eq=False)
class WorkerPairs:
    """Pairs of workers with at least one common item, in both orders; ``shared`` is their agreement
    beyond chance for k classes, s_a s_b plus noise.
    """

    a: Ints
    b: Ints
    common: Floats  # items that both voted on
    shared: Floats  # (k * agreement - 1) / (k - 1)
    w: int

    @property
    def degree(self) -> Ints:
        """(w,) with how many others each worker shares items."""
        return np.bincount(self.a, minlength=self.w)


def worker_pairs(blocks: list[Block]) -> WorkerPairs:
    """All pairs of workers with common items.

    Raises ValueError for more than 2e8 pairs of votes on one item.
    """
    k = blocks[0].k
    many = total(
        lambda block: float((np.diff(block.votes.indptr).astype(float) ** 2).sum()), blocks
    )
    if many > MOST_PAIRS:
        raise ValueError(
            f"the votes hold {many:.2g} pairs of workers on one item, more than {MOST_PAIRS:.2g}; "
            "use one_coin, or leave out the items with most votes"
        )
    agree, both = total(_co_votes, blocks)
    common: Any = sparse.coo_array(both)
    rate = agree[common.row, common.col] / common.data
    keep = common.row != common.col
    a, b = np.asarray(common.row)[keep], np.asarray(common.col)[keep]
    shared = (k * np.asarray(rate).ravel()[keep] - 1) / max(k - 1, 1)
    return WorkerPairs(
        a, b, np.asarray(common.data, dtype=float)[keep], shared, int(common.shape[0])
    )


def accuracies(pairs: WorkerPairs, k: int, *, iterations: int = 100) -> Floats:
    """(w,) the accuracy of each worker by alternating least squares on the pairs, weighted by their
    numbers of common items; 1 / k for workers without common items.

    >>> s = (3 * np.array([0.9, 0.8, 0.6, 0.4]) - 1) / 2
    >>> a, b = np.nonzero(~np.eye(4, dtype=bool))
    >>> accuracies(WorkerPairs(a, b, np.ones(12), s[a] * s[b], 4), 3).round(3).tolist()
    [0.9, 0.8, 0.6, 0.4]
    """
    reach = np.bincount(pairs.a, pairs.common * np.abs(pairs.shared), pairs.w) / np.maximum(
        np.bincount(pairs.a, pairs.common, pairs.w), 1
    )
    scale = (
        np.sqrt(max(float(np.average(np.abs(pairs.shared), weights=pairs.common)), 1e-12))
        if len(pairs.a)
        else 1.0
    )
    skill: Floats = majority_side(pairs) * reach / scale
    for _ in range(iterations):
        up = np.bincount(
            pairs.a,
            pairs.common * pairs.shared * skill[pairs.b],
            pairs.w,
        )
        down = np.bincount(pairs.a, pairs.common * skill[pairs.b] ** 2, pairs.w)
        new = np.clip(
            np.divide(up, down, out=np.zeros(pairs.w), where=down > 0), -1 / max(k - 1, 1), 1
        )
        new = (new + skill) / 2  # damped, or two workers could oscillate for ever
        if np.abs(new - skill).max(initial=0) < 1e-9:
            break
        skill = new
    return np.asarray((skill * (k - 1) + 1) / k)


def majority_side(known: WorkerPairs) -> Floats:
    """(w,) the sign of each worker's skill, by the leading eigenvector of the agreements; the
    larger side is taken to be honest (1), the other to be adversaries (-1).
    """
    matrix: Any = sparse.csr_array(
        (known.shared * np.sqrt(known.common), (known.a, known.b)), shape=(known.w, known.w)
    )
    vector = group_sums(known.a, known.shared * known.common, known.w)
    shift = float(abs(matrix).sum(1).max())  # so that the largest eigenvalue is the largest in size
    for _ in range(500):
        new = matrix @ vector + shift * vector
        length = float(np.sqrt((new**2).sum()))
        if length == 0:
            return np.ones(known.w)
        new /= length
        if np.abs(new - vector).max() < 1e-10:
            break
        vector = new
    sign = np.where(np.abs(vector) < 1e-12, 0.0, np.sign(vector))
    sign *= 1.0 if sign.sum() >= 0 else -1.0
    return np.where(sign == 0, 1.0, sign)


def starting_rows(name: str, blocks: list[Block]) -> Callable[[Block], Floats]:
    """What EM starts from, as a function of a block that gives rows (items, k).

    name: "share" of votes; "spectral", votes weighted by accuracies from pairs of workers;
        "tensor", matrices from three groups of workers, or the shares where a moment has no
        inverse.
    Raises ValueError for another name.
    """
    if name not in STARTS:
        raise ValueError(
            f"start must be {', '.join(map(repr, STARTS[:-1]))} or {STARTS[-1]!r}, got {name!r}"
        )
    if name == "tensor" and (found := tensor_confusions(blocks)) is not None:
        table, log_balance = log_vote_table(found[0]), np.log(found[1])
        return lambda block: normalise(block.votes @ table + log_balance, block.gold)[0]
    if name != "spectral":
        return initial_shares
    k = blocks[0].k
    right = np.clip(accuracies(worker_pairs(blocks), k), 0.5 / k, 0.99)
    force = np.log(right * max(k - 1, 1) / (1 - right))
    return lambda block: normalise(vote_counts(block, force[block.worker]), block.gold)[0]


def _co_votes(block: Block) -> tuple[Any, Any]:
    """(w, w) numbers of items of the block on which two workers agree, and that both voted on."""
    seen = block.by_worker
    w = seen.shape[1]
    answer = sparse.csr_array(
        (block.votes.data, (block.row * block.k + block.label, block.worker)),
        shape=(len(block) * block.k, w),
    )
    return (answer.T @ answer).tocsr(), (seen.T @ seen).tocsr()
