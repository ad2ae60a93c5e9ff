"""Label columns as labels: classes, several yes/no columns, or numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from reliabel.core.alike_names import merged_classes, merged_note
from reliabel.core.label_doubts import doubts
from reliabel.core.labels import Classes, Labels, MultiLabel, Numbers
from reliabel.core.raw_labels import is_missing
from reliabel.core.short_repr import listing, many
from reliabel.reading.written_numbers import Style, style_of

YES = {"1": 1, "1.0": 1, "true": 1, "yes": 1, "0": 0, "0.0": 0, "false": 0, "no": 0}
YES |= {"y": 1, "t": 1, "n": 0, "f": 0, "-1": -1, "-1.0": -1}
MARKS = {"x", "✓", "✔", "✗", "*", "•"}  # where nothing else stands in a column, empty means no
NEARLY_ALL = 0.95  # share of the cells that are numbers from which the others are taken for slips
HOW_NUMBERS = (
    "write plain numbers (1234.5), without units, currencies or a mark at the thousands, or name "
    "words that mean no number with missing="
)
DATE = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}(\1[0-9]{1,4})?([ T][0-9:.+Z-]+)?$")
LEVELS = 20  # different numbers up to which a column is taken as codes of classes
ODD = (
    "NA",
    "N/A",
    "n/a",
    "nan",
    "NaN",
    "null",
    "NULL",
    "None",
    "?",
    "unknown",
)  # names that may mean no label


def labels_of(
    table: Any,
    names: Sequence[str],
    kind: str,
    missing: Sequence[str],
    *,
    merge_alike: bool = False,
) -> tuple[Labels, list[str]]:
    """The labels in one or several columns, and what was inferred."""
    if kind == "numbers":
        notes: list[str] = []
        columns = [_numbers(table, name, missing, notes) for name in names]
        if len(names) == 1:
            return Numbers(columns[0]), notes
        return Numbers(np.column_stack(columns)), [*notes, f"a label is {len(names)} numbers"]
    if len(names) == 1:
        return class_column(table, names[0], missing, merge_alike=merge_alike)
    y = np.column_stack([_yes_no(table, name, missing) for name in names])
    return MultiLabel(y, tuple(names)), [
        f"{len(names)} yes/no labels an item, {int((y == 1).sum()):,} yes"
    ]


def quantity(table: Any, names: Sequence[str]) -> bool:
    """Whether one label column of a table holds numbers that are no codes of classes: fractions of
    which more than ``LEVELS`` differ or most stand in one row only, or whole numbers of which both
    is true.
    """
    if len(names) != 1 or names[0] in table.names or names[0] in table.classes:
        return False
    style = None
    if table.kinds[names[0]] in ("integer", "decimal"):
        values = np.asarray(table.columns[names[0]], dtype=float)
    else:  # a few cells among numbers that hold something else: reading them says where
        held = [one for one in table.columns[names[0]].tolist() if not _no_number(one)]
        style = _style(held)
        read = [one for one in (_number_or(v, style) for v in held) if not isinstance(one, str)]
        if not held or len(read) < NEARLY_ALL * len(held):
            return False
        values = np.asarray(read, dtype=float)
    values = values[np.isfinite(values)]
    levels, count = np.unique(values, return_counts=True)
    if style is not None:  # a currency, a unit: what they measure
        return len(levels) > LEVELS
    apart = bool((count == 1).sum() > len(values) / 2)
    if (levels != np.round(levels)).any():
        return len(levels) > LEVELS or (apart and len(levels) > 1)
    return len(levels) > LEVELS and (apart or _rise_and_fall(levels, count))


def _rise_and_fall(levels: Any, count: Any) -> bool:
    """Whether whole numbers that follow one another become more frequent and then rarer, as those
    of a quantity do (ages, rings) and codes of classes do not.
    """
    if levels[-1] - levels[0] >= 1.2 * len(levels):
        return False
    smooth = np.convolve(count, np.ones(3) / 3, "same")
    top = int(smooth.argmax())
    sides = smooth[: top + 1], smooth[top:][::-1]
    if min(len(side) for side in sides) < 4 or max(smooth[0], smooth[-1]) > smooth[top] / 4:
        return False
    steps = np.concatenate([np.diff(side) for side in sides])
    return bool((steps >= 0).mean() >= 0.9)


def _no_number(value: Any) -> bool:
    """Whether a cell among numbers is empty or holds a word for "none"."""
    return is_missing(value) or (isinstance(value, str) and value.strip() in ODD)


def _style(values: Sequence[Any]) -> Style | None:
    """How numbers are written that are text."""
    text = [value for value in values if isinstance(value, str) and value.strip()]
    return style_of(text) if len(text) == len(values) else None


def class_column(
    table: Any,
    name: str,
    missing: Sequence[str] = (),
    *,
    labels: int | None = None,
    merge_alike: bool = False,
) -> tuple[Classes, list[str]]:
    """The classes of one column, and notes on what was inferred. Text stays as it is spelled: "01"
    and "1" are two classes.

    labels: how many labels the column stands for, if the table lists each distinct one once.
    merge_alike: whether names that differ only in what people do not see become one class.
    """
    values, kind = table.columns[name], table.kinds[name]
    if name in table.names:
        return _coded(values, table.names[name], name)
    notes: list[str] = []
    if kind == "other":
        rows = enumerate(values.tolist())
        row, held = next(((r, v) for r, v in rows if isinstance(v, list | tuple | dict)), (0, None))
        if held is not None:
            raise ValueError(
                f"column {name!r} holds {type(held).__name__}s, in row {row} {held!r:.60}; a label "
                "is one value (a class or a whole number) or a list of them"
            )
    if name in table.cells and kind != "integer":
        written = table.written(name)
        values = _decimals(values, written, name, notes) if kind == "decimal" else written
    guessed = _guessed(values, table, name)
    if missing:  # who names words means those alone
        values = _blanked(
            values if guessed <= set(missing) else table.written(name), tuple(missing)
        )
    elif guessed:
        notes.append(
            f"column {name!r}: {', '.join(map(repr, sorted(guessed)))} among its numbers means no "
            "label (missing= names the words that do)"
        )
    try:
        found = Classes.of(values)
    except ValueError as error:
        raise ValueError(
            f"column {name!r}: {error}; for a quantity instead of classes say kind='numbers'"
        ) from None
    if name in table.classes:
        found, note = _of_categories(found, table.classes[name], name)
        return found, [*notes, note]
    found, new = merged_classes(found) if merge_alike else (found, {})
    notes += merged_note("classes", new)
    whole = bool(found.names) and kind in ("integer", "decimal")
    return found, notes + _doubts(found, name, labels, whole=whole)


def _numbers(table: Any, name: str, missing: Sequence[str], notes: list[str]) -> Any:
    """The numbers of a column, NaN where there is none, and notes on how they are written; raises
    ValueError with the first row that holds something else.
    """
    values, kind = table.columns[name], table.kinds[name]
    if kind not in ("integer", "decimal"):
        values = _read_as_numbers(values.tolist(), name, missing, notes)
    numbers = np.asarray(values).astype(float)
    endless = np.flatnonzero(np.isinf(numbers))
    if len(endless):
        raise ValueError(
            f"column {name!r}: row {endless[0]} holds {numbers[endless[0]]}, which is no number to "
            f"audit ({many(len(endless), 'such cell')}); leave it empty or write the number"
        )
    return numbers


def _read_as_numbers(
    values: Sequence[Any], name: str, missing: Sequence[str], notes: list[str]
) -> Any:
    absent = [v in missing or is_missing(v) if missing else _no_number(v) for v in values]
    words = {
        v.strip() for v, none in zip(values, absent, strict=True) if none and isinstance(v, str)
    }
    if words - {""} and not missing:
        notes.append(
            f"column {name!r}: {listing(sorted(words - {''}))} among its numbers means no label "
            "(missing= names the words that do)"
        )
    style = _style([v for v, none in zip(values, absent, strict=True) if not none])
    read = [None if none else _number_or(v, style) for v, none in zip(values, absent, strict=True)]
    if style is not None:
        row = next(row for row, value in enumerate(read) if isinstance(value, float))
        notes.append(f"column {name!r}: {values[row]!r} is read as the number {read[row]:.12g}")
    odd = [row for row, value in enumerate(read) if isinstance(value, str)]
    if odd:
        seen = values[odd[0]]
        is_date = isinstance(seen, datetime) or DATE.match(str(seen))
        date = "for dates count the days from one day on" if is_date else ""
        raise ValueError(
            f"column {name!r} must hold numbers, row {odd[0]} holds {str(seen)!r:.60} "
            f"({many(len(odd), 'such cell')} of {len(values):,}); "
            f"{date or HOW_NUMBERS}"
        )
    return [float("nan") if value is None else value for value in read]


def _number_or(value: Any, style: Style | None = None) -> Any:
    """A value as a number, written in a style if there is one, or as text where it is none."""
    if isinstance(value, datetime | bool):
        return str(value)
    if style is not None and isinstance(value, str):
        read = style.read(value)
        return str(value) if read is None else read
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def _yes_no(table: Any, name: str, missing: Sequence[str]) -> Any:
    values = table.columns[name].tolist()
    words = [None if is_missing(v) or v in missing else str(v).strip().lower() for v in values]
    if set(words) - {None} <= MARKS and any(words):  # a mark, or nothing
        return np.array([word is not None for word in words], dtype=np.int64)
    out = np.full(table.rows, -1, dtype=np.int64)
    for row, word in enumerate(words):
        if word is None:
            continue
        if word not in YES:
            raise ValueError(
                f"column {name!r} must hold 0 or 1 (or yes/no, or nothing), row {row} holds "
                f"{values[row]!r}; several label columns mean one yes/no each, so for classes in "
                f"several columns name one of them: label={name!r}"
            )
        out[row] = YES[word]
    return out


def _coded(values: Any, names: tuple[str, ...], name: str) -> tuple[Classes, list[str]]:
    codes = np.array(
        [-1 if v is None or v != v else int(v) for v in values.tolist()], dtype=np.int64
    )
    return Classes(codes, names), [
        f"column {name!r}: {len(names)} classes in the data set's own order"
    ]


def _of_categories(labels: Classes, categories: Sequence[str], name: str) -> tuple[Classes, str]:
    """The labels with the categories of the column as their classes."""
    place = {category: code for code, category in enumerate(categories)}
    code = np.array([*(place[own] for own in labels.names), -1], dtype=np.int64)
    unused = [category for category in categories if category not in set(labels.names)]
    note = (
        f"column {name!r}: the classes are its categories, in their order: "
        f"{', '.join(map(repr, categories[:10]))}{', ...' if len(categories) > 10 else ''}"
    )
    if unused:
        have = "has no item" if len(unused) == 1 else "have no item"
        note += f"; {listing(unused)} {have}"
    return Classes(code[labels.y], categories), note


def _decimals(values: Any, written: Any, name: str, notes: list[str]) -> Any:
    known = ~np.isnan(values)
    if (values[known] != np.round(values[known])).any():
        return values  # Classes.of says what is wrong
    spelled = {text for text, there in zip(written.tolist(), known.tolist(), strict=True) if there}
    if any(text != repr(float(text)) for text in spelled):
        return written
    notes.append(f"column {name!r}: labels such as {min(spelled)} are read as whole numbers")
    return values


def _guessed(values: Any, table: Any, name: str) -> set[str]:
    """Words that were taken as missing among the numbers of a column of text."""
    if name not in table.cells or table.kinds[name] == "text" or values.dtype.kind in "biu":
        return set()
    absent = [row for row, value in enumerate(values.tolist()) if value is None or value != value]
    return {
        word for word in table.written(name)[absent].tolist() if word is not None and word.strip()
    }


def _blanked(values: Any, words: tuple[str, ...]) -> Any:
    return [None if str(value) in words else value for value in values.tolist()]


def _doubts(
    labels: Classes, name: str, many: int | None = None, *, whole: bool = False
) -> list[str]:
    notes: list[str] = []
    if len(labels) and (labels.y < 0).all():
        notes.append(f"column {name!r} holds no label at all")
    odd = [word for word in labels.names if word in ODD]
    if odd:
        notes.append(
            f"column {name!r}: {', '.join(map(repr, odd))} counts as a class (missing={odd[0]!r} "
            "makes it missing)"
        )
    known = int((labels.y >= 0).sum()) if many is None else many
    if labels.k > LEVELS and sum(map(bool, map(DATE.match, labels.names))) == labels.k:
        notes.append(
            f"column {name!r} holds dates, each taken as a class of its own; for a quantity count "
            "the days from one day on in a column of numbers"
        )
    if labels.k > 50 and labels.k > known / 2 and not whole:
        notes.append(
            f"column {name!r} holds {labels.k:,} classes in {known:,} labels; is it the label "
            "column?"
        )
    notes += doubts(labels.names, known, f"column {name!r}", whole=whole)
    return notes
