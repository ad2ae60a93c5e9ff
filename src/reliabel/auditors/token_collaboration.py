"""Token collaboration: a tag is suspect if few of the words most like it in context have the same
tag, compared with other words of that tag.

The collaborative weights of CoLaDa.  Assumes vectors of words in context; the two tags of one type
(B- and I-) count as the same.  Weak on words of which there are few like it.
Cost: O(words x neighbours).  The learner that trains on the weights is not part of it.
Paper: Ma, Lin, Chen, Wang, et al. CoLaDa: a collaborative label denoising framework for
cross-lingual named entity recognition. ACL 2023.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion

ALSO = ("colada",)
COPY = 1e-7  # neighbours nearer than this are the same word in the same context
STEEP = 6.0  # of the sigmoid, as the paper has it


def audit(
    labels: Classes, *, neighbours: Neighbours, probs: Floats | None = None, smooth: float = 0.0
) -> Suspicion:
    """Score = one minus the weight: the share of neighbours with the same tag, divided by the
    largest of that tag, pulled apart around the mean of the tag and divided by the largest again.

    Suggestion = the likeliest tag by neighbours, times the probabilities of a model where there are
    some.  smooth: neighbours that are added to each count.
    info: "weight" (units,), by which a learner weighs the model's probabilities.

    >>> near = Neighbours(np.array([[1, 2], [0, 2], [0, 1], [0, 1]]), np.full((4, 2), 0.5))
    >>> found = audit(Classes(np.array([0, 0, 0, 1])), neighbours=near)
    >>> found.score.round(2).tolist(), int(found.suggest.y[3])
    ([0.0, 0.0, 0.0, 1.0], 0)
    """
    y, k, known = labels.y, labels.k, labels.y >= 0
    kind = _types(labels.names)[np.maximum(y, 0)]
    around = np.where(neighbours.index >= 0, neighbours.index, 0)
    counts = (neighbours.index >= 0) & (neighbours.distance > COPY) & known[around]
    same = (counts & (kind[around] == kind[:, None])).sum(1).astype(float)
    weight = np.zeros(len(y))
    for c in range(k):
        mine = np.flatnonzero(y == c)
        if len(mine):
            weight[mine] = _weights(same[mine] + smooth)
    votes = np.stack([(counts & (y[around] == c)).sum(1) for c in range(k)], axis=1)
    best = (votes + 0.5) * (1.0 if probs is None else np.asarray(probs, dtype=float) + 1e-6)
    score = np.where(known, 1 - weight, np.nan)
    return Suspicion(score, suggest=Classes(best.argmax(1), labels.names), info={"weight": weight})


def _weights(same: Floats) -> Floats:
    if not same.max() > 0:
        return np.zeros(len(same))
    share = same / same.max()
    pulled = 1 / (1 + np.exp(-STEEP * (share - share.mean())))
    return np.asarray(pulled / pulled.max())


def _types(names: tuple[str, ...]) -> Ints:
    """(k,) the same number for the two tags of one type."""
    bare = [name[2:] if name[:2] in ("B-", "I-") else name for name in names] or [""]
    return np.unique(np.array(bare), return_inverse=True)[1].ravel()
