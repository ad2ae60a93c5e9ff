"""Columns of results that hold no Python object for each row: text as codes, numbers with a mask.

A column is a ``Coded``, an array (masked where values may be unknown; (n, d) where a value has d
numbers), or a list of plain values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Ints, Value
from reliabel.core.short_repr import by_fields

Column: TypeAlias = "Coded | NDArray[Any] | list[Any]"
Columns: TypeAlias = dict[str, Any]  # name -> Column


@dataclass(frozen=True, eq=False)
class Coded(Sequence[Any]):
    """A column of text: row r holds ``names[code[r]]``, and nothing where the code is -1.

    >>> words = Coded(np.array([1, 0, 1], dtype=np.int8), ("no", "yes"))
    >>> words[0], list(words[1:]), np.asarray(words).tolist()
    ('yes', ['no', 'yes'], ['yes', 'no', 'yes'])
    """

    code: Ints
    names: Sequence[str]

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, row: Any) -> Any:
        code = self.code[row]
        if np.ndim(code):
            return Coded(code, self.names)
        return None if code < 0 else self.names[code]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        words = np.array([*self.names, None], dtype=object)
        return np.asarray(words[self.code], dtype=dtype)

    def __iter__(self) -> Iterator[str | None]:
        return (None if code < 0 else self.names[code] for code in self.code.tolist())


def listed(column: Column) -> list[Any]:
    """A column as a list of plain values; what is unknown is None, and a row of numbers is a list.

    >>> listed(Coded(np.array([1, -1]), ("a", "b")))
    ['b', None]
    >>> listed(masked(np.array([[1.0, np.nan], [np.nan, np.nan]])))
    [[1.0, None], None]
    """
    if isinstance(column, np.ndarray):
        rows: list[Any] = column.tolist()
        if column.ndim == 2 and isinstance(column, np.ma.MaskedArray):
            return [None if none else row for row, none in zip(rows, blank(column), strict=True)]
        return rows
    return list(column)


def plain_column(column: Column) -> Any:
    """A column as it is easiest to work with: an array of numbers, or a list."""
    plain = isinstance(column, np.ndarray) and column.ndim == 1
    return column if plain and not isinstance(column, np.ma.MaskedArray) else listed(column)


def masked(numbers: NDArray[Any]) -> NDArray[Any]:
    """Numbers as a column; NaN is unknown."""
    return np.ma.masked_invalid(numbers, copy=False)


def blank(column: Column) -> NDArray[np.bool_]:
    """(rows,) True where a column holds no value at all."""
    if isinstance(column, Coded):
        return np.asarray(column.code) < 0
    if isinstance(column, np.ndarray):
        empty = np.ma.getmaskarray(column)
        return np.asarray(empty.all(1) if column.ndim == 2 else empty)
    return np.array([value is None for value in column], dtype=bool)


def pooled(columns: Sequence[Column]) -> tuple[list[Ints], Column]:
    """Columns of equal length as codes of one pool of values, -1 where a row holds none; and the
    pool, so that values of different columns can be compared and counted.

    >>> codes, pool = pooled([masked(np.array([2.5, np.nan])), masked(np.array([2.5, 0.5]))])
    >>> [code.tolist() for code in codes], listed(pool)
    ([[1, -1], [1, 0]], [0.5, 2.5])
    """
    first = columns[0]
    if all(isinstance(column, np.ndarray) for column in columns):
        return _pooled_numbers(columns)
    if isinstance(first, Coded) and all(
        isinstance(column, Coded) and column.names == first.names for column in columns
    ):
        return [column.code for column in columns], list(first.names)  # type: ignore[union-attr]
    place: dict[Value, int] = {}
    codes: list[Ints] = []
    for column in columns:
        plain = [tuple(v) if isinstance(v, list) else v for v in listed(column)]
        found = [-1 if v is None else place.setdefault(v, len(place)) for v in plain]
        codes.append(np.array(found, dtype=np.int64))
    pool: list[Any] = list(place)
    return codes, pool


def chosen(column: Column, rows: Ints) -> Column:
    """Some rows of a column, row -1 gives no value."""
    if isinstance(column, Coded):
        return Coded(np.where(rows < 0, -1, np.asarray(column.code)[rows]), column.names)
    if isinstance(column, np.ndarray):
        picked = np.ma.array(column[rows]) if len(column) else _nothing(column, len(rows))
        picked[rows < 0] = np.ma.masked
        return picked
    return [None if row < 0 else column[row] for row in rows.tolist()]


def put(column: Column, places: Ints, values: Sequence[Any]) -> Column:
    """A column with other values in some places (which a new array or list holds)."""
    if not len(places):
        return column
    if isinstance(column, np.ndarray):
        new = np.ma.array(column, copy=True)
        for place, value in zip(places.tolist(), values, strict=True):
            parts = [np.nan if part is None else part for part in np.ravel(value)]
            new[place] = np.ma.masked_invalid(np.reshape(parts, column.shape[1:]))
        return new
    rows = listed(column)
    for place, value in zip(places.tolist(), values, strict=True):
        rows[place] = value
    return rows


def _pooled_numbers(columns: Sequence[Any]) -> tuple[list[Ints], Column]:
    whole: Any = np.ma.concatenate(columns)  # type: ignore[no-untyped-call]
    known = ~blank(whole)
    plain = np.ma.filled(whole[known].astype(float), np.inf)  # no number is infinite
    pool, code = np.unique(plain, axis=0, return_inverse=True)
    codes: Ints = np.full(len(whole), -1, dtype=np.int64)
    codes[known] = np.ravel(code)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return np.split(codes, ends), np.ma.masked_array(pool, mask=np.isinf(pool))


def _nothing(column: NDArray[Any], rows: int) -> Any:
    return np.ma.masked_all(  # type: ignore[no-untyped-call]
        (rows, *column.shape[1:]), dtype=column.dtype
    )
