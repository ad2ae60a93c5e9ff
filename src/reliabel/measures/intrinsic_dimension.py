"""Intrinsic dimension: in how many directions the items vary near each item, however many features
describe them.

Two estimators from distances to the nearest items: TwoNN from the ratio of the second to the first,
maximum likelihood from the nearest twenty.  Both assume that items lie evenly over a ball around
each item that holds these neighbours.  With few items for a high dimension there is no such ball:
above 15 the value is a lower bound.  Exact copies are left out; noise of measurement counts as
dimensions.
Cost: O(m^2 d) for m items drawn, memory O(m d).
Paper: Facco, d'Errico, Rodriguez, Laio. Estimating the intrinsic dimension of datasets by a minimal
neighborhood information. Scientific Reports 7 (2017); Levina, Bickel. Maximum likelihood estimation
of intrinsic dimension. NeurIPS 2004, averaged as by MacKay, Ghahramani (2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Ints, Labels
from reliabel.core.results import Measure
from reliabel.ops.copies import same_rows
from reliabel.ops.euclid import finite_rows, nearest_rows

ALSO = ("two_nn", "twonn", "levina_bickel")
ESTIMATORS = ("two_nn", "mle")
DRAWS = 200
FEWEST = 10  # different items below which no dimension is told
SURE = 15.0  # dimensions above which estimates fall short


def measure(
    labels: Labels,
    *,
    features: Floats,
    rng: Generator,
    estimator: str = "two_nn",
    nearest: int = 20,
    most: int = 10_000,
    level: float = 0.95,
) -> Measure:
    """The number of dimensions near an item, by TwoNN or by maximum likelihood; labels are not
    looked at.

    estimator: "two_nn" or "mle"; ``parts`` holds both, and "two_nn_fit", the slope through the
        nine tenths of the items with the smaller ratios.
    nearest: neighbours of each item for "mle".
    most: number of items, drawn at random, whose distances to one another are measured.
    level: of the interval, a bootstrap over cells of items that lie together, since neighbours
        share distances; it does not hold the bias of high dimensions.
    ``info`` holds "items" (different ones that were used), "copies", "not_finite" (rows left out),
    and "bound" where the value is a lower bound.
    Raises ValueError for another estimator, fewer than 2 neighbours and a level that is not between
    0 and 1.

    >>> from reliabel.core.labels import Classes
    >>> rng = np.random.default_rng(0)
    >>> x = np.outer(rng.normal(size=500), [1.0, 2, 3]) + np.outer(rng.normal(size=500), [1, 0, 1])
    >>> found = measure(Classes(np.zeros(500, dtype=int)), features=x, rng=rng)
    >>> round(found.value, 1), round(found.parts["mle"], 1)
    (2.0, 2.0)
    """
    if estimator not in ESTIMATORS or nearest < 2 or not 0 < level < 1:
        raise ValueError(
            f"estimator must be one of {', '.join(ESTIMATORS)}, nearest 2 or more and level "
            f"between 0 and 1, got {estimator!r:.40}, {nearest!r:.40} and {level!r:.40}"
        )
    x, info = _different(features, rng, most)
    if len(x) < FEWEST:
        why = f"a dimension needs {FEWEST} different items, got {len(x)}"
        return Measure(np.nan, np.nan, np.nan, info=info | {"why": why})
    far = nearest_rows(x, min(nearest, len(x) - 1))[1]
    ratio, inverse = np.log(far[:, 1] / far[:, 0]), np.log(far[:, -1:] / far[:, :-1]).mean(1)
    parts: dict[str, Any] = {
        "two_nn": _dimension(ratio, len(ratio) - 1),
        "mle": _dimension(inverse, len(inverse)),
        "two_nn_fit": _slope(ratio),
    }
    value = parts[estimator]
    terms = ratio if estimator == "two_nn" else inverse
    low, high = _interval(terms, _cells(x, rng, len(x) // nearest), rng, level)
    if value > SURE:
        info["bound"] = "a lower bound: with so few items estimates above 15 fall short"
    return Measure(value, float(min(low, value)), float(max(high, value)), parts, info)


def _different(features: Any, rng: Generator, most: int) -> tuple[Floats, dict[str, Any]]:
    """(m, d) at most so many rows, all different and finite, and how many were left out."""
    _, x, bad = finite_rows(features, rng, most)
    kept = same_rows(x) == np.arange(len(x))
    x = x[kept]
    info = {"items": len(x), "copies": int((~kept).sum()), "not_finite": bad}
    return x, info


def _cells(x: Floats, rng: Generator, many: int) -> Ints:
    """(m,) which of so many items drawn at random, two at least, is nearest to each item."""
    anchors = x[rng.choice(len(x), max(many, 2), replace=False)]
    square = (anchors**2).sum(1)
    return np.asarray((square - 2 * (x @ anchors.T)).argmin(1))


def _interval(terms: Floats, cell: Ints, rng: Generator, level: float) -> tuple[float, float]:
    """Quantiles of the dimension when whole cells are drawn again."""
    sums, counts = np.bincount(cell, terms), np.bincount(cell)
    drawn = rng.integers(0, len(sums), (DRAWS, len(sums)))
    total = np.maximum(sums[drawn].sum(1), 1e-12)
    low, high = np.quantile(
        counts[drawn].sum(1) / total, [(1 - level) / 2, (1 + level) / 2]
    ).tolist()
    return low, high


def _dimension(terms: Floats, count: int) -> float:
    total = float(terms.sum())
    return count / total if total > 0 else float("nan")


def _slope(ratio: Floats) -> float:
    """The slope through zero of -log(1 - F) on the log of the ratio, for the lower nine tenths."""
    n = len(ratio)
    x = np.sort(ratio)[: max(int(0.9 * n), 1)]
    y = -np.log1p(-np.arange(1, len(x) + 1) / (n + 1))
    return float(x @ y / (x @ x)) if x @ x > 0 else float("nan")
