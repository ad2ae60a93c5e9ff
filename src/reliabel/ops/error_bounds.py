"""How often each function may err, from how often others agree with its votes."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats
from reliabel.ops.chunks import total
from reliabel.ops.votes import Block, group_sums, vote_counts


def error_bounds(
    blocks: list[Block], *, right: float = 0.7, strength: float = 20.0, slack: float = 2.0
) -> Floats:
    """(w,) the share of wrong votes that each function may have.

    right, strength: mean and weight, in votes, of a prior on the share of right votes.
    slack: standard errors that are added.

    >>> from reliabel.core.labels import Classes, Votes
    >>> from reliabel.ops.votes import votes_matrix
    >>> v = Votes([0, 0, 0, 1], [0, 1, 2, 2], Classes([0, 0, 1, 1]), n=2, w=3)
    >>> error_bounds(votes_matrix(v), strength=4.0, slack=0.0).round(2).tolist()
    [0.34, 0.34, 0.44]
    """
    agree, checked = total(_by_others, blocks)
    rated = (agree + strength * right) / (checked + strength)
    error = np.sqrt(rated * (1 - rated) / (checked + strength))
    return np.asarray(np.clip(1 - rated + slack * error, 0, 1))


def _by_others(block: Block) -> tuple[Floats, Floats]:
    """Votes of each function that the other votes on the item agree with, and that any checks."""
    w = block.votes.shape[1] // block.k
    several = np.diff(block.votes.indptr)[block.row]
    alike = vote_counts(block)[block.row, block.label] - 1
    share = np.divide(alike, several - 1, out=np.zeros(len(alike)), where=several > 1)
    return group_sums(block.worker, share, w), group_sums(
        block.worker, (several > 1).astype(float), w
    )
