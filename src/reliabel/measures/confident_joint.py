"""The confident joint: how many labels of each given class a model confidently assigns to each
class; a selection of suspects, not a count of errors.

Assumes class-dependent noise and out-of-fold probabilities.  On human errors its share is wrong by
a factor of up to three in either direction: what the model confuses counts as wrong, what it agrees
with counts as right.
Cost: O(n k) in two passes over blocks, memory O(n + k^2).
Paper: Northcutt, Jiang, Chuang. Confident learning: estimating uncertainty in dataset labels. JAIR
70 (2021) 1373-1411.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.anchors import overlap
from reliabel.ops.confident import joint
from reliabel.ops.noise import noise_matrix_of

STATUS = "default"
JOINT = "confident joint: estimated numbers of labels"


def measure(labels: Classes, *, probs: Floats) -> Measure:
    """The share of labels off the diagonal of the calibrated joint.

    ``parts`` holds "joint" (k, k), estimated numbers of labels [true, given], and "noise_matrix"
    (k, k), the chance of a given label under a true one.  ``info["overlap"]`` is the share of all
    labels that may be overlap of classes instead of noise; a "warning" says where that is much.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
    >>> found = measure(Classes(np.array([0, 0, 0, 1, 1, 1])), probs=p)
    >>> round(found.value, 3), found.parts["noise_matrix"].round(2).tolist()
    (0.167, [[0.75, 0.25], [0.0, 1.0]])
    """
    info: dict[str, Any] = {
        "means": "labels that the model confidently puts in another class; not a count of errors",
        "interval": "no interval: its error is that of the model (hard items count as wrong), "
        "which no resampling shows; review some labels to know",
    }
    n = int((labels.y >= 0).sum())
    counts = joint(labels.y, probs) if n else np.zeros((labels.k, labels.k))
    info |= overlap(labels.y, probs)
    value = float(1 - np.trace(counts) / n) if n else float("nan")
    return Measure(
        value, np.nan, np.nan, {"joint": counts, "noise_matrix": noise_matrix_of(counts)}, info
    )
