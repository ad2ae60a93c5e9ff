"""Neighbour residual: a number is suspect if it is far from the median of its nearest neighbours'
numbers, counted in how far these scatter.

Where predictions are at hand they are taken away first, so that a slope between an item and its
neighbours does not count; without them the method needs no model.
Assumes features in which near items have near numbers.  Weak where numbers change fast between
neighbours, where copies of one error lie together, and for a lone item, whose neighbours are far.
Cost: O(n nearest), memory O(n).
Paper: none; the k-nearest-neighbour form of a Hampel filter (Hampel. The influence curve and its
role in robust estimation. JASA 69 (1974) 383-393).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints, Numbers
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import cut, rows
from reliabel.ops.residuals import NORMAL, columns_of, left_over, scale_of, sizes

STATUS = "default"
ALSO = ("knn_residual",)
FLAGS = "numbers that lie far from those of the nearest items"


def audit(
    labels: Numbers,
    *,
    neighbours: Neighbours,
    predicted: Numbers | None = None,
    nearest: int = 20,
    far: float = 3.5,
) -> Suspicion:
    """Score = |number - median of the neighbours| / mean of their scatter and of that of all
    (several numbers an item: root mean square); flag = ``far`` or more; suggestion = the median,
    added to the prediction where there is one.

    nearest: how many neighbours are compared with.
    far: robust standard deviations from which a number is flagged.
    Raises ValueError where ``nearest`` or ``far`` is not positive.

    >>> around = Neighbours(np.array([[1, 2], [2, 0], [1, 0], [2, 1]]), np.full((4, 2), 0.1))
    >>> y = Numbers(np.array([1.0, 2.0, 3.0, 90.0]))
    >>> found = audit(y, neighbours=around, nearest=2)
    >>> found.score.round(2).tolist(), found.suggest.y.tolist()
    ([1.01, 0.0, 1.01, 59.02], [2.5, 2.0, 1.5, 2.5])
    """
    if nearest < 1 or not far > 0:
        raise ValueError(f"nearest and far must be positive, got {nearest!r} and {far!r}")
    y = columns_of(labels.y)
    base = np.zeros(y.shape) if predicted is None else columns_of(predicted.y)
    left = y - base if predicted is None else left_over(labels, predicted)
    near = neighbours.nearest(nearest)
    blocks = cut(near.index, k=near.index.shape[1] * y.shape[1])
    middle, scatter = rows(lambda block: _around(left, *block.read()), blocks)
    off = left - middle
    common = scale_of(off, labels.y)
    score = sizes(2 * off / (scatter + common))
    suggest = np.where(np.isnan(y), np.nan, base + middle).reshape(labels.y.shape)
    flag = np.nan_to_num(score, nan=0.0) >= far
    info = {"nearest": int(near.index.shape[1]), "recall": neighbours.recall}
    return Suspicion(score, flag, Numbers(suggest), info=info)


def _around(left: Floats, index: Ints) -> tuple[Floats, Floats]:
    """(rows, d) the median of the neighbours' numbers, and their robust standard deviation."""
    theirs = np.where((index >= 0)[:, :, None], left[index], np.nan)  # (rows, nearest, d)
    middle = _median(theirs)
    return middle, NORMAL * _median(np.abs(theirs - middle[:, None]))


def _median(values: Floats) -> Floats:
    """The median over the second axis of what is known, NaN where nothing is."""
    if not values.shape[1]:
        return np.full(values[:, 0:1].sum(1).shape, np.nan)
    ordered = np.sort(values, axis=1)  # NaN comes last
    count = (~np.isnan(values)).sum(1)
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    high = np.minimum(high, values.shape[1] - 1)
    pair = [np.take_along_axis(ordered, at[:, None], 1)[:, 0] for at in (low, high)]
    return np.asarray((pair[0] + pair[1]) / 2)
