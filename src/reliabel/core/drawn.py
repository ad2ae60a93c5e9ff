"""Objects of a picture as pages draw them over it: the one that is judged as given and as
suggested, the others of the same picture, and the frame around it that is shown enlarged.

Coordinates are pixels of the picture.  Boxes of bad input are put in order, those that no page can
draw (NaN, infinite) are left out, and the label says what they are.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.box_values import box_parts
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Labels, Value
from reliabel.core.outlines import rough_outline
from reliabel.core.short_repr import by_fields

Box = tuple[float, float, float, float]  # left, top, right, bottom
Ring = tuple[float, ...]  # x, y, x, y, ...
MARGIN = 0.35  # of the longer side of an object, shown around it
LEAST = 48  # pixels of a side of the frame
OTHERS = 60  # other objects drawn
KEPT = 4096  # shapes that are remembered
POINTS = 1500  # of the outlines of all other objects; the rest of them are drawn as boxes


@dataclass(frozen=True)
class Shape:
    """An object: its ``box``, its ``outline`` where it is a region (rings of x, y, x, y, ...), its
    class as ``label`` (None: none is given here), and the ``row`` of the label that it is of.
    """

    box: Box
    outline: tuple[Ring, ...] = ()
    label: str | None = None
    row: int | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class Drawing:
    """The objects of a picture of ``width`` and ``height`` around one of them.

    given: as it is given; None where an object may be missing, or its box cannot be drawn.
    suggest: as it is suggested; None where nothing is.
    missing: whether nothing is given here.
    others: other given objects, those nearest first; ``left`` were left out.
    near: left, top, width, height of the frame that shows the object enlarged.
    movable: whether a decision may give another box.
    """

    width: int
    height: int
    given: Shape | None
    suggest: Shape | None
    missing: bool
    others: tuple[Shape, ...]
    left: int
    near: Box
    movable: bool

    __repr__ = by_fields


def shows_pictures(data: Dataset) -> bool:
    """Whether the items of a data set are pictures."""
    return data.source.get("task") == "image" or kind_for(data.labels).place is not None


class Drawings:
    """Draws labels that are objects of pictures."""

    def __init__(self, labels: Labels, sizes: Any = None) -> None:
        self.labels, self.sizes = labels, sizes
        self.kind, self.layout = kind_for(labels), layout_of(labels)
        self.units = self.kind.bare(labels)
        self._known: dict[tuple[int, bool], Shape | None] = {}

    def __bool__(self) -> bool:
        """Whether labels are objects of pictures."""
        return self.kind.place is not None

    @property
    def movable(self) -> bool:
        """Whether a label says where its object lies."""
        return self.kind.p_wrong == "boxes"

    def label(self, row: int) -> str | None:
        """The class of an object, None where none is given."""
        code = int(self.units.y[row])
        return None if code < 0 else str(self.units.names[code])

    def suggested(self, value: Value | None) -> tuple[str | None, Box | None]:
        """The class of a suggestion, and its box where it says one."""
        if value is None:
            return None, None
        return box_parts(value) if self.movable else (str(value), None)

    def shape(self, row: int, *, rough: bool = False) -> Shape | None:
        """An object as it lies, or roughly so; None where it cannot be drawn."""
        key = (row, rough and not self.movable)
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            place = self._rough(row) if key[1] else self._place(row)
            made = None if place is None else shape_of(place, self.label(row))
            self._known[key] = None if made is None else replace(made, row=row)
        return self._known[key]

    def _place(self, row: int) -> Mapping[str, Any] | None:
        return None if self.kind.place is None else self.kind.place(self.labels, row, None)

    def _rough(self, row: int) -> Mapping[str, Any] | None:
        units = self.units
        runs = slice(int(units.offsets[row]), int(units.offsets[row + 1]))
        if runs.start == runs.stop:
            return None
        width = int(units.size[row, 1])
        box, rings = rough_outline(units.start[runs], units.length[runs], width)
        return {"box": box, "outline": rings}

    def draw(
        self, row: int, suggest: Value | None = None, size: tuple[int, int] | None = None
    ) -> Drawing | None:
        """The drawing around one object; None where labels are no objects.

        size: width and height of the picture, where ``sizes`` does not say them.
        """
        if not self:
            return None
        item = int(self.layout.place(np.array([row]))[0][0])
        own, missing = self.shape(row), self.label(row) is None
        name, moved = self.suggested(suggest)
        other = None
        if moved is not None:
            other = shape_of({"box": moved}, name)
        elif name is not None and own is not None:
            other = replace(own, label=name)
        here = [one.box for one in (own, other) if one is not None]
        rest, left = self.others(item, (row,), here[0] if here else None)
        width, height = self._size(item, size, [*here, *(one.box for one in rest)])
        return Drawing(
            width,
            height,
            None if missing else own,
            other,
            missing,
            _thinned(rest),
            left,
            frame(here, width, height),
            self.movable,
        )

    def others(
        self, item: int, but: Container[int], box: Box | None = None
    ) -> tuple[list[Shape], int]:
        """The given objects of a picture but those of some rows, roughly, those nearest to a box
        first, at most ``OTHERS``; and how many were left out.
        """
        first = self.layout.row(item, None)
        rows = [r for r in range(first, first + self.layout.size(item)) if r not in but]
        given = [r for r in rows if self.label(r) is not None]
        if box is not None and len(given) > 1:
            given.sort(key=lambda r: _apart(self._box(r), box))
        found = [self.shape(r, rough=True) for r in given[:OTHERS]]
        return [one for one in found if one is not None], max(len(given) - OTHERS, 0)

    def _box(self, row: int) -> Box:
        """About where an object lies."""
        if self.movable:
            x1, y1, x2, y2 = self.units.xyxy[row].tolist()
            return x1, y1, x2, y2
        runs = slice(int(self.units.offsets[row]), int(self.units.offsets[row + 1]))
        start, width = self.units.start[runs], int(self.units.size[row, 1])
        if not len(start):
            return 0, 0, 0, 0
        x, end = start % width, (start + self.units.length[runs] - 1) // width
        return int(x.min()), int(start[0]) // width, int(x.max()), int(end[-1]) + 1

    def size(self, item: int) -> tuple[int, int] | None:
        """Width and height of a picture as the evidence or the labels have it, None: unknown."""
        sizes = self.sizes
        if sizes is not None and len(sizes) == len(self.labels):
            height, width = np.asarray(sizes[item]).tolist()
        elif not self.movable and self.layout.size(item):  # regions know their pictures
            height, width = np.asarray(self.units.size[self.layout.row(item, None)]).tolist()
        else:
            return None
        good = height == height and width == width and height > 0 and width > 0
        return (int(width), int(height)) if good else None

    def _size(
        self, item: int, size: tuple[int, int] | None, boxes: Sequence[Box]
    ) -> tuple[int, int]:
        known = self.size(item) or size
        if known is not None:
            return known
        right = max((box[2] for box in boxes), default=0)  # no picture: as far as objects reach
        bottom = max((box[3] for box in boxes), default=0)
        return max(math.ceil(right), 1), max(math.ceil(bottom), 1)


def frame(boxes: Iterable[Box], width: int, height: int) -> Box:
    """Left, top, width and height of what is shown around boxes: a margin around them, nothing that
    is not of the picture, and all of the picture where no box is near it.

    >>> frame([(40, 40, 60, 60)], 400, 300)
    (26, 26, 48, 48)
    """
    corners = np.array(list(boxes), dtype=float).reshape(-1, 4)
    whole = (0, 0, width, height)
    if not len(corners):
        return whole
    left, top = corners[:, :2].min(0).tolist()
    right, bottom = corners[:, 2:].max(0).tolist()
    room = MARGIN * max(right - left, bottom - top)
    sides = []
    for low, high, end in ((left, right, width), (top, bottom, height)):
        wide = min(max(high - low + 2 * room, LEAST), end)
        start = min(max((low + high - wide) / 2, 0), end - wide)
        if low >= end or high <= 0:
            return whole
        sides.append((math.floor(start), math.ceil(wide)))
    (x, wide), (y, high) = sides
    return x, y, wide, high


def shape_of(place: Mapping[str, Any], label: str | None) -> Shape | None:
    """A place in a picture as it is drawn; None where a coordinate is unknown."""
    x1, y1, x2, y2 = (float(v) for v in place["box"])
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        return None
    rings = tuple(tuple(float(v) for v in ring) for ring in place.get("outline") or ())
    return Shape((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), rings, label)


def _apart(one: Box, two: Box) -> float:
    """How far the middles of two boxes are apart; as far as can be where one is unknown."""
    apart = math.dist((one[0] + one[2], one[1] + one[3]), (two[0] + two[2], two[1] + two[3]))
    return apart if apart == apart else math.inf


def _thinned(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """Shapes with outlines while these have few points together, the rest as boxes."""
    left, made = POINTS, []
    for one in shapes:
        left -= sum(map(len, one.outline)) // 2
        made.append(one if left >= 0 or not one.outline else replace(one, outline=()))
    return tuple(made)
