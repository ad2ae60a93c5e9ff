"""Workers' matrices from moments of three groups of workers, without a start to be lucky with: a
tensor is taken apart into one part a class.

Votes of three groups are independent given the class, so that their third moment is a sum over
classes of products of what each group says of it.
Needs every group to have seen most items, and matrices that can be told apart: None where a moment
has no inverse (often beyond five classes).
Source: Zhang, Chen, Zhou, Jordan. Spectral methods meet EM. JMLR 17 (2016) 1-44, the general form;
Anandkumar et al. JMLR 15 (2014) for the power method.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import total
from reliabel.ops.votes import Block, group_sums, votes_per_worker

FLAT = (
    1e-3  # a moment whose smallest singular value is below this part of its largest has no inverse
)


def tensor_confusions(blocks: list[Block]) -> tuple[Floats, Floats] | None:
    """Matrices (w, true, said) and balance (k,), or None where the moments do not allow it."""
    k, cast = blocks[0].k, votes_per_worker(blocks)
    w = len(cast)
    group = np.empty(w, dtype=np.int64)
    group[np.argsort(-cast, kind="stable")] = np.resize(
        [0, 1, 2, 2, 1, 0], w
    )  # dealt out by their votes, so that groups see as much
    first = total(lambda block: _pairs(block, group), blocks)
    n = float(first[1])
    if n < k or k < 2 or w < 3:
        return None
    means = np.zeros((3, k, k))  # group, said, true
    balances = np.zeros((3, k))
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        pair = first[0] / n
        if any(_flat(pair[x, y]) for x, y in ((a, b), (a, c), (b, c))):
            return None
        to_a, to_b = (
            pair[c, b] @ np.linalg.inv(pair[a, b]),
            pair[c, a] @ np.linalg.inv(pair[b, a]),
        )  # what a and b say, in the words of c
        second = to_a @ pair[a, b] @ to_b.T
        third = (
            total(lambda block, g=(a, b, c), m=(to_a, to_b): _third(block, group, g, m), blocks) / n  # type: ignore[misc]
        )
        found = _parts((second + second.T) / 2, third)
        if found is None:
            return None
        means[c], balances[c] = found
    balance = np.maximum(balances.mean(0), 1e-3)
    balance /= balance.sum()
    return _each(blocks, group, means, balance, n), balance


def _said(block: Block, group: Ints) -> Floats:
    """(3, items, k) the votes of each group, and only of items that all three have seen."""
    cell = block.row * block.k + block.label
    size = len(block) * block.k
    x = np.stack(
        [
            group_sums(
                cell[group[block.worker] == g], np.ones(int((group[block.worker] == g).sum())), size
            )
            for g in range(3)
        ]
    ).reshape(3, len(block), block.k)
    count = x.sum(2, keepdims=True)
    return np.asarray(np.where((count > 0).all(0), x / np.maximum(count, 1), 0.0))


def _pairs(block: Block, group: Ints) -> tuple[Floats, float]:
    x = _said(block, group)
    return np.einsum("gia,hib->ghab", x, x), float((x[0].sum(1) > 0).sum())


def _third(
    block: Block, group: Ints, order: tuple[int, int, int], to: tuple[Floats, Floats]
) -> Floats:
    x = _said(block, group)
    a, b, c = order
    third: Floats = np.einsum("ia,ib,ic->abc", x[a] @ to[0].T, x[b] @ to[1].T, x[c])
    return third


def _flat(moment: Floats) -> bool:
    values = np.linalg.svd(moment, compute_uv=False)
    return bool(values[-1] < FLAT * values[0])


def _parts(second: Floats, third: Floats) -> tuple[Floats, Floats] | None:
    """What the group says of each class (said, true), and how frequent the classes are:
    eigenvectors of the whitened third moment, one by one.
    """
    k = len(second)
    value, vector = np.linalg.eigh(second)
    if value[0] < FLAT * value[-1]:
        return None
    white = vector / np.sqrt(value)
    core = np.einsum("abc,ai,bj,ck->ijk", third, white, white, white)
    back = np.linalg.pinv(white.T)
    starts = np.concatenate(
        [white.T, np.eye(k)], axis=1
    ).T  # from where a group would say one class only, and from every axis
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
        place = int(
            np.argmax(np.where(free, mean, -1))
        )  # a class is what the group mostly calls so; where two claim a name, the later takes the next
        means[:, place], balance[place], free[place] = mean / mean.sum(), 1 / height**2, False
        core = core - height * np.einsum("i,j,k->ijk", best, best, best)
    return means, balance


def _each(blocks: list[Block], group: Ints, means: Floats, balance: Floats, n: float) -> Floats:
    """(w, true, said): each worker against the two groups he is not in."""
    k, w = len(balance), len(group)
    moment = total(
        lambda block: _with_others(block, group, w), blocks
    )  # group, said by it, (worker, said)
    out = np.zeros((w, k, k))
    for j in range(w):
        for g in (g for g in range(3) if g != group[j]):
            out[j] += np.clip(
                np.linalg.pinv(means[g] * balance) @ moment[g].reshape(k, w, k)[:, j] / n, 0, None
            )
    out += 1e-3 * np.maximum(out.sum((1, 2), keepdims=True), 1e-9) / k**2 + 1e-12
    return np.asarray(out / out.sum(2, keepdims=True))


def _with_others(block: Block, group: Ints, w: int) -> Floats:
    x = _said(block, group)
    return np.stack([np.asarray((block.votes.T @ x[g]).T) for g in range(3)])
