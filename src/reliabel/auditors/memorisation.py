"""Memorisation: a label that a model gives only where it learnt that very item is wrong, or the
item is the only one of its sort.

Many models learn random parts of the data; memorisation is how much likelier an item is predicted
as labelled by those that saw it than by those that did not. The model is the nearest neighbour,
which repeats what it saw, so that the mean over all parts is known without training any.
High values say atypical *or* wrong: where ``probs`` are given, a model that makes no use of single
neighbours has the word on which.
Assumes features in which near items share a class. Weak as a ranking of wrong labels: few
neighbours speak, and every lone item looks wrong.
Cost: O(n j), memory O(n) and one block of (rows, j).
Paper: Feldman, Zhang. What neural networks memorize and why: discovering the long tail via
influence estimation. NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.ops.memorised import MEMORISED, memorised

STATUS = "optional"
ALSO = ("memorization", "feldman")


def audit(
    labels: Classes,
    *,
    neighbours: Neighbours,
    probs: Floats | None = None,
    share: float = 0.7,
) -> Suspicion:
    """Score = memorisation, from 0 (others say the same) to 1 (nobody but the item itself does).

    ``kind`` of what is memorised (above .25) where ``probs`` are given: "atypical" where the
    likeliest class is the given one, "contradicted" where it is not.
    share: of the items, that each model learns from.
    ``info`` holds "memorised", the share of the labels above .25, and "histogram" (10,), the counts
    of scores in tenths.
    Raises ValueError for a share that is not between 0 and 1.

    >>> around = Neighbours(np.array([[1, 2], [0, 2], [1, 0]]), np.ones((3, 2)))
    >>> audit(Classes(np.array([0, 0, 1])), neighbours=around).score.round(2).tolist()
    [0.23, 0.23, 1.0]
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share!r}")
    y = labels.y
    score = memorised(y, neighbours.index, np.ones(len(y), dtype=bool), share)
    high = np.nan_to_num(score) > MEMORISED
    kind = None
    if probs is not None:
        best = probs[np.arange(len(y)), np.maximum(y, 0)] >= probs.max(1)
        kind = np.where(high, np.where(best, "atypical", "contradicted"), "").tolist()
    known = score[~np.isnan(score)]
    info = {
        "memorised": float((known > MEMORISED).mean()) if len(known) else float("nan"),
        "histogram": np.histogram(known, 10, (0.0, 1.0))[0],
        "recall": neighbours.recall,
    }
    return Suspicion(score, kind=kind, info=info)
