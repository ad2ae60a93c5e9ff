"""Boxes as answers in a column of a table: a list a row, empty where somebody looked and drew
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Grouped
from reliabel.core.objects import Boxes
from reliabel.core.raw_labels import is_missing

THING = "object"  # the class of boxes without one
WANTED = (
    "a list of boxes is wanted, each [class, left, top, right, bottom] in pixels or {'label': "
    "class, 'bbox': [x, y, width, height]}; an empty list says that nothing is there"
)
CLASSES = ("label", "class", "category", "name")


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[Grouped[Boxes], Bools, list[str]]:
    """The boxes of each row, and which rows hold an answer.

    >>> boxes, given, _ = answers([[["car", 0, 0, 4, 2]], [], None], names=(), missing=())
    >>> boxes.offsets.tolist(), boxes.units.names, given.tolist()
    ([0, 1, 1, 1], ('car',), [True, True, False])
    """
    given = np.array([not _none(cell, missing) for cell in values], dtype=bool)
    drawn = [_boxes(cell) if known else [] for cell, known in zip(values, given, strict=True)]
    flat = [one for boxes in drawn for one in boxes]
    found = sorted({name for name, _ in flat})
    known = tuple(names) if set(found) <= set(names) else tuple(found)
    code = {name: place for place, name in enumerate(known)}
    units = Boxes([corners for _, corners in flat], [code[name] for name, _ in flat], known)
    offsets = np.cumsum([0, *map(len, drawn)])
    notes = [] if all(name != THING for name in found) else [f"boxes have no class: {THING!r}"]
    return Grouped(units, offsets), given, notes


def _none(cell: Any, missing: Sequence[str]) -> bool:
    return is_missing(cell) or (isinstance(cell, str) and cell.strip() in ("", *missing))


def _boxes(cell: Any) -> list[tuple[str, list[float]]]:
    """The boxes of one cell; one box need not be in a list of its own."""
    if isinstance(cell, Mapping):
        return [_box(cell)]
    held = list(cell) if isinstance(cell, list | tuple | np.ndarray) else None
    if held is None:
        raise ValueError(f"{WANTED}; got {cell!r:.60}")
    if held and not any(isinstance(part, list | tuple | Mapping | np.ndarray) for part in held):
        return [_box(held)]
    return [_box(one) for one in held]


def _box(one: Any) -> tuple[str, list[float]]:
    try:
        if isinstance(one, Mapping):
            x, y, w, h = map(float, one["bbox"])
            name = next((one[key] for key in CLASSES if one.get(key) is not None), THING)
            return str(name), [x, y, x + w, y + h]
        parts = list(one)
        if len(parts) == 4:
            return THING, list(map(float, parts))
        name, *corners = parts
        left, top, right, bottom = map(float, corners)
        return str(name), [left, top, right, bottom]
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{WANTED}; got {one!r:.60}") from None
