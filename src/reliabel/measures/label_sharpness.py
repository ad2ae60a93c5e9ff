"""Label sharpness: the largest difference of two labels divided by the distance of their items.

It is large where items that look alike carry different labels: fine distinctions, noise, and errors
of labels.  A network has to be as steep as that to fit the labels.  The largest value hangs on one
pair of items, often a near copy or a wrong label, so that quantiles over items stand beside it.
Compare values of equal features and equal numbers of items only; "relative" has no scale.
Cost: O(m^2 d) for each draw of m items, memory O(m d).
Paper: Konz, Mazurowski. The effect of intrinsic dataset properties on generalization: unraveling
learning differences between natural and medical images. ICLR 2024.  Classes differ by one where
they are not equal (in the paper's code the classes of several are compared for equality), and all
pairs of a draw are compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import binom

from reliabel.core.labels import Classes, Floats, Ints, Numbers
from reliabel.core.results import Measure
from reliabel.ops.chunks import spans
from reliabel.ops.copies import same_rows
from reliabel.ops.euclid import finite_rows, nearest_rows

ALSO = ("k_f", "konz_sharpness")
SMALL = {"most": 50}


def measure(
    labels: Classes | Numbers,
    *,
    features: Floats,
    rng: Generator,
    most: int = 1000,
    draws: int = 20,
    level: float = 0.95,
) -> Measure:
    """The median over draws of K_F, the largest |difference of labels| / |distance of features|,
    with the features shifted and scaled together so that they lie from 0 to 1.

    most: items a draw, 1,000 as in the paper.
    draws: how often so many other items are drawn, at most; once if all do not make two draws.
    level: of the interval, by the order of the draws; none of a single draw.
    Two classes differ by 1, numbers by their difference.  Pairs of equal features have no slope:
    they are counted in ``info["equal_features"]`` where their labels differ, and left out.
    ``parts`` holds "q99.9", "q99" and "median", quantiles over items of the largest slope at an
    item, "relative", the value times the median distance to the nearest item, and "draws".
    Raises ValueError for fewer than 2 items or no draw, and a level that is not between 0 and 1.

    >>> x = np.array([[0.0], [0.25], [1.0]])
    >>> found = measure(Classes(np.array([0, 1, 1])), features=x, rng=np.random.default_rng(0))
    >>> found.value, found.parts["relative"]
    (4.0, 1.0)
    """
    if most < 2 or draws < 1 or not 0 < level < 1:
        raise ValueError(
            "most must be 2 items or more, draws 1 or more and level between 0 and 1, got "
            f"{most!r:.40}, {draws!r:.40} and {level!r:.40}"
        )
    y = np.where(labels.y >= 0, labels.y, np.nan) if isinstance(labels, Classes) else labels.y
    known = np.flatnonzero(np.isfinite(y.reshape(len(y), -1)).all(1))
    order = rng.permutation(known) if len(known) > most else known
    many = max(min(draws, len(known) // most), 1)
    parted = [np.sort(order[place * most : (place + 1) * most]) for place in range(many)]
    found = [_drawn(y, features, rows, rng, isinstance(labels, Classes)) for rows in parted]
    slopes = [one for one in found if one is not None]
    if not slopes:
        why = "no two items with different labels, different features and finite values"
        return Measure(np.nan, np.nan, np.nan, info={"why": why})
    width = _width(features, known)  # distances of features from 0 to 1 are those given, over it
    values = width * np.array([one["largest"] for one in slopes])
    parts: dict[str, Any] = {
        name: width * float(np.mean([one[name] for one in slopes]))
        for name in ("q99.9", "q99", "median")
    }
    parts["relative"] = float(np.mean([one["relative"] for one in slopes]))
    info: dict[str, Any] = {
        "items": slopes[0]["items"],
        "equal_features": max(one["equal"] for one in slopes),
    }
    value = float(np.median(values))
    if len(values) < 2:
        info["why"] = "no interval: the items do not make two draws of the size that was asked for"
        return Measure(value, np.nan, np.nan, parts | {"draws": values}, info)
    values = np.sort(values)
    out = max(int(binom.ppf((1 - level) / 2, len(values), 0.5)) - 1, 0)  # left out on each side
    low, high = values[out], values[-1 - out]
    return Measure(value, float(low), float(high), parts | {"draws": values}, info)


def _width(features: Any, known: Ints) -> float:
    """The difference of the largest and the smallest finite value of the features."""
    low, high = np.inf, -np.inf
    for start, stop in spans(len(known), int(np.prod(features.shape[1:]))):
        part = np.asarray(features[known[start:stop]])
        part = part[np.isfinite(part)]
        low, high = float(part.min(initial=low)), float(part.max(initial=high))
    return high - low


def _drawn(
    y: Floats, features: Any, rows: Ints, rng: Generator, classes: bool
) -> dict[str, Any] | None:
    """The slopes of one draw, in units of the features; None where there is none."""
    good, x, _ = finite_rows(features[rows], rng, most=len(rows))
    given = y[rows[good]].reshape(len(good), -1)
    steep, equal = _steepest(x, given, classes)
    if not (steep > 0).any():
        return None
    near = nearest_rows(x[np.unique(same_rows(x))], 1)[1]
    largest = float(steep.max())
    return {
        "largest": largest,
        "q99.9": float(np.quantile(steep, 0.999)),
        "q99": float(np.quantile(steep, 0.99)),
        "median": float(np.median(steep)),
        "relative": largest * float(np.median(near)),
        "items": len(x),
        "equal": equal,
    }


def _steepest(x: Floats, y: Floats, classes: bool) -> tuple[Floats, int]:
    """(m,) the largest slope between each item and another one, and how many items have another
    label than an item with equal features.
    """
    first, centred = same_rows(x), x - x.mean(0) if len(x) else x
    square = np.einsum("ij,ij->i", centred, centred)
    steep, equal = np.zeros(len(x)), 0
    for start, stop in spans(len(x), max(len(x), 1)):
        change = np.linalg.norm(y[start:stop, None] - y, axis=2)
        change = (change > 0).astype(float) if classes else change
        apart = first[start:stop, None] != first
        equal += int(((change > 0) & ~apart).any(1).sum())
        squared = square[start:stop, None] + square - 2 * (centred[start:stop] @ centred.T)
        far = np.sqrt(np.maximum(squared, 1e-30))
        best = np.where(apart, change / far, 0.0).argmax(1)
        here = np.arange(start, stop)
        distance = np.linalg.norm(x[here] - x[best], axis=1)  # the product loses small distances
        steep[here] = np.where(
            distance > 0, change[here - start, best] / np.maximum(distance, 1e-300), 0.0
        )
    return steep, equal
