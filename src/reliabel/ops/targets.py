"""Training targets from the distribution of votes (FER+): stray votes are dropped, leading classes
kept, unclear items marked.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.ops.chunks import rows
from reliabel.ops.votes import vote_counts, votes_matrix

MANY = 8  # from this many votes on, a single vote for a class counts as a mistake


def training_targets(
    votes: Votes[Classes], choose: Callable[[Floats], tuple[Floats, Bools]]
) -> tuple[Floats, Bools]:
    """(n, k) the distributions that ``choose`` makes of counts without stray votes, and (n,) which
    items are clear enough to train on.

    choose: function from counts (items, k) to rows (items, k) and which items are clear.
    Unclear items get their shares of votes, items without votes a uniform row; neither is clear.
    """
    return rows(lambda block: _rows(vote_counts(block), choose), votes_matrix(votes))


def _rows(counts: Floats, choose: Callable[[Floats], tuple[Floats, Bools]]) -> tuple[Floats, Bools]:
    k = counts.shape[1]
    size = counts.sum(1, keepdims=True)
    stray = (counts == 1) & (size >= MANY)
    left = np.where(stray & (counts.max(1, keepdims=True) > 1), 0, counts)
    chosen, clear = choose(left)
    clear = clear & (size[:, 0] > 0)
    plain = np.where(size > 0, counts / np.maximum(size, 1), 1 / k)
    total = chosen.sum(1, keepdims=True)
    return np.where(clear[:, None], chosen / np.where(total > 0, total, 1), plain), clear


def leading_classes(counts: Floats, *, enough: float = 0.75, most: int = 3) -> tuple[Floats, Bools]:
    """Counts of the top classes until they hold ``enough`` of the votes, tied classes together; an
    item is clear if these are at most ``most`` classes with more than half of the votes.

    >>> leading_classes(np.array([[5.0, 3.0, 1.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]))[0].tolist()
    [[5.0, 3.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
    """
    ordered = -np.sort(-counts, axis=1)
    before = np.cumsum(ordered, axis=1) - ordered
    total = counts.sum(1)
    rank = np.arange(counts.shape[1])
    last = np.where(
        (before < enough * total[:, None]) & (rank < most) & (ordered > 0), ordered, np.inf
    ).min(1)
    kept = np.where(counts >= last[:, None], counts, 0)
    return kept, (kept.sum(1) > total / 2) & ((kept > 0).sum(1) <= most)


def majority_class(counts: Floats) -> tuple[Floats, Bools]:
    """One-hot rows of the class with more than half of the votes; an item without one is unclear.

    >>> majority_class(np.array([[2.0, 1.0], [1.0, 1.0]]))[0].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    ahead = counts > counts.sum(1, keepdims=True) / 2
    return np.where(ahead, 1.0, 0.0), ahead.any(1)


def right_classes(
    counts: Floats, *, least: float = 0.3, even: float = 0.001
) -> tuple[Floats, Bools]:
    """One for each class with at least ``least`` of the votes, plus ``even`` times the shares; an
    item is clear if such classes hold more than half of the votes.

    >>> right_classes(np.array([[3.0, 2.0, 1.0]]), even=0.0)[0].tolist()
    [[1.0, 1.0, 0.0]]
    """
    total = counts.sum(1, keepdims=True)
    right = counts >= np.maximum(least * total, 1e-12)
    clear = np.where(right, counts, 0).sum(1) > total[:, 0] / 2
    return right + even * counts / np.maximum(total, 1), clear


def draw_classes(p: Floats, rng: np.random.Generator) -> Ints:
    """One class per row, sampled from its distribution: the labels of one epoch.

    >>> draw_classes(np.array([[0.0, 1.0], [1.0, 0.0]]), np.random.default_rng(0)).tolist()
    [1, 0]
    """
    below = p.cumsum(1)
    return np.asarray(
        np.minimum((below <= rng.random(len(p))[:, None] * below[:, -1:]).sum(1), p.shape[1] - 1)
    )
