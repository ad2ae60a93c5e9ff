"""Cleaning of features: missing values are imputed and dominating columns rescaled, with a warning
for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops.chunks import RowBlock, cut, rows, total

SAMPLE = 100_000  # rows from which medians are computed
FAR = 30.0  # a column dominates distances if its spread is so many times the median spread


@dataclass(frozen=True, eq=False)
class Cleaned:
    """The features to use, facts about them, and a warning for each thing that was changed.

    Where something was: ``middle`` (d,) replaced missing values, NaN in columns without any, and
    each column was divided by its ``spread`` (d,).
    """

    features: Any
    facts: dict[str, int]
    warnings: list[str]
    middle: Floats | None = None
    spread: Floats | None = None


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums of one pass over the features, one per column unless noted."""

    nan: Ints
    infinite: Ints
    count: Ints
    sums: Floats
    squares: Floats
    empty: int  # rows without a single number
    zero: int  # rows of zeros


def cleaned(features: Any) -> Cleaned:
    """Replace NaN and infinity by column medians, and rescale the columns if one dominates.

    Features that need no change are returned as they are, memory map or not.

    >>> cleaned(np.array([[1.0, np.nan], [3.0, 4.0], [2.0, 6.0]])).warnings[0][:52]
    '1 NaN and 0 infinite values in column 1 of the featu'
    """
    n, d = features.shape
    if not n or not d:
        return Cleaned(
            features, {"rows": n, "columns": d, "constant": 0, "zero_rows": 0, "replaced": 0}, []
        )
    first = np.nan_to_num(np.asarray(features[0], dtype=np.float64), posinf=0, neginf=0)
    sums = total(lambda block: _sums(block, first), cut(features))
    known = np.maximum(sums.count, 1)
    spread = np.sqrt(np.maximum(sums.squares / known - (sums.sums / known) ** 2, 0))
    spread[spread < 1e-7 * (np.abs(first) + np.abs(sums.sums / known))] = (
        0  # rounding of a column that does not vary
    )
    warnings: list[str] = []
    broken = (sums.nan + sums.infinite) > 0
    replaced = int((sums.nan + sums.infinite).sum())
    if sums.empty:
        warnings.append(
            f"{sums.empty:,} items have no features at all (broken or missing input); they get "
            "the median of every column"
        )
    if replaced > sums.empty * d:
        warnings.append(
            f"{int(sums.nan.sum()) - sums.empty * d:,} NaN and {int(sums.infinite.sum()):,} "
            f"infinite values in {_named(broken)} of the features "
            "were replaced by the median of the column"
        )
    varying = spread > 0
    if not varying.any():
        warnings.append("all features are constant, so no item can be told from another")
    if sums.zero:
        warnings.append(
            f"{sums.zero:,} items have a feature vector of zeros, so that no item is more like "
            "them than another"
        )
    uneven = varying.sum() > 1 and spread.max() > FAR * np.median(spread[varying])
    if uneven:
        dominating = spread > FAR * np.median(spread[varying])
        warnings.append(
            f"{_named(dominating)} of the features would dominate the others (over {FAR:.0f} times "
            "their "
            "spread), so each column was divided by its own spread"
        )
    middle, divided = None, None
    if replaced or uneven:
        middle = _middles(features, broken)
        divided = np.where(varying, spread, 1.0) if uneven else np.ones(d)
        features = mended(features, middle, divided)
    facts = {
        "rows": n,
        "columns": d,
        "constant": int((~varying).sum()),
        "zero_rows": sums.zero,
        "replaced": replaced,
    }
    return Cleaned(features, facts, warnings, middle, divided)


def odd_probabilities(y: Ints, probs: Any) -> list[str]:
    """Warnings about given probabilities that look uninformative.

    >>> odd_probabilities(np.arange(100) % 2, np.full((100, 2), 0.5))[0][:72]
    'the probabilities say no more of the labels than the class shares do (th'
    """
    step, k = max(1, len(y) // 200_000), probs.shape[1]
    if k < 2:
        return []
    y, p = y[::step], np.asarray(probs[::step], dtype=np.float64)
    y, p = y[y >= 0], p[y >= 0]
    if len(y) < 50:
        return []
    given = p[np.arange(len(y)), y]
    agrees = float((p.argmax(1) == y).mean())
    share = np.bincount(y, minlength=k) / len(y)
    blind = float(-(share[share > 0] * np.log(share[share > 0])).sum())
    if (
        float(-np.log(np.maximum(given, 1e-12)).mean()) >= 0.999 * blind
        and agrees <= share.max() + 0.02
    ):
        return [
            "the probabilities say no more of the labels than the class shares do (they agree "
            f"with {agrees:.1%}, the largest class has {share.max():.1%}): "
            "they look random, or their rows or columns are in another order"
        ]
    return []


def _sums(block: RowBlock, first: Floats) -> _Sums:
    x = np.asarray(block.read()[0], dtype=np.float64)
    nan, infinite = np.isnan(x), np.isinf(x)
    known = ~(nan | infinite)
    off = np.where(known, x - first, 0)
    return _Sums(
        nan.sum(0),
        infinite.sum(0),
        known.sum(0),
        off.sum(0),
        (off**2).sum(0),
        int(nan.all(1).sum()),
        int((x == 0).all(1).sum()),
    )


def mended(features: Any, middle: Floats, spread: Floats) -> Floats:
    """(n, d) float32 features whose missing values are replaced by ``middle`` (d,), each column
    divided by its ``spread`` (d,).
    """

    def work(block: RowBlock) -> Floats:
        x = np.asarray(block.read()[0], dtype=np.float64)
        return (np.where(np.isfinite(x), x, middle) / spread).astype(np.float32)

    return rows(work, cut(features))


def _middles(features: Any, broken: Bools) -> Floats:
    """(d,) the median of each column that misses values, NaN of the others."""
    middle = np.full(len(broken), np.nan)
    step = max(1, len(features) // SAMPLE)
    for column in np.flatnonzero(broken):
        values = np.asarray(features[::step, column], dtype=np.float64)
        values = values[np.isfinite(values)]
        middle[column] = np.median(values) if len(values) else 0.0
    return middle


def _named(which: Bools) -> str:
    places = np.flatnonzero(which).tolist()
    shown = ", ".join(str(place) for place in places[:8]) + (
        f" and {len(places) - 8} more" if len(places) > 8 else ""
    )
    return f"column {shown}" if len(places) == 1 else f"columns {shown}"
