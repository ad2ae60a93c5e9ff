"""ObjectLab: how well each given box, and each predicted one, fits what stands beside it.

Boxes are alike by .9 of their intersection over union and .1 of a term that falls with the distance
of their centres.  The published distance is in pixels, so that the same picture at another size has
other scores; here it is in parts of the longer side of its picture, times 640.
Source: Tkachenko, Thyagarajan, Mueller. ObjectLab: automated diagnosis of mislabeled images in
object detection data. arXiv:2309.00832.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.short_repr import by_fields
from reliabel.ops.match import every_pair, iou, largest, overlaps

ALPHA, FALL = 0.9, 0.1  # weight of the intersection over union; fall of the other term with pixels
LONG = 640  # pixels of the longer side of a picture to which distances are brought
LOW, HIGH = 0.5, 0.95  # confidences from which a prediction speaks on places, and on classes
CONFLICT = 0.95  # overlap of given boxes of two classes from which one of them is swapped
TEMPERATURE = 0.1  # of the soft minimum over the boxes of a picture


@dataclass(frozen=True, eq=False)
class Qualities:
    """The qualities of the published method, 1 = good: ``placed`` and ``swapped`` (m,) of each
    given box with the prediction behind them (-1: none), ``overlooked`` (p,) of each prediction:
    NaN where it is not sure or overlaps a given box.
    """

    placed: Floats
    placed_by: Ints
    swapped: Floats
    swapped_by: Ints
    overlooked: Floats

    __repr__ = by_fields


def qualities(
    labels: Grouped[Boxes],
    predicted: Grouped[Boxes],
    sizes: Ints | None,
    score: Floats,
    high: float = HIGH,
) -> Qualities:
    """The qualities by the published rules.  sizes: (n, 2) height and width of each picture; None
    measures distances in pixels, as published.  score: (p,) the confidence of each prediction;
    ``high`` is that from which one is sure.

    >>> one = Grouped(Boxes([[0, 0, 10, 10]], [0], ["a", "b"]), [0, 1])
    >>> other = Grouped(Boxes([[0, 0, 10, 10]], [1], ["a", "b"]), [0, 1])
    >>> found = qualities(one, other, None, np.array([0.99]))
    >>> found.placed.tolist(), found.swapped.tolist(), found.overlooked.tolist()
    ([1.0], [1.0], [nan])
    """
    units, said, m, p = labels.units, predicted.units, len(labels.units), len(predicted.units)
    scale = None if sizes is None else LONG / np.maximum(sizes.max(1), 1)[labels.item]
    best = {name: np.full(m, -np.inf) for name in ("placed", "swapped")}
    by = {name: np.full(m, -1) for name in best}
    own, touched, least = np.full(p, -np.inf), np.zeros(p, dtype=bool), 1.0
    for a, b in every_pair(labels.offsets, predicted.offsets):
        share = iou(units.xyxy[a], said.xyxy[b])
        alike = ALPHA * share + (1 - ALPHA) * near(units.xyxy, said.xyxy, a, b, scale)
        some = alike > 0
        least = min(least, float(alike[some].min(initial=1.0)))
        same = units.y[a] == said.y[b]
        touched[b[share > 0]] = True
        fits = same & some
        np.maximum.at(own, b[fits], alike[fits])
        rules = {
            "placed": same & (score[b] > LOW) & (share > 0),
            "swapped": ~same & (score[b] > high),
        }
        for name, rule in rules.items():
            rows = np.flatnonzero(rule)
            top = largest(a[rows], alike[rows], m)
            better = np.flatnonzero(top >= 0)
            value, which = alike[rows[top[better]]], b[rows[top[better]]]
            more = value > best[name][better]
            best[name][better[more]], by[name][better[more]] = value[more], which[more]
    placed = np.where(by["placed"] >= 0, best["placed"], 1.0)
    swapped = np.where(by["swapped"] >= 0, np.maximum(least, 1 - best["swapped"]), 1.0)
    swapped[conflicts(labels, CONFLICT)] = least
    there = np.isfinite(own)
    missed = np.where(there, own, least * (1 - score))
    missed[touched | (score < high)] = np.nan
    return Qualities(placed, by["placed"], swapped, by["swapped"], missed)


def near(one: Floats, two: Floats, a: Ints, b: Ints, scale: Floats | None) -> Floats:
    """(pairs,) 1 where the centres of boxes ``a`` and ``b`` meet, falling with their distance, in
    pixels times the ``scale`` of the picture of each first box.
    """
    apart = (one[a, :2] + one[a, 2:]) / 2 - (two[b, :2] + two[b, 2:]) / 2
    far = np.hypot(apart[:, 0], apart[:, 1]) * (1.0 if scale is None else scale[a])
    return np.asarray(np.exp(-FALL * np.where(np.isfinite(far), far, np.inf)))


def conflicts(labels: Grouped[Boxes], least: float) -> Ints:
    """Rows of given boxes that lie on one of another class."""
    units = labels.units
    pairs = overlaps(units.xyxy, labels.offsets, units.xyxy, labels.offsets, least)
    known = (units.y[pairs.mine] >= 0) & (units.y[pairs.other] >= 0)
    return np.unique(pairs.mine[known & (units.y[pairs.mine] != units.y[pairs.other])])


def soft_minimum(quality: Floats, offsets: Ints) -> Floats:
    """(n,) one quality a picture of those of its boxes: their mean, weighted by how low each is; 1
    where it has none that is known.

    >>> soft_minimum(np.array([0.2, 1.0, np.nan]), np.array([0, 2, 3])).round(3).tolist()
    [0.2, 1.0]
    """
    known = np.isfinite(quality)
    item = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))[known]
    q, n = quality[known], len(offsets) - 1
    weight = np.exp(-q / TEMPERATURE)
    total = np.bincount(item, weight, minlength=n)
    return np.where(
        total > 0, np.bincount(item, weight * q, minlength=n) / np.where(total > 0, total, 1), 1.0
    )


def picture_quality(*soft: Floats) -> Floats:
    """(n,) one quality a picture of those by kind of error: their geometric mean."""
    return np.asarray(np.exp(np.mean([np.log(1e-100 + one) for one in soft], axis=0)))
