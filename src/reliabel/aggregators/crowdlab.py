"""CROWDLAB: a weighted mean of a model's probabilities and the workers' votes, each weighted by how
often it agrees with the others.

Assumes out-of-sample probabilities.  Weak where each item has one vote: workers cannot be told
apart then.
Cost: O(v + n k), memory O(n k).  Paper: Goh, Tkachenko, Mueller. CROWDLAB: supervised learning to
infer consensus labels. 2022.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import Block, group_sums, set_gold, vote_counts, vote_shares, votes_matrix

Sums = tuple[Floats, Floats, Floats, Floats, Floats, Floats]


def aggregate(
    votes: Votes[Classes], *, probs: Floats, gold: Ints | None = None, rounds: int = 2
) -> Consensus[Soft]:
    """The weighted mean of the model's probabilities and the distributions that votes stand for.

    rounds: how often the weights are estimated: first against the majority label, then against the
        consensus of the round before.
    ``info`` holds "trust" (how often a vote is the consensus), "weight" (w,), "model_weight", "k".

    >>> item, worker = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0])
    >>> v = Votes(item, worker, Classes(np.array([0, 1, 1, 1, 0])), n=3, w=2)
    >>> probs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> aggregate(v, probs=probs).labels.p.argmax(1).tolist()
    [0, 1, 0]
    """
    if rounds < 1:
        raise ValueError(f"crowdlab needs one round at least, got rounds={rounds}")
    blocks = votes_matrix(votes, gold)
    consensus = rows(lambda block: _majority(block, probs), blocks)
    for _ in range(rounds):
        trust, weight, model, match = _weights(blocks, probs, consensus, votes.w)
        blend = partial(_blend, probs=probs, trust=trust, weight=weight, model=model)
        posterior = rows(blend, blocks)
        top = posterior.max(1)
        consensus = np.where(
            posterior[np.arange(len(top)), consensus] >= top, consensus, posterior.argmax(1)
        )
    return Consensus(
        Soft(posterior, votes.labels.names),
        match,
        info={"trust": trust, "weight": weight, "model_weight": model, "k": votes.labels.k},
    )


def _weights(
    blocks: list[Block], probs: Floats, consensus: Ints, w: int
) -> tuple[float, Floats, float, Floats]:
    """How often a vote is the consensus; the weight of each worker; the weight of the model; how
    often each worker agrees with the others.
    """
    agreed, wrong, classes, size, matched, others = total(
        lambda block: _sums(block, probs, consensus, w), blocks
    )
    several = size[0]
    if not several:
        return 1.0, np.ones(w), 1.0, np.full(w, np.nan)
    baseline = max(1 - classes.max() / several, 1e-6)  # error of always giving the commonest class
    known = others > 0
    match = np.divide(matched, others, out=np.full(w, np.nan), where=known)
    match = np.where(known, match, match[known].mean())
    model = max(1 - (wrong[0] / several) / baseline, 1e-6) * np.sqrt(size[2] / size[1])
    weight = np.maximum(1 - (1 - match) / baseline, 1e-6)
    return float(agreed[0] / several), weight, float(model), match


def _majority(block: Block, probs: Floats) -> Ints:
    """(items,) the majority class; the model decides ties."""
    votes = vote_counts(block)
    mine = probs[block.start : block.start + len(block)]
    return np.asarray(np.where(votes == votes.max(1, keepdims=True), mine, -1.0).argmax(1))


def _sums(block: Block, probs: Floats, consensus: Ints, w: int) -> Sums:
    """Sums over the items with several votes: shares of votes for the consensus, the model's
    errors, items per consensus class; numbers of items with several votes, of items with a vote and
    of votes; per worker, the other votes that agree and all other votes.
    """
    cast = np.diff(block.votes.indptr)
    several = cast > 1
    chosen = consensus[block.start : block.start + len(block)]
    part = vote_shares(block)[np.arange(len(block)), chosen]
    model = probs[block.start : block.start + len(block)].argmax(1)
    row, on = block.row, several[block.row]
    like = vote_counts(block)[row, block.label] - 1
    return (
        np.array([part[several].sum()]),
        np.array([float((model != chosen)[several].sum())]),
        np.bincount(chosen[several], minlength=block.k).astype(float),
        np.array([several.sum(), (cast > 0).sum(), cast.sum()], dtype=float),
        group_sums(block.worker[on], like[on], w),
        group_sums(block.worker[on], cast[row][on] - 1.0, w),
    )


def _blend(block: Block, probs: Floats, trust: float, weight: Floats, model: float) -> Floats:
    mine = weight[block.worker]
    rest = (1 - trust) / max(block.k - 1, 1)
    weights = group_sums(block.row, mine, len(block))[:, None]
    mixed = (
        model * probs[block.start : block.start + len(block)]
        + vote_counts(block, (trust - rest) * mine)
        + rest * weights
    )
    return set_gold(np.asarray(mixed / mixed.sum(1, keepdims=True), dtype=float), block.gold)
