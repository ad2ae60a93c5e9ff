"""Missing labels: classes that an item has are left out, as by people who name what they notice
first.

Assumes that each label is left out with the same chance, whatever the item. Weak as a model of
people, who leave out small and expected things more often.
Cost: O(n k). Paper: Cole, Mac Aodha, Lorieul, Perona, Morris, Jojic. Multi-label learning from
single positive labels. CVPR 2021.
"""

from __future__ import annotations

from numpy.random import Generator

from reliabel.core.labels import MultiLabel
from reliabel.core.results import Corrupted
from reliabel.ops.cell_noise import flipped

STATUS = "default"
ALSO = ("missing_positives", "dropped_labels")


def corrupt(labels: MultiLabel, *, rng: Generator, rate: float = 0.02) -> Corrupted:
    """Turn yes into no in a share ``rate`` of all known cells.

    rate: share of the known cells that become wrong; with one yes in ten cells .02 leaves out a
        fifth of the labels.
    info: "missing" and "spurious" (k,) how many cells of each class, "rate" what was reached.

    >>> import numpy as np
    >>> labels = MultiLabel(np.array([[1, 0], [1, 1], [0, -1], [0, 0]]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.3)
    >>> made.labels.y.tolist()
    [[0, 0], [0, 1], [0, -1], [0, 0]]
    """
    return flipped(labels, (labels.y == 1).astype(float), rate, rng)
