"""ReaL accuracy: how often the model's most probable class is one of the labels that are right for
the item, where an item may have several.

Items without any right label are left out, as their benchmark was not meant for them. Assumes label
sets that people checked; where the candidates came from models, these models look better than they
are. Weak where sets are incomplete: a right answer then counts as wrong.
Cost: O(n k). Memory O(n).
Paper: Beyer, Henaff, Kolesnikov, Zhai, van den Oord. Are we done with ImageNet? arXiv:2006.07159
(2020).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, MultiLabel
from reliabel.core.results import Measure
from reliabel.ops.agreement import wilson

STATUS = "optional"
ALSO = ("reassessed_accuracy", "relabelled_accuracy")


def measure(labels: MultiLabel, *, probs: Floats, first: int = 1) -> Measure:
    """The share of items with a right label among the ``first`` most probable classes, with
    Wilson's 95 % interval.

    ``parts`` holds "items", how many have a right label, "empty", how many have none (left out),
    "size", the mean number of right labels, "by_size", the accuracy of items with one, two, and
    more right labels, and "lenient", the accuracy where an unknown answer counts as right.
    Raises ValueError where ``first`` is no number of classes.

    >>> y = MultiLabel(np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    >>> p = np.array([[0.1, 0.8, 0.1], [0.2, 0.3, 0.5], [0.6, 0.2, 0.2], [0.3, 0.3, 0.4]])
    >>> found = measure(y, probs=p)
    >>> round(found.value, 3), found.parts["empty"], found.parts["size"]
    (0.667, 1, 1.3333333333333333)
    """
    if not 1 <= first <= max(labels.k, 1):
        raise ValueError(f"first must be from 1 to {labels.k}, the number of classes, got {first}")
    size = (labels.y == 1).sum(1)
    some = size > 0
    top = np.argsort(-np.asarray(probs), axis=1, kind="stable")[:, :first]
    said = np.take_along_axis(labels.y, top, 1)
    hit = (said == 1).any(1)
    maybe = hit | (said < 0).any(1)
    n = int(some.sum())
    low, high = wilson(np.array(float(hit[some].sum())), np.array(float(n)))
    groups = {"1": size == 1, "2": size == 2, "3 and more": size > 2}
    parts = {
        "items": n,
        "empty": int((~some).sum()),
        "size": float(size[some].mean()) if n else float("nan"),
        "by_size": {name: float(hit[of].mean()) for name, of in groups.items() if of.any()},
        "lenient": float(maybe[some].mean()) if n else float("nan"),
    }
    value = float(hit[some].mean()) if n else float("nan")
    info = {} if n else {"why": "no item has a right label, so that there is nothing to count"}
    if not n:
        return Measure(value, float("nan"), float("nan"), parts, info)
    return Measure(value, float(low), float(high), parts, info)
