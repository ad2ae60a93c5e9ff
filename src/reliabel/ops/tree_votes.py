"""Votes on the nodes of a tree of classes: the chance of each by the leaf that is true and by how
far off a worker is, one round of learning from them, and the node that an item has in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.class_tree import ClassTree
from reliabel.ops.votes import normalise

HALF = 0.5 - 1e-9


LARGEST = 60_000_000  # pairs of a worker and a node voted x leaves (0.5 GB a table)


MANY = 8  # different distances; where there are more they are put together


@dataclass(frozen=True, eq=False)
class TreeVotes:
    """``pair`` (items, pairs): which pairs of a worker and a node voted an item has; of each pair
    the ``worker``, and ``chance`` (distances; pairs, leaves): the chance of the vote where the
    leaf is true and the distance is made, one table a distance.
    """

    pair: Any
    worker: Ints
    chance: list[Floats]
    w: int

    __repr__ = by_fields


def apart_from_leaves(tree: ClassTree, leaves: Ints, class_distance: Floats | None) -> Floats:
    """(nodes or classes, leaves) how far each is from each leaf."""
    if class_distance is None:
        return tree.distances(leaves).astype(float)
    return np.asarray(class_distance, dtype=float)[:, class_of_leaves(tree, leaves)]


def class_of_leaves(tree: ClassTree, leaves: Ints) -> Ints:
    """The first class that is each leaf."""
    node, first = np.unique(tree.node, return_index=True)
    return np.asarray(first[np.searchsorted(node, leaves)])


def tree_votes(
    votes: Votes[Classes], tree: ClassTree, leaves: Ints, apart: Floats
) -> tuple[TreeVotes, Floats]:
    """The votes as pairs of a worker and a node, and the distances that are told apart."""
    size, k = len(tree.names), len(leaves)
    key = votes.worker.astype(np.int64) * size + tree.node[votes.labels.y]
    distinct, place = np.unique(key, return_inverse=True)
    if len(distinct) * k > LARGEST:
        raise ValueError(
            f"{len(distinct):,} pairs of a worker and a class voted by {k:,} leaves are more than "
            f"fits ({LARGEST:,} numbers); aggregate parts of the tree, or use by='majority'"
        )
    between = apart[leaves] if len(apart) == size else apart[class_of_leaves(tree, leaves)]
    distance, level = _levels(between)
    below = tree.below(leaves).astype(float)
    voted, row = np.unique(distinct % size, return_inverse=True)
    chance = [table[row] for table in _chances(below[voted], level, len(distance))]
    ones = np.ones(len(votes))
    pair = sparse.csr_array((ones, (votes.item, place)), shape=(votes.n, len(distinct)))
    return TreeVotes(pair, distinct // size, chance, votes.w), distance


def _levels(between: Floats) -> tuple[Floats, Ints]:
    """Distances that are told apart, the first is 0, and which of them each two leaves have."""
    other = between[~np.eye(len(between), dtype=bool)]
    steps = np.unique(other)
    if len(steps) > MANY:
        steps = np.unique(np.quantile(other, np.linspace(0, 1, MANY)))
    level = 1 + np.abs(between[:, :, None] - steps).argmin(2) if len(steps) else np.ones((1, 1))
    level = np.where(np.eye(len(between), dtype=bool), 0, level).astype(np.int64)
    mean = [
        between[level == one].mean() for one in range(1, len(steps) + 1) if (level == one).any()
    ]
    level = np.unique(level, return_inverse=True)[1].reshape(level.shape)
    return np.array([0.0, *mean]), level


def _chances(below: Floats, level: Ints, levels: int) -> list[Floats]:
    """For each distance, (nodes, leaves) the chance that a vote is the node where a leaf is true
    and the worker is off by that distance: all leaves so far off are as likely.  A leaf that has
    none so far off takes those at the nearest distance that it has.
    """
    at = np.stack([level == one for one in range(levels)])  # (levels, true, said)
    many = at.sum(2)  # (levels, true)
    each = [(below @ at[one].T) / np.maximum(many[one], 1) for one in range(levels)]
    far = np.abs(np.arange(levels)[:, None] - np.arange(levels)[None, :]).astype(float)
    stands = np.array(
        [np.where(many > 0, far[one][:, None], np.inf).argmin(0) for one in range(levels)]
    )
    leaf = np.arange(level.shape[0])
    whole = np.stack(each)  # (levels, nodes, leaves)
    return [whole[stands[one], :, leaf].T for one in range(levels)]


def likelihood(asked: TreeVotes, rate: Floats) -> Floats:
    """(pairs, leaves) the chance of what a pair says, by true leaf."""
    found = np.full(asked.chance[0].shape, 1e-300)
    for one, table in enumerate(asked.chance):
        found += rate[asked.worker, one][:, None] * table
    return found


def learnt_from(
    asked: TreeVotes, rate: Floats, balance: Floats, known: Ints | None
) -> tuple[Floats, Floats, float]:
    """Expected counts of each worker's distances, the balance, and the log likelihood."""
    likely = likelihood(asked, rate)
    p, value = normalise(asked.pair @ np.log(likely) + np.log(balance), known)
    spread = (asked.pair.T @ p) / likely
    count: Floats = np.stack(
        [
            np.bincount(asked.worker, (spread * table).sum(1) * rate[asked.worker, one], asked.w)
            for one, table in enumerate(asked.chance)
        ],
        axis=1,
    )
    voted = np.diff(asked.pair.indptr) > 0
    share: Floats = p[voted].sum(0) + 1
    return count, np.asarray(share / share.sum(), dtype=float), value


def deepest_nodes(tree: ClassTree, chance: Floats, said: Any) -> tuple[Ints, Floats]:
    """(n,) the deepest node with a chance of one half, which no other of its depth shares, and the
    chance: from the root down to the likeliest child, as long as it has it and a vote goes as far.

    said: (n, nodes) votes, and what is known.
    """
    rows = np.arange(len(chance))
    above = tree.below(np.arange(len(tree.names))).T.astype(float)  # (node, above it)
    chance = np.where(said @ above > 0, chance, np.minimum(chance, 0))
    chance[:, 0] = 1.0
    node = np.zeros(len(chance), dtype=np.int64)
    for depth in range(1, int(tree.depth.max()) + 1):
        here = np.flatnonzero(tree.depth == depth)
        mine = np.where(tree.parent[here][None, :] == node[:, None], chance[:, here], -1.0)
        best = mine.argmax(1)
        top = mine[rows, best]
        alone = (mine >= top[:, None] - 1e-9).sum(1) == 1
        node = np.where((top >= HALF) & alone, here[best], node)
    return node, chance[rows, node]
