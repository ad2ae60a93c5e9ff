"""Numbers as plain values: a float, or a tuple of floats where a label is d numbers at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.columns import Column, blank, masked
from reliabel.core.label_values import Change, Rows, number_in, parts_of, shortest, spans
from reliabel.core.labels import Floats, Ints, Numbers, Value
from reliabel.core.short_repr import many

WHOLE = 1e15  # below which whole numbers are shown without a point


def number(labels: Numbers, row: int) -> Value | None:
    """The number of a row, or its d numbers; None where there is none at all."""
    if labels.y.ndim == 1:
        return _plain(labels.y[row])
    parts = tuple(_plain(part) for part in labels.y[row])
    return None if all(part is None for part in parts) else parts


def number_column(labels: Numbers, rows: Rows) -> Column:
    """The numbers of some rows."""
    return masked(np.asarray(labels.y[rows]))


def number_parsed(labels: Numbers, label: Any) -> Value:
    """A number, or d of them: a tuple, or text such as "0.5;2" and "[0.5, 2]"."""
    parts = parts_of(label) if labels.y.ndim == 2 else [label]
    d = labels.y.shape[1] if labels.y.ndim == 2 else 1
    if len(parts) != d:
        raise ValueError(
            f"the label {label!r} has {many(len(parts), 'number')}, labels here have {d}; write "
            f"them with semicolons between, such as {';'.join(['0.5'] * d)}"
        )
    numbers = tuple(number_in(part, label) for part in parts)
    if all(one is None for one in numbers):
        raise ValueError(f"the label {label!r} holds no number; to take a label away, drop it")
    return numbers if labels.y.ndim == 2 else numbers[0]  # type: ignore[return-value]


def numbers_changed(labels: Numbers, change: Change) -> Numbers:
    """The labels with some numbers changed."""
    y = np.array(labels.y)
    for row, value in change.items():
        y[row] = _array(value, labels)
    return Numbers(y)


def same_number(labels: Numbers, a: Value | None, b: Value | None) -> bool:
    """Whether the labels would hold both as the same number: exactly, in their own precision."""
    return bool(np.array_equal(_array(a, labels), _array(b, labels), equal_nan=True))


def number_cells(labels: Numbers, unit: int | None, value: Value | None) -> Mapping[int, Any]:
    """A label's cells: one, or one in each of d columns."""
    if labels.y.ndim == 1:
        return {0: value}
    return dict(enumerate(value if isinstance(value, tuple) else (None,) * labels.y.shape[1]))


def numbers_unfit(labels: Numbers) -> str | None:
    """Why nothing can be said of any number: there is none."""
    some = any(not blank(number_column(labels, span)).all() for span in spans(len(labels)))
    return None if some else "every label is missing"


def numbers_around(labels: Numbers, rows: Ints) -> str:
    """What the numbers of some rows (of neighbours) are like."""
    y: Floats = np.asarray(labels.y[rows], dtype=float).reshape(len(rows), -1)
    y = y[~np.isnan(y).all(1)]
    if not len(y):
        return ""
    if len(y) == 1:
        return f"its nearest labelled one has {', '.join(f'{part:.4g}' for part in y[0])}"
    middle = [f"{np.nanmedian(part):.4g}" for part in y.T if (part == part).any()]
    if len(middle) > 1:
        return f"its {len(y)} nearest have the medians {', '.join(middle)}"
    span = f"from {np.nanmin(y):.4g} to {np.nanmax(y):.4g}"
    return f"its {len(y)} nearest have the median {middle[0]} ({span})"


def _plain(number: Any) -> float | None:
    """A number as it is written: whole ones without a point."""
    value = shortest(number)
    if value is None or abs(value) >= WHOLE or value != round(value):
        return value
    return int(value)


def _array(value: Value | None, labels: Numbers) -> NDArray[Any]:
    parts = value if isinstance(value, tuple) else (value,) * int(np.prod(labels.y.shape[1:]))
    plain = [np.nan if part is None else part for part in parts]
    return np.array(plain, dtype=labels.y.dtype).reshape(labels.y.shape[1:])
