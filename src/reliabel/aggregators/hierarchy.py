"""Hierarchy: classes lie in a tree, a vote may stop at an inner node, and the answer is the deepest
node that is more likely than not.

Names of classes that are paths ("animal > dog > poodle") make the tree.  The chance of a wrong vote
depends on how far it is from the truth: each worker has a chance of each distance, shrunk to the
crowd's, so that confusing siblings, which everybody does, costs little.  A vote at an inner node
says that the truth is one of the leaves below it.
Assumes that errors depend on the distance alone, and that the truth is a leaf.  Weak where two
leaves are confused much more than their distance says (use shrunk_dawid_skene on the leaves then).
Cost: O(pairs of a worker and a node voted x leaves x distances) per iteration.
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28; distances in its matrices are our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.class_tree import ClassTree, class_tree
from reliabel.ops.em import climb
from reliabel.ops.variational import prior_strength
from reliabel.ops.votes import normalise

ALSO = ("tree_votes", "hierarchical_labels")
WARM = 10  # iterations in which the crowd's chances of distances are learnt, before they are fixed
MANY = 8  # different distances; where there are more they are put together
LARGEST = 60_000_000  # pairs of a worker and a node voted x leaves (0.5 GB a table)
HALF = 0.5 - 1e-9


@dataclass(frozen=True, eq=False)
class _Asked:
    """``pair`` (items, pairs): which pairs of a worker and a node voted an item has; of each pair
    the ``worker``, and ``chance`` (distances; pairs, leaves): the chance of the vote where the
    leaf is true and the distance is made, one table a distance.
    """

    pair: Any
    worker: Ints
    chance: list[Floats]
    w: int


def aggregate(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    class_distance: Floats | None = None,
    shared: float = 0.15,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[Soft]:
    """Alternate the chance of each leaf of each item and the workers' chances of each distance.

    gold: (n,) the true leaf where it is known, -1 elsewhere.
    class_distance: (k, k) how far apart classes are; without it, the steps from one to the other.
    shared: the share of a vote that the other votes of an item repeat (errors in common): the log
        posterior is divided by 1 + ``shared`` for each vote beyond the first.
    The labels have all names; inner nodes have no chance of their own.  ``info`` holds "node" (n,),
    the deepest node whose chance is one half or more, no deeper than the votes on the item go, and
    that chance, "node_p"; "nearest", the node with the least expected distance to the truth;
    "error" (w,), the expected distance of a worker's votes, "rates" (w, distances), the chance of
    each, and "distance", those that are told apart.  ``skill`` is the chance of the true leaf.
    ``trace`` is the log posterior.

    >>> names = ("animal > dog", "animal > cat", "plant > oak", "animal")
    >>> y = Classes([0, 1, 2, 0, 3, 1, 3], names)
    >>> found = aggregate(Votes([0, 0, 0, 1, 1, 2, 2], [0, 1, 2, 0, 2, 1, 2], y, n=3, w=3))
    >>> found.info["node"]
    ['animal', 'animal > dog', 'animal > cat']
    """
    tree = class_tree(votes.labels.names)
    leaves, n, w = tree.leaves, votes.n, votes.w
    apart = _apart(tree, leaves, class_distance)
    asked, distance = _asked(votes, tree, leaves, apart)
    known = _gold_leaves(gold, tree, leaves)
    balance, count = _start(votes, tree, leaves, asked, known)
    base, faith = _crowd(count, 4.0, learn=False)
    for turn in range(WARM):
        base, faith = _crowd(count, faith, learn=turn > 0)
        count, balance, _ = _round(asked, _shrunk(count, base, faith), balance, known)

    def step(state: tuple[Floats, Floats]) -> tuple[tuple[Floats, Floats], float]:
        rate = _shrunk(state[0], base, faith)
        after, share, value = _round(asked, rate, state[1], known)
        prior = faith * (np.log(rate) @ base).sum() + np.log(state[1]).sum()
        return (after, share), value + float(prior)

    (count, balance), trace = climb(
        step, (count, balance), iterations=iterations, tol=tol * max(len(votes), 1)
    )
    rate = _shrunk(count, base, faith)
    size = np.bincount(votes.item, minlength=n)
    score = asked.pair @ np.log(_likelihood(asked, rate)) + np.log(balance)
    p = normalise(score / (1 + shared * np.maximum(size - 1, 0))[:, None], known)[0]
    sure = np.flatnonzero(known >= 0) if known is not None else np.zeros(0, dtype=np.int64)
    item = np.concatenate([votes.item, sure])
    told = np.concatenate([tree.node[votes.labels.y], leaves[p[sure].argmax(1)]])
    said = sparse.csr_array((np.ones(len(item)), (item, told)), (n, len(tree.names)))
    node, node_p = _deepest(tree, p @ tree.below(leaves).T.astype(float), said)
    table = np.zeros((n, votes.labels.k))
    table[:, _class_of(tree, leaves)] = p
    near = (p @ apart.T).argmin(1)
    named = votes.labels.names if class_distance is not None else tree.names
    info = {
        "node": [tree.names[u] or "(any)" for u in node.tolist()],
        "node_p": node_p,
        "nearest": [named[u] or "(any)" for u in near.tolist()],
        "error": rate @ distance,
        "distance": distance,
        "rates": rate,
        "balance": balance,
    }
    voted = np.bincount(votes.worker, minlength=w) > 0
    return Consensus(
        Soft(table, votes.labels.names), np.where(voted, rate[:, 0], np.nan), trace, info
    )


def _apart(tree: ClassTree, leaves: Ints, class_distance: Floats | None) -> Floats:
    """(nodes or classes, leaves) how far each is from each leaf."""
    if class_distance is None:
        return tree.distances(leaves).astype(float)
    return np.asarray(class_distance, dtype=float)[:, _class_of(tree, leaves)]


def _class_of(tree: ClassTree, leaves: Ints) -> Ints:
    """The first class that is each leaf."""
    node, first = np.unique(tree.node, return_index=True)
    return np.asarray(first[np.searchsorted(node, leaves)])


def _asked(
    votes: Votes[Classes], tree: ClassTree, leaves: Ints, apart: Floats
) -> tuple[_Asked, Floats]:
    """The votes as pairs of a worker and a node, and the distances that are told apart."""
    size, k = len(tree.names), len(leaves)
    key = votes.worker.astype(np.int64) * size + tree.node[votes.labels.y]
    distinct, place = np.unique(key, return_inverse=True)
    if len(distinct) * k > LARGEST:
        raise ValueError(
            f"{len(distinct):,} pairs of a worker and a class voted by {k:,} leaves are more than "
            f"fits ({LARGEST:,} numbers); aggregate parts of the tree, or use by='majority'"
        )
    between = apart[leaves] if len(apart) == size else apart[_class_of(tree, leaves)]
    distance, level = _levels(between)
    below = tree.below(leaves).astype(float)
    voted, row = np.unique(distinct % size, return_inverse=True)
    chance = [table[row] for table in _chances(below[voted], level, len(distance))]
    ones = np.ones(len(votes))
    pair = sparse.csr_array((ones, (votes.item, place)), shape=(votes.n, len(distinct)))
    return _Asked(pair, distinct // size, chance, votes.w), distance


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


def _gold_leaves(gold: Ints | None, tree: ClassTree, leaves: Ints) -> Ints | None:
    """(n,) the place of the true leaf, -1 where it is unknown or an inner node."""
    if gold is None:
        return None
    place = np.full(len(tree.names) + 1, -1)
    place[leaves] = np.arange(len(leaves))
    return np.asarray(np.where(gold >= 0, place[tree.node[np.maximum(gold, 0)]], -1))


def _start(
    votes: Votes[Classes], tree: ClassTree, leaves: Ints, asked: _Asked, known: Ints | None
) -> tuple[Floats, Floats]:
    """The balance of the leaves, and counts, that vote shares give: a vote at an inner node is
    shared among the leaves below.
    """
    k, levels = len(leaves), len(asked.chance)
    rate = np.full(levels, 0.3 / max(levels - 1, 1))
    rate[0] = 0.7 if levels > 1 else 1.0
    balance = np.full(k, 1 / k)
    count, balance, _ = _round(asked, np.tile(rate, (votes.w, 1)), balance, known)
    return balance, count


def _likelihood(asked: _Asked, rate: Floats) -> Floats:
    """(pairs, leaves) the chance of what a pair says, by true leaf."""
    found = np.full(asked.chance[0].shape, 1e-300)
    for one, table in enumerate(asked.chance):
        found += rate[asked.worker, one][:, None] * table
    return found


def _round(
    asked: _Asked, rate: Floats, balance: Floats, known: Ints | None
) -> tuple[Floats, Floats, float]:
    """Expected counts of each worker's distances, the balance, and the log likelihood."""
    likely = _likelihood(asked, rate)
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


def _crowd(count: Floats, faith: float, *, learn: bool) -> tuple[Floats, float]:
    """The crowd's chance of each distance, and how many votes it counts for beside a worker's."""
    total = count.sum(0) + 0.1
    total[0] += 1
    base = total / total.sum()
    if learn and len(base) > 1:
        faith = prior_strength(count[:, 0], count.sum(1), float(base[0]), faith)
    return base, faith


def _shrunk(count: Floats, base: Floats, faith: float) -> Floats:
    return np.asarray((count + faith * base) / (count.sum(1, keepdims=True) + faith))


def _deepest(tree: ClassTree, chance: Floats, said: Any) -> tuple[Ints, Floats]:
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
