"""Vote difficulty: the chance that an item is ambiguous between two classes, rather than an item of
one class with wrong votes.

Assumes workers err independently given the true class, and that each vote on an ambiguous item is
meant for one of two classes with equal chance.  Raw disagreement and entropy tend to find items
with few votes or bad workers instead.  Weak below five votes per item.
Cost: O(v k), memory O(n k + w k^2).
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28 (the model of the workers); the model of
ambiguous items and its share are our own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.crowd import ambiguity, confusion_matrices, excess_disagreement, fit_confusion

ALSO = ("difficulty",)


def measure(votes: Votes[Classes], *, posterior: Floats | None = None) -> Measure:
    """The share of ambiguous items among those with two votes or more, with an interval from the
    likelihood.

    ``parts`` holds (n,) "item", the chance that the item is ambiguous, "excess", its disagreement
    beyond what the workers' errors explain, and "entropy" of the posterior.

    >>> y = np.concatenate([np.repeat([0, 1, 0, 1, 0, 1], 4), [0, 0, 1, 1]])
    >>> item, worker = np.repeat(np.arange(7), 4), np.tile(np.arange(4), 7)
    >>> m = measure(Votes(item, worker, Classes(y), n=7, w=4))
    >>> int(m.parts["item"].argmax()), int(m.parts["excess"].argmax())
    (6, 6)
    """
    if posterior is None:
        posterior, confusion, _ = fit_confusion(votes)
    else:
        confusion, _ = confusion_matrices(votes, posterior)
    chance, (share, low, high) = ambiguity(votes, posterior)
    entropy = -(posterior * np.log(np.maximum(posterior, 1e-300))).sum(1)
    parts: dict[str, Any] = {
        "item": chance,
        "excess": excess_disagreement(votes, posterior, confusion),
        "entropy": entropy,
    }
    info: dict[str, Any] = {
        "items": int(np.isfinite(chance).sum()),
        "level": 0.95,
        "method": "likelihood of a mixture of plain and ambiguous items",
    }
    if not np.isfinite(share):
        info["why"] = "no item has two votes on two classes or more, so that nothing can disagree"
    return Measure(share, low, high, parts, info)
