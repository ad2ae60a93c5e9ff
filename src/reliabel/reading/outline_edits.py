"""Decisions on regions as changes of the outlines of a file's objects."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.formats.drawn import Edit


def picture_edits(
    labels: Grouped[Regions], item: int, values: dict[int, Any]
) -> tuple[list[Edit], dict[int, dict[str, Any]]]:
    """The edits of a picture, and the outline that each has (by its place among them), from the
    labels that people want in some of its rows (None: no object).  Rows that are parts of an
    earlier region are taken out of it.
    """
    from reliabel.ops.class_maps import picture_of
    from reliabel.ops.regions import mask_of

    picture = picture_of(labels, item)
    part = picture.parts()
    size = picture.size or (0, 0)
    place = np.cumsum(~part) - 1  # given objects by their number in the file
    names = labels.units.names
    own: dict[int, Any] = {unit: value for unit, value in values.items() if not part[unit]}
    cut: dict[int, Bools] = {}
    new: list[tuple[str, Bools]] = []
    for unit, value in sorted(values.items()):
        if not part[unit]:
            continue
        mask = mask_of(picture.runs, unit, size)
        owner = _owner(picture.runs, picture.y, part, unit, size)
        if owner is not None:
            cut[owner] = cut.get(owner, np.zeros(size, dtype=bool)) | mask
        if value is not None:
            new.append((str(value), mask))
    edits: list[Edit] = []
    outlines: dict[int, dict[str, Any]] = {}
    for unit in sorted(own.keys() | cut.keys()):
        value = own.get(unit, names[int(picture.y[unit])])
        corners = None
        if unit in cut and value is not None:
            left = mask_of(picture.runs, unit, size) & ~cut[unit]
            value = value if left.any() else None
            if value is not None:
                corners, outlines[len(edits)] = _outline(left)
        edits.append(Edit(int(place[unit]), None if value is None else str(value), corners))
    for name, mask in new:
        corners, outlines[len(edits)] = _outline(mask)
        edits.append(Edit(None, name, corners))
    return edits, outlines


def edits_to(
    was: Grouped[Regions], now: Grouped[Regions], rows: Ints, item: int
) -> tuple[list[Edit], dict[int, dict[str, Any]]]:
    """The edits of a picture that turn its regions into others, and the outline that each has.

    rows: the row in ``was`` of each region of ``now``; a row that none has goes.
    """
    from reliabel.ops.regions import mask_of

    first, last = int(was.offsets[item]), int(was.offsets[item + 1])
    new = {int(rows[j]): j for j in range(now.offsets[item], now.offsets[item + 1])}
    edits: list[Edit] = []
    outlines: dict[int, dict[str, Any]] = {}
    for row in range(first, last):
        j = new.get(row)
        if j is None:
            edits.append(Edit(row - first, None))
            continue
        one, two = (side.units.take(np.array([at])) for side, at in ((was, row), (now, j)))
        same = np.array_equal(one.start, two.start) and np.array_equal(one.length, two.length)
        if same and one.y[0] == two.y[0]:
            continue
        corners = None
        if not same:
            size = (int(two.size[0, 0]), int(two.size[0, 1]))
            corners, outlines[len(edits)] = _outline(mask_of(two, 0, size))
        edits.append(Edit(row - first, now.units.names[int(two.y[0])], corners))
    return edits, outlines


def _owner(runs: Any, y: Ints, part: Bools, unit: int, size: tuple[int, int]) -> int | None:
    """The last given region of its class that holds a part; None where it lies in none."""
    from reliabel.ops.regions import intersections

    if y[unit] < 0:
        return None
    _, others, _ = intersections(runs.take(np.array([unit])), runs)
    held = [one for one in others.tolist() if one < unit and not part[one] and y[one] == y[unit]]
    return held[-1] if held else None


def _outline(mask: Bools) -> tuple[tuple[float, float, float, float], dict[str, Any]]:
    """The box and COCO's run lengths of a mask."""
    from reliabel.ops.regions import boxes, mask_runs
    from reliabel.ops.rle import packed_counts, region_counts

    runs, size = mask_runs(mask), mask.shape
    left, top, right, bottom = boxes(runs, size[1])[0].tolist()
    counts = packed_counts(region_counts(runs, 0, size))
    told = {"segmentation": {"size": list(size), "counts": counts}, "area": int(mask.sum())}
    return (left, top, right, bottom), told
