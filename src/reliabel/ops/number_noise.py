"""Planting errors in numbers: which items, and what has become of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints, Numbers
from reliabel.core.results import Corrupted


def numbered_items(labels: Numbers) -> Bools:
    """(n,) whether an item has any number."""
    return np.asarray(~np.isnan(labels.y.reshape(len(labels), -1)).all(1))


def items_to_spoil(labels: Numbers, able: Bools, rate: float, rng: Generator) -> Ints:
    """The items that become wrong: a share ``rate`` (rounded) of those with a number, drawn among
    the ``able`` (n,), whose number can be made wrong.

    Raises ValueError for a rate that is no share, and where too few items are able.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be a share between 0 and 1, got {rate}")
    known = numbered_items(labels)
    wanted, pool = round(rate * int(known.sum())), np.flatnonzero(known & able)
    if wanted > len(pool):
        raise ValueError(
            f"cannot make {wanted} numbers wrong in this way: it changes only {len(pool)} of "
            f"{int(known.sum())}"
        )
    return rng.choice(pool, wanted, replace=False) if wanted else np.empty(0, dtype=np.int64)


def spoiled(labels: Numbers, item: Ints, y: Floats, rate: float, **info: Any) -> Corrupted:
    """The labels with the numbers ``y`` (items, ...) in the rows ``item``."""
    new = np.array(labels.y, dtype=np.float64)
    new[item] = np.where(np.isnan(new[item]), np.nan, y)
    both = (np.isnan(new) & np.isnan(labels.y)) | (new == labels.y)
    wrong = ~both.reshape(len(new), -1).all(1)
    known = max(int(numbered_items(labels).sum()), 1)
    told = {"asked": rate, "rate": float(wrong.sum() / known), **info}
    return Corrupted(Numbers(new), np.arange(len(new)), wrong, told)
