"""Tables of votes with one row an object (a box, a mask) turned into tables with one row an answer:
a list of all that a worker drew in a picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.raw_labels import is_missing

if TYPE_CHECKING:
    from reliabel.formats.columns import Table

CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("left", "top", "right", "bottom"),
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
)
SIDES = (("x", "y", "width", "height"), ("x", "y", "w", "h"))
RUNS = ("rle", "mask_rle", "rle_mask", "encodedpixels", "counts")
CLASSES = ("class", "label", "category", "name", "class_name")
Names = Sequence[str]


def answers_joined(table: Table, names: Mapping[str, str], kind: str) -> tuple[Table, str] | None:
    """The table with one row for each item and worker, whose label column is a list, and the kind
    of these answers; None where its rows are no objects.

    names: the columns of item, worker and label.  kind: "boxes", "regions", or "auto", which takes
    what the names of the columns say: run lengths with height and width, or four corners.
    A row without run lengths or corners says that the worker looked and drew nothing.
    Raises ValueError where run lengths come without the size of their picture.
    """
    columns = {name.strip().lower(): name for name in table.columns}
    label = names["label"]
    size = [columns.get(side) for side in ("height", "width")]
    coded = label.strip().lower() in RUNS
    if kind in ("auto", "regions") and coded and table.kinds[label] != "other":
        height, width = size
        if height is None or width is None:
            if kind == "auto":
                return None
            raise ValueError(
                f"the run lengths in {label!r} need the size of their picture: columns height and "
                "width"
            )
        named = next((columns[one] for one in CLASSES if one in columns), None)
        cells = _masks(table, label, height, width, named if named != label else None)
        return _grouped(table, names, cells, "regions"), "regions"
    if kind not in ("auto", "boxes") or table.kinds[label] == "other":
        return None
    found = next((one for one in CORNERS if all(side in columns for side in one)), None)
    if found is None and kind == "boxes":
        found = next((one for one in SIDES if all(side in columns for side in one)), None)
    if found is None:
        return None
    cells = _boxes(table, label, [columns[side] for side in found], found in SIDES)
    return _grouped(table, names, cells, "boxes"), "boxes"


def _masks(table: Table, label: str, height: str, width: str, named: str | None) -> list[Any]:
    """A mask for each row, None for a row without one."""
    rows = zip(
        table.written(label).tolist(),
        table.columns[height].tolist(),
        table.columns[width].tolist(),
        [None] * table.rows if named is None else table.written(named).tolist(),
        strict=True,
    )
    cells: list[Any] = []
    for runs, h, w, name in rows:
        if is_missing(runs) or not str(runs).strip():
            cells.append(None)
            continue
        one: dict[str, Any] = {"size": [h, w], "counts": str(runs)}
        cells.append(one if is_missing(name) else {**one, "label": str(name)})
    return cells


def _boxes(table: Table, label: str, sides: Names, sized: bool) -> list[Any]:
    """A box for each row, None for a row without one."""
    columns = [np.array([_number(v) for v in table.columns[side].tolist()]) for side in sides]
    if sized:
        columns[2:] = [columns[0] + columns[2], columns[1] + columns[3]]
    corners = np.stack(columns, axis=1)
    return [
        None if np.isnan(box).all() or is_missing(name) else [str(name), *box.tolist()]
        for name, box in zip(table.written(label).tolist(), corners, strict=True)
    ]


def _number(value: Any) -> float:
    try:
        return float("nan") if is_missing(value) else float(value)
    except (TypeError, ValueError):
        return float("nan")


def _grouped(table: Table, names: Mapping[str, str], cells: Sequence[Any], what: str) -> Table:
    """One row for each pair of item and worker, in the order of their first rows."""
    item = table.written(names["item"]).tolist()
    worker = table.written(names["worker"]).tolist()
    first, held = dict[tuple[Any, Any], int](), list[list[Any]]()
    rows = list[int]()
    for row, pair in enumerate(zip(item, worker, strict=True)):
        if pair not in first:
            first[pair] = len(held)
            held.append([])
            rows.append(row)
        if cells[row] is not None:
            held[first[pair]].append(cells[row])
    index = np.array(rows, dtype=np.int64)
    lists = np.empty(len(held), dtype=object)
    lists[:] = held
    kept = {name: column.take(index) for name, column in table.columns.items()}
    cells_of = {
        name: column.take(index) for name, column in table.cells.items() if name != names["label"]
    }
    said = f"each row is an object: {table.rows:,} rows are {len(held):,} answers ({what})"
    return replace(
        table,
        columns={**kept, names["label"]: lists},
        kinds={**table.kinds, names["label"]: "other"},
        cells=cells_of,
        classes={key: one for key, one in table.classes.items() if key != names["label"]},
        notes=(*table.notes, said),
    )
