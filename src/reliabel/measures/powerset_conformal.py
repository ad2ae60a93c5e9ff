"""Conformal sets of label vectors: which of the several labels of an item stay open, if the true
vector is to be in its set as often as promised.

Split conformal prediction over the powerset. The score of a vector is its boldest label: the chance
that the model gives to the answer which the vector denies. A set is then a box: some labels stay
open, the others are as the model says, all of them at once as often as promised. The paper's score,
the squared distance to the probabilities, makes sets of fewer vectors, but with many labels none of
them is settled, because one flip more or less does not show in the sum; those sets are there too.
Assumes that the labels are right, and items that are exchangeable; then the promise holds for any
model, over all items together, not for each label. Weak with a poor model: the sets are then large.
Items with an unknown label do not calibrate.
Cost: O(n k); no set is enumerated. Memory O(n k).
Paper: Maltoudoglou, Paisios, Lenc, Martinek, Kral, Papadopoulos. Well-calibrated confidence
measures for multi-label text classification with a large number of labels. Pattern Recognition 122
(2022); the box is ours.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Ints, MultiLabel
from reliabel.core.results import Measure
from reliabel.ops.agreement import wilson
from reliabel.ops.powerset import (
    CLOSE,
    boldest,
    distance,
    entropy,
    left_open,
    members,
    nearest,
    threshold,
)

STATUS = "optional"
ALSO = ("multilabel_conformal", "lp_icp", "conformal_sets")
SHOWN, MOST = 50, 1000  # items whose sets are counted, and up to how many vectors


def measure(labels: MultiLabel, *, probs: Floats, rng: Generator, coverage: float = 0.9) -> Measure:
    """The mean number of open labels an item, which is the size of its set in bits; each half of
    the items is calibrated by the other.

    coverage: how often the true label vector is to be in the set.
    ``parts`` holds "coverage", that of the halves on each other with its "low" and "high"; "open"
    (n, k), True where a label stays open, and "nearest" (n, k), the labels of all vectors of the
    set elsewhere; "decided", the share of the labels that are settled; "entropy", the bits an item
    that the model itself leaves open, below which no set that covers can be by much; "within" (n,),
    the squared distance up to which vectors are in the paper's set of the item, which
    ``ops.powerset.members`` takes; and "size", the median number of vectors in those of fifty
    items, 1,000 at most.
    Raises ValueError for a coverage that is not between 0 and 1.

    >>> rng = np.random.default_rng(0)
    >>> p = rng.random((400, 3)) ** 3
    >>> y = MultiLabel((rng.random((400, 3)) < p).astype(int))
    >>> found = measure(y, probs=p, rng=rng, coverage=0.9)
    >>> round(found.value, 1), bool(found.parts["low"] < 0.9 < found.parts["high"])
    (1.2, True)
    """
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must lie between 0 and 1, got {coverage}")
    n = len(labels)
    p = np.asarray(probs, dtype=np.float64)
    whole = (labels.y >= 0).all(1)
    half = rng.permutation(n) % 2
    bold, far = boldest(labels.y, p), distance(labels.y, p)
    limit, within = np.empty(n), np.empty(n)
    for side in (0, 1):
        others = whole & (half != side)
        limit[half == side] = threshold(bold[others], 1 - coverage)
        within[half == side] = threshold(far[others], 1 - coverage)
    held = bold <= limit + CLOSE
    open_ = left_open(p, limit[:, None])
    known = int(whole.sum())
    low, high = wilson(np.array(float(held[whole].sum())), np.array(float(known)))
    mean = float(open_.sum(1).mean()) if n else float("nan")
    parts = {
        "coverage": float(held[whole].mean()) if known else float("nan"),
        "low": float(low),
        "high": float(high),
        "open": open_,
        "nearest": nearest(p)[0],
        "decided": float(1 - open_.mean()) if open_.size else float("nan"),
        "entropy": float(entropy(p).mean()) if n else float("nan"),
        "within": within,
        "size": _size(p, within, rng),
    }
    why = "no interval: the number moves with the calibration; parts hold one of the coverage"
    return Measure(mean, np.nan, np.nan, parts, {"why": why, "calibrated on": known})


def _size(p: Floats, within: Floats, rng: Generator) -> float:
    """The median number of vectors in the sets of some items."""
    some: Ints = rng.choice(len(p), min(SHOWN, len(p)), replace=False)
    sizes = [sum(1 for _ in islice(members(p[i], float(within[i])), MOST)) for i in some.tolist()]
    return float(np.median(sizes)) if sizes else float("nan")
