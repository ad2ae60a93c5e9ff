"""Constrained labels: the distributions closest to a majority in which no function errs more often
than its bound allows.

The deterministic part of label learning flows: no distribution over labelings is learnt, only one
that meets the bounds.  Assumes bounds that hold; they are made from how often others agree with a
function's votes, which a crowd of copies deceives.
Cost: O(v k) per step, memory O(n k).
Paper: Lu, Arachie, Huang. Label learning flows. 2023, and Arachie, Huang. Constrained labeling for
weakly supervised learning. UAI 2021, for the constraints; the bounds are ours.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.core.run import track
from reliabel.ops.chunks import rows, total
from reliabel.ops.error_bounds import error_bounds
from reliabel.ops.votes import (
    Block,
    right_votes,
    set_gold,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)

STATUS = "experimental"
SHORT = 1e-4  # a step that no longer moves anything


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    right: float = 0.7,
    strength: float = 20.0,
    slack: float = 2.0,
    iterations: int = 100,
    rate: float = 0.5,
) -> Consensus[Soft]:
    """Descend on the squared excess of errors over the bounds, from the shares of votes.

    right, strength: mean and weight, in votes, of a prior on the share of right votes of a
        function, from which its bound is made.
    slack: standard errors that are added to a bound.
    rate: the length of a step.
    ``info["bounds"]`` (w,) is the share of wrong votes that each function may have; ``trace`` is
    minus the squared excess.

    >>> item, worker = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    >>> y = np.where(worker == 2, 0, item % 2)  # the third function always says 0
    >>> v = Votes(item, worker, Classes(y), n=6, w=3)
    >>> aggregate(v).labels.p.argmax(1).tolist()
    [0, 1, 0, 1, 0, 1]
    """
    blocks = votes_matrix(votes, gold)
    cast = votes_per_worker(blocks)
    bounds = error_bounds(blocks, right=right, strength=strength, slack=slack)

    def accuracy(p: Floats) -> Floats:
        hit = total(lambda block: right_votes(block, _mine(block, p)), blocks)
        return np.asarray(np.divide(hit, cast, out=np.full(votes.w, np.nan), where=cast > 0))

    def excess(p: Floats) -> Floats:
        return np.asarray(np.nan_to_num(np.maximum(1 - accuracy(p) - bounds, 0)))

    def moved(p: Floats, push: Floats) -> Floats:
        return rows(lambda block: _stepped(block, _mine(block, p), push), blocks)

    now = rows(vote_shares, blocks)
    over, trace = excess(now), list[float]()
    trace.append(-float((over**2).sum()))
    for _ in track("rounds", range(iterations)):
        if not over.any() or rate < SHORT:
            break
        next_ = moved(now, rate * over)
        then = excess(next_)
        if -float((then**2).sum()) <= trace[-1]:
            rate /= 2
            continue
        now, over = next_, then
        trace.append(-float((over**2).sum()))
    info = {"bounds": bounds}
    return Consensus(Soft(now, votes.labels.names), accuracy(now), np.array(trace), info)


def _mine(block: Block, p: Floats) -> Floats:
    return p[block.start : block.start + len(block)]


def _stepped(block: Block, p: Floats, push: Floats) -> Floats:
    """Each item's distribution moved towards the votes of functions that err too often, and brought
    back to a distribution.
    """
    moved = p + vote_counts(block, push[block.worker])
    return set_gold(_simplex(moved), block.gold)


def _simplex(x: Floats) -> Floats:
    """Rows brought to the nearest distribution.

    >>> _simplex(np.array([[0.5, 0.9], [2.0, 0.0]])).round(3).tolist()
    [[0.3, 0.7], [1.0, 0.0]]
    """
    order = -np.sort(-x, axis=1)
    place = np.arange(1, x.shape[1] + 1)
    spare = (np.cumsum(order, axis=1) - 1) / place
    last = np.maximum((order > spare).sum(1) - 1, 0)
    return np.asarray(np.maximum(x - spare[np.arange(len(x)), last][:, None], 0))
