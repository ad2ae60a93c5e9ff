"""Votes on classes as a sparse 0/1 matrix, items x (worker * k + class voted), in blocks of whole
items, so that an EM step is two sparse products.

``block.votes @ table`` sums the rows of ``table`` (one per worker and class voted) over the votes
of each item; ``block.votes.T @ posterior`` counts how often each worker voted for each class, by
true class.  Both are linear in the votes; no array of items x workers is ever dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.ops.chunks import spans, total
from reliabel.ops.votes_by_item import order_by_item

LARGEST = 130_000_000  # cells of all workers' matrices together (1 GB)
# cells up to which auto and the study of workers make such matrices: 0.9 GB and half a minute
AFFORDABLE = 2**23


@dataclass(frozen=True, eq=False)
class Block:
    """Items ``start`` .. ``start + len(block)`` with all their votes.

    ``gold`` (items,) is the true class where it is known, -1 elsewhere.
    """

    votes: Any  # sparse 0/1 (items, w * k)
    start: int
    k: int
    gold: Ints | None = None

    def __len__(self) -> int:
        return int(self.votes.shape[0])

    @property
    def row(self) -> Ints:
        """(votes,) the item of each vote, as a row of the block."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.votes.indptr))

    @cached_property
    def cell(self) -> Ints:
        """(votes,) the place of each vote in a flattened (items, k) table; cached, since every
        iteration needs it.
        """
        cell: Any = self.row.astype(np.int32 if len(self) * self.k < 2**31 else np.int64) * self.k
        cell += self.label
        return np.asarray(cell)

    @property
    def worker(self) -> Ints:
        """(votes,) the worker of each vote."""
        who: Ints = self.votes.indices // self.k
        return who

    @property
    def label(self) -> Ints:
        """(votes,) the class of each vote."""
        what: Ints = self.votes.indices - self.worker * self.k
        return what

    @property
    def by_worker(self) -> Any:
        """Sparse 0/1 (items, w): who voted on what."""
        return sparse.csr_array(
            (self.votes.data, self.worker, self.votes.indptr),
            shape=(len(self), self.votes.shape[1] // self.k),
        )

    @property
    def has_votes(self) -> Bools:
        """(items,) True for items with a vote."""
        some: Bools = np.diff(self.votes.indptr) > 0
        return some


def votes_matrix(
    votes: Votes[Classes],
    gold: Ints | None = None,
    *,
    wide: int = 1,
    cuts: Sequence[tuple[int, int]] | None = None,
) -> list[Block]:
    """The matrix of the votes in blocks of whole items; where it is cut depends on its shape alone.

    gold: (n,) the true class where it is known, -1 elsewhere.
    wide: how many numbers per item and class the caller holds at a time.
    cuts: first item and the one after the last of each block, where items belong together.

    >>> item, worker = np.array([1, 0, 1]), np.array([0, 0, 1])
    >>> votes = Votes(item, worker, Classes(np.array([1, 0, 1])), n=3, w=2)
    >>> (block,) = votes_matrix(votes)
    >>> block.votes.toarray().astype(int).tolist(), block.has_votes.tolist()
    ([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]], [True, True, False])
    """
    k, v, cells = votes.labels.k, len(votes), votes.w * votes.labels.k
    gold = np.asarray(gold) if gold is not None and bool((np.asarray(gold) >= 0).any()) else None
    order, offsets = order_by_item(votes.item, votes.n)
    key: Any = np.asarray(votes.worker, dtype=np.int32 if cells < 2**31 else np.int64) * k
    key += votes.labels.y
    key = key[order]
    blocks: list[Block] = []
    parts = spans(votes.n, max(k * wide, -(-v // max(votes.n, 1)))) if cuts is None else cuts
    for start, stop in parts:
        first, last = int(offsets[start]), int(offsets[stop])
        # all blocks share one array of ones
        shared = blocks[0].votes.data if blocks else np.empty(0)
        one = shared if len(shared) >= last - first else np.ones(last - first)
        matrix = sparse.csr_array(
            (one[: last - first], key[first:last], offsets[start : stop + 1] - first),
            shape=(stop - start, cells),
        )
        for array in (matrix.data, matrix.indices, matrix.indptr):
            array.flags.writeable = False  # so that executors send it once
        blocks.append(Block(matrix, start, k, None if gold is None else gold[start:stop]))
    return blocks


def check_matrices_fit(votes: Votes[Classes], times: int = 1) -> None:
    """Refuse confusion matrices of all workers that would need more than a gigabyte together.

    times: how many such matrices the caller holds per worker.
    """
    cells = votes.w * votes.labels.k**2 * times
    if cells > LARGEST:
        raise ValueError(
            f"confusion matrices of {votes.w} workers over {votes.labels.k} classes have "
            f"{cells:.2g} cells, more than {LARGEST:.2g}; use one_coin (one number per worker), or "
            "glad"
        )


def vote_shares(block: Block) -> Floats:
    """(items, k) the shares of votes of the classes; uniform for items without votes, one-hot where
    gold is known.
    """
    return as_distribution(vote_counts(block), block)


def initial_shares(block: Block) -> Floats:
    """(items, k) the shares of votes that EM starts from.

    Where some gold is known, the other items get a small weight, so that gold decides the start.
    """
    start = vote_shares(block)
    if block.gold is not None:
        start[block.gold < 0] *= 0.01
    return start


def group_sums(group: Ints, value: Floats, size: int) -> Floats:
    """(size,) the sum of ``value`` over each group."""
    return np.bincount(group, value, size).astype(float, copy=False)


def vote_counts(block: Block, weight: Floats | None = None) -> Floats:
    """(items, k) the number of votes for each class, or the sum of their ``weight`` (votes,)."""
    counts: Floats = (
        np.bincount(block.cell, weight, len(block) * block.k)
        .reshape(len(block), block.k)
        .astype(float, copy=False)
    )
    return counts


def as_distribution(score: Floats, block: Block, *, empty: Floats | None = None) -> Floats:
    """Non-negative scores (items, k) divided by their sums; ``empty`` (k,) (uniform by default)
    where all are zero, one-hot where gold is known.
    """
    size = score.sum(1, keepdims=True)
    rest = np.full(block.k, 1 / block.k) if empty is None else empty
    posterior = np.where(size > 0, score / np.where(size > 0, size, 1), rest)
    return set_gold(posterior, block.gold)


def set_gold(posterior: Floats, gold: Ints | None) -> Floats:
    """Make the rows of items whose true class is known one-hot, in place."""
    if gold is not None:
        known = np.flatnonzero(gold >= 0)
        posterior[known] = 0
        posterior[known, gold[known]] = 1
    return posterior


def normalise(score: Floats, gold: Ints | None = None) -> tuple[Floats, float]:
    """The posterior from log scores (items, k), and the log evidence summed over items.

    The log evidence of a gold item is the score of its true class.

    >>> posterior, evidence = normalise(np.log([[0.1, 0.3]]))
    >>> posterior.round(2).tolist(), round(float(np.exp(evidence)), 2)
    ([[0.25, 0.75]], 0.4)
    """
    top = score[:, :1].copy()  # for few columns four times as fast as max(1) and sum(1)
    for column in range(1, score.shape[1] if score.shape[1] <= 64 else 1):
        np.maximum(top[:, 0], score[:, column], out=top[:, 0])
    if score.shape[1] > 64:
        top = score.max(1, keepdims=True)
    posterior = score - top
    np.exp(posterior, out=posterior)
    size = posterior @ np.ones((score.shape[1], 1))
    evidence = np.log(size)
    evidence += top
    posterior /= size
    if gold is not None:
        known = np.flatnonzero(gold >= 0)
        evidence[known, 0] = score[known, gold[known]]
        set_gold(posterior, gold)
    return posterior, float(evidence.sum())


def log_shares(counts: Floats) -> Floats:
    """Log of counts divided by their sum; uniform if all are zero, and never minus infinity, so
    that a class without votes does no harm.
    """
    size = counts.sum()
    log: Floats = (
        np.log(np.maximum(counts / size, 1e-300))
        if size > 0
        else np.full(len(counts), -np.log(len(counts)))
    )
    return log


def tally(block: Block, posterior: Floats) -> tuple[Floats, Floats]:
    """Expected counts under the posterior: (w * k, k) how often each worker voted for each class
    (rows), by true class (columns); and (k,) the number of items with votes of each true class.
    """
    return block.votes.T @ posterior, class_sizes(block, posterior)


def class_sizes(block: Block, posterior: Floats) -> Floats:
    """(k,) expected number of items with votes of each true class."""
    # for few columns several times as fast as sum(0)
    size: Floats = block.has_votes.astype(float) @ posterior
    return size


def right_votes(block: Block, posterior: Floats) -> Floats:
    """(w,) expected number of right votes of each worker."""
    return np.bincount(
        block.worker, posterior.ravel()[block.cell].astype(float), block.votes.shape[1] // block.k
    ).astype(float, copy=False)


def agreeing_votes(block: Block, posterior: Floats) -> Floats:
    """(w,) how many of each worker's votes agree with the top class of ``posterior`` (n, k); where
    t classes tie, a vote for one of them counts 1 / t.
    """
    mine = posterior[block.start : block.start + len(block)]
    top = mine >= mine.max(1, keepdims=True) - 1e-12
    credit = (top / top.sum(1, keepdims=True))[block.row, block.label]
    return np.bincount(block.worker, credit, block.votes.shape[1] // block.k).astype(
        float, copy=False
    )


def posterior_given_logits(block: Block, logit: Floats) -> tuple[Floats, float, Floats]:
    """Posterior (items, k), log evidence and its gradient (votes,), when vote t is right with
    chance sigmoid(logit[t]) and otherwise any of the other classes, and classes are equally
    frequent.

    The gradient of the log evidence in ``logit`` is the posterior chance that the vote is right
    less its prior chance.
    """
    # log chance that all votes are wrong, up to a constant
    none = np.bincount(block.row, -np.logaddexp(0, logit), len(block))[:, None]
    wrong = np.log(max(block.k - 1, 1))
    score = (
        vote_counts(block, logit + wrong)
        + none
        - np.log(block.k)
        - wrong * np.diff(block.votes.indptr)[:, None]
    )
    posterior, evidence = normalise(score, block.gold)
    return posterior, evidence, posterior.ravel()[block.cell] - expit(logit)


def votes_per_worker(blocks: list[Block]) -> Ints:
    """(w,) number of votes of each worker."""
    k, wide = blocks[0].k, int(blocks[0].votes.shape[1])
    counts: Ints = (
        total(lambda block: np.bincount(block.votes.indices, minlength=wide), blocks)
        .reshape(-1, k)
        .sum(1)
    )
    return counts
