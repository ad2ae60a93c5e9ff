"""Noise transition matrix from the posterior of the P(wrong) model: expected numbers of labels for
each true and given class, summed over items.

Assumes the model behind P(wrong), in which people err more on hard items and slip on easy ones; it
holds for item-dependent noise, which the other estimates of the matrix do not allow.  Uninformative
where wrong labels cannot be told from ambiguous ones: see the condition of the count.
Cost: O(n k).
Paper: Natarajan et al. Learning with noisy labels. NeurIPS 2013 (the matrix); the posterior is
described in the guide to trust.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Measure
from reliabel.ops.chunks import cut, total
from reliabel.ops.noise import noise_matrix_of

JOINT = "expected numbers of labels by P(wrong)"
FROM_P_WRONG = True


def measure(labels: Classes, *, posterior: Floats) -> Measure:
    """The expected share of wrong labels and the expected matrix under the posterior.

    ``parts`` holds "joint" (k, k), expected numbers of labels [true, given], "noise_matrix" (k, k),
    its rows divided by their sums, and "balance" (k,) of the true classes.

    >>> p = np.array([[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])
    >>> measure(Classes(np.array([0, 0, 1])), posterior=p).parts["joint"].tolist()
    [[1.4, 0.0], [0.6, 1.0]]
    """
    k = labels.k
    why = {
        "interval": "no interval here: the count of wrong labels has the one that the P(wrong) "
        "model allows"
    }

    def work(block: object) -> Floats:
        post, y = block.read()  # type: ignore[attr-defined]
        keep = (y >= 0) & np.isfinite(post).all(1)
        counts = np.zeros((k, k))
        np.add.at(counts, y[keep], post[keep])
        return counts

    joint = total(work, cut(posterior, labels.y)).T if len(labels) else np.zeros((k, k))
    n = joint.sum()
    if not n:
        unknown = {"joint": joint, "noise_matrix": np.full((k, k), np.nan)}
        info = {"why": "no label has a posterior", **why}
        return Measure(np.nan, np.nan, np.nan, unknown, info)
    parts = {"joint": joint, "noise_matrix": noise_matrix_of(joint), "balance": joint.sum(1) / n}
    return Measure(float(1 - np.trace(joint) / n), np.nan, np.nan, parts, why)
