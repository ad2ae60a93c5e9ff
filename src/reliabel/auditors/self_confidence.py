"""Self-confidence: a label is suspect if the model gives it a low probability.

Assumes probabilities from a model that did not train on the item. Weak on hard but correctly
labelled items, which it cannot tell from errors.
Cost: O(n k), memory O(n). Paper: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021)
1373-1411, section 3.2.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows
from reliabel.ops.confident import own

STATUS = "default"


def audit(labels: Classes, *, probs: Floats) -> Suspicion:
    """Score = 1 - probability of the given label; suggestion = the most probable class.

    >>> p = np.array([[0.75, 0.25], [0.5, 0.5], [0.9, 0.1]])
    >>> audit(Classes(np.array([0, 1, -1])), probs=p).score.tolist()
    [0.25, 0.5, nan]
    """
    score, best = rows(lambda block: _score(*block.read()), cut(labels.y, probs))
    return Suspicion(score, suggest=Classes(best, labels.names))


def _score(y: Ints, probs: Floats) -> tuple[Floats, Ints]:
    score = 1 - own(y, probs).astype(float)
    score[y < 0] = np.nan
    return score, probs.argmax(1)
