"""What is left of numbers when a prediction is taken away, measured so that wrong ones do not
widen the scale.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from reliabel.core.labels import Floats, Ints, Numbers

NORMAL = 1.4826  # standard deviation of normal numbers by their median absolute deviation
FEW = 100  # items from which a scale of their own for parts of them can be told
LEAST = 1e-9  # of the spread of the numbers, below which a scale is no scale


def columns_of(y: Floats) -> Floats:
    """(n, d) the numbers of each item as columns; one number an item is one column."""
    return np.asarray(y, dtype=np.float64).reshape(len(y), -1)


def left_over(labels: Numbers, predicted: Numbers) -> Floats:
    """(n, d) the given number minus the predicted one, NaN where either is missing.

    Raises ValueError where there are not as many predictions as labels.
    """
    given, said = columns_of(labels.y), columns_of(predicted.y)
    if given.shape != said.shape:
        raise ValueError(
            f"predicted must hold a number for each label, got {said.shape} predictions for "
            f"{given.shape} labels"
        )
    return np.asarray(given - said)


def scale_of(left: Floats, y: Floats) -> Floats:
    """(d,) the robust standard deviation of each column of residuals; where most are exactly zero
    the mean absolute one, and a trifle of the spread of the numbers where all are.

    >>> scale_of(np.array([[1.0], [-1.0], [2.0], [-90.0]]), np.zeros((4, 1))).round(3).tolist()
    [2.224]
    """
    out = np.ones(left.shape[1])
    for column, (rest, own) in enumerate(zip(left.T, columns_of(y).T, strict=True)):
        known = rest[~np.isnan(rest)]
        if not len(known):
            continue
        size = np.abs(known)
        trifle = LEAST * max(float(np.nanmax(np.abs(own))), 1e-300)
        middle = NORMAL * float(np.median(size))
        out[column] = middle if middle > trifle else max(float(size.mean()), trifle)
    return out


def sizes(scaled: Floats) -> Floats:
    """(n,) the root mean square of the known residuals of each row (n, d), NaN where there is none.

    >>> sizes(np.array([[3.0, np.nan], [3.0, 4.0], [np.nan, np.nan]])).round(3).tolist()
    [3.0, 3.536, nan]
    """
    there = ~np.isnan(scaled)
    count = there.sum(1)
    square = np.where(there, scaled, 0.0)
    total = np.einsum("ij,ij->i", square, square)
    mean = np.divide(total, count, out=np.full(len(scaled), np.nan), where=count > 0)
    return np.asarray(np.sqrt(mean))


def scale_along(left: Floats, along: Floats, *, window: int = 201, least: float = 0.1) -> Floats:
    """(n,) the robust standard deviation of the residuals ``left`` (n,) among the items whose
    predictions are nearest (``along``), drawn half way (on the log scale) to that of all.

    window: how many items a local scale is the median of.  least: share of the common scale that no
    local one goes below.  NaN where a residual is missing.
    """
    out = np.full(len(left), np.nan)
    rows = np.flatnonzero(~np.isnan(left) & ~np.isnan(along))
    if not len(rows):
        return out
    size = np.abs(left[rows])
    common = float(scale_of(left[rows, None], left[rows, None])[0])
    if len(rows) < FEW:  # a local scale would be that of the item itself
        out[rows] = common
        return out
    _, place = np.unique(along[rows], return_inverse=True)  # equal predictions, one scale
    order = np.lexsort((size, place))
    width = min(window, len(rows) // 4 * 2 - 1)
    running = median_filter(size[order], size=width, mode="nearest")
    mean = np.bincount(place[order], running) / np.bincount(place[order])
    local = np.maximum(NORMAL * mean[place], least * common)
    out[rows] = np.sqrt(local * common)
    return out


def local_scales(left: Floats, along: Floats, index: Ints | None) -> list[Floats]:
    """Ways in which the scale of residuals ``left`` (n,) may differ between items, each (n,): not
    at all, with the prediction ``along`` (half and in full), with how far the residuals of the
    neighbours ``index`` (n, j) scatter, and with both.
    """
    common = float(scale_of(left[:, None], left[:, None])[0])
    by = scale_along(left, along)
    ways = [np.where(np.isnan(left), np.nan, common), by, by**2 / common]
    if index is not None and index.shape[1]:
        theirs = np.where(index >= 0, np.abs(left)[index], np.nan)
        ordered = np.sort(theirs, axis=1)
        count = (~np.isnan(theirs)).sum(1)
        middle = np.take_along_axis(ordered, np.maximum(count - 1, 0)[:, None] // 2, 1)[:, 0]
        near = np.maximum(NORMAL * np.where(count > 0, middle, common), 0.1 * common)
        ways += [np.sqrt(near * common), np.sqrt(near * by)]
    return ways
