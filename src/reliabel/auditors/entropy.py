"""Signed entropy: a label is suspect where the model is sure of another class, not merely unsure.

Plain entropy asks how unsure the model is and never looks at the label: an item that the model
surely sees in another class has the lowest entropy of all, and an honest but hard item the highest.
Here the certainty (one minus the entropy, as a share of its largest value) is given a sign: towards
the given label it lowers the score, towards another class it raises it, and an unsure model says
neither.  With two classes the order is that of self-confidence.
Assumes probabilities from a model that did not train on the item. Weak where the model is unsure
throughout (many classes, little data): all scores then are near one half.
Cost: O(n k), memory O(n). Paper: Kuan, Mueller. Model-agnostic label quality scoring to detect
real-world label errors. ICML 2022 workshop DataPerf; the sign is ours.
"""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows
from reliabel.ops.confident import own

STATUS = "optional"
ALSO = ("signed_entropy", "confidence_weighted_entropy")


def audit(labels: Classes, *, probs: Floats) -> Suspicion:
    """Score = (1 + lean * (1 - entropy / log k)) / 2, with lean = (the likeliest other class - the
    given one) / (the sum of the two) in [-1, 1]; suggestion = the most probable class.

    >>> p = np.array([[0.98, 0.01, 0.01], [0.4, 0.3, 0.3], [0.01, 0.98, 0.01]])
    >>> audit(Classes(np.zeros(3, int), ("a", "b", "c")), probs=p).score.round(2).tolist()
    [0.06, 0.5, 0.94]
    """
    score, best = rows(lambda block: _score(*block.read()), cut(labels.y, probs))
    return Suspicion(score, suggest=Classes(best, labels.names))


def _score(y: Ints, probs: Floats) -> tuple[Floats, Ints]:
    given = own(y, probs).astype(float)
    others = probs.astype(float)
    sure = 1 - entr(others).sum(1) / np.log(max(probs.shape[1], 2))
    others[np.arange(len(y)), np.maximum(y, 0)] = 0
    other = others.max(1)
    both = given + other
    lean = np.divide(other - given, both, out=np.zeros(len(y)), where=both > 0)
    score = np.where(y >= 0, (1 + lean * np.clip(sure, 0, 1)) / 2, np.nan)
    return score, probs.argmax(1)
