"""What the bench measures: ranking and calibration against a known truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reliabel.core.labels import Bools, Floats


def auroc(score: Floats, wrong: Bools) -> float:
    """Chance that a wrong label scores above a right one, ties half; NaN without both.

    >>> auroc(np.array([0.1, 0.9, 0.5]), np.array([False, True, False]))
    1.0
    """
    from scipy.stats import rankdata

    bad = int(wrong.sum())
    good = len(wrong) - bad
    if not bad or not good:
        return float("nan")
    return float((rankdata(score)[wrong].sum() - bad * (bad + 1) / 2) / (bad * good))


def average_precision(score: Floats, wrong: Bools) -> float:
    """Mean precision at each wrong label, ties taken together (as scikit-learn has it).

    >>> average_precision(np.array([0.9, 0.8, 0.1]), np.array([True, False, True])).__round__(3)
    0.833
    """
    order = np.argsort(-score, kind="stable")
    hit, value = wrong[order].astype(float), score[order]
    last = np.flatnonzero(
        np.append(np.diff(value) != 0, True)
    )  # the end of each run of equal scores
    found = hit.cumsum()[last]
    precision = found / (last + 1)
    total = hit.sum()
    return float((np.diff(found, prepend=0) * precision).sum() / total) if total else float("nan")


def precision_at(score: Floats, wrong: Bools, first: int) -> float:
    """Share of wrong labels among the ``first`` highest scores."""
    order = np.argsort(-score, kind="stable")[:first]
    return float(wrong[order].mean()) if first else float("nan")


def calibration_error(p: Floats, true: Bools, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins of p."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.abs(
        np.bincount(place, weights=p, minlength=bins)
        - np.bincount(place, weights=true.astype(float), minlength=bins)
    )
    return float(gap.sum() / max(count.sum(), 1))


def bootstrap(
    metric: Callable[[Floats, Bools], float],
    score: Floats,
    wrong: Bools,
    *,
    rounds: int = 200,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % interval of a metric over resampled items."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        draw = rng.integers(0, len(score), len(score))
        values.append(metric(score[draw], wrong[draw]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
