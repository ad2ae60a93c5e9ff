"""Columns of facts about items as codes: categories as they are, numbers in bins of equal size, so
that every column can be counted, sliced and compared in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields

FEW = 10  # distinct numbers that are categories, not a scale
MOST = 100  # categories of a column, the rarer ones are one category
DISTINCT = 0.5  # share of different values from which a column of texts names items
OTHERS = "another value"


@dataclass(frozen=True, eq=False)
class ColumnValues:
    """A column: ``code`` (n,) of each item's value, -1 where it has none, and ``words`` that
    describe the values, such as "= 'web'" or "from 3 to 7".
    """

    name: str
    code: Ints
    words: tuple[str, ...]
    scale: bool

    __repr__ = by_fields


def columns_of(table: Any) -> dict[str, Any]:
    """The columns of a mapping or a data frame by name; none of anything else.

    >>> columns_of({"source": ["web", "desk"]})
    {'source': ['web', 'desk']}
    """
    if isinstance(table, Mapping):
        return {str(name): column for name, column in table.items()}
    names = getattr(table, "columns", None)
    return {} if names is None else {str(name): table[name] for name in names}


def column_values(table: Any, bins: int) -> Iterator[ColumnValues]:
    """The columns of a table that have two values or more, without those that name items.

    bins: of equal size, for numbers with more than ten values.

    >>> found = list(column_values({"a": ["x", "y", None] * 3, "b": range(9), "c": [1] * 9}, 2))
    >>> [(c.name, c.words, c.code[:3].tolist()) for c in found][0]
    ('a', ("= 'x'", "= 'y'"), [0, 1, -1])
    """
    for name, column in columns_of(table).items():
        values = valued(name, np.asarray(column, dtype=object), bins)
        if values is not None:
            yield values


def valued(name: str, column: Any, bins: int) -> ColumnValues | None:
    """One column, None where it tells nothing."""
    if getattr(column, "ndim", 1) != 1:
        return None
    number = numbers(column)
    if number is not None and len(np.unique(number[np.isfinite(number)])) > FEW:
        return binned(name, number, bins)
    text = [_text(value) for value in column.tolist()]
    words, code = np.unique(np.array([t for t in text if t is not None]), return_inverse=True)
    if len(words) < 2 or (number is None and len(words) > max(FEW, DISTINCT * len(text))):
        return None
    full = np.full(len(text), -1, dtype=np.int64)
    full[[t is not None for t in text]] = code
    return _with_common_words(name, full, [str(word) for word in words])


def binned(name: str, number: Floats, bins: int) -> ColumnValues | None:
    """Numbers in bins that hold about equally many items; equal numbers are in one bin."""
    known = np.isfinite(number)
    edge = np.unique(np.quantile(number[known], np.linspace(0, 1, bins + 1)[1:-1]))
    code = np.where(known, np.searchsorted(edge, number, side="left"), -1)
    used, code[known] = np.unique(code[known], return_inverse=True)
    if len(used) < 2:
        return None
    words = []
    for place in range(len(used)):
        part = number[code == place]
        words.append(f"from {part.min():.4g} to {part.max():.4g}")
    return ColumnValues(name, code, tuple(words), True)


def numbers(column: Any) -> Floats | None:
    """(n,) the numbers of a column, NaN where it has none; None where it holds something else."""
    out = np.full(len(column), np.nan)
    for row, value in enumerate(column.tolist()):
        if _text(value) is None:
            continue
        try:
            out[row] = float(value)
        except (TypeError, ValueError):  # it is no column of numbers
            return None
    return out


def _text(value: Any) -> str | None:
    """A value as text; None where there is none."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value).strip() or None


def _with_common_words(name: str, code: Ints, words: list[str]) -> ColumnValues:
    """The commonest values of a column; all others are one value."""
    told = [f"= {word[:60]!r}" for word in words]
    if len(words) > MOST:
        count = np.bincount(code[code >= 0], minlength=len(words))
        common = np.sort(np.argsort(-count, kind="stable")[: MOST - 1])
        place = np.full(len(words) + 1, MOST - 1)
        place[common], place[-1] = np.arange(MOST - 1), -1
        code, told = place[code], [*(told[c] for c in common.tolist()), f"is {OTHERS}"]
    return ColumnValues(name, code, tuple(told), False)
