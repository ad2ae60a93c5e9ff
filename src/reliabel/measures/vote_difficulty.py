"""How hard items are: the chance that an item lies between two classes, rather than in one that workers missed.

Assumes workers err independently given the true class; an ambiguous item's votes are meant for either of two classes, half and half.  Raw
disagreement and entropy rather find items with few votes or bad workers.  Weak below five votes an item.  Cost: O(v k), memory O(n k + w k^2).
Paper: Dawid, Skene. Applied Statistics 28 (1979) 20-28 (the model of the workers); the half-and-half rival and its share are ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import measured
from reliabel.ops.crowd import ambiguity, fitted, hardness, matrices

ALSO = ("difficulty",)


def measure(votes: Votes[Classes], *, rng: Generator, posterior: Floats | None = None) -> Measure:
    """Share of items that are ambiguous, among those with two votes or more.

    Parts hold for each item the chance (item), the disagreement beyond what the workers' errors explain (excess) and the posterior's entropy.

    >>> y = np.concatenate([np.repeat([0, 1, 0, 1, 0, 1], 4), [0, 0, 1, 1]])
    >>> m = measure(Votes(np.repeat(np.arange(7), 4), np.tile(np.arange(4), 7), Classes(y), n=7, w=4), rng=np.random.default_rng(0))
    >>> int(m.parts["item"].argmax()), int(m.parts["excess"].argmax())
    (6, 6)
    """
    if posterior is None:
        posterior, confusion, _ = fitted(votes)
    else:
        confusion, _ = matrices(votes, posterior)
    chance = ambiguity(votes, posterior)
    entropy = -(posterior * np.log(np.maximum(posterior, 1e-300))).sum(1)
    parts: dict[str, Any] = {"item": chance, "excess": hardness(votes, posterior, confusion), "entropy": entropy}
    known = np.isfinite(chance)
    return measured(_mean, (chance[known], np.ones(int(known.sum()))), rng, parts)


def _mean(sums: tuple[Floats, ...]) -> Floats:
    return sums[0] / sums[1]
