"""Embedding agreement: how often a neighbour of the item, in an embedding drawn at random, carries
its label; a label that few embeddings support is suspect.

Assumes several embeddings of the same items in each of which near items share a class, and which
err on different items: then their mean is a better judge than most of them.  Every embedding counts
the same, so that weak ones beside a good one cost more than they bring.  Weak for rare classes.
Cost: one search for neighbours for each embedding, then O(n nearest); memory O(n (k + nearest)).
Paper: after Zhu, Dong, Liu. Detecting corrupted labels without training a model to predict. ICML
2022 (the vote of neighbours), with the mean over embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.core.run import track
from reliabel.ops.chunks import cut, rows
from reliabel.ops.neighbour_votes import cosine_votes
from reliabel.ops.neighbours import nearest as find

ALSO = ("expected_agreement",)


def audit(labels: Classes, *, embeddings: Mapping[str, Floats], nearest: int = 50) -> Suspicion:
    """Score = 1 - the mean over embeddings of the share of the given label in the votes of the
    nearest neighbours, weighted by cosine; flag if another class has a larger mean share.

    embeddings: at least one; of a single one it is a vote of neighbours.
    nearest: how many neighbours vote in each embedding.
    info: "agreement", for each embedding the mean share of the given labels, and "spread" (n,), the
        standard deviation over embeddings of an item's share.

    >>> x = np.array([[1.0, 0.1], [0.9, 0.2], [-1.0, 0.0], [-0.9, 0.1]])
    >>> half = np.eye(2)[[0, 0, 1, 1]]
    >>> found = audit(Classes([0, 0, 1, 1]), embeddings={"x": x, "half": half}, nearest=1)
    >>> found.score.tolist(), found.info["agreement"]
    ([0.0, 0.0, 0.0, 0.0], {'x': 1.0, 'half': 1.0})
    """
    if nearest < 1:
        raise ValueError(f"nearest must be at least 1, got {nearest!r}")
    n, k, y = len(labels), labels.k, labels.y
    mean, given, square, seen = np.zeros((n, k)), np.zeros(n), np.zeros(n), np.zeros(n)
    agreement, recall = {}, 1.0
    for name in track("embeddings", list(embeddings)):
        if n < 2:
            break
        near = find(embeddings[name], j=min(nearest, n - 1))
        share = _shares(labels, near)
        known = (y >= 0) & share.any(1)
        own = np.where(known, share[np.arange(n), np.maximum(y, 0)], 0.0) if k else given
        mean, given, square, seen = mean + share, given + own, square + own**2, seen + known
        agreement[name] = float(own[known].mean()) if known.any() else float("nan")
        recall = min(recall, near.recall)
    known = seen > 0
    own = np.divide(given, seen, out=np.full(n, np.nan), where=known)
    flag = known & (mean.max(1, initial=0) > given + 1e-9)
    best = np.where(mean.any(1), mean.argmax(1), -1) if k else np.full(n, -1)
    suggest = np.where(known & ~flag, y, best)
    spread = np.sqrt(np.maximum(np.divide(square, seen, out=own**2, where=known) - own**2, 0))
    info = {"agreement": agreement, "spread": spread, "nearest": nearest, "recall": recall}
    return Suspicion(1 - own, flag, Classes(suggest, labels.names), info=info)


def _shares(labels: Classes, near: Neighbours) -> Floats:
    """(n, k) the share of each class in the votes; zeros where nobody votes."""

    def share(y: Ints, index: Ints, distance: Floats) -> Floats:
        votes = cosine_votes(labels.y, labels.k, index, distance)
        total = votes.sum(1, keepdims=True)
        return np.asarray(np.divide(votes, total, out=np.zeros_like(votes), where=total > 0))

    blocks = cut(labels.y, near.index, near.distance, k=max(labels.k, near.index.shape[1]))
    return rows(lambda block: share(*block.read()), blocks)
