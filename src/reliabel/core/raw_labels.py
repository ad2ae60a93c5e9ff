"""Raw labels, as people and other libraries hold them, as codes and class names.

A label is one value: text, a whole number or a boolean; whatever holds such a value (a NumPy or
Arrow scalar, bytes, a decimal, an enum, a list of one) is that value, a date is its ISO form.
Other libraries are known by their manners, never imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from pathlib import PurePath
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Coded: TypeAlias = tuple[NDArray[np.int64], tuple[str, ...]]
WHOLE = re.compile(r"[+-]?[0-9]{1,300}(\.0*)?")  # whole numbers written as text
MIDNIGHT = "T00:00:00"
LISTS = (list, tuple, AbstractSet, np.ndarray)
LIBRARY_TEXT = ("Interval", "Period", "Timedelta")  # scalars of pandas that are known by their text
ONE_EACH = "labels are one value an item, in a list or an array"
KINDS = {bool: "booleans", int: "numbers", str: "text"}


class _Odd(ValueError):
    """What is wrong with one value; the row is added where it is known."""


def encode(values: Iterable[Any]) -> Coded:
    """Codes (n,) and names in order of raw labels; None, NaN, NaT, NA, what is masked, empty text
    and empty lists become -1.  The categories of a categorical are classes, in their order.

    An array of text may hold NumPy's spelling of a missing number, "nan": missing too.
    """
    codes = categories_of(values)
    if codes is not None:
        return codes
    raw = _one_dimension(unwrapped(values))
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iubf":
        return _of_numbers(raw)
    return coded(plain_values(raw))


def coded(plain: Sequence[Any]) -> Coded:
    """Codes and names of plain values."""
    _of_one_kind(plain)
    seen = {value for value in plain if value is not None}
    text = any(isinstance(value, str) for value in seen)
    ranked = in_order(seen) if text else sorted(seen)
    code = {value: place for place, value in enumerate(ranked)} | {None: -1}
    return np.array([code[v] for v in plain], dtype=np.int64), tuple(map(str, ranked))


def in_order(names: Iterable[str]) -> list[str]:
    """Class names in their order: as numbers where all are whole numbers written as text, else by
    code point.

    >>> in_order(["10", "9", "1"]), in_order(["b", "10", "9"])
    (['1', '9', '10'], ['10', '9', 'b'])
    """
    known = list(names)
    if known and all(WHOLE.fullmatch(name.strip()) for name in known):
        return sorted(known, key=lambda name: (int(name.strip().split(".")[0]), name))
    return sorted(known)


def categories_of(values: Any) -> Coded | None:
    """Codes and names of a categorical column (pandas, an Enum of polars, a dictionary of Arrow
    that has an order or holds what no row has); None for anything else.  The categories are the
    classes, in their order; those that pandas itself has sorted, as ``in_order`` sorts.
    """
    column = only_column(values)
    dtype: Any = getattr(column, "dtype", None)
    arrow: Any = getattr(column, "type", None)
    if type(dtype).__name__ == "CategoricalDtype":
        codes = getattr(column, "cat", column).codes  # a series, or the categorical itself
        return _categories(codes, list(dtype.categories), bool(dtype.ordered))
    if type(dtype).__name__ == "Enum":
        return _categories(column.to_physical().fill_null(-1), list(dtype.categories), True)
    if hasattr(arrow, "ordered"):
        whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
        codes = np.asarray(whole.indices.fill_null(-1), dtype=np.int64)
        # a dictionary without an order may only save space, unless it holds what no row has
        named = str(arrow.value_type) in ("string", "large_string", "string_view")
        spare = named and len(np.unique(codes[codes >= 0])) < len(whole.dictionary)
        if arrow.ordered or spare:
            return _categories(codes, whole.dictionary.to_pylist(), bool(arrow.ordered))
    return None


def _categories(codes: Any, categories: list[Any], chosen: bool) -> Coded:
    """``chosen``: whether somebody chose the order of the categories."""
    plain = plain_values(categories)
    _of_one_kind(plain)
    names = list(dict.fromkeys(str(value) for value in plain if value is not None))
    if not chosen and names == sorted(names) and all(isinstance(v, str) for v in plain):
        names = in_order(names)
    place = {name: code for code, name in enumerate(names)}
    code = [-1 if value is None else place[str(value)] for value in plain]
    return np.array([*code, -1], dtype=np.int64)[np.asarray(codes, dtype=np.int64)], tuple(names)


def unwrapped(values: Any) -> Any:
    """A list or a NumPy array of the values in a container of any library; in a list, what is
    masked is None.  Raises ValueError for a scalar, a text, a mapping and a set.
    """
    if not holds_many(values):
        raise ValueError(f"{ONE_EACH}; got {seen(values)}")
    column = only_column(values)
    if isinstance(column, np.ma.MaskedArray):
        return column.tolist() if np.ma.getmaskarray(column).any() else column.data
    if isinstance(column, np.ndarray | list):
        return column
    if hasattr(column, "detach"):  # a tensor of torch
        plain = column.detach().cpu()
        return (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()
    for listing in ("to_pylist", "to_list"):  # Arrow; pandas and polars
        if hasattr(column, listing) and not _is_numeric(column):
            return list(getattr(column, listing)())
    return np.asarray(column) if hasattr(column, "__array__") else list(column)


def only_column(values: Any) -> Any:
    """The one column of a table; anything else as it is.  Raises ValueError for more columns."""
    names = column_names(values)
    if names is None:
        return values
    if len(names) != 1:
        raise ValueError(
            f"{ONE_EACH}; got a table of {len(names)} columns ("
            f"{', '.join(map(repr, names[:6]))}{', ...' if len(names) > 6 else ''}): take the one "
            "that holds the labels, or name it with label= in rl.read"
        )
    if hasattr(values, "iloc"):
        return values.iloc[:, 0]
    if hasattr(values, "collect"):  # a lazy frame of polars
        values = values.collect()
    return values.to_series(0) if hasattr(values, "to_series") else values.column(0)


def column_names(values: Any) -> list[str] | None:
    """The names of the columns of a table of pandas, polars or Arrow; None for anything else."""
    kind = type(values).__name__
    if kind == "LazyFrame":
        return list(values.collect_schema().names())
    if kind == "DataFrame" and hasattr(values, "columns"):
        return [str(name) for name in values.columns]
    return list(values.column_names) if hasattr(values, "column_names") else None


def plain_values(values: Iterable[Any]) -> list[Any]:
    """Each value as text, a whole number, a boolean or None.  Raises ValueError for a value that
    is none of these, with its row.
    """
    array = isinstance(values, np.ndarray)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        values = np.datetime_as_string(values, unit="auto").tolist()
        return [None if value == "NaT" else value for value in values]
    given = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if array and values.dtype.kind in "US":  # type: ignore[attr-defined]
        given = [None if value in ("nan", b"nan") else value for value in given]
    kinds = set(map(type, given))
    if not kinds <= {str, int, bool, type(None)}:
        given = [_plain(value, row) for row, value in enumerate(given)]
    if any(issubclass(kind, datetime) for kind in kinds):
        known = [value for value in given if isinstance(value, str)]
        if all(value.endswith(MIDNIGHT) or len(value) == 10 for value in known):
            given = [v.removesuffix(MIDNIGHT) if isinstance(v, str) else v for v in given]
    if str in set(map(type, given)):
        given = [None if isinstance(v, str) and not v.strip() else v for v in given]
    return given


def is_missing(value: Any) -> bool:
    """Whether a value stands for nothing: None, NaN, NaT, NA, or empty text."""
    if value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float | np.generic | Decimal) and bool(value != value)


def _plain(value: Any, row: int) -> Any:
    try:
        return _again(value)
    except _Odd as odd:
        raise ValueError(f"{odd}".replace("{row}", f"in row {row}")) from None


@lru_cache(maxsize=256)
def _reader(kind: type) -> Callable[[Any], Any]:
    """What makes a plain value of the values of a type."""
    if kind in (str, int, bool, type(None)):
        return _same
    if kind.__name__ in ("NAType", "NaTType") or kind is type(np.ma.masked):
        return _nothing
    for of, reader in READERS:
        if issubclass(kind, of):
            return reader
    if kind.__name__ in LIBRARY_TEXT:
        return str
    return _of_library


def _same(value: Any) -> Any:
    return value


def _nothing(value: Any) -> None:
    return None


def _whole(value: Any) -> int | None:
    if value != value:
        return None
    if value in (float("inf"), float("-inf")) or value != int(value):
        shown = float(value) if isinstance(value, float) else value
        raise _Odd(
            f"label {shown!r} {{row}} is not a whole number; class labels are text, whole numbers "
            "or booleans (bin the numbers first; quantities are rl.Numbers)"
        )
    return int(value)


def _member(value: Enum) -> Any:
    """What a member of an enum holds where that is text or it is a number itself, else its
    name.
    """
    held = value.value
    return held if isinstance(held, str) or isinstance(value, int) else value.name


def _decoded(value: Any) -> str:
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise _Odd(
            f"label {bytes(value)!r:.60} {{row}} is no UTF-8 text; decode the labels first"
        ) from None


def _text(value: str) -> str:
    return str.__str__(value)


def _numpy_text(value: str) -> str | None:
    return None if value == "nan" else str.__str__(value)


def _only(value: Any) -> Any:
    """The one element of a list, None of an empty one; what an array without an axis holds."""
    if getattr(value, "shape", None) == ():
        return _again(value.item())
    if not len(value):
        return None
    if len(value) > 1:
        raise _Odd(
            f"a label is one value, got {value!r:.60} {{row}}; several labels an item are a 0/1 "
            "table, MultiLabel(y, names), or lists: MultiLabel.of(lists)"
        )
    return _again(next(iter(value)))


def _again(value: Any) -> Any:
    return _reader(type(value))(value)  # type: ignore[arg-type]  # types are hashable


def _scalar(value: np.generic) -> Any:
    if isinstance(value, np.datetime64):
        text = str(np.datetime_as_string(value, unit="auto"))
        return None if text == "NaT" else text
    plain = value.item()
    return str(value) if isinstance(plain, np.generic) else _again(plain)


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _of_library(value: Any) -> Any:
    """A scalar of Arrow, or a tensor or an array of one element or of none."""
    if hasattr(value, "as_py"):
        return _again(value.as_py())
    if hasattr(value, "item") and hasattr(value, "shape"):
        size = int(np.prod(tuple(value.shape), dtype=np.int64))
        return _only(value) if len(value.shape) and size != 1 else _again(value.item())
    raise _Odd(
        f"a label is one value, got {value!r:.60} {{row}}; class labels are text, whole numbers "
        "or booleans"
    )


READERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (  # the first that fits
    (Enum, _member),
    (np.str_, _numpy_text),
    ((bytes, bytearray, memoryview), _decoded),
    (str, _text),
    (float | Decimal | Fraction, _whole),
    (np.generic, _scalar),
    (int, int),
    ((date, time), _iso),
    ((timedelta, UUID, PurePath), str),
    (LISTS, _only),
)


def _of_numbers(raw: Array) -> Coded:
    """Codes and names of an array of numbers or booleans."""
    known = ~np.isnan(raw) if raw.dtype.kind == "f" else np.ones(len(raw), dtype=bool)
    if raw.dtype.kind == "f" and (np.isinf(raw) | (known & (np.floor(raw) != raw))).any():
        plain_values(raw.tolist())  # says which
    values, place = np.unique(raw[known], return_inverse=True)
    y = np.full(len(raw), -1, dtype=np.int64)
    y[known] = place.reshape(-1)
    whole = [int(v) for v in values.tolist()] if raw.dtype.kind == "f" else values.tolist()
    return y, tuple(map(str, whole))


def _one_dimension(raw: Any) -> Any:
    """Values along one axis; a matrix of one column is one."""
    if isinstance(raw, np.ndarray) and raw.ndim == 2 and raw.shape[1] == 1:
        return raw[:, 0]
    if isinstance(raw, np.ndarray) and (raw.ndim != 1 or raw.dtype.kind == "V"):
        raise ValueError(
            f"labels must be one value per item, got an array of shape {raw.shape}; for several "
            "labels per item use MultiLabel"
        )
    return raw


def _of_one_kind(plain: Sequence[Any]) -> None:
    """Refuse a mixture of types, with the first value of each."""
    kinds = set(map(type, plain)) - {type(None)}
    if len(kinds) < 2:
        return
    rows: dict[type, int] = {}
    for row, value in enumerate(plain):
        rows.setdefault(type(value), row)
    mixed = sorted((KINDS[kind], rows[kind]) for kind in kinds)
    raise ValueError(
        f"labels mix {' and '.join(kind for kind, _ in mixed)}: "
        f"{', '.join(f'{plain[row]!r:.40} in row {row}' for _, row in mixed)}; turn them all into "
        "text, or all into whole numbers"
    )


def holds_many(values: Any) -> bool:
    """Whether something holds one value after another, in an order: no scalar, text, mapping or
    set.
    """
    if isinstance(values, str | bytes | Mapping | AbstractSet):
        return False
    if getattr(values, "ndim", 1) == 0 or getattr(values, "shape", (1,)) == ():
        return False
    return hasattr(values, "__iter__") or hasattr(values, "__array__")


def seen(values: Any) -> str:
    """What was given instead of labels, in words."""
    if isinstance(values, str):
        file = " (a file is read first: rl.read)" if "." in values or "/" in values else ""
        return f"the text {values!r:.60}{file}"
    if isinstance(values, Mapping):
        keys = ", ".join(map(repr, list(values)[:4]))
        return f"a mapping with the keys {keys} (a table is read first: rl.read)"
    if isinstance(values, AbstractSet):
        return f"a {type(values).__name__}, which has no order"
    return f"{type(values).__name__} {values!r:.40}"


def _is_numeric(column: Any) -> bool:
    """Whether a column is numbers as NumPy has them, without anything missing but NaN."""
    dtype = getattr(column, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind in "iubf"
