"""Errors by co-occurrence: people add classes that often come with those that are there, and leave
out those that seldom do.

Assumes that expectations come from how often classes occur together in the true labels. Weak as a
test of methods that read the other labels of an item: these errors agree with them.
Cost: O(n k^2). Paper: the noise of multi-label studies in Thyagarajan et al. arXiv:2211.13895
(2022) is independent of other labels; this draw by co-occurrence is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, MultiLabel
from reliabel.core.results import Corrupted
from reliabel.ops.cell_noise import flipped

STATUS = "default"
ALSO = ("cooccurrence", "expected_labels")
FLOOR = 0.001  # weight of cells about which the other labels say nothing


def corrupt(labels: MultiLabel, *, rng: Generator, rate: float = 0.02) -> Corrupted:
    """Flip a share ``rate`` of all known cells: the more surely the other labels of the item speak
    against an answer, the likelier it is flipped.

    rate: share of the known cells that become wrong.
    info: "missing" and "spurious" (k,) how many cells of each class, "rate" what was reached.

    >>> labels = MultiLabel(np.array([[1, 1, 0]] * 8 + [[1, 0, 0], [0, 0, 1]]))
    >>> made = corrupt(labels, rng=np.random.default_rng(0), rate=0.04)
    >>> np.argwhere(made.wrong.reshape(10, 3)).tolist()
    [[8, 1]]
    """
    expected, yes = _expected(labels), labels.y == 1
    others = yes.sum(1, keepdims=True) - yes > 0  # whether the item has another label
    surprise = np.where(others, np.where(yes, 1 - expected, expected), 0.0)
    return flipped(labels, FLOOR + surprise**4, rate, rng)


def _expected(labels: MultiLabel) -> Floats:
    """(n, k) the share of the items with the most telling of the item's other labels that have the
    class.
    """
    yes = (labels.y == 1).astype(float)
    both = yes.T @ yes
    count = np.diag(both).copy()
    given = both / np.maximum(count, 1)[:, None]  # of b among the items with a
    np.fill_diagonal(given, 0.0)
    out = np.zeros(yes.shape)
    for a in range(labels.k):
        mine = yes[:, a] > 0
        out[mine] = np.maximum(out[mine], given[a])
    return out
