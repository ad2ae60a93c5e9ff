"""Residual: a number is suspect if it lies far from what a model predicts that did not train on it.

The distance is counted in robust standard deviations, so that wrong numbers do not widen the scale
they are measured by; the scale is the geometric mean of that of all residuals and of that of the
items with the nearest predictions, because large numbers are often harder to predict.
Assumes that predictions come from other items (out of fold).  Weak where some items are much harder
to predict than others for other reasons, which then look wrong, and where errors are smaller than
the model's own.
Cost: O(n log n), memory O(n d).
Paper: Zhou, Mueller, Kumar, Wang, Lei. Detecting errors in a numerical response via any regression
model. Journal of Data-centric Machine Learning Research 2024.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Numbers
from reliabel.core.results import Suspicion
from reliabel.ops.residuals import columns_of, left_over, scale_along, sizes

STATUS = "default"
FLAGS = "numbers that lie far from what a model of the others predicts"


def audit(labels: Numbers, *, predicted: Numbers, far: float = 3.5) -> Suspicion:
    """Score = the residual in robust standard deviations (several numbers an item: their root mean
    square); flag = ``far`` or more; kind "too high" or "too low"; suggestion = the prediction.

    far: robust standard deviations from which a number is flagged (3.5: Iglewicz and Hoaglin).
    Raises ValueError for ``far`` that is not positive.

    >>> y = Numbers(np.array([1.0, 2.1, 2.9, 40.0, np.nan]))
    >>> found = audit(y, predicted=Numbers(np.array([1.2, 2.0, 3.0, 4.0, 5.0])))
    >>> found.score.round(2).tolist(), found.flag.tolist()
    ([0.9, 0.45, 0.45, 161.88, nan], [False, False, False, True, False])
    """
    if not far > 0:
        raise ValueError(f"far must be positive, got {far!r}")
    left, said = left_over(labels, predicted), columns_of(predicted.y)
    scale = np.stack([scale_along(*pair) for pair in zip(left.T, said.T, strict=True)], axis=1)
    score = sizes(left / scale)
    suggest = np.where(np.isnan(labels.y), np.nan, predicted.y)
    flag = np.nan_to_num(score, nan=0.0) >= far
    if left.shape[1] > 1:
        return Suspicion(score, flag, Numbers(suggest))
    side = np.where(left[:, 0] > 0, "too high", "too low")
    kind = np.where(np.isnan(score), "", side).tolist()
    return Suspicion(score, flag, Numbers(suggest), kind)
