"""Which columns of a table are the columns of a matrix: row numbers, ids and texts are not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from reliabel.core.short_repr import by_fields
from reliabel.formats.columns import Table

Names = tuple[str, ...] | None
# what pandas, R and others call the column that numbers the rows
NAMELESS = ("", "Unnamed: 0", "__index_level_0__", "...1", "rownames")
INDEX = ("index", "level_0", "row", "row_number", "row_id", "rowid")
IDS = ("id", "_id", "uuid", "item_id", "example_id", "idx")
HEAD = 1000  # rows that are looked at before all are
FEW = 10  # rows from which a column that counts is no chance


@dataclass(frozen=True, eq=False)
class Matrix:
    """A matrix as it was brought: the names of its columns if they have any, the columns that were
    left out with the reason, notes on what was inferred, and what a column of ids or an index calls
    each row.
    """

    values: Any
    names: Names = None
    left: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rows: tuple[str, ...] | None = None

    __repr__ = by_fields


def floats(value: Any, called: str, what: str = "") -> Any:
    """The numbers as floats of at least 32 bits.  Features in a memory map of half precision stay
    on disk, since they are read in blocks.  Raises ValueError for what is no number.
    """
    if value.dtype.kind in "iub":
        return value.astype(np.float64)
    if value.dtype.kind != "f":
        raise ValueError(f"{called} must hold numbers, got {value.dtype} of shape {value.shape}")
    stays = what == "features" and isinstance(value, np.memmap)
    return value.astype(np.float32) if value.dtype.itemsize == 2 and not stays else value


def of_table(table: Table, what: str, called: str) -> Matrix:
    """The number columns of a table; of features all but ids must be numbers."""
    lists = [name for name in table.columns if _lists(table.columns[name])]
    if len(lists) == 1 and what == "features":
        return _of_lists(table, lists[0], called)
    left: dict[str, str] = {}
    kept: dict[str, Any] = {}
    for place, (name, values) in enumerate(table.columns.items()):
        why = _why_not(name, place, values, table.kinds[name], what)
        if why is None:
            kept[name] = values.astype(np.float32 if values.dtype == np.float32 else float)
        else:
            left[name] = why
    wrong = [name for name, why in left.items() if why.startswith("does not")]
    if what != "probs" and wrong:
        raise ValueError(
            f"{called}: column {wrong[0]!r} {left[wrong[0]]}; keep one number column a feature"
        )
    if not kept:
        raise ValueError(
            f"{called}: no column holds numbers, the first column {next(iter(left))!r} "
            f"{next(iter(left.values()))}; keep one number column a "
            f"{'class' if what == 'probs' else 'feature'}"
        )
    notes = tuple(
        f"column {name!r} of {called} {why} and was left out" for name, why in left.items()
    )
    named = (tuple(map(str, table.written(name).tolist())) for name in left)
    rows = next((names for names in named if len(set(names)) == len(names)), None)
    return Matrix(np.column_stack(list(kept.values())), tuple(kept), left, notes, rows)


def without_row_numbers(matrix: Matrix, called: str) -> Matrix:
    """The matrix without columns that only number its rows, as an index does."""
    values, names = matrix.values, matrix.names
    if getattr(values, "ndim", 0) != 2 or values.shape[1] < 2:
        return matrix
    gone = {}
    for place in range(values.shape[1]) if names is not None else (0,):
        name = "" if names is None else names[place]
        if _may_index(name, place) and (why := _counts(values, place, name, names is None)):
            gone[place] = why
    if not gone or len(gone) == values.shape[1]:
        return matrix
    kept = [place for place in range(values.shape[1]) if place not in gone]
    own = None if names is None else tuple(names[place] for place in kept)
    said = tuple(
        f"{_column(names, place)} of {called} {why} and was left out" for place, why in gone.items()
    )
    left = {} if names is None else {names[place]: why for place, why in gone.items()}
    if own is not None and hasattr(values, "select") and not isinstance(values, np.ndarray):
        part = values.select(own)
    else:
        part = values[:, 1:] if kept == list(range(1, values.shape[1])) else values[:, kept]
    first = np.asarray(values[:, next(iter(gone))])
    return replace(
        matrix,
        rows=tuple(str(int(number)) for number in first.tolist()),
        values=part,
        names=own,
        left={**matrix.left, **left},
        notes=(*matrix.notes, *said),
    )


def _column(names: Names, place: int) -> str:
    return "the first column" if names is None or not names[place] else f"column {names[place]!r}"


def _may_index(name: str, place: int) -> bool:
    return name in NAMELESS or (place == 0 and name.strip().lower() in (*INDEX, *IDS))


def _counts(values: Any, place: int, name: str, strict: bool) -> str:
    """Why a column is an index: it counts the rows, or, where its name says so, tells them apart by
    whole numbers; empty where it is none.
    """
    head = np.asarray(values[:HEAD][:, place], dtype=np.float64)
    if len(head) < FEW or not np.isfinite(head).all() or (head != np.floor(head)).any():
        return ""
    column = head if len(values) <= HEAD else np.asarray(values[:, place], dtype=np.float64)
    if column[0] in (0, 1) and bool((np.diff(column) == 1).all()):
        return f"counts the rows from {int(column[0])}"
    if not strict and name in NAMELESS and len(np.unique(column)) == len(column):
        return "numbers the rows"
    return ""


def _why_not(name: str, place: int, values: Any, kind: str, what: str) -> str | None:
    """Why a column of a table is no column of the matrix; None where it is one."""
    bare = name.strip().lower()
    if kind not in ("integer", "decimal", "boolean"):
        if name in NAMELESS or bare in IDS:
            return "names the rows"
        odd = next((v for v in values.tolist() if not isinstance(v, int | float | None)), None)
        row = values.tolist().index(odd) if odd is not None else 0
        return f"does not hold numbers (row {row} holds {odd!r:.40})"
    if _may_index(name, place):
        why = _counts(np.asarray(values, dtype=float)[:, None], 0, name, False)
        if why:
            return why
        whole = kind == "integer" and len(np.unique(values)) == len(values)
        if bare in IDS and whole and len(values) >= FEW:
            return "numbers the rows"
    return None


def _lists(values: Any) -> bool:
    """Whether the cells are lists of numbers of one length, also written as JSON."""
    first = values[0] if len(values) and values.dtype == object else None
    if isinstance(first, str):
        return first.startswith("[") and first.endswith("]") and "," in first
    return isinstance(first, list | tuple | np.ndarray) and len(first) > 0


def _of_lists(table: Table, name: str, called: str) -> Matrix:
    cells = table.columns[name].tolist()
    try:
        rows = [json.loads(cell) if isinstance(cell, str) else cell for cell in cells]
        values = floats(np.asarray(rows), f"column {name!r} of {called}")
    except (TypeError, ValueError):
        raise ValueError(
            f"column {name!r} of {called} must hold one list of numbers per row, all of one "
            "length, to be features"
        ) from None
    notes = (f"{called}: the features are column {name!r}",)
    return Matrix(values, None, {}, notes if len(table.columns) > 1 else ())
