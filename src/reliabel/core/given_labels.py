"""The label set of what people hold: values of any library, a 0/1 table, lists of classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.kinds import is_labels
from reliabel.core.labels import Classes, Labels, MultiLabel, Numbers
from reliabel.core.raw_labels import LISTS, column_names, is_missing, only_column, unwrapped

YES_OR_NO = (-1, 0, 1)


def labels_of(given: Any, kind: str = "classes") -> tuple[Labels, list[str]]:
    """The label set of raw labels (a label set is returned as it is), and notes on what was
    inferred.

    given: one value an item; a 0/1 table (n, k), -1 or NaN where an answer is unknown; or a list
    of classes an item.  kind: "classes" or "numbers".  Raises ValueError for anything else.
    """
    if is_labels(given):
        return given, []
    if kind == "numbers":
        return _numbers(given), []
    names = column_names(given)
    if names is not None and len(names) > 1:
        return answers_of(_of_columns(given, names), names)
    if hasattr(given, "toarray") and hasattr(given, "nnz"):  # a sparse 0/1 table
        given = given.toarray()
    raw = given if names is not None else unwrapped(given)
    table = raw if isinstance(raw, np.ndarray) and raw.ndim == 2 else _table(raw)
    if table is not None and table.shape[1] != 1:
        return answers_of(table)
    if isinstance(raw, list) and any(isinstance(v, np.ndarray) for v in raw):
        raw = [v.tolist() if isinstance(v, np.ndarray) else v for v in raw]
    if holds_lists(raw):
        return label_lists(raw, "label")
    return Classes.of(given if raw is not table and _keeps(given) else raw), _nan_note(raw)


def answers_of(table: NDArray[Any], names: Sequence[str] = ()) -> tuple[MultiLabel, list[str]]:
    """The yes/no answers of a table (n, k) of 0 and 1, -1 or NaN where they are unknown."""
    wrong = (
        f"several labels an item are a table of 0 and 1 (-1 or NaN unknown), got {table.dtype} "
        f"of shape {table.shape}"
    )
    if table.dtype.kind not in "iufb":
        raise ValueError(wrong)
    known = np.where(np.isnan(table), -1, table) if table.dtype.kind == "f" else table
    odd = ~np.isin(known, YES_OR_NO)
    if odd.any():
        row, column = np.argwhere(odd)[0].tolist()
        raise ValueError(
            f"{wrong}, which holds {table[row, column]} in row {row}; shares of classes are "
            "rl.Soft(p), numbers are kind='numbers'"
        )
    labels = MultiLabel(known.astype(np.int64), names)
    one = (labels.y == 1).sum(1) == 1
    return labels, ([ONE_HOT] if len(one) and bool(one.all() and (labels.y >= 0).all()) else [])


ONE_HOT = (
    "each row of the 0/1 table says yes to one class only; if every item has one label, give the "
    "classes themselves (y.argmax(1))"
)


def holds_lists(values: Any) -> bool:
    """Whether some values are lists of several labels, or of none beside lists of several."""
    if isinstance(values, np.ndarray) and values.dtype != object or not isinstance(values, Iterable):
        return False
    return any(isinstance(v, LISTS) and len(v) > 1 for v in values)


def label_lists(
    values: Iterable[Any], what: str, names: Sequence[str] = ()
) -> tuple[MultiLabel, list[str]]:
    """The classes of lists as yes/no answers: an empty list says no to all, a missing one leaves
    all unknown.

    what: for sentences.  names: class names, where the lists hold class numbers.
    Raises ValueError for lists that hold no labels (spans, boxes), with the row.
    """
    rows = [None if _no_list(v) else list(v) if isinstance(v, LISTS) else [v] for v in values]
    flat = [(row, value) for row, held in enumerate(rows) for value in held or ()]
    for row, value in flat:
        if isinstance(value, LISTS) or isinstance(value, dict) or _fraction(value):
            raise ValueError(
                f"{what} holds lists that are no lists of classes: {value!r:.60} in row {row} "
                "(spans, boxes or scores?); a list of labels holds class names or class numbers"
            )
    try:
        found = Classes.of([value for _, value in flat])
    except ValueError as error:
        raise ValueError(f"{what}, the classes in its lists: {error}") from None
    labels = _answers(rows, [row for row, _ in flat], found, names)
    none, sizes = sum(held == [] for held in rows), [len(held) for held in rows if held]
    notes = [
        f"{what} holds lists of labels: {labels.k:,} classes, {min(sizes)} to {max(sizes)} an item"
        + (f"; {none:,} empty lists say no to all of them" if none else "")
    ]
    return labels, notes


def _answers(
    rows: Sequence[Any], row: Sequence[int], found: Classes, names: Sequence[str]
) -> MultiLabel:
    place = np.arange(found.k)
    if names:
        place = np.array([int(name) for name in found.names], dtype=np.int64)
        if place.size and not (place.min() >= 0 and place.max() < len(names)):
            raise ValueError(f"class number {place.max()} is beyond the {len(names)} class names")
    k = len(names) if names else found.k
    y = np.zeros((len(rows), k), dtype=np.int64)
    y[[held is None for held in rows]] = -1
    known = found.y >= 0
    y[np.asarray(row, dtype=np.int64)[known], place[found.y[known]]] = 1
    return MultiLabel(y, names or found.names)


def _table(raw: Any) -> NDArray[Any] | None:
    """Rows of one length that hold 0, 1, -1 or nothing, as a table."""
    if not isinstance(raw, list) or not raw or not all(isinstance(v, list | tuple | np.ndarray) for v in raw):
        return None
    sizes = {len(v) for v in raw}
    if len(sizes) != 1 or sizes <= {0, 1}:
        return None
    try:
        table = np.asarray(raw, dtype=float)  # None becomes NaN
    except (TypeError, ValueError):
        return None
    fits = table.ndim == 2 and bool(np.isin(table[~np.isnan(table)], YES_OR_NO).all())
    return table if fits else None


def _of_columns(given: Any, names: Sequence[str]) -> NDArray[Any]:
    """The columns of a table of another library as one array."""
    if hasattr(given, "collect"):
        given = given.collect()
    if hasattr(given, "iloc"):
        columns = [given.iloc[:, place] for place in range(len(names))]
    else:
        pick = given.to_series if hasattr(given, "to_series") else given.column
        columns = [pick(place) for place in range(len(names))]
    plain = [np.asarray([_answer(v) for v in unwrapped(column)]) for column in columns]
    odd = [name for name, column in zip(names, plain, strict=True) if column.dtype.kind not in "iufb"]
    if odd:
        only_column(given)  # says that several columns are no labels
    return np.column_stack(plain)


def _answer(value: Any) -> Any:
    return np.nan if is_missing(value) else value


def _numbers(given: Any) -> Numbers:
    names = column_names(given)
    if names is not None and len(names) > 1:
        return Numbers(_of_columns(given, names).astype(float))
    raw = unwrapped(given)
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iufb":
        values = raw.astype(float)
    else:
        try:
            values = np.asarray(
                [v if isinstance(v, LISTS) else float(_answer(v)) for v in raw], dtype=float
            )
        except (TypeError, ValueError):
            row, odd = next((r, v) for r, v in enumerate(raw) if not _is_number(v))
            raise ValueError(f"kind='numbers' needs numbers, row {row} holds {odd!r:.60}") from None
    return Numbers(values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values)


def _is_number(value: Any) -> bool:
    if is_missing(value):
        return True
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _no_list(value: Any) -> bool:
    return not isinstance(value, LISTS) and is_missing(value)


def _fraction(value: Any) -> bool:
    return isinstance(value, float) and value == value and not value.is_integer()


def _keeps(given: Any) -> bool:
    """Whether a column says more than its values, such as the categories there are."""
    return hasattr(given, "dtype") or hasattr(given, "type") or column_names(given) is not None


def _nan_note(raw: Any) -> list[str]:
    if not isinstance(raw, np.ndarray) or raw.dtype.kind not in "US":
        return []
    count = int(np.isin(raw, ["nan", b"nan"] if raw.dtype.kind == "U" else [b"nan"]).sum())
    return [f"{count:,} labels are 'nan', NumPy's text for a missing value: missing"] if count else []
