"""Dilution: beside each clean item stand noisy copies of it, whose labels are drawn evenly from all
classes.

Assumes nothing.  It asks how many wrong labels a method bears while the number of right ones stays
the same: of a batch of B items only B / (1 + alpha) carry signal, so larger batches help.
Cost: O(n alpha).
Paper: Rolnick, Veit, Belongie, Shavit. Deep learning is robust to massive label noise. 2017.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes
from reliabel.core.results import Corrupted
from reliabel.ops.noise import realised


def corrupt(
    labels: Classes, *, rng: Generator, rate: float | None = None, alpha: float = 4.0
) -> Corrupted:
    """Keep every item with its label and add ``alpha`` copies of it under labels drawn evenly, the
    true one among them; ``index`` says which row each item of the result is.

    The clean items come first, in their order.  Items without a label get no copies.

    rate: expected share of wrong labels in the result; sets ``alpha``.
    alpha: copies of each item; where it is no whole number, some items get one more than others.

    >>> labels = Classes(np.array([0, 1, 1, -1]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), alpha=2.0)
    >>> made.index.tolist(), made.labels.y[:4].tolist()
    ([0, 1, 2, 3, 0, 0, 1, 1, 2, 2], [0, 1, 1, -1])
    """
    alpha = alpha if rate is None else _alpha(rate, labels.k)
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha must be a number of copies from 0 up, got {alpha!r}")
    n, known = len(labels), np.flatnonzero(labels.y >= 0)
    copies = np.full(len(known), int(alpha))
    more = round((alpha - int(alpha)) * len(known))
    copies[rng.permutation(len(known))[:more]] += 1
    index = np.concatenate([np.arange(n), np.repeat(known, copies)])
    true = np.array(labels.y[index], dtype=np.int64)
    y = true.copy()
    y[n:] = rng.integers(0, labels.k, len(index) - n) if labels.k else 0
    info = {"asked": rate, "alpha": alpha, "batch_factor": 1 + alpha}
    info |= realised(true, y, labels.k)
    return Corrupted(Classes(y, labels.names), index, y != true, info)


def _alpha(rate: float, k: int) -> float:
    """Copies of each item so that ``rate`` of all labels are wrong: alpha (1 - 1/k) / (1 + alpha).

    Raises ValueError for a rate that no number of copies gives.
    """
    most = 1 - 1 / max(k, 1)
    if rate and not 0 <= rate < most:
        raise ValueError(
            f"rate must be a share from 0 to below {most:.3g} with {k} classes, since copies are "
            f"right by chance, got {rate!r}"
        )
    return rate / (most - rate) if rate else 0.0
