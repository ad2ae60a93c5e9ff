"""Columns of a table as people bring them: which cells are missing, the numbers they hold, their
values as codes, and whether they only name the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints

FEWEST = 20  # cells from which a column can be said to name the rows
GAPS = 2.0  # whole numbers that name rows span at most so many times the number of rows


def as_column(values: Sequence[Any] | np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A column as an array: numbers with NaN where they are missing, else objects as they are.

    >>> as_column([1, None, 3]).tolist(), as_column(["a", 2]).tolist()
    ([1.0, nan, 3.0], ['a', 2])
    """
    if isinstance(values, np.ndarray):
        return values if values.ndim == 1 else as_column(list(values))
    cells = list(values)
    known = [cell for cell in cells if cell is not None]
    if known and all(isinstance(v, int | float | np.number) and not _is_bool(v) for v in known):
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    column = np.empty(len(cells), dtype=object)
    for row, cell in enumerate(cells):
        column[row] = cell
    return column


def missing(column: np.ndarray[Any, Any]) -> Bools:
    """(n,) which cells hold nothing: None, NaN, NaT, NA, and texts of spaces.

    >>> missing(np.array(["a", " ", None], dtype=object)).tolist()
    [False, True, True]
    """
    if column.dtype.kind == "f":
        return np.asarray(np.isnan(column))
    if column.dtype.kind in "mM":
        return np.asarray(np.isnat(column))
    if column.dtype.kind not in "OUS":
        return np.zeros(len(column), dtype=bool)
    return np.array([_is_missing(cell) for cell in column.tolist()], dtype=bool)


def numbers(column: np.ndarray[Any, Any]) -> Floats | None:
    """(n,) the numbers of a column, dates as seconds, NaN where there is none; None where the
    column holds other things.

    >>> numbers(np.array([True, False])), numbers(np.array([1, 2])).tolist()
    (None, [1.0, 2.0])
    """
    if column.dtype.kind in "mM":
        line = column.astype(f"{column.dtype.kind}8[s]").astype(np.int64).astype(float)
        return np.where(np.isnat(column), np.nan, line)
    return column.astype(float) if column.dtype.kind in "iuf" else None


def names_rows(column: np.ndarray[Any, Any]) -> bool:
    """Whether a column only names or counts the rows: whole numbers without repetition that leave
    few gaps, or texts without spaces of which nearly none repeats.

    >>> names_rows(np.arange(50)), names_rows(np.arange(50) % 25), names_rows(np.arange(50) ** 2)
    (True, False, False)
    """
    known = column[~missing(column)]
    if len(known) < FEWEST or len(known) < 0.9 * len(column):
        return False
    line = numbers(known)
    if line is not None:
        whole = column.dtype.kind in "iuf" and bool((line == np.floor(line)).all())
        return bool(whole and len(np.unique(line)) == len(line) and np.ptp(line) < GAPS * len(line))
    texts = [str(cell) for cell in known.tolist()]
    single = sum(" " not in text.strip() for text in texts)
    return len(set(texts)) >= 0.99 * len(texts) and single >= 0.99 * len(texts)


def codes(column: np.ndarray[Any, Any], most: int) -> tuple[Ints, int]:
    """(n,) the values as codes below a number that is returned too, at most ``most``: 0 = missing;
    of many numbers their quantiles, of many other values the commonest, with one code for the rest.

    >>> codes(np.array(["a", None, "b", "a"], dtype=object), 8)[0].tolist()
    [1, 0, 2, 1]
    """
    line = numbers(column)
    gone = missing(column)
    if line is None:
        cells = [None if out else str(v) for v, out in zip(column.tolist(), gone, strict=True)]
        counts = Counter(cell for cell in cells if cell is not None)
        code = {v: place + 1 for place, (v, _) in enumerate(counts.most_common(most - 2))}
        found = [0 if cell is None else code.get(cell, most - 1) for cell in cells]
        return np.array(found, dtype=np.int64), most
    known = line[~gone]
    values = np.unique(known)
    if len(values) >= most - 1:
        values = np.unique(np.quantile(known, np.linspace(0, 1, most)[1:-1]))
    place = np.searchsorted(values, line, side="left") + 1
    return np.where(gone, 0, place).astype(np.int64), len(values) + 2


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_missing(cell: Any) -> bool:
    return (
        cell is None
        or type(cell).__name__ in ("NAType", "NaTType")
        or (isinstance(cell, str) and not cell.strip())
        or (isinstance(cell, float | np.floating) and cell != cell)
    )
