"""Workers' confusion matrices from the moments of three groups of workers, by tensor decomposition;
the result does not depend on a starting point.

Votes of three groups are independent given the class, so that their third moment is a sum over
classes of outer products of the groups' mean votes.
Every group must have voted on most items, and the matrices must be well conditioned: where a moment
has no inverse (often beyond five classes) the result is None.
Source: Zhang, Chen, Zhou, Jordan. Spectral methods meet EM. JMLR 17 (2016) 1-44, the general form;
Anandkumar et al. JMLR 15 (2014) for the power method.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import total
from reliabel.ops.votes import Block, group_sums, votes_per_worker

SINGULAR = (
    1e-3  # a moment has no inverse below this ratio of its smallest to largest singular value
)


def tensor_confusions(blocks: list[Block]) -> tuple[Floats, Floats] | None:
    """Matrices (w, true, voted) and class balance (k,); None where a moment has no inverse."""
    k, cast = blocks[0].k, votes_per_worker(blocks)
    w = len(cast)
    group = np.empty(w, dtype=np.int64)
    # dealt out in the order of their numbers of votes, so that groups have about as many
    group[np.argsort(-cast, kind="stable")] = np.resize([0, 1, 2, 2, 1, 0], w)
    first = total(lambda block: _pairs(block, group), blocks)
    n = float(first[1])
    if n < k or k < 2 or w < 3:
        return None
    means = np.zeros((3, k, k))  # group, voted, true
    balances = np.zeros((3, k))
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        pair = first[0] / n
        if any(_singular(pair[x, y]) for x, y in ((a, b), (a, c), (b, c))):
            return None
        # maps the mean votes of groups a and b to those of c
        to_a = pair[c, b] @ np.linalg.inv(pair[a, b])
        to_b = pair[c, a] @ np.linalg.inv(pair[b, a])
        second = to_a @ pair[a, b] @ to_b.T
        moment = partial(_third, group=group, order=(a, b, c), to=(to_a, to_b))
        third = total(moment, blocks) / n
        found = _parts((second + second.T) / 2, third)
        if found is None:
            return None
        means[c], balances[c] = found
    balance = np.maximum(balances.mean(0), 1e-3)
    balance /= balance.sum()
    return _each(blocks, group, means, balance, n), balance


def _group_shares(block: Block, group: Ints) -> Floats:
    """(3, items, k) the shares of votes in each group; zero for items that one has no vote on."""
    cell = block.row * block.k + block.label
    size = len(block) * block.k
    by_group = [cell[group[block.worker] == g] for g in range(3)]
    x = np.stack([group_sums(cells, np.ones(len(cells)), size) for cells in by_group])
    x = x.reshape(3, len(block), block.k)
    count = x.sum(2, keepdims=True)
    return np.asarray(np.where((count > 0).all(0), x / np.maximum(count, 1), 0.0))


def _pairs(block: Block, group: Ints) -> tuple[Floats, float]:
    """Sums of the second moments (group, group, k, k), and how many items they are over."""
    x = _group_shares(block, group)
    return np.einsum("gia,hib->ghab", x, x), float((x[0].sum(1) > 0).sum())


def _third(
    block: Block, group: Ints, order: tuple[int, int, int], to: tuple[Floats, Floats]
) -> Floats:
    x = _group_shares(block, group)
    a, b, c = order
    third: Floats = np.einsum("ia,ib,ic->abc", x[a] @ to[0].T, x[b] @ to[1].T, x[c])
    return third


def _singular(moment: Floats) -> bool:
    values = np.linalg.svd(moment, compute_uv=False)
    return bool(values[-1] < SINGULAR * values[0])


def _parts(second: Floats, third: Floats) -> tuple[Floats, Floats] | None:
    """The group's mean votes (voted, true) and the class balance: eigenvectors of the whitened
    third moment, by the power method with deflation.
    """
    k = len(second)
    value, vector = np.linalg.eigh(second)
    if value[0] < SINGULAR * value[-1]:
        return None
    white = vector / np.sqrt(value)
    core = np.einsum("abc,ai,bj,ck->ijk", third, white, white, white)
    back = np.linalg.pinv(white.T)
    # start from groups that only ever vote for one class, and from every axis
    starts = np.concatenate([white.T, np.eye(k)], axis=1).T
    means, balance, free = np.zeros((k, k)), np.zeros(k), np.ones(k, dtype=bool)
    for _ in range(k):
        best, height = None, 0.0
        for start in starts:
            v = start / np.linalg.norm(start)
            for _ in range(100):
                new = np.einsum("ijk,j,k->i", core, v, v)
                size = np.linalg.norm(new)
                if size == 0:
                    break
                v = new / size
            reached = float(np.einsum("ijk,i,j,k->", core, v, v, v))
            if best is None or reached > height:
                best, height = v, reached
        if best is None or height <= 0:
            return None
        mean = np.clip(height * (back @ best), 1e-6, None)
        # a component is the class that the group mostly votes for in it; where two components claim
        # the same class, the later one takes its next best
        place = int(np.argmax(np.where(free, mean, -1)))
        means[:, place], balance[place], free[place] = mean / mean.sum(), 1 / height**2, False
        core = core - height * np.einsum("i,j,k->ijk", best, best, best)
    return means, balance


def _each(blocks: list[Block], group: Ints, means: Floats, balance: Floats, n: float) -> Floats:
    """(w, true, voted): each worker's matrix, from the two groups that the worker is not in."""
    k, w = len(balance), len(group)
    # group, voted by the group, (worker, voted)
    moment = total(lambda block: _with_groups(block, group), blocks)
    out = np.zeros((w, k, k))
    for j in range(w):
        for g in sorted({0, 1, 2} - {int(group[j])}):
            out[j] += np.clip(
                np.linalg.pinv(means[g] * balance) @ moment[g].reshape(k, w, k)[:, j] / n, 0, None
            )
    out += 1e-3 * np.maximum(out.sum((1, 2), keepdims=True), 1e-9) / k**2 + 1e-12
    return np.asarray(out / out.sum(2, keepdims=True))


def _with_groups(block: Block, group: Ints) -> Floats:
    """(group, k, worker * k) sums over items of the groups' shares times the workers' votes."""
    x = _group_shares(block, group)
    return np.stack([np.asarray((block.votes.T @ x[g]).T) for g in range(3)])
