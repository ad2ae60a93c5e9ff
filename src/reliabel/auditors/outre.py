"""OUTRE: a number is suspect if the pair of number and residual lies far from the other pairs.

The residual counts five times as much as the number itself, so that a large number is suspect only
if large numbers are rare and the model does not expect it: the residual is weighted by how dense
the labels are around.
Assumes out-of-fold predictions.  Weak for rare right numbers at the ends, which lie apart from the
others, and where one gross error widens both scales.
Cost: O(n reference), memory O(n): distances go to 1,000 reference items spread evenly over the
order of the residuals, not to all pairs (n^2 / 2 distances, 37 GiB at n = 100,000, in the public
code).
Paper: Kuan, Mueller. Back to the basics: revisiting out-of-distribution detection baselines. ICML
2022 workshop; its use for numbers is that of cleanlab.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Numbers
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import RowBlock, cut, rows
from reliabel.ops.residuals import columns_of, left_over

STATUS = "default"
RESIDUAL = 5.0  # how much a residual counts beside the number
NEAREST = 0.5  # share of the reference items whose distances are averaged


def audit(labels: Numbers, *, predicted: Numbers, reference: int = 1000) -> Suspicion:
    """Score = mean distance to the nearest half of the reference items, divided by its median.

    reference: how many items distances are measured to.
    Raises ValueError for fewer than 2.

    >>> y = Numbers(np.array([1.0, 2.0, 3.0, 4.0, 9.0]))
    >>> audit(y, predicted=Numbers(np.array([1.0, 2.1, 2.9, 4.0, 4.1]))).score.round(2).tolist()
    [1.0, 1.0, 1.0, 1.0, 28.22]
    """
    if reference < 2:
        raise ValueError(f"reference must be at least 2 items, got {reference!r}")
    left, y = left_over(labels, predicted), columns_of(labels.y)
    known = np.flatnonzero(~np.isnan(left).any(1))
    score = np.full(len(y), np.nan)
    if not len(known):
        return Suspicion(score)
    place = np.hstack([_standard(y[known]), RESIDUAL * _standard(left[known])])
    order = np.lexsort((*y[known].T, *np.abs(left[known]).T))
    some = np.unique(np.linspace(0, len(known) - 1, min(reference, len(known))).astype(np.int64))
    points = place[order[some]]
    many = max(int(NEAREST * len(points)), 1)

    def work(block: RowBlock) -> Floats:
        (part,) = block.read()
        return _far(part, points, many)

    far = rows(work, cut(place, k=len(points)))
    score[known] = far / max(float(np.median(far)), 1e-300)
    return Suspicion(score, info={"reference": len(points)})


def _standard(values: Floats) -> Floats:
    spread = values.std(0)
    return np.asarray((values - values.mean(0)) / np.where(spread > 0, spread, 1.0))


def _far(place: Floats, points: Floats, many: int) -> Floats:
    """(rows,) mean distance to the nearest ``many`` points."""
    square = (place**2).sum(1)[:, None] - 2 * place @ points.T + (points**2).sum(1)
    nearest = np.partition(square, many - 1, axis=1)[:, :many]
    return np.asarray(np.sqrt(np.maximum(nearest, 0)).mean(1))
