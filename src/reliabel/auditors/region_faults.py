"""Region faults: what is wrong with regions by themselves, whatever is in the pictures.

Masks of another shape than their picture, regions without a pixel, two regions of an object, and
specks: regions of a few pixels where those of their class are far larger, as slips of a brush,
holes, and masks that were resized between class numbers leave behind.  Needs no model.  Weak where
a class has small objects of its own: specks are told only where they are a small share of the usual
size of their class.
Cost: O(runs), and the overlaps of regions within pictures; memory the same.
Paper: none; the checks of Rottmann, Reese. Automated detection of label errors in semantic
segmentation datasets. WACV 2023 start from the same components.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.region_values import region_place
from reliabel.core.results import Faults
from reliabel.core.short_repr import many
from reliabel.ops.class_maps import shared_within
from reliabel.ops.regions import areas

STATUS = "default"
FINDS = "region fault"
TINY = 9  # pixels of a speck at most
SHARE = 0.02  # of the median area of its class, which a speck must not exceed
SPECKLE = 8  # specks of a picture from which they are one fault
DOUBLE = 0.8  # intersection over union of two regions of one class from which they are one object
TWO_CLASSES = 0.95  # and of two classes


def audit(labels: Grouped[Regions], *, sizes: Ints | None = None) -> Faults:
    """One fault a place.  kind: "other shape" (a mask and its picture), "empty", "double" (two
    regions of one class in one place), "two classes" (of two classes in one place), "speck", and
    "speckle", a picture with many specks; score 1 for what cannot be right, .8 for two regions in
    one place, .5 for specks.

    >>> units = Regions([0, 1], [0], [6], [0, 1, 1], [[2, 3], [2, 3]], ["sky", "sea"])
    >>> found = audit(Grouped(units, [0, 2]))
    >>> found.kind, found.why
    (['empty'], ["a region of class 'sea' has no pixel"])
    """
    units = labels.units
    area, pairs = areas(units), shared_within(labels)
    parts = _inside(units, area, pairs)
    known = (units.y >= 0) & ~parts
    if units.crowd is not None:
        known &= ~units.crowd
    told = [
        *_shapes(labels, sizes),
        *_empty(labels, known & (area == 0)),
        *_doubles(labels, known & (area > 0), area, pairs),
        *_specks(labels, known & (area > 0), area),
    ]
    columns = [list(column) for column in zip(*told, strict=True)] if told else [[], [], [], [], []]
    items, kinds, score, why, where = columns
    return Faults([(item,) for item in items], kinds, np.array(score, dtype=float), why, where)


Pairs = tuple[Ints, Ints, Ints]  # two regions of a picture, and the pixels they share
Told = tuple[int, str, float, str, Any]  # item, kind, score, why, where


def _inside(units: Regions, area: Ints, pairs: Pairs) -> Bools:
    """(m,) which rows are parts of an earlier region of their class: candidates, no faults."""
    one, two, shared = pairs
    inside = (units.y[one] == units.y[two]) & (shared == area[two])
    inside &= shared < DOUBLE * area[one]
    found = np.zeros(len(units), dtype=bool)
    found[two[inside]] = True
    return found


def _shapes(labels: Grouped[Regions], sizes: Ints | None) -> list[Told]:
    if sizes is None:
        return []
    some = np.flatnonzero(np.diff(labels.offsets))
    own = labels.units.size[labels.offsets[some]]
    odd = (sizes[some] > 0).all(1) & (sizes[some] != own).any(1)
    return [
        (
            int(some[at]),
            "other shape",
            1.0,
            f"the mask has {own[at, 0]} x {own[at, 1]} pixels (height x width), its picture "
            f"{sizes[some[at], 0]} x {sizes[some[at], 1]}",
            None,
        )
        for at in np.flatnonzero(odd).tolist()
    ]


def _empty(labels: Grouped[Regions], empty: Bools) -> list[Told]:
    units, item = labels.units, labels.item
    return [
        (int(item[row]), "empty", 1.0, f"a region of class {_name(units, row)} has no pixel", None)
        for row in np.flatnonzero(empty).tolist()
    ]


def _doubles(labels: Grouped[Regions], known: Bools, area: Ints, pairs: Pairs) -> list[Told]:
    units, item = labels.units, labels.item
    one, two, shared = pairs
    overlap = shared / (area[one] + area[two] - shared)
    same = units.y[one] == units.y[two]
    odd = known[one] & known[two]
    odd &= np.where(same, overlap > DOUBLE, overlap > TWO_CLASSES)
    told: list[Told] = []
    for at in np.flatnonzero(odd).tolist():
        a, b = int(one[at]), int(two[at])
        kind = "double" if same[at] else "two classes"
        what = (
            f"class {_name(units, a)}" if same[at] else f"{_name(units, a)} and {_name(units, b)}"
        )
        why = f"two regions of {what} lie in one place (they share {overlap[at]:.0%})"
        told.append((int(item[b]), kind, 0.8, why, _place(labels, b)))
    return told


def _specks(labels: Grouped[Regions], known: Bools, area: Ints) -> list[Told]:
    units, item = labels.units, labels.item
    usual = _medians(units.y, area, known, units.k)
    speck = known & (area <= TINY) & (area <= SHARE * usual[np.maximum(units.y, 0)])
    rows = np.flatnonzero(speck)
    count = np.bincount(item[rows], minlength=len(labels))
    told: list[Told] = []
    for row in rows[count[item[rows]] < SPECKLE].tolist():
        why = (
            f"a region of class {_name(units, row)} has {many(int(area[row]), 'pixel')}, where "
            f"those of its class have {int(usual[units.y[row]]):,} as a rule"
        )
        told.append((int(item[row]), "speck", 0.5, why, _place(labels, row)))
    for picture in np.flatnonzero(count >= SPECKLE).tolist():
        mine = rows[item[rows] == picture]
        names = ", ".join(sorted({_name(units, row) for row in mine.tolist()})[:5])
        why = (
            f"{count[picture]:,} regions of at most {TINY} pixels ({names}), far smaller than "
            "those of their classes are"
        )
        told.append((picture, "speckle", 0.5, why, _place(labels, int(mine[0]))))
    return told


def _medians(y: Ints, area: Ints, known: Bools, k: int) -> Floats:
    """(k,) the median area of the regions of each class, weighted by area: half of the pixels of
    the class lie in regions that are larger, so that specks cannot make themselves usual.
    """
    usual = np.zeros(k)
    rows = np.flatnonzero(known)
    order = rows[np.lexsort([area[rows], y[rows]])]
    total = np.bincount(y[rows], area[rows], minlength=k)
    reached = np.cumsum(area[order].astype(float))
    before = np.concatenate([[0], np.cumsum(total)])[:-1]
    half = np.searchsorted(reached, before + total / 2)
    some = total > 0
    usual[some] = area[order[np.minimum(half[some], max(len(order) - 1, 0))]]
    return usual


def _name(units: Regions, row: int) -> str:
    return repr(units.names[int(units.y[row])])


def _place(labels: Grouped[Regions], row: int) -> Mapping[str, Any] | None:
    return region_place(labels.units, row)
