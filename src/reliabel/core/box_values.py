"""Boxes as plain values: text such as "car 12,20,110,84", the class and left, top, right, bottom
in pixels of the picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.alike_names import alike_note
from reliabel.core.class_values import class_changed, class_counts
from reliabel.core.columns import Column
from reliabel.core.label_values import Change, Rows
from reliabel.core.labels import Classes, Value
from reliabel.core.objects import Boxes
from reliabel.core.spelling import nearest

Corners = tuple[float, float, float, float]
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)"
WRITTEN = re.compile(
    rf"(?:(?P<name>.*\S)\s+)?(?P<box>{_NUMBER}(?:\s*,\s*{_NUMBER}){{3}})", re.DOTALL
)
HOW = (
    'write a class ("car"), or a class and left, top, right and bottom of its box in pixels '
    '("car 12,20,110,84")'
)


def box_text(name: str, corners: Sequence[float]) -> str:
    """A box as text, its numbers to two decimals.

    >>> box_text("car", (12.0, 20.0, 110.504, 84.0))
    'car 12,20,110.5,84'
    """
    return f"{name} {','.join(map(_number, corners))}"


def box_parts(value: Value) -> tuple[str, Corners | None]:
    """The class of a box as text, and its corners; None where the text is a class alone.

    >>> box_parts("car 12,20,110.5,84"), box_parts("car")
    (('car', (12.0, 20.0, 110.5, 84.0)), ('car', None))
    """
    found = WRITTEN.fullmatch(str(value))
    if found is None or found["name"] is None:
        return str(value), None
    left, top, right, bottom = map(float, found["box"].split(","))
    return found["name"], (left, top, right, bottom)


def box(labels: Boxes, row: int) -> str | None:
    """The box of a row, None where none is given."""
    code = int(labels.y[row])
    return None if code < 0 else box_text(labels.names[code], labels.xyxy[row].tolist())


def box_column(labels: Boxes, rows: Rows) -> Column:
    """The boxes of some rows."""
    names, y, xyxy = labels.names, labels.y[rows].tolist(), labels.xyxy[rows].tolist()
    return [
        None if code < 0 else box_text(names[code], corners)
        for code, corners in zip(y, xyxy, strict=True)
    ]


def box_classes(labels: Boxes) -> Classes:
    """The class of each box, unlabelled where none is given."""
    return Classes(labels.y, labels.names)


def box_place(labels: Boxes, row: int, suggest: Value | None = None) -> dict[str, Any] | None:
    """Where the box of a row lies, also where none is given, and where the suggested one lies if
    that is elsewhere; None where a coordinate is unknown.
    """
    here = labels.xyxy[row].astype(float).tolist()
    if not np.isfinite(here).all():
        return None
    there = None if suggest is None else _in_names(labels, suggest)[1]
    if there is None or _same_corners(there, here):
        return {"box": _rounded(here)}
    return {"box": _rounded(here), "suggest_box": _rounded(there)}


def box_extents(labels: Boxes) -> list[bytes]:
    """The corners of each box, to a hundredth of a pixel."""
    return [row.tobytes() for row in np.round(np.asarray(labels.xyxy, dtype=float), 2) + 0.0]


def box_parsed(labels: Boxes, label: Any) -> Value:
    """A class of the labels, or a class with the corners of its box."""
    text = str(label).strip()
    if text in labels.names:
        return text
    name, corners = box_parts(text)
    if name not in labels.names:
        classes = ", ".join(map(repr, labels.names[:20]))
        near = nearest(name, labels.names)
        raise ValueError(f"there is no class {name!r}{near}; the classes are {classes}; {HOW}")
    if corners is None:
        return name
    left, top, right, bottom = corners
    if not np.isfinite(corners).all() or right < left or bottom < top:
        raise ValueError(
            f"the label {text!r} is no box: right must not lie left of left, nor bottom above top; "
            f"{HOW}"
        )
    return box_text(name, corners)


def boxes_changed(labels: Boxes, change: Change) -> Boxes:
    """The labels with some boxes changed: another class, another place, or taken away (None).  A
    class alone leaves the box where it is, so that it adds an object where none is given.
    """
    parts = {row: (None, None) if v is None else _in_names(labels, v) for row, v in change.items()}
    y = class_changed(box_classes(labels), {row: name for row, (name, _) in parts.items()})
    xyxy = np.array(labels.xyxy, dtype=np.float64)
    for row, (_, corners) in parts.items():
        if corners is not None and not _same_corners(corners, xyxy[row]):
            xyxy[row] = corners
    return Boxes(xyxy, y.y, y.names, labels.score, labels.crowd)


def same_box(labels: Boxes, a: Value | None, b: Value | None) -> bool:
    """Whether two values are one box; a class alone is the same as that class in any place."""
    if a is None or b is None:
        return a is b
    (one, here), (two, there) = _in_names(labels, a), _in_names(labels, b)
    return one == two and (here is None or there is None or _same_corners(here, there))


def boxes_unfit(labels: Boxes) -> str | None:
    """Why no box can be told from others: there is none."""
    return None if len(labels) else "no picture has a box"


def box_warnings(labels: Boxes) -> list[str]:
    """No box at all, and classes whose names differ in spelling only."""
    if not class_counts(box_classes(labels)).sum():
        return ["no picture has a box: there is nothing that could be wrong, only missing"]
    advice = "are they meant to be the same? merge_alike=True of rl.read makes one of them"
    return alike_note("classes", labels.names, advice)


def _number(part: float) -> str:
    text = f"{part:.2f}".rstrip("0").rstrip(".") if np.isfinite(part) else str(part)
    return "0" if text == "-0" else text


def _rounded(corners: Sequence[float]) -> list[float]:
    return [round(float(part), 2) for part in corners]


def _same_corners(one: Sequence[float], two: Sequence[float]) -> bool:
    """To the decimals that are written."""
    return list(map(_number, one)) == list(map(_number, two))


def _in_names(labels: Boxes, value: Value) -> tuple[str, Corners | None]:
    text = str(value)
    return (text, None) if text in labels.names else box_parts(text)
