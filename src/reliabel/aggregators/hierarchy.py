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

import numpy as np
from scipy import sparse

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.class_tree import ClassTree, class_tree
from reliabel.ops.em import climb
from reliabel.ops.tree_votes import (
    TreeVotes,
    apart_from_leaves,
    class_of_leaves,
    deepest_nodes,
    learnt_from,
    likelihood,
    tree_votes,
)
from reliabel.ops.variational import prior_strength
from reliabel.ops.votes import normalise

ALSO = ("tree_votes", "hierarchical_labels")
WARM = 10  # iterations in which the crowd's chances of distances are learnt, before they are fixed


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
    apart = apart_from_leaves(tree, leaves, class_distance)
    asked, distance = tree_votes(votes, tree, leaves, apart)
    known = _gold_leaves(gold, tree, leaves)
    balance, count = _start(votes, tree, leaves, asked, known)
    base, faith = _crowd(count, 4.0, learn=False)
    for turn in range(WARM):
        base, faith = _crowd(count, faith, learn=turn > 0)
        count, balance, _ = learnt_from(asked, _shrunk(count, base, faith), balance, known)

    def step(state: tuple[Floats, Floats]) -> tuple[tuple[Floats, Floats], float]:
        rate = _shrunk(state[0], base, faith)
        after, share, value = learnt_from(asked, rate, state[1], known)
        prior = faith * (np.log(rate) @ base).sum() + np.log(state[1]).sum()
        return (after, share), value + float(prior)

    (count, balance), trace = climb(
        step, (count, balance), iterations=iterations, tol=tol * max(len(votes), 1)
    )
    rate = _shrunk(count, base, faith)
    size = np.bincount(votes.item, minlength=n)
    score = asked.pair @ np.log(likelihood(asked, rate)) + np.log(balance)
    p = normalise(score / (1 + shared * np.maximum(size - 1, 0))[:, None], known)[0]
    sure = np.flatnonzero(known >= 0) if known is not None else np.zeros(0, dtype=np.int64)
    item = np.concatenate([votes.item, sure])
    told = np.concatenate([tree.node[votes.labels.y], leaves[p[sure].argmax(1)]])
    said = sparse.csr_array((np.ones(len(item)), (item, told)), (n, len(tree.names)))
    node, node_p = deepest_nodes(tree, p @ tree.below(leaves).T.astype(float), said)
    table = np.zeros((n, votes.labels.k))
    table[:, class_of_leaves(tree, leaves)] = p
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


def _gold_leaves(gold: Ints | None, tree: ClassTree, leaves: Ints) -> Ints | None:
    """(n,) the place of the true leaf, -1 where it is unknown or an inner node."""
    if gold is None:
        return None
    place = np.full(len(tree.names) + 1, -1)
    place[leaves] = np.arange(len(leaves))
    return np.asarray(np.where(gold >= 0, place[tree.node[np.maximum(gold, 0)]], -1))


def _start(
    votes: Votes[Classes], tree: ClassTree, leaves: Ints, asked: TreeVotes, known: Ints | None
) -> tuple[Floats, Floats]:
    """The balance of the leaves, and counts, that vote shares give: a vote at an inner node is
    shared among the leaves below.
    """
    k, levels = len(leaves), len(asked.chance)
    rate = np.full(levels, 0.3 / max(levels - 1, 1))
    rate[0] = 0.7 if levels > 1 else 1.0
    balance = np.full(k, 1 / k)
    count, balance, _ = learnt_from(asked, np.tile(rate, (votes.w, 1)), balance, known)
    return balance, count


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
