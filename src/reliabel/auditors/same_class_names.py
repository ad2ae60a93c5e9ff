"""Class names that mean the same: two classes whose boxes lie on the same objects, or that a
detector takes for each other as often as it tells them apart.

Boxes of two classes on one object are counted over all pictures: annotators who use both names put
both on it, or one here and the other there.  In the second case a detector that learnt from them
sees either name in the place of either.
Assumes that boxes of different classes seldom share their place.  Weak where one class is part of
another ("face" within "head"), which fits just as tightly, and for rare classes.
Cost: O(pairs of boxes in one picture + classes squared), memory in blocks of pairs.
Paper: none; the confusion that is even both ways is that of confident learning (Northcutt, Jiang,
Chuang. Journal of Artificial Intelligence Research 70, 2021) beyond the point of errors.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Faults
from reliabel.ops.box_agreement import SAME, suspected, views
from reliabel.ops.match import overlaps

STATUS = "default"
FINDS = "class names"
TOGETHER = 0.8  # overlap from which two boxes are on one object
SHARE, LEAST = 0.3, 10  # share and number of a class's boxes from which two names look like one
LIE, SEES = "lie on one of the other", "the detector sees the other"
EVEN = 0.35  # share of the places of a class where the detector sees the other, both ways


def audit(labels: Grouped[Boxes], *, predicted: Grouped[Boxes] | None = None) -> Faults:
    """One fault a pair of names, with the pictures where both lie on one object, or where the
    detector sees one for the other; score = the smaller of the two shares.  ``info["together"]``
    (k, k) is the share of each class's boxes on which one of the other lies, with predictions that
    in whose place the detector sees the other.

    >>> boxes = Boxes([[0, 0, 9, 9], [0, 0, 9, 9]] * 10, [0, 1] * 10, ["car", "auto"])
    >>> found = audit(Grouped(boxes, np.arange(11) * 2))
    >>> found.why
    ["100 % of the boxes of 'car' and 100 % of those of 'auto' lie on one of the other"]
    """
    units, item = labels.units, labels.item
    given = suspected(units)
    size = np.bincount(units.y[given], minlength=units.k)
    pairs = overlaps(units.xyxy, labels.offsets, units.xyxy, labels.offsets, TOGETHER)
    able = given[pairs.mine] & given[pairs.other] & (units.y[pairs.mine] != units.y[pairs.other])
    mine, other = pairs.mine[able], pairs.other[able]
    cell = np.unique(np.stack([mine, units.y[other]]), axis=1)  # a box counts once for a class
    on = _counts(units.y[cell[0]], cell[1], units.k)
    found = {}
    part = on / np.maximum(size, 1)[:, None]
    for a, b in _both(part, on, SHARE):
        rows = cell[0][(units.y[cell[0]] == a) & (cell[1] == b)]
        found[a, b] = (rows, part, "{} of the boxes of {!r} and {} of those of {!r} {}", LIE)
    if predicted is not None:
        seen, which, share = views(units, labels.offsets, predicted, units.names)
        rows = np.flatnonzero(given & (which >= 0) & (np.nan_to_num(share) >= SAME))
        y, top = units.y[rows], seen.argmax(1)[rows] if units.k else units.y[rows]
        as_other = _counts(y, top, units.k)
        part = as_other / np.maximum(np.bincount(y, minlength=units.k), 1)[:, None]
        for a, b in _both(part, as_other, EVEN):
            where = rows[(y == a) & (top == b)]
            told = "in {} of the places of {!r} and {} of those of {!r} {}"
            found.setdefault((a, b), (where, part, told, SEES))
    items, whys, scores = [], [], []
    for (a, b), (rows, part, told, what) in found.items():
        items.append(tuple(np.unique(item[rows]).tolist()))
        shares = [f"{100 * one:.0f} %" for one in (part[a, b], part[b, a])]
        whys.append(told.format(shares[0], units.names[a], shares[1], units.names[b], what))
        scores.append(min(part[a, b], part[b, a]))
    info = {"together": part.round(4).tolist()}
    return Faults(items, ["same meaning"] * len(items), np.array(scores), whys, info=info)


def _counts(one: Ints, two: Ints, k: int) -> Floats:
    """(k, k) how many pairs there are of each two classes."""
    return np.bincount(one * k + two, minlength=k * k).reshape(k, k).astype(float)


def _both(part: Floats, count: Floats, share: float) -> list[tuple[int, int]]:
    """The pairs of classes of which each has such a share, and enough, with the other."""
    one_way = (part >= share) & (count >= LEAST)
    return [(a, b) for a, b in np.argwhere(np.triu(one_way & one_way.T, 1)).tolist()]
