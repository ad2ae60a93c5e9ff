"""Changes without people: the largest set of suggestions of which a wanted share is expected to be right."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints

DOUBT = 2.0  # on people's errors up to two and a half times as many of the surest suggestions were mistakes as the model expects


def surest(p_suggest: Floats, precision: float) -> tuple[Ints, float]:
    """The labels to change, surest suggestion first, and how many mistakes among them are to be expected.

    The model's own expectation is doubled: of the surest suggestions more are wrong than it thinks, since being chosen for looking sure is
    itself a reason to doubt.  NaN (no suggestion) is never chosen.

    >>> surest(np.array([0.99, np.nan, 0.9, 0.97]), 0.95)[0].tolist()
    [0, 3]
    """
    able = np.flatnonzero(np.isfinite(p_suggest))
    order = able[np.argsort(-p_suggest[able], kind="stable")]
    mistake = np.minimum(DOUBT * (1 - p_suggest[order]), 1)
    mean = np.cumsum(mistake) / np.arange(1, len(order) + 1)
    chosen = int((mean <= 1 - precision + 1e-12).sum())  # the mean of a rising row rises: the first ones
    return order[:chosen], float(mistake[:chosen].sum())
