"""The label set of what people hold: values of any library, a 0/1 table, lists of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.kinds import is_labels
from reliabel.core.label_doubts import doubts
from reliabel.core.labels import Classes, Labels, MultiLabel, Numbers
from reliabel.core.raw_labels import LISTS, column_names, is_missing, only_column, unwrapped
from reliabel.core.raw_lists import has_several, told

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
    raw = unwrapped(given)
    table = raw if isinstance(raw, np.ndarray) and raw.ndim == 2 else _table(raw)
    if table is not None and table.shape[1] != 1:
        return answers_of(table)
    if has_several(raw):
        labels = MultiLabel.of(raw)
        return labels, [told(labels.y, "label")]
    found = Classes.of(given if _keeps(given) else raw)
    whole = found.k > 0 and not _has_text(raw)
    known = int((found.y >= 0).sum())
    return found, _nan_note(raw) + doubts(found.names, known, "labels", whole=whole, table=False)


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


def _table(raw: Any) -> NDArray[Any] | None:
    """Rows of one length that hold 0, 1, -1 or nothing, as a table."""
    rows = (list, tuple, np.ndarray)
    if not isinstance(raw, list) or not raw or not all(isinstance(row, rows) for row in raw):
        return None
    sizes = {len(row) for row in raw}
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
    if not any(hasattr(given, pick) for pick in ("iloc", "to_series", "column")):
        only_column(given)  # a data set of Hugging Face, say: refused
    if hasattr(given, "iloc"):
        columns = [given.iloc[:, place] for place in range(len(names))]
    else:
        pick = given.to_series if hasattr(given, "to_series") else given.column
        columns = [pick(place) for place in range(len(names))]
    plain = [np.asarray([_answer(v) for v in unwrapped(column)]) for column in columns]
    if any(column.dtype.kind not in "iufb" for column in plain):
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


def _keeps(given: Any) -> bool:
    """Whether a column says more than its values, such as the categories there are."""
    return hasattr(given, "dtype") or hasattr(given, "type") or column_names(given) is not None


def _has_text(raw: Any) -> bool:
    if isinstance(raw, np.ndarray) and raw.dtype != object:
        return raw.dtype.kind not in "iuf"
    return any(not isinstance(v, int | float | np.number) and not is_missing(v) for v in raw)


def _nan_note(raw: Any) -> list[str]:
    if not isinstance(raw, np.ndarray) or raw.dtype.kind not in "US":
        return []
    count = int((raw == np.array("nan").astype(raw.dtype.kind)).sum())
    what = "label is" if count == 1 else "labels are"
    note = f"{count:,} {what} 'nan', NumPy's text for a missing value, and counted as missing"
    return [note] if count else []
