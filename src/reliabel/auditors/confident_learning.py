"""Confident learning: flag an item if the most probable class, among those above their own mean
confidence, differs from the given one.

Assumes class-conditional noise and out-of-fold probabilities. The number of flags is a selection,
not a count of errors: on human errors it is off by a factor of up to three. Weak if one class has
low probabilities throughout (long tails).
Cost: O(n k) in two passes over blocks, memory O(n + k^2).
Paper: Northcutt, Jiang, Chuang. Confident learning: estimating uncertainty in dataset labels. JAIR
70 (2021) 1373-1411.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows
from reliabel.ops.confident import own, thresholds

STATUS = "default"
ALSO = ("cl",)
FLAGS = (
    "It flags what a model confidently sees in another class: some of these are right, and wrong "
    "labels that the model agrees with are not among them."
)
NO_FLAGS = (
    "The model confidently sees none of the {labels} in another class. That is no proof: it may "
    "repeat the mistakes of the labels."
)


def audit(labels: Classes, *, probs: Floats) -> Suspicion:
    """Flag = off the diagonal of the confident joint; flagged items score above all others.

    Within each part items are ordered by one minus the probability of the given label. Suggestion =
    the confident class if flagged, else the given label.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]])
    >>> found = audit(Classes(np.array([0, 0, 1, 1])), probs=p)
    >>> found.flag.tolist(), found.score.round(2).tolist()
    ([False, False, False, True], [0.05, 0.1, 0.1, 0.95])
    """
    threshold = thresholds(labels.y, probs)
    score, flag, best = rows(lambda block: _judge(threshold, *block.read()), cut(labels.y, probs))
    return Suspicion(score, flag, Classes(best, labels.names), info={"thresholds": threshold})


def _judge(threshold: Floats, y: Ints, probs: Floats) -> tuple[Floats, Bools, Ints]:
    limit = threshold.astype(probs.dtype)
    above = probs >= limit
    np.put_along_axis(above, np.maximum(y, 0)[:, None].astype(np.intp), False, 1)
    flag, suggest = np.zeros(len(y), dtype=bool), np.array(y)
    maybe = np.flatnonzero(above.any(1) & (y >= 0))  # only where another class is confident at all
    sure = np.where(probs[maybe] >= limit, probs[maybe], -1)
    confident = sure.argmax(1)
    flag[maybe] = (sure.max(1, initial=-1) >= 0) & (confident != y[maybe])
    suggest[maybe] = np.where(flag[maybe], confident, y[maybe])
    return np.where(y >= 0, (flag + 1 - own(y, probs).astype(float)) / 2, np.nan), flag, suggest
