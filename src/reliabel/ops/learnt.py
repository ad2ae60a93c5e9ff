"""What the auditors of training dynamics share: the epochs that are looked at, and when a label was
learnt and lost.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Bools, Floats, Ints


def first_epochs(dynamics: Dynamics, items: int, epochs: int = 0) -> Dynamics:
    """The first so many epochs, 0 = all.

    Raises ValueError where the dynamics are of another number of items, where nothing was recorded,
    and for a negative number.

    >>> seen = Dynamics(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2), dtype=bool))
    >>> first_epochs(seen, 2, epochs=1)
    Dynamics(1 epoch of 2 items)
    """
    if dynamics.margin.shape[1] != items:
        raise ValueError(
            f"dynamics are of {dynamics.margin.shape[1]} items, there are {items} labels; "
            "they must be in the same order, one column each"
        )
    if epochs < 0 or not len(dynamics.margin):
        raise ValueError(
            f"epochs must be 0 (all) or more and something recorded, got {epochs} of "
            f"{len(dynamics.margin)} recorded"
        )
    some = slice(epochs or None)
    return Dynamics(dynamics.margin[some], dynamics.p_given[some], dynamics.correct[some])


def times_forgotten(correct: Bools) -> Ints:
    """(n,) how many epochs (rows) that predicted the given label are followed by one that did not.

    >>> times_forgotten(np.array([[0], [1], [0], [1], [1], [0]]) > 0).tolist()
    [2]
    """
    return np.asarray((correct[:-1] & ~correct[1:]).sum(0))


def first_learnt(correct: Bools, run: int = 1) -> Ints:
    """(n,) the epoch, from 1, that ends the first ``run`` epochs in a row which predicted the given
    label; one more than there are epochs where there is none.

    >>> first_learnt(np.array([[0, 1], [1, 0], [1, 1], [0, 0]]) > 0, run=2).tolist()
    [3, 5]
    """
    epochs, n = correct.shape
    row, found = np.zeros(n, dtype=np.int64), np.full(n, epochs + 1)
    for epoch in range(epochs):
        row = np.where(correct[epoch], row + 1, 0)
        found = np.where((row >= run) & (found > epochs), epoch + 1, found)
    return found


def map_of(p_given: Floats) -> tuple[Floats, Floats]:
    """(n,) the mean and the standard deviation (of the epochs as all there are) of the probability
    of the given label: "confidence" and "variability" of a data map.

    >>> [part.tolist() for part in map_of(np.array([[0.25, 0.9], [0.75, 0.9]]))]
    [[0.5, 0.9], [0.25, 0.0]]
    """
    p = np.asarray(p_given, dtype=np.float64)
    return p.mean(0), p.std(0)
