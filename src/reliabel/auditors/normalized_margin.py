"""Normalized margin: a label is suspect if the model prefers another class to it.

Assumes probabilities from a model that did not train on the item. Unlike self-confidence it
tolerates low probabilities that are spread over many classes; with two classes both are the same.
Weak on hard but correctly labelled items, which it cannot tell from errors.
Cost: O(n k), memory O(n). Paper: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021)
1373-1411, section 3.2.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows
from reliabel.ops.confident import own

STATUS = "optional"
ALSO = ("margin",)


def audit(labels: Classes, *, probs: Floats) -> Suspicion:
    """Score = (1 + probability of the likeliest other class - that of the given one) / 2.

    Suggestion = the most probable class.

    >>> p = np.array([[0.75, 0.25, 0], [0.3, 0.4, 0.3], [0.9, 0.1, 0]])
    >>> found = audit(Classes(np.array([0, 2, -1])), probs=p)
    >>> found.score.round(3).tolist(), found.suggest.y.tolist()
    ([0.25, 0.55, nan], [0, 1, 0])
    """
    score, best = rows(lambda block: _score(*block.read()), cut(labels.y, probs))
    return Suspicion(score, suggest=Classes(best, labels.names))


def _score(y: Ints, probs: Floats) -> tuple[Floats, Ints]:
    given, place, known = own(y, probs), np.arange(0, probs.size, probs.shape[1]), y >= 0
    others = probs.copy()
    others.ravel()[(place + y)[known]] = -1
    other = others.argmax(1)
    most = np.maximum(others.ravel().take(place + other), 0)  # 0 where there is no other class
    score = 0.5 + (most.astype(float) - given) / 2
    score[~known] = np.nan
    kept = known & ((given > most) | ((given == most) & (y < other)))
    return score, np.where(kept, y, other)
