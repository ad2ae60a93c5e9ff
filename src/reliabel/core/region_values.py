"""Regions of pixels as plain values: the name of their class."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.alike_names import alike_note
from reliabel.core.class_values import (
    class_changed,
    class_column,
    class_counts,
    class_name,
    class_parsed,
)
from reliabel.core.columns import Column
from reliabel.core.label_values import Change, Rows
from reliabel.core.labels import Classes, Value
from reliabel.core.objects import Regions
from reliabel.core.outlines import outline


def region(labels: Regions, row: int) -> str | None:
    """The class of a region, None where no label is given."""
    return class_name(region_classes(labels), row)


def region_column(labels: Regions, rows: Rows) -> Column:
    """The classes of some regions."""
    return class_column(region_classes(labels), rows)


def region_classes(labels: Regions) -> Classes:
    """The class of each region, unlabelled where none is given."""
    return Classes(labels.y, labels.names)


def region_place(labels: Regions, row: int, suggest: Value | None = None) -> dict[str, Any] | None:
    """Where a region lies: the box around it, its outline in polygons, and its area in pixels; None
    where it has no pixel.
    """
    runs = slice(int(labels.offsets[row]), int(labels.offsets[row + 1]))
    start, length = labels.start[runs], labels.length[runs]
    if not len(start):
        return None
    box, polygons = outline(start, length, int(labels.size[row, 1]))
    return {"box": box, "outline": polygons, "area": int(length.sum())}


def region_extents(labels: Regions) -> list[bytes]:
    """The pixels of each region."""
    runs = np.stack([labels.start, labels.length], 1)
    ends = zip(labels.offsets[:-1].tolist(), labels.offsets[1:].tolist(), strict=True)
    return [runs[first:last].tobytes() for first, last in ends]


def region_parsed(labels: Regions, label: Any) -> Value:
    """A class of the labels by its name."""
    return class_parsed(region_classes(labels), label)


def regions_changed(labels: Regions, change: Change) -> Regions:
    """The labels with another class for some regions, or with some taken away (None); a class adds
    a region where none is given.
    """
    y = class_changed(region_classes(labels), change)
    runs = labels.start, labels.length, labels.offsets, labels.size
    return Regions(y.y, *runs, y.names, labels.crowd, labels.score)


def regions_unfit(labels: Regions) -> str | None:
    """Why no region can be told from others: there is none."""
    return None if len(labels) else "no picture has a region"


def region_warnings(labels: Regions) -> list[str]:
    """No region at all, and classes whose names differ in spelling only."""
    if not class_counts(region_classes(labels)).sum():
        return ["no picture has a region: there is nothing that could be wrong, only missing"]
    advice = "are they meant to be the same? merge_alike=True of rl.read makes one of them"
    return alike_note("classes", labels.names, advice)
