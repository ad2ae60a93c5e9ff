"""Rows of a table: numbers on a robust scale, categories one-hot, dates as a linear and two cyclic
features, missing values marked.

Assumes that columns describe the item; columns that do not vary, or that name every row
differently, are left out. Weak if a column is free text. Cost: O(n columns).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats
from reliabel.core.run import track

READS = "table"
AUTO_RANK = 1
Columns = dict[str, Floats]
DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
FORMS = (
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%Y.%m.%d",
)  # beside ISO; the first that reads the whole column
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?")
COMMAS = re.compile(r"-?\d{1,3}(\.\d{3})*(,\d+)?|-?\d+(,\d+)?")


def embed(
    items: Mapping[str, Iterable[Any]],
    *,
    rng: np.random.Generator,
    categories: int = 30,
    leave: tuple[str, ...] = (),
) -> Floats:
    """One vector per row of a table given as columns.

    categories: at most so many values of a column get a feature of their own, the rest are pooled.
    leave: columns left out, such as the label.

    >>> table = {"age": [20, 30, None, 40], "town": ["Rome", "Rome", "Oslo", "Oslo"]}
    >>> table["year"] = [1, 1, 1, 1]
    >>> embed(table, rng=np.random.default_rng(0)).astype(float).round(2).tolist()
    [[-1.35, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.35, 0.0, 1.0, 0.0]]
    """
    made: list[Floats] = []
    for name in track("columns", [name for name in items if name not in leave]):
        made.extend(
            part
            for part in _column(_values(items[name]), categories).values()
            if len(part) and np.ptp(part) > 0
        )
    if not made:
        raise ValueError(
            f"no column tells what rows have in common: {list(items)[:10]} hold one value only, a "
            "value of its own for every row, or row numbers; "
            "name the column of texts (text=) or pictures (image=), or give "
            "columns that describe the rows, or features"
        )
    return np.stack(made, axis=1).astype(np.float32)


def _values(column: Iterable[Any]) -> list[Any]:
    if (
        isinstance(column, np.ndarray) and column.dtype.kind != "M"
    ):  # datetime64 would turn into bare integers
        return list(column.tolist())
    return list(column)


def _column(values: list[Any], categories: int) -> Columns:
    gone = np.array([_missing(v) for v in values], dtype=bool)
    seen = [v for v, out in zip(values, gone.tolist(), strict=True) if not out]
    parts: Columns = {"missing": gone.astype(np.float64)}
    if not seen:
        return parts
    when = _dates(seen)
    if when is not None:
        full = np.full((len(values), 5), np.nan)
        full[~gone] = when
        parts["when"] = _robust(full[:, 0])
        return parts | {f"turn{place}": np.nan_to_num(full[:, place]) for place in range(1, 5)}
    numbers = _numbers(seen)
    if numbers is not None:
        if _counts_rows(seen, numbers):
            return parts
        line = np.full(len(values), np.nan)
        line[~gone] = numbers
        return {"value": _robust(line), "missing": (~np.isfinite(line)).astype(np.float64)}
    return parts | _one_hot(
        [None if out else str(v).strip() for v, out in zip(values, gone.tolist(), strict=True)],
        categories,
    )


def _missing(value: Any) -> bool:
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, str) and not value.strip())
        or _is_nan(value)
    )


def _is_nan(value: Any) -> bool:
    return (isinstance(value, float | np.floating) and math.isnan(value)) or (
        isinstance(value, np.datetime64) and bool(np.isnat(value))
    )


def _numbers(seen: list[Any]) -> Floats | None:
    """The column as numbers, if nearly all of it is; booleans are categories."""
    if all(isinstance(v, bool | np.bool_) for v in seen):
        return None
    line = np.array([_number(v) for v in _with_points(seen)])
    return line if (~np.isnan(line)).sum() >= 0.95 * len(line) else None


def _with_points(seen: list[Any]) -> list[Any]:
    """Texts such as "1.234,5" or "1,234.5" as numbers are written here, where the whole column is
    written so.
    """
    texts = [v.strip() for v in seen if isinstance(v, str)]
    if len(texts) < len(seen) or not any("," in v for v in texts):
        return seen
    for mark, form in ((".", THOUSANDS), (",", COMMAS)):
        if all(form.fullmatch(v) for v in texts):
            return [v.replace("," if mark == "." else ".", "").replace(mark, ".") for v in texts]
    return seen


def _counts_rows(seen: list[Any], numbers: Floats) -> bool:
    """Whether a column is the row number: whole numbers in equal steps."""
    step = np.diff(numbers)
    return (
        len(seen) > 20
        and isinstance(seen[0], int | np.integer)
        and step[0] != 0
        and bool((step == step[0]).all())
    )


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _dates(seen: list[Any]) -> Floats | None:
    """Days, and the places of month and weekday on their circles, if every value is a date."""
    if not all(isinstance(v, date | np.datetime64 | str) for v in seen) or any(
        isinstance(v, str) and len(v) < 8 for v in seen
    ):
        return None
    forms = FORMS if all(isinstance(v, str) and DATE.fullmatch(v.strip()) for v in seen) else ()
    days = np.array([_day(v) for v in seen])
    for form in forms:
        if np.isnan(days).mean() <= 0.05:
            break
        days = np.array([_day(v, form) for v in seen])
    if np.isnan(days).mean() > 0.05:
        return None
    whole = np.floor(np.nan_to_num(days)).astype("int64").astype("datetime64[D]")
    month = whole.astype("datetime64[M]").astype(np.int64) % 12 / 12
    weekday = (whole.astype(np.int64) + 3) % 7 / 7
    turns = [f(2 * np.pi * place) for place in (month, weekday) for f in (np.sin, np.cos)]
    return np.stack([days, *turns], axis=1)


def _day(value: Any, form: str = "") -> float:
    try:
        moment = (
            (
                datetime.strptime(value.strip(), form)
                if form
                else datetime.fromisoformat(value.strip())
            )
            if isinstance(value, str)
            else value
        )
        if isinstance(moment, datetime):
            moment = moment.replace(tzinfo=None)
        return float(np.datetime64(moment, "s").astype(np.int64)) / 86400
    except (ValueError, OverflowError):
        return math.nan


def _robust(line: Floats) -> Floats:
    """Median to 0, quartiles to those of a normal variable, logarithmic tails, missing to 0."""
    known = line[np.isfinite(line)]
    if not len(known):
        return np.zeros(len(line))
    low, middle, high = np.percentile(known, (25, 50, 75))
    spread = (high - low) / 1.349 or float(known.std()) or 1.0
    z = (
        np.nan_to_num(line, nan=middle, posinf=float(known.max()), neginf=float(known.min()))
        - middle
    ) / spread
    bent: Floats = np.sign(z) * np.where(
        np.abs(z) <= 3, np.abs(z), 3 + np.log(np.maximum(np.abs(z) - 2, 1))
    )
    return bent


def _one_hot(words: list[str | None], categories: int) -> Columns:
    count = Counter(word for word in words if word is not None)
    enough = max(2, len(words) // 1000)
    kept = {
        word
        for word, times in sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))[:categories]
        if times >= enough
    }
    if not kept:  # every row has a value of its own: a name, not a fact
        return {}
    column: NDArray[Any] = np.array(words, dtype=object)
    parts = {f"is {word}": (column == word).astype(np.float64) for word in sorted(kept)}
    return parts | {
        "rare": np.array(
            [word is not None and word not in kept for word in words], dtype=np.float64
        )
    }
