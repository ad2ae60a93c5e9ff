"""Label columns as labels: classes, several yes/no columns, or numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Labels, MultiLabel, Numbers

YES = {"1": 1, "1.0": 1, "true": 1, "yes": 1, "0": 0, "0.0": 0, "false": 0, "no": 0}
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
    table: Any, names: Sequence[str], kind: str, missing: Sequence[str]
) -> tuple[Labels, list[str]]:
    """The labels in one or several columns, and what was inferred."""
    if kind == "numbers":
        columns = [_numbers(table, name) for name in names]
        if len(names) == 1:
            return Numbers(columns[0]), []
        return Numbers(np.column_stack(columns)), [f"a label is {len(names)} numbers"]
    if len(names) == 1:
        return class_column(table, names[0], missing)
    y = np.column_stack([_yes_no(table, name, missing) for name in names])
    return MultiLabel(y, tuple(names)), [
        f"{len(names)} yes/no labels an item, {int((y == 1).sum()):,} yes"
    ]


def class_column(
    table: Any, name: str, missing: Sequence[str] = (), *, labels: int | None = None
) -> tuple[Classes, list[str]]:
    """The classes of one column, and notes on what was inferred. Text stays as it is spelled: "01"
    and "1" are two classes.

    labels: how many labels the column stands for, if the table lists each distinct one once.
    """
    values, kind = table.columns[name], table.kinds[name]
    if name in table.names:
        return _coded(values, table.names[name], name)
    notes: list[str] = []
    if kind == "other":
        held = next((v for v in values.tolist() if isinstance(v, list | tuple | dict)), None)
        if held is not None:
            raise ValueError(
                f"column {name!r} holds {type(held).__name__}s such as {held!r:.60}; several "
                "labels an item are given as several 0/1 columns, "
                f"label=[...] (--label once for each)"
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
            "label (--missing names the words that do)"
        )
    try:
        found = Classes.of(values)
    except ValueError as error:
        raise ValueError(
            f"column {name!r}: {error}; for a quantity instead of classes say kind='numbers'"
        ) from None
    return found, notes + _doubts(found, name, labels)


def _numbers(table: Any, name: str) -> Any:
    if table.kinds[name] not in ("integer", "decimal"):
        seen = next((v for v in table.columns[name].tolist() if v is not None), None)
        raise ValueError(
            f"column {name!r} does not hold numbers, the first value is {seen!r}; kind='numbers' "
            "needs them"
        )
    return table.columns[name].astype(float)


def _yes_no(table: Any, name: str, missing: Sequence[str]) -> Any:
    out = np.full(table.rows, -1, dtype=np.int64)
    for row, value in enumerate(table.columns[name].tolist()):
        if (
            value is None
            or value != value
            or (isinstance(value, str) and (not value.strip() or value in missing))
        ):
            continue
        word = str(value).strip().lower()
        if word not in YES:
            raise ValueError(
                f"column {name!r} must hold 0 or 1 (or yes/no, or nothing), row {row} holds "
                f"{value!r}; several label columns mean one yes/no each"
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


def _doubts(labels: Classes, name: str, many: int | None = None) -> list[str]:
    notes: list[str] = []
    if len(labels) and (labels.y < 0).all():
        notes.append(f"column {name!r} holds no label at all")
    odd = [word for word in labels.names if word in ODD]
    if odd:
        notes.append(
            f"column {name!r}: {', '.join(map(repr, odd))} counts as a class (--missing {odd[0]} "
            "makes it missing)"
        )
    alike = Counter(word.strip().casefold() for word in labels.names)
    twins = [word for word in labels.names if alike[word.strip().casefold()] > 1]
    if twins:
        notes.append(
            f"column {name!r}: classes that differ only in spaces or capitals: "
            f"{', '.join(map(repr, twins[:6]))}"
        )
    known = int((labels.y >= 0).sum()) if many is None else many
    if labels.k > 50 and labels.k > known / 2:
        notes.append(
            f"column {name!r} holds {labels.k:,} classes in {known:,} labels; is it the label "
            "column?"
        )
    joined = [word for word in labels.names if ";" in word]
    if len(joined) > 0.2 * max(labels.k, 1):
        notes.append(
            f"column {name!r}: {joined[0]!r} is taken as one class; several labels an item are "
            "given as several 0/1 columns"
        )
    return notes
