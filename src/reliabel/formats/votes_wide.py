"""Votes in wide tables and matrices: one column a worker (or labelling function), one row an item.

An empty cell of a table is no vote; in a matrix of labelling functions -1 is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.formats.columns import Table, listed, settled

TRUTHS = ("true", "false")
WHOLE = re.compile(r"^(0|-?[1-9][0-9]{0,17})(\.0*)?$")
NINES = re.compile(r"^(-9+|99+)$")  # -9, -99, 999: what surveys write for no answer
DECIMAL = re.compile(r"^-?(0|[1-9][0-9]{0,14})?\.[0-9]+([eE][+-]?[0-9]{1,3})?$")


def long(
    table: Table,
    *,
    item: str | None = None,
    workers: Sequence[str] | None = None,
    missing: Sequence[str] = (),
    beside: Sequence[str] = (),
) -> Table:
    """The long table (item, worker, label) of a wide one, row by row.

    All cells are one column of answers: 1, 1.0 and "1" are one class.  An item without a vote has
    one row without worker and label, so that it is kept in its place.

    item: the column of ids; None numbers the rows.  workers: the columns that hold votes; None
        takes all but ``item``.  missing: words that are no vote, beside empty cells.
    beside: columns that describe the item, which are kept.
    Raises ValueError for an item without a name, and where no cell holds a vote.
    """
    for name in [*([item] if item else []), *(workers or ())]:
        if name not in table.columns:
            raise ValueError(
                f"no column is called {name!r}; there are "
                f"{', '.join(map(repr, list(table.columns)[:10]))}"
            )
    names = (
        list(workers) if workers is not None else [name for name in table.columns if name != item]
    )
    if not names:
        raise ValueError("a wide table of votes needs a column for each worker, got none")
    ids = [str(row) for row in range(table.rows)] if item is None else _ids(table, item)
    answers = {name: _answers(table, name, missing) for name in names}
    cells = one_type(answers)
    rows = [
        (row, name, cells[name][row])
        for row in range(table.rows)
        for name in names
        if cells[name][row] is not None
    ]
    if not rows:
        raise ValueError(
            f"none of the {table.rows:,} rows holds a vote: all cells are empty"
            + (f" or one of {', '.join(map(repr, missing))}" if missing else "")
        )
    voted = {row for row, _, _ in rows}
    bare: list[tuple[int, str | None, Any]] = [
        (row, None, None) for row in range(table.rows) if row not in voted
    ]
    every = sorted([*rows, *bare], key=lambda vote: vote[0])
    kind, label = settled([value for _, _, value in every])
    index = np.array([row for row, _, _ in every], dtype=np.int64)
    own = [name for name in beside if name not in (item, *names, "item", "worker", "label")]
    return Table(
        {
            "item": np.array([ids[row] for row in index.tolist()], dtype=object),
            "worker": np.array([name for _, name, _ in every], dtype=object),
            "label": label,
            **{name: table.columns[name][index] for name in own},
        },
        {"item": "text", "worker": "text", "label": kind, **{n: table.kinds[n] for n in own}},
        table.form,
        (*table.notes, *_notes(names, rows)),
        classes=_classes(table, names, cells),
    )


def _classes(
    table: Table, names: Sequence[str], cells: Mapping[str, Sequence[Any]]
) -> dict[str, tuple[str, ...]]:
    """The classes of the answers in their own order, where all columns say the same ones."""
    said = {tuple(table.classes.get(name) or table.names.get(name) or ()) for name in names}
    (first, *others) = said
    given = {str(value) for name in names for value in cells[name] if value is not None}
    return {"label": first} if first and not others and given <= set(first) else {}


def _notes(names: Sequence[str], rows: Sequence[tuple[int, str, Any]]) -> list[str]:
    cast = Counter(name for _, name, _ in rows)
    used = [name for name in names if cast[name]]
    notes = [f"{len(rows):,} votes in {len(used):,} columns, one a worker"]
    silent = [name for name in names if not cast[name]]
    if silent:
        column = "column" if len(silent) == 1 else "columns"
        verb = "holds" if len(silent) == 1 else "hold"
        notes.append(
            f"{column} {', '.join(map(repr, silent[:8]))}"
            f"{f' and {len(silent) - 8:,} more' if len(silent) > 8 else ''} {verb} no vote and "
            f"{'is' if len(silent) == 1 else 'are'} left out"
        )
    notes += [
        f"{value} counts as a class, with {many:,} of {len(rows):,} votes (missing={value!r} "
        "makes it no vote)"
        for value, many in _no_answers(Counter(str(value) for _, _, value in rows)).items()
    ]
    return notes


def _no_answers(given: Mapping[str, int]) -> dict[str, int]:
    """Answers that other programs write for none, with their number: -1, negative nines such as
    -99 where nothing else is negative, and nines such as 999 far above all else.
    """
    whole = [value for value in given if WHOLE.match(value)]
    others = [int(float(value)) for value in whole if not NINES.match(value) and value != "-1"]
    odd = {"-1"}
    if others and min(others) >= 0:
        odd |= {value for value in whole if NINES.match(value) and value.startswith("-")}
        odd |= {v for v in whole if NINES.match(v) and int(v) > 2 * max(others) + 1}
    return {value: many for value, many in given.items() if value in odd}


def _ids(table: Table, item: str) -> list[str]:
    ids = listed(table.written(item), "text" if item in table.cells else table.kinds[item])
    for row, name in enumerate(ids):
        if name is None or not str(name).strip():
            raise ValueError(
                f"column {item!r} is empty in row {row}; give every item a name, or leave item= "
                "out to count rows"
            )
    return list(map(str, ids))


def _answers(table: Table, name: str, missing: Sequence[str]) -> list[Any]:
    """The cells of a column as they are written, None for no vote."""
    values = listed(table.columns[name], table.kinds[name])
    if name in table.names:  # codes of classes
        values = [None if v is None or v < 0 else table.names[name][int(v)] for v in values]
    values = [_only(value, row, name) for row, value in enumerate(values)]
    if table.kinds[name] == "decimal" and name not in table.cells:
        values = [int(v) if v is not None and v.is_integer() else v for v in values]
    written = listed(table.written(name), "text") if name in table.cells else values
    out = []
    for value, text in zip(values, written, strict=True):
        spelled = "" if text is None else str(text).strip()
        absent = (text is None if missing else value is None) or not spelled
        # a word that was taken as missing among numbers is one only if nothing was named instead
        out.append(None if absent or spelled in missing or str(value) in missing else text)
    return out


def _only(value: Any, row: int, name: str) -> Any:
    """The element of a list of one; an empty list is no vote."""
    if not isinstance(value, list | tuple | dict | np.ndarray):
        return value
    if isinstance(value, dict) or len(value) > 1:
        raise ValueError(
            f"column {name!r} holds {value!r:.60} in row {row}; a vote in a wide table is one "
            "class or one number"
        )
    return value[0] if len(value) else None


def one_type(answers: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """The cells of several columns as one type: whole numbers if all are such, else decimals, else
    text; in text a whole number is spelled without decimals.

    Raises ValueError for true/false beside numbers.

    >>> one_type({"a": ["1", None], "b": [1.0, "2.0"]})
    {'a': [1, None], 'b': [1, 2]}
    >>> one_type({"a": ["1.0", "unsure"], "b": [2, 1.0]})
    {'a': ['1', 'unsure'], 'b': ['2', '1']}
    """
    held = {value for cells in answers.values() for value in cells if value is not None}
    flags = any(isinstance(value, bool) for cells in answers.values() for value in cells)
    numbers = {v: n for v in held if not isinstance(v, bool) and (n := _number(v)) is not None}
    words = {v for v in held if v not in numbers}
    truths = {v for v in words if str(v).strip().lower() in TRUTHS}
    if (flags and truths != held) or (truths and truths == words and numbers):
        _refuse_mixture(answers)
    as_cell: dict[Any, Any]
    if flags:
        as_cell = {v: str(v).strip().lower() == "true" for v in held}
    elif len(numbers) == len(held):
        as_cell = dict(numbers)
    else:  # words, or numbers beside words
        whole = all(isinstance(number, int) for number in numbers.values())
        as_cell = {
            v: str(numbers[v]) if v in numbers and whole else v if isinstance(v, str) else str(v)
            for v in held
        }
    return {
        name: [None if value is None else as_cell[value] for value in cells]
        for name, cells in answers.items()
    }


def _number(value: Any) -> int | float | None:
    """A number, or a text that spells one: whole without leading zeros, or decimal."""
    if isinstance(value, int | float | np.number):
        return int(value) if float(value).is_integer() else float(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if WHOLE.match(text):
        return int(text.partition(".")[0])
    return float(text) if DECIMAL.match(text) else None


def _refuse_mixture(answers: Mapping[str, Sequence[Any]]) -> None:
    kinds: dict[str, str] = {}
    for name, cells in answers.items():
        for value in cells:
            if value is not None:
                flag = str(value).strip().lower() in TRUTHS
                kinds.setdefault("true or false" if flag else "numbers or words", name)
    odd = ", ".join(f"{name!r}: {kind}" for kind, name in list(kinds.items())[:3])
    raise ValueError(
        f"columns of votes hold different things ({odd}); name those that hold votes with "
        "worker= (several, or a pattern such as 'r*'), or write all answers alike"
    )


def of_matrix(votes: Any, names: Sequence[str] = ()) -> Table:
    """The long table of a matrix (n, m) of class numbers with -1 for no vote, as labelling
    functions return it.
    """
    votes = np.asarray(votes)
    if votes.ndim != 2 or votes.dtype.kind not in "iuf":
        raise ValueError(
            f"a matrix of votes must be numbers of shape (items, workers), got {votes.dtype} of "
            f"shape {votes.shape}"
        )
    if names and len(names) != votes.shape[1]:
        raise ValueError(f"{len(names)} names for {votes.shape[1]} columns of votes")
    there = (votes >= 0) if votes.dtype.kind == "f" else votes != -1
    if votes.dtype.kind != "f" and votes.size and votes.min() < -1:
        raise ValueError(f"votes must be class numbers or -1 for none, got {int(votes.min())}")
    item, worker = np.nonzero(there)
    who = np.array([names[j] if names else str(j) for j in range(votes.shape[1])], dtype=object)
    label = votes[item, worker]
    whole = label.astype(np.int64)
    if (whole != label).any():
        raise ValueError(f"votes must be class numbers, got {float(label[whole != label][0])}")
    columns = {
        "item": np.array([str(i) for i in item.tolist()], dtype=object),
        "worker": who[worker],
        "label": whole,
    }
    notes = f"{len(item):,} votes of {votes.shape[1]:,} workers on {votes.shape[0]:,} items"
    return Table(
        columns, {"item": "text", "worker": "text", "label": "integer"}, "arrays", (notes,)
    )
