"""Spurious labels: classes that an item does not have are added, as by a click beside the box.

Assumes that every class is added with the same chance. Weak as a model of people, who add what
often comes with the labels that are there: see ``co_occurrence``.
Cost: O(n k). Paper: Thyagarajan, Snorrason, Northcutt, Mueller. Identifying incorrect annotations
in multi-label classification data. arXiv:2211.13895 (2022).
"""

from __future__ import annotations

from numpy.random import Generator

from reliabel.core.labels import MultiLabel
from reliabel.core.results import Corrupted
from reliabel.ops.cell_noise import flipped

STATUS = "default"
ALSO = ("added_labels", "extra_labels")


def corrupt(labels: MultiLabel, *, rng: Generator, rate: float = 0.02) -> Corrupted:
    """Turn no into yes in a share ``rate`` of all known cells.

    rate: share of the known cells that become wrong.
    info: "missing" and "spurious" (k,) how many cells of each class, "rate" what was reached.

    >>> import numpy as np
    >>> labels = MultiLabel(np.array([[1, 0], [1, 1], [0, -1], [0, 0]]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.3)
    >>> made.labels.y.tolist()
    [[1, 1], [1, 1], [1, -1], [0, 0]]
    """
    return flipped(labels, (labels.y == 0).astype(float), rate, rng)
