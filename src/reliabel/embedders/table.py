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
    columns = {name: _values(column) for name, column in items.items() if name not in leave}
    return _stacked(_fitted(columns, categories)[1])


def fit(
    items: Mapping[str, Iterable[Any]],
    *,
    rng: np.random.Generator,
    categories: int = 30,
    leave: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What ``embed`` learns of a table, so that ``apply`` gives other rows features of the same
    meaning: of each column what it holds, on which scale, and which of its features vary.
    """
    columns = {name: _values(column) for name, column in items.items() if name not in leave}
    return _fitted(columns, categories)[0]


def apply(items: Mapping[str, Iterable[Any]], state: Mapping[str, Any]) -> Floats:
    """The features of rows by what ``fit`` learnt, as ``embed`` gives them; a category that it did
    not see counts as a rare one.  Raises ValueError for a table that lacks a column.
    """
    lost = [name for name in state if name not in items]
    if lost:
        raise ValueError(
            f"the table has no column {lost[0]!r}, which the model was trained on; it has "
            f"{', '.join(map(repr, list(items)[:10])) or 'none'}"
        )
    lines: list[Floats] = []
    for name, told in state.items():
        made = _column(_values(items[name]), told)
        lines += [made[part] for part in told["parts"]]
    return _stacked(lines)


def _fitted(
    columns: Mapping[str, list[Any]], categories: int
) -> tuple[dict[str, Any], list[Floats]]:
    """Column -> what it holds, for the columns with a feature that varies; and these features."""
    found: dict[str, Any] = {}
    lines: list[Floats] = []
    for name in track("columns", list(columns)):
        told = _learnt(columns[name], categories)
        made = _column(columns[name], told)
        varying = [part for part, line in made.items() if len(line) and np.ptp(line) > 0]
        if varying:
            found[name] = {**told, "parts": varying}
            lines += [made[part] for part in varying]
    if not found:
        raise ValueError(
            f"no column tells what rows have in common: {list(columns)[:10]} hold one value only, "
            "a value of its own for every row, or row numbers; "
            "name the column of texts (text=) or pictures (image=), or give "
            "columns that describe the rows, or features"
        )
    return found, lines


def _stacked(lines: list[Floats]) -> Floats:
    return np.stack(lines, axis=1).astype(np.float32)


def _values(column: Iterable[Any]) -> list[Any]:
    if (
        isinstance(column, np.ndarray) and column.dtype.kind != "M"
    ):  # datetime64 would turn into bare integers
        return list(column.tolist())
    return list(column)


def _learnt(values: list[Any], categories: int) -> dict[str, Any]:
    """What a column holds ("dates", "numbers", "words" or "nothing" to go by), and on which
    scale.
    """
    seen = [v for v in values if not _missing(v)]
    if not seen:
        return {"holds": "nothing"}
    form = _form_of(seen)
    if form is not None:
        return {"holds": "dates", "form": form, **_scale(_dates(seen, form)[:, 0])}
    mark = _mark_of(seen)
    numbers = _numbers(seen, mark)
    if numbers is None:
        return {
            "holds": "words",
            "kept": _kept([str(v).strip() for v in seen], categories, len(values)),
        }
    if _counts_rows(seen, numbers):
        return {"holds": "nothing"}
    return {"holds": "numbers", "mark": mark, **_scale(numbers)}


def _column(values: list[Any], told: Mapping[str, Any]) -> Columns:
    """The features of a column, by what was learnt of it."""
    gone = np.array([_missing(v) for v in values], dtype=bool)
    seen = [v for v, out in zip(values, gone.tolist(), strict=True) if not out]
    parts: Columns = {"missing": gone.astype(np.float64)}
    if told["holds"] == "dates":
        full = np.full((len(values), 5), np.nan)
        full[~gone] = _dates(seen, told["form"])
        parts["when"] = _robust(full[:, 0], told)
        return parts | {f"turn{place}": np.nan_to_num(full[:, place]) for place in range(1, 5)}
    if told["holds"] == "numbers":
        line = np.full(len(values), np.nan)
        line[~gone] = [_number(v) for v in _with_points(seen, told["mark"])]
        return {"value": _robust(line, told), "missing": (~np.isfinite(line)).astype(np.float64)}
    if told["holds"] == "words":
        words = [
            None if out else str(v).strip() for v, out in zip(values, gone.tolist(), strict=True)
        ]
        return parts | _one_hot(words, told["kept"])
    return parts


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


def _numbers(seen: list[Any], mark: str) -> Floats | None:
    """The column as numbers, if nearly all of it is; booleans are categories."""
    if all(isinstance(v, bool | np.bool_) for v in seen):
        return None
    line = np.array([_number(v) for v in _with_points(seen, mark)])
    return line if (~np.isnan(line)).sum() >= 0.95 * len(line) else None


def _mark_of(seen: list[Any]) -> str:
    """The decimal mark of texts such as "1.234,5" or "1,234.5", where the whole column is written
    so; empty for numbers as they are written here.
    """
    texts = [v.strip() for v in seen if isinstance(v, str)]
    if len(texts) < len(seen) or not any("," in v for v in texts):
        return ""
    for mark, form in ((".", THOUSANDS), (",", COMMAS)):
        if all(form.fullmatch(v) for v in texts):
            return mark
    return ""


def _with_points(seen: list[Any], mark: str) -> list[Any]:
    """Numbers with this decimal mark as numbers are written here."""
    if not mark:
        return seen
    other = "," if mark == "." else "."
    return [
        v.strip().replace(other, "").replace(mark, ".") if isinstance(v, str) else v for v in seen
    ]


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


def _form_of(seen: list[Any]) -> str | None:
    """How the column writes its dates, "" for ISO and for values that are dates; None where some
    value is none.
    """
    if not all(isinstance(v, date | np.datetime64 | str) for v in seen) or any(
        isinstance(v, str) and len(v) < 8 for v in seen
    ):
        return None
    dated = all(isinstance(v, str) and DATE.fullmatch(v.strip()) for v in seen)
    forms: tuple[str, ...] = ("", *FORMS) if dated else ("",)
    for form in forms:
        if np.isnan([_day(v, form) for v in seen]).mean() <= 0.05:
            return form
    return None


def _dates(seen: list[Any], form: str) -> Floats:
    """Days, and the places of month and weekday on their circles; NaN days where there is no
    date.
    """
    days = np.array([_day(v, form) for v in seen], dtype=np.float64)
    whole = np.floor(np.nan_to_num(days)).astype("int64").astype("datetime64[D]")
    month = whole.astype("datetime64[M]").astype(np.int64) % 12 / 12
    weekday = (whole.astype(np.int64) + 3) % 7 / 7
    turns = [f(2 * np.pi * place) for place in (month, weekday) for f in (np.sin, np.cos)]
    return np.stack([days, *turns], axis=1)


def _day(value: Any, form: str) -> float:
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


def _scale(line: Floats) -> dict[str, float]:
    """Median, spread, and ends of the known values of a column."""
    known = line[np.isfinite(line)]
    if not len(known):
        return {"middle": 0.0, "spread": 0.0, "least": 0.0, "most": 0.0}
    low, middle, high = np.percentile(known, (25, 50, 75))
    return {
        "middle": float(middle),
        "spread": float((high - low) / 1.349 or float(known.std()) or 1.0),
        "least": float(known.min()),
        "most": float(known.max()),
    }


def _robust(line: Floats, told: Mapping[str, Any]) -> Floats:
    """Median to 0, quartiles to those of a normal variable, logarithmic tails, missing to 0."""
    if not told["spread"]:
        return np.zeros(len(line))
    ends = {"nan": told["middle"], "posinf": told["most"], "neginf": told["least"]}
    z = (np.nan_to_num(line, **ends) - told["middle"]) / told["spread"]
    bent: Floats = np.sign(z) * np.where(
        np.abs(z) <= 3, np.abs(z), 3 + np.log(np.maximum(np.abs(z) - 2, 1))
    )
    return bent


def _kept(words: list[str], categories: int, rows: int) -> list[str]:
    """The commonest values that get a feature of their own."""
    enough = max(2, rows // 1000)
    common = sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))[:categories]
    return sorted({word for word, times in common if times >= enough})


def _one_hot(words: list[str | None], kept: list[str]) -> Columns:
    if not kept:  # every row has a value of its own: a name, not a fact
        return {}
    column: NDArray[Any] = np.array(words, dtype=object)
    parts = {f"is {word}": (column == word).astype(np.float64) for word in kept}
    known = set(kept)
    return parts | {
        "rare": np.array(
            [word is not None and word not in known for word in words], dtype=np.float64
        )
    }
