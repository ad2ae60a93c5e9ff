"""What a detector sees in the place of each box: the steps that the auditors of boxes, the search
for missing ones, and P(wrong) share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.short_repr import by_fields
from reliabel.ops.match import Overlaps, areas, greedy, largest, overlaps, suppressed

TOUCH = 0.1  # overlap from which a prediction may be about a given box
SAME = 0.5  # overlap from which two boxes are about one object
MEND = 0.25  # overlap from which a prediction is what a given box of its class may be mended to
ALIKE = 0.35  # difference of log width and of log height up to which a touch is enough for that
INSIDE = 0.5  # share of a prediction within an area of many objects from which it is part of it
DOUBLE = 0.7  # overlap of two given boxes of one class from which they are one object
SURE = 0.95  # confidence of a prediction that is sure, where the detector is ever that confident
TOP = 0.9  # else: quantile of the confidences of predictions that agree with a given box


@dataclass(frozen=True, eq=False)
class Agreement:
    """Pairs of a given box and a prediction that touch (``pairs``), the prediction that is about
    each given box (``partner`` (m,), -1 = none), and which predictions are about no given box
    (``free``).  ``sure`` is the confidence from which the detector counts as sure.
    """

    pairs: Overlaps
    partner: Ints
    partner_iou: Floats
    free: Bools
    sure: float

    __repr__ = by_fields


def suspected(units: Boxes) -> Bools:
    """(m,) which rows are given boxes that may be wrong; crowds and places without one are not."""
    given = units.y >= 0
    return given if units.crowd is None else given & ~units.crowd


def confidence(predicted: Boxes) -> Floats:
    """(p,) how sure the detector is of each prediction; 1 where it does not say."""
    if predicted.score is None:
        return np.ones(len(predicted))
    return np.nan_to_num(np.clip(predicted.score, 0, 1))


def class_of(predicted: Boxes, names: tuple[str, ...]) -> Ints:
    """(p,) the class of each prediction among ``names``, -1 where they lack it."""
    code = {name: place for place, name in enumerate(names)}
    place = np.array([code.get(name, -1) for name in predicted.names] + [-1])
    return np.asarray(place[predicted.y])


def agreement(labels: Grouped[Boxes], predicted: Grouped[Boxes]) -> Agreement:
    """Which prediction is about which given box.  Pairs are taken by falling overlap and
    confidence, those of one class first, one to one.

    Free predictions lie mostly in no crowd area, are not suppressed by a surer one (of whatever
    class), and overlap no given box by half.  One that overlaps a given box less is free unless it
    is the partner of that box.
    """
    units, said = labels.units, predicted.units
    score, y = confidence(said), class_of(said, units.names)
    given = suspected(units)
    every = overlaps(units.xyxy, labels.offsets, said.xyxy, predicted.offsets, 0.0)
    pairs = every.take(given[every.mine] & (every.iou >= TOUCH))
    same = units.y[pairs.mine] == y[pairs.other]
    # a box that was moved far still has its size, which a neighbour has by chance alone
    moved = _alike(units.xyxy[pairs.mine], said.xyxy[pairs.other])
    may = np.flatnonzero((pairs.iou >= SAME) | (same & ((pairs.iou >= MEND) | moved)))
    # whole numbers first, so that a prediction of the own class comes before any other
    weight = pairs.iou * (0.5 + score[pairs.other] / 2) + (same & (pairs.iou >= SAME))
    chosen = may[greedy(pairs.mine[may], pairs.other[may], weight[may])]
    partner, overlap = np.full(len(units), -1), np.full(len(units), np.nan)
    partner[pairs.mine[chosen]] = pairs.other[chosen]
    overlap[pairs.mine[chosen]] = pairs.iou[chosen]
    taken = np.zeros(len(said), dtype=bool)
    taken[pairs.other[chosen]] = True
    taken[pairs.other[pairs.iou >= SAME]] = True
    taken |= in_crowd(labels, predicted) | (areas(said.xyxy) <= 0) | (y < 0)
    # a second prediction on the object of a partner is no object of its own
    rank = np.where(taken, score + 2.0, score)
    free = ~taken & ~suppressed(said.xyxy, predicted.offsets, rank, SAME)
    right = chosen[same[chosen] & (pairs.iou[chosen] >= SAME)]
    return Agreement(pairs, partner, overlap, free, sure_from(score[pairs.other[right]]))


def _alike(one: Floats, two: Floats) -> Bools:
    """(pairs,) whether boxes are of about the same width and height."""
    sides = [np.maximum(box[:, 2:] - box[:, :2], 1e-9) for box in (one, two)]
    return np.asarray((np.abs(np.log(sides[0] / sides[1])) <= ALIKE).all(1))


def doubles(labels: Grouped[Boxes], found: Agreement) -> Bools:
    """(m,) which given boxes lie on another of their class: of two the one that no prediction is
    about, else the one further off, else the later.
    """
    units = labels.units
    pairs = overlaps(units.xyxy, labels.offsets, units.xyxy, labels.offsets, DOUBLE)
    given = suspected(units)
    twice = (units.y[pairs.mine] == units.y[pairs.other]) & given[pairs.mine] & given[pairs.other]
    a, b = pairs.mine[twice], pairs.other[twice]
    fits = np.nan_to_num(found.partner_iou, nan=-1.0)
    worse = (a != b) & ((fits[a] < fits[b]) | ((fits[a] == fits[b]) & (a > b)))
    out = np.zeros(len(units), dtype=bool)
    out[a[worse]] = True
    return out


def in_crowd(labels: Grouped[Boxes], predicted: Grouped[Boxes]) -> Bools:
    """(p,) which predictions lie by half or more in a crowd area, where nothing is missing."""
    within = np.zeros(len(predicted.units), dtype=bool)
    crowd = labels.units.crowd
    if crowd is None or not crowd.any():
        return within
    pairs = overlaps(predicted.units.xyxy, predicted.offsets, labels.units.xyxy, labels.offsets)
    within[pairs.mine[crowd[pairs.other] & (pairs.inside >= INSIDE)]] = True
    return within


def sure_from(matched: Floats) -> float:
    """The confidence from which a detector counts as sure: .95, or where it is seldom that
    confident the 90th percentile of its confidence in what agrees with a given box.

    >>> sure_from(np.linspace(0.2, 0.6, 101))
    0.56
    """
    if not len(matched):
        return SURE
    return min(SURE, round(float(np.quantile(matched, TOP)), 6))


def views(
    units: Boxes, offsets: Ints, predicted: Grouped[Boxes], names: tuple[str, ...]
) -> tuple[Floats, Ints, Floats]:
    """What the detector sees in the place of each row: (m, k) its confidence in each class there,
    the likeliest prediction there (-1: none), and its overlap.

    A prediction counts whole from an overlap of one half on, and less below, down to nothing at .2.
    """
    said, m, k = predicted.units, len(units), len(names)
    score, y = confidence(said), class_of(said, names)
    pairs = overlaps(units.xyxy, offsets, said.xyxy, predicted.offsets, TOUCH)
    pairs = pairs.take(y[pairs.other] >= 0)
    weight = score[pairs.other] * np.clip((pairs.iou - 0.2) / 0.3, 0, 1)
    seen = np.zeros((m, k))
    cell = pairs.mine * k + y[pairs.other]
    order = np.argsort(weight, kind="stable")
    seen.ravel()[cell[order]] = weight[order]  # the largest is written last
    best = largest(pairs.mine, score[pairs.other] * pairs.iou, m)
    there = best >= 0
    which, overlap = np.full(m, -1), np.full(m, np.nan)
    which[there], overlap[there] = pairs.other[best[there]], pairs.iou[best[there]]
    return seen, which, overlap
