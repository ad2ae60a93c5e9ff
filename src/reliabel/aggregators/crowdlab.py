"""CROWDLAB: a model's probabilities and the workers' votes, each weighed by how often it agrees with the others.

Assumes out-of-sample probabilities.  Weak where each item has one vote: no worker can then be told from another.
Cost: O(v + n k), memory O(n k).  Paper: Goh, Tkachenko, Mueller. CROWDLAB: supervised learning to infer consensus labels. 2022.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import Block, hold, said, share, spread, summed

Facts = tuple[Floats, Floats, Floats, Floats, Floats, Floats]


def aggregate(votes: Votes[Classes], *, probs: Floats, gold: Ints | None = None) -> Consensus[Soft]:
    """The weighted mean of the model's probabilities and of what each vote makes of the classes.

    >>> v = Votes(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0]), Classes(np.array([0, 1, 1, 1, 0])), n=3, w=2)
    >>> aggregate(v, probs=np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])).labels.p.argmax(1).tolist()
    [0, 1, 0]
    """
    k, w, blocks = votes.labels.k, votes.w, said(votes, gold)
    consensus = rows(lambda block: _majority(block, probs), blocks)
    agreed, wrong, classes, size, matched, others = total(lambda block: _facts(block, probs, consensus, w), blocks)
    several = size[0]
    if several:
        trust = agreed[0] / several
        dull = max(1 - classes.max() / several, 1e-6)  # the error of always saying the most common class
        known = others > 0
        match = np.divide(matched, others, out=np.full(w, np.nan), where=known)
        match = np.where(known, match, match[known].mean())
        weight = np.maximum(1 - (1 - match) / dull, 1e-6)
        model = max(1 - (wrong[0] / several) / dull, 1e-6) * np.sqrt(size[1] / several)
    else:
        trust, weight, model, match = 1.0, np.ones(w), 1.0, np.full(w, np.nan)
    posterior = rows(lambda block: _blend(block, probs, trust, weight, model), blocks)
    return Consensus(Soft(posterior, votes.labels.names), match, info={"trust": float(trust), "weight": weight, "model_weight": float(model), "k": k})


def _majority(block: Block, probs: Floats) -> Ints:
    """(items,) the majority class; the model decides ties."""
    votes = spread(block)
    mine = probs[block.start : block.start + len(block)]
    return np.asarray(np.where(votes == votes.max(1, keepdims=True), mine, -1.0).argmax(1))


def _facts(block: Block, probs: Floats, consensus: Ints, w: int) -> Facts:
    """Sums over the items with several votes."""
    cast = np.diff(block.said.indptr)
    several = cast > 1
    chosen = consensus[block.start : block.start + len(block)]
    part = share(block)[np.arange(len(block)), chosen]
    model = probs[block.start : block.start + len(block)].argmax(1)
    row, on = block.row, several[block.row]
    like = spread(block)[row, block.label] - 1
    return (
        np.array([part[several].sum()]),
        np.array([float((model != chosen)[several].sum())]),
        np.bincount(chosen[several], minlength=block.k).astype(float),
        np.array([float(several.sum()), float(cast[several].sum())]),
        summed(block.worker[on], like[on], w),
        summed(block.worker[on], cast[row][on] - 1.0, w),
    )


def _blend(block: Block, probs: Floats, trust: float, weight: Floats, model: float) -> Floats:
    mine = weight[block.worker]
    rest = (1 - trust) / max(block.k - 1, 1)
    weights = summed(block.row, mine, len(block))[:, None]
    mixed = model * probs[block.start : block.start + len(block)] + spread(block, (trust - rest) * mine) + rest * weights
    return hold(np.asarray(mixed / mixed.sum(1, keepdims=True), dtype=float), block.gold)
