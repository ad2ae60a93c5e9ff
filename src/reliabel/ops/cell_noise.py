"""Flipping answers of multi-label tables: how many, and what is told of them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, MultiLabel
from reliabel.core.results import Corrupted


def flipped(labels: MultiLabel, weight: Floats, rate: float, rng: Generator) -> Corrupted:
    """Flip a share ``rate`` of the known cells, drawn by their weight (n, k); cells of weight zero
    stay.  The number is rounded, not drawn.

    Raises ValueError for a rate that is not from 0 to 1, or that needs more cells than have weight.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be from 0 to 1, got {rate}")
    y = labels.y
    known = y >= 0
    chance = np.where(known, weight, 0.0).ravel()
    m, able = round(rate * int(known.sum())), int((chance > 0).sum())
    if m > able:
        raise ValueError(
            f"a rate of {rate:g} needs {m:,} wrong cells, but only {able:,} can be wrong in this "
            f"way; the most is {able / max(int(known.sum()), 1):.3g}"
        )
    # the m largest of weighted random keys are a weighted draw without replacement
    key = np.full(chance.shape, -np.inf)
    some = chance > 0
    key[some] = np.log(rng.random(able)) / chance[some]
    cell = np.argpartition(-key, max(m - 1, 0))[:m]
    new = np.array(y, dtype=np.int64, order="C")  # ravel must be a view of it
    new.ravel()[cell] = 1 - new.ravel()[cell]
    wrong = new != y
    info = {
        "asked": rate,
        "rate": float(wrong.sum() / max(int(known.sum()), 1)),
        "missing": (wrong & (y == 1)).sum(0),
        "spurious": (wrong & (y == 0)).sum(0),
    }
    return Corrupted(MultiLabel(new, labels.names), np.arange(len(y)), wrong.ravel(), info)
