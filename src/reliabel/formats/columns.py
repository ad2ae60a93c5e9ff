"""A table as columns: one NumPy array a column, its type, and for text formats the cells as they
were written.

Cells of a text file become numbers, booleans or dates only if every cell of the column can be read
so without losing more than trailing zeros: "01" and "1" stay two different texts. Empty cells are
missing; words such as NA are missing only among numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.short_repr import by_fields

Column = NDArray[Any]
MISSING_WORDS = (
    "NA",
    "N/A",
    "n/a",
    "<NA>",
    "NaN",
    "nan",
    "NULL",
    "null",
    "None",
    "none",
    "#N/A",
    "-",
    "?",
)
PATTERNS = {
    "integer": r"^(0|-?[1-9][0-9]{0,17})$",
    "decimal": r"^-?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?$",
    "boolean": r"^(true|false)$|^(True|False)$|^(TRUE|FALSE)$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "moment": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?$",
}
DECIMAL_COMMA = r"^-?([0-9]{1,15}|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?$"
HEAD = 1000  # cells looked at before a whole column is


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length.

    ``kinds`` are integer, decimal, boolean, date, text or other; ``notes`` say what was inferred.
    ``cells`` holds the text of each cell as written (CSV and TSV only), ``names`` the class names
    of columns that hold codes (data sets that define them), ``classes`` the categories of columns
    that have such, in their order, ``ordered`` those columns whose library says that the order has
    a meaning, ``how`` what is needed to read the same file again (encoding,
    delimiter, quoting).  ``roles`` are the columns whose role the format itself defines (item,
    worker and label of an export of votes; label and text of labelled records).
    """

    columns: Mapping[str, Column]
    kinds: Mapping[str, str]
    form: str
    notes: tuple[str, ...] = ()
    cells: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ordered: Collection[str] = ()
    how: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    __repr__ = by_fields

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def written(self, name: str) -> Column:
        """The column as it is spelled in the file (text formats), else its values; None for empty
        cells.
        """
        if name not in self.cells:
            return self.columns[name]
        return as_text(self.cells[name])


def distinct(names: Sequence[str], what: str) -> None:
    """Raise ValueError for repeated column names."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"{what}: column names must differ, seen twice: {', '.join(map(repr, twice[:5]))}; "
            "rename one of each"
        )


def settled(values: Iterable[Any]) -> tuple[str, Column]:
    """Infer the type of Python values and convert them; missing values become NaN among numbers,
    else None.

    >>> settled([1, None, 3])
    ('integer', array([ 1., nan,  3.]))
    >>> settled(["a", None])[0], settled([True, False])[1].tolist(), settled([[1], [2, 3]])[0]
    ('text', [True, False], 'other')
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufbM":
        return _KIND[values.dtype.kind], values
    plain = [None if _absent(v) else v.item() if isinstance(v, np.generic) else v for v in values]
    types = {type(v) for v in plain if v is not None}
    holes = any(v is None for v in plain)
    if types == {bool} and not holes:
        return "boolean", np.array(plain, dtype=bool)
    if types == {int} and all(v is None or abs(v) < (2**53 if holes else 2**63) for v in plain):
        return "integer", np.array(
            [np.nan if v is None else v for v in plain], dtype=float if holes else np.int64
        )
    if types and types <= {int, float}:
        return "decimal", np.array([np.nan if v is None else v for v in plain], dtype=float)
    return ("text" if types <= {str} else "boolean" if types == {bool} else "other"), objects(plain)


def objects(values: Sequence[Any]) -> Column:
    """An object array that holds each value as it is, lists included."""
    out = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        out[row] = value
    return out


def listed(values: Column, kind: str) -> list[Any]:
    """A column as Python values, None if missing; whole numbers stay whole beside missing ones."""
    return [None if _absent(v) else int(v) if kind == "integer" else v for v in values.tolist()]


def typed(cells: Any, *, comma: bool = False) -> tuple[str, Column, str | None]:
    """Infer the type of a column of text cells (a pyarrow chunked array) and convert it; with a
    note on words that were taken as missing.

    comma: take commas for decimal points, in files that separate cells by something else.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(cells)
    word = pc.is_in(trimmed, value_set=pa.array(MISSING_WORDS))
    absent = pc.or_(pc.equal(trimmed, ""), word)
    known = trimmed.filter(pc.invert(absent))
    kind = _kind(known, holes=len(known) < len(cells))
    if kind == "text" and comma and _has_decimal_commas(known):
        point = pc.replace_substring(pc.replace_substring(cells, ".", ""), ",", ".")
        kind, values, note = typed(point)
        said = "commas are taken for decimal points"
        return kind, values, f"{said}; {note}" if note else said
    if kind == "text":
        return "text", as_text(cells), None
    words = sorted(set(trimmed.filter(word).unique().to_pylist()))
    note = f"{', '.join(map(repr, words))} is taken as missing" if words else None
    whole = pc.replace_with_mask(trimmed, absent.combine_chunks(), pa.scalar(None, pa.string()))
    return "date" if kind == "moment" else kind, _cast(whole, kind), note


def _has_decimal_commas(known: Any) -> bool:
    """Whether all cells are numbers as written with decimal commas, and some hold one."""
    import pyarrow.compute as pc

    return (
        bool(len(known))
        and pc.all(pc.match_substring_regex(known, DECIMAL_COMMA)).as_py()
        and pc.any(pc.match_substring(known, ",")).as_py()
    )


def as_text(cells: Any) -> Column:
    """Text cells with None for the empty ones.

    Set in NumPy: before Arrow 24, ``if_else`` with a null damages the text of sliced chunks
    (https://github.com/apache/arrow/issues/49410).
    """
    import pyarrow.compute as pc

    out = np.array(cells.to_numpy(zero_copy_only=False), dtype=object)
    out[pc.equal(cells, "").fill_null(False).to_numpy(zero_copy_only=False)] = None
    return out


def _kind(known: Any, holes: bool) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    for kind, pattern in PATTERNS.items():
        if not len(known) or not all(
            pc.all(pc.match_substring_regex(part, pattern)).as_py()
            for part in (known[:HEAD], known)
        ):
            continue
        if kind == "integer" and holes and pc.max(pc.utf8_length(known)).as_py() > 15:
            return "text"  # whole numbers beside missing ones become floats, which hold 15 digits
        if kind == "decimal" and not pc.all(pc.match_substring_regex(known, "[0-9]")).as_py():
            continue
        if kind == "boolean" and len(pc.unique(known)) > 2:
            continue
        try:
            _cast(known, kind)
        except pa.ArrowInvalid:  # 2024-02-30 looks like a date and is none
            continue
        return kind
    return "text"


def _cast(cells: Any, kind: str) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind == "boolean":
        out = pc.equal(pc.utf8_lower(cells), "true")
        return np.array(out.to_numpy(zero_copy_only=False))
    if kind == "moment":
        cells = pc.replace_substring(pc.replace_substring(cells, "T", " "), "Z", "")
    to = {
        "integer": pa.int64(),
        "decimal": pa.float64(),
        "date": pa.date32(),
        "moment": pa.timestamp("us"),
    }[kind]
    out = cells.cast(to)
    return np.array(
        out.to_numpy(zero_copy_only=False)
        if kind != "date"
        else out.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False)
    )


def _absent(value: Any) -> bool:
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float | np.floating) and value != value)
    )


_KIND = {"i": "integer", "u": "integer", "f": "decimal", "b": "boolean", "M": "date"}
