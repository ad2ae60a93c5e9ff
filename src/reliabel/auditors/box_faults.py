"""Faults of boxes that no detector is needed for: broken, outside, double, tiny, odd in size.

Corners are swapped or no numbers, a box has no size, lies outside its picture, is given twice or
with two classes, is tiny, as large as the picture, or of an odd size or shape for its class.  Each
is told from the coordinates alone, and from the sizes of the pictures where they are known.
Crowd areas may overlap what they like and be of any size.
Assumes coordinates in pixels.  Weak where objects truly stand within one another.
Cost: O(boxes log boxes and pairs of boxes in one picture), memory in blocks of pairs.
Paper: none; the checks that tools for detection data share.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reliabel.core.box_values import box_text
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Faults
from reliabel.ops.box_agreement import suspected
from reliabel.ops.match import areas, overlaps

STATUS = "default"
FINDS = "box fault"
LISTED = 1000  # boxes of a kind of fault that are listed one by one; the rest are one fault
BEYOND = 2.0  # pixels by which a box may reach over the edge: annotators draw that far
TINY = 4.0  # square pixels below which a box shows nothing
LONG = 50.0  # times as long as wide from which a box is no object
TWICE, CONFLICT = 0.8, 0.95  # overlap of two boxes of one class, and of two classes
WHOLE = 0.98  # overlap with the picture from which a box is the picture
SELDOM = 0.2  # share of the boxes of a class that are the picture, up to which that is odd
ODD, ENOUGH, LEAST_SPREAD = 6.0, 30, 0.2  # robust deviations, boxes of a class, of log size
POINTS = 0.9  # share of boxes without a size from which the labels are points
CERTAIN, LIKELY, MAYBE = 1.0, 0.8, 0.5  # scores
Fault = tuple[str, float, Ints, list[str], Floats | None, Ints | None]


def audit(labels: Grouped[Boxes], *, sizes: Ints | None = None) -> Faults:
    """One fault a box and kind, up to a thousand of a kind; ``where`` tells the box and its number
    within the picture, ``suggest`` a box mended by itself where that is plain.

    sizes: (n, 2) height and width of the pictures; without them a box is outside where a coordinate
    is negative.

    >>> boxes = Boxes([[30, 5, 10, 25], [0, 0, 9, 9], [0, 0, 9, 9]], [0, 0, 0], ["cat"])
    >>> found = audit(Grouped(boxes, [0, 3]))
    >>> found.kind, found.suggest
    (['swapped corners', 'duplicate'], ['cat 10,5,30,25', None])
    """
    units, item = labels.units, labels.item
    items, kinds, scores, why, where, suggest = [], [], [], [], [], []
    for kind, score, rows, told, mended, other in _faults(labels, sizes):
        for place, row in enumerate(rows[:LISTED].tolist()):
            items.append((int(item[row]),))
            kinds.append(kind)
            scores.append(score)
            why.append(told[place])
            where.append(_where(labels, row, None if other is None else int(other[place])))
            suggest.append(None if mended is None else _text(units, row, mended[place]))
        rest = rows[LISTED:]
        if len(rest):
            items.append(tuple(np.unique(item[rest])[:LISTED].tolist()))
            kinds.append(kind)
            scores.append(score)
            why.append(f"{len(rest):,} more boxes like this")
            where.append({})
            suggest.append(None)
    never = np.flatnonzero(np.bincount(units.y[units.y >= 0], minlength=units.k) == 0)
    info = {
        "classes without a box": [units.names[c] for c in never.tolist()],
        "pictures without a box": int((np.diff(labels.offsets) == 0).sum()),
    }
    area = areas(units.xyxy)[suspected(units)]
    if sizes is not None and len(area):
        whole = np.asarray(sizes, dtype=float)[item[suspected(units)]].prod(1)
        info["median share of the picture"] = round(float(np.median(area / whole)), 4)
    return Faults(items, kinds, np.array(scores), why, where, suggest, info)


def _faults(labels: Grouped[Boxes], sizes: Ints | None) -> Iterator[Fault]:
    """Each kind of fault with its rows and a sentence each, and the box mended or the other box."""
    units, here = labels.units, labels.units.xyxy.astype(float)
    there, clear = units.y >= 0, suspected(units)
    unknown = there & ~np.isfinite(here).all(1)
    yield _kind("not a number", CERTAIN, unknown, "a corner of the box is no number")
    left, top, right, bottom = np.where(unknown[:, None], 0.0, here).T
    swapped = there & ~unknown & ((right < left) | (bottom < top))
    rows = np.flatnonzero(swapped)
    mended = np.column_stack([np.minimum(left, right), np.minimum(top, bottom)])
    mended = np.column_stack([mended, np.maximum(left, right), np.maximum(top, bottom)])
    said = "right lies left of left, or bottom above top"
    yield "swapped corners", CERTAIN, rows, [said] * len(rows), mended[rows], None
    flat = there & ~unknown & ~swapped & ((right == left) | (bottom == top))
    if flat.sum() < POINTS * max(int(there.sum()), 1):
        yield _kind("no size", CERTAIN, flat, "the box has no width or no height")
    good = there & ~unknown & ~swapped & ~flat
    yield from _outside(labels, here, good, sizes)
    yield from _pairs(labels, good & clear)
    area = areas(here)
    yield _kind("tiny", LIKELY, good & clear & (area < TINY), f"less than {TINY:g} square pixels")
    yield from _odd(units, here, good & clear, area)
    if sizes is not None:
        yield from _pictures(labels, good & clear, area, sizes)


def _kind(kind: str, score: float, mask: Bools, sentence: str) -> Fault:
    rows = np.flatnonzero(mask)
    return kind, score, rows, [sentence] * len(rows), None, None


def _outside(
    labels: Grouped[Boxes], here: Floats, good: Bools, sizes: Ints | None
) -> Iterator[Fault]:
    """Boxes that reach over the edge of their picture, or lie beyond it."""
    edge = np.full((len(here), 2), np.inf)
    if sizes is not None:
        edge = np.asarray(sizes, dtype=float)[labels.item][:, ::-1]  # width and height
    over = np.maximum(-here[:, :2], here[:, 2:] - edge).max(1, initial=0.0)
    beyond = good & (over > BEYOND)
    inside = np.column_stack([np.maximum(here[:, :2], 0), np.minimum(here[:, 2:], edge)])
    gone = beyond & (areas(inside) <= 0)
    yield _kind("outside", CERTAIN, gone, "the box lies outside its picture")
    rows = np.flatnonzero(beyond & ~gone)
    told = [f"the box reaches {far:.0f} pixels over the edge" for far in over[rows].tolist()]
    yield "over the edge", LIKELY, rows, told, inside[rows], None


def _pairs(labels: Grouped[Boxes], good: Bools) -> Iterator[Fault]:
    """Boxes that lie on another of their class, or of another class; the later one is told."""
    units = labels.units
    found = overlaps(units.xyxy, labels.offsets, units.xyxy, labels.offsets, TWICE)
    later = (found.mine > found.other) & good[found.mine] & good[found.other]
    same = units.y[found.mine] == units.y[found.other]
    chosen = {"duplicate": later & same, "conflict": later & ~same & (found.iou >= CONFLICT)}
    for kind, mask in chosen.items():
        rows, first = np.unique(found.mine[mask], return_index=True)
        other, share = found.other[mask][first], found.iou[mask][first]
        told = []
        for one, part in zip(other.tolist(), share.tolist(), strict=True):
            name = units.names[int(units.y[one])]
            told.append(f"it overlaps another box of {name!r} by {100 * part:.0f} %")
        yield kind, CERTAIN if kind == "conflict" else LIKELY, rows, told, None, other


def _odd(units: Boxes, here: Floats, good: Bools, area: Floats) -> Iterator[Fault]:
    """Boxes whose size or shape is unlike that of nearly all others of their class."""
    rows = np.flatnonzero(good & (area >= TINY))
    sides = here[rows, 2:] - here[rows, :2]
    size, shape = np.log(area[rows]), np.log(sides[:, 0] / sides[:, 1])
    thin = np.abs(shape) > np.log(LONG)
    long_ones = rows[thin]
    yield (
        "odd shape",
        LIKELY,
        long_ones,
        [_shape(shape[at]) for at in np.flatnonzero(thin)],
        None,
        None,
    )
    y = units.y[rows]
    for kind, value in (("odd size", size), ("odd shape", np.where(thin, np.nan, shape))):
        off = np.zeros(len(rows))
        for c in np.flatnonzero(np.bincount(y, minlength=units.k) >= ENOUGH).tolist():
            of = y == c
            middle = np.nanmedian(value[of])
            spread = 1.4826 * np.nanmedian(np.abs(value[of] - middle))
            off[of] = np.nan_to_num((value[of] - middle) / max(spread, LEAST_SPREAD))
        odd = np.flatnonzero(np.abs(off) >= ODD)
        told = []
        for at in odd.tolist():
            name = units.names[int(y[at])]
            if kind == "odd size":
                times = np.exp(abs(value[at] - np.nanmedian(value[y == y[at]])))
                word = "larger" if off[at] > 0 else "smaller"
                told.append(f"{times:.3g} times {word} than a usual box of {name!r}")
            else:
                told.append(f"{_shape(value[at])}, unlike others of {name!r}")
        yield kind, MAYBE, rows[odd], told, None, None


def _shape(log_ratio: float) -> str:
    times = float(np.exp(abs(log_ratio)))
    return f"{times:.3g} times as {'wide as high' if log_ratio > 0 else 'high as wide'}"


def _pictures(labels: Grouped[Boxes], good: Bools, area: Floats, sizes: Ints) -> Iterator[Fault]:
    """Boxes that are the whole picture, where those of their class seldom are."""
    units = labels.units
    whole = np.asarray(sizes, dtype=float)[labels.item].prod(1)
    same = good & (area >= WHOLE * whole) & (area <= whole / WHOLE)
    of = np.bincount(units.y[good], minlength=units.k)
    share = np.bincount(units.y[same], minlength=units.k) / np.maximum(of, 1)
    seldom = same & (share[np.maximum(units.y, 0)] <= SELDOM)
    yield _kind("whole picture", MAYBE, seldom, "the box is the whole picture")


def _where(labels: Grouped[Boxes], row: int, other: int | None) -> dict[str, object]:
    """The box and its number within the picture, and the other box it lies on."""
    first = int(labels.offsets[np.searchsorted(labels.offsets, row, side="right") - 1])
    corners = labels.units.xyxy[row].astype(float)
    found: dict[str, object] = {"unit": row - first}
    if np.isfinite(corners).all():
        found["box"] = corners.round(2).tolist()
    if other is not None:
        found["other_box"] = labels.units.xyxy[other].astype(float).round(2).tolist()
    return found


def _text(units: Boxes, row: int, corners: Floats) -> str:
    return box_text(units.names[int(units.y[row])], corners.tolist())
