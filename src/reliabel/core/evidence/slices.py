"""Slicing evidence by rows, and lifting it to the columns of a multi-label set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.labels import Ints, Votes


def row_count(value: Any) -> int:
    """Rows of an array, list or label set; of a table given as columns, the length of the first."""
    if isinstance(value, Mapping):
        return len(next(iter(value.values()))) if value else 0
    return len(value)


def rows_at(value: Any, rows: Ints) -> Any:
    """The rows of an array, list, table, label set or record."""
    if isinstance(value, Mapping):
        return {name: rows_at(column, rows) for name, column in value.items()}
    if isinstance(value, list | tuple):
        return [value[row] for row in rows]
    if hasattr(value, "iloc"):  # a pandas table
        return value.iloc[rows]
    if not hasattr(value, "dtype") and hasattr(value, "take"):
        return value.take(rows)
    return value[rows]


def pairs_at(value: Any, rows: Ints) -> Any:
    """Rows and columns of a square matrix."""
    return value[rows][:, rows]


def votes_at(value: Votes[Any], rows: Ints) -> Votes[Any]:
    """The votes on these items (each at most once), renumbered."""
    place = places(rows, value.n)
    kept = np.flatnonzero(place[value.item] >= 0)
    part = value.take(kept)
    return Votes(place[part.item], part.worker, part.labels, len(rows), value.w)


def unchanged(value: Any, column: Any) -> Any:
    """The same for every slice or column."""
    return value


def yes_or_no_probabilities(value: Any, column: int) -> Any:
    """(n, 2) probabilities of no and yes of one class of a multi-label set."""
    yes = np.asarray(value)[:, column]
    return np.stack([1 - yes, yes], 1)


def cell_column(value: Any, column: int) -> Any:
    """One class of a table of cells; what has one value an item is the same for each class."""
    return value[:, column] if np.ndim(value) == 2 else value


def places(rows: Ints, n: int) -> Ints:
    """(n,) the new number of each row, -1 for those left out."""
    place = np.full(n, -1)
    place[rows] = np.arange(len(rows))
    if int((place >= 0).sum()) != len(rows):
        raise ValueError("evidence that points at rows can be sliced by different rows only")
    return place
