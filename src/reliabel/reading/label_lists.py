"""Columns whose cells hold lists of labels: lists, lists written as text, labels joined by a
character; how they are read, and how a changed list is written.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.alike_names import merged_note, one_spelling
from reliabel.core.label_doubts import parts_at, plainly_joined
from reliabel.core.labels import Classes, Labels, MultiLabel
from reliabel.core.raw_labels import LISTS, is_missing, plain_values
from reliabel.core.raw_lists import check_labels, class_numbers, encode_lists, told

Cells = dict[str, Any]  # how the cells of a label column hold lists: form, separator, merged
Read = tuple[Labels, list[str], Cells]
ITEM = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?[0-9]+\.?""")  # text, whole number
KEYS = ("name", "label")  # of objects in lists, whose value is the label
HEAD = 1000  # cells looked at before a whole column is


def lists_of(
    table: Any, name: str, separator: str | None, missing: Sequence[str], merge_alike: bool
) -> Read | None:
    """The labels of a column of lists, what was inferred, and how its cells hold lists; None for a
    column of one value a cell.

    Lists of one label or none are one label an item, other lists yes or no to each class.
    Raises ValueError for lists that hold no labels, with the row.
    """
    cells = _form(table, name, separator or None)
    said: list[str] = []
    if cells is None and separator is None and table.kinds[name] == "text":
        cells, said = _plainly_joined(table, name, missing)
    if cells is None:
        return None
    what = f"column {name!r}"
    if cells["form"] == "mapping":
        return _answers_of(table.columns[name].tolist(), what)
    values = table.written(name) if cells["form"] != "list" else table.columns[name]
    rows = [_list(value, cells, missing) for value in values.tolist()]
    key = _key_of(rows)
    if key:
        cells |= {"key": key}
        rows = [None if held is None else [value[key] for value in held] for held in rows]
        said.append(f"{what} holds lists of objects, whose {key!r} is the label")
    if cells["form"] == "list" and _are_flags(rows):
        return _flags(rows, table.names.get(name, ()), what)
    new = _one_spelling(rows) if merge_alike else {}
    if new:
        rows = [None if held is None else [_renamed(v, new) for v in held] for held in rows]
        cells |= {"merged": new}
    names = table.names.get(name, ())
    labels: Labels
    if all(held is None or len(held) <= 1 for held in rows):
        labels, notes = _single(rows, names, what, cells)
    else:
        y, found = encode_lists(rows, names, what)
        labels = MultiLabel(y, found)
        notes = [told(y, what)]
    return labels, [*said, *notes, *merged_note("classes", new)], cells


def _key_of(rows: Sequence[list[Any] | None]) -> str:
    """The key under which all objects in lists hold their name; empty where values are no such."""
    held = [value for row in rows for value in row or ()]
    if not held or not all(isinstance(value, dict) for value in held):
        return ""
    named = (key for key in KEYS if all(isinstance(value.get(key), str) for value in held))
    return "" if any({"start", "points"} & value.keys() for value in held) else next(named, "")


def _answers_of(cells: Sequence[Any], what: str) -> Read:
    """Objects that say 0 or 1 of each label, as spaCy's cats do."""
    names = list(dict.fromkeys(name for cell in cells if not is_missing(cell) for name in cell))
    y = np.full((len(cells), len(names)), -1, dtype=np.int64)
    place = {name: code for code, name in enumerate(names)}
    for row, cell in enumerate(cells):
        if not is_missing(cell):
            y[row, [place[name] for name in cell]] = [int(said) for said in cell.values()]
    note = f"{what} holds objects that say 0 or 1 of each of {len(names)} labels"
    return MultiLabel(y, tuple(names)), [note], {"form": "mapping"}


def _plainly_joined(
    table: Any, name: str, missing: Sequence[str]
) -> tuple[Cells | None, list[str]]:
    """How cells hold several labels where nobody named what stands between, and the note on it."""
    if name in table.names or name in table.classes:
        return None, []
    text = [v for v in table.columns[name].tolist() if isinstance(v, str) and v.strip()]
    mark = plainly_joined([cell for cell in text if cell not in missing])
    if mark is None:
        return None, []
    return {"form": "joined", "separator": mark}, [
        f"column {name!r}: {mark!r} joins several labels in one cell (separator='' takes each cell "
        "as one class)"
    ]


def list_cells(
    table: Any, name: str, separator: str | None, missing: Sequence[str]
) -> list[list[Any] | None] | None:
    """The cells of a column as lists, None where a cell is empty; None for a column of one value a
    cell.
    """
    cells = _form(table, name, separator)
    if cells is None or cells["form"] == "mapping":
        return None
    values = table.written(name) if cells["form"] != "list" else table.columns[name]
    return [_list(value, cells, missing) for value in values.tolist()]


def changed_list(
    cell: Any, cells: Mapping[str, Any], answers: Mapping[str, bool], spelled: Mapping[str, Any]
) -> Any:
    """The cell with other answers: labels that got a no are left out, those that got a yes and are
    not there follow; written as the cells of the column are.

    answers: class name -> yes.  spelled: class name -> how the column writes it.
    """
    if cells["form"] == "mapping":
        like = type(next(iter(cell.values()), 1)) if isinstance(cell, dict) else int
        return {**(cell or {}), **{name: like(yes) for name, yes in answers.items()}}
    held = _list(cell, cells, ()) or []
    if cells["form"] == "flags":
        answer = {int(spelled[name]): yes for name, yes in answers.items()}
        kept = [int(answer.get(place, value)) for place, value in enumerate(held)]
    else:
        there = [name_of(value, cells) for value in held]
        kept = [v for v, name in zip(held, there, strict=True) if answers.get(name, True)]
        kept += [
            spelled.get(name, name) for name, yes in answers.items() if yes and name not in there
        ]
    return _written(kept, cell, cells)


def spelled_in(column: Any, cells: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Class name -> how the lists of a column write it."""
    if cells["form"] == "flags":
        return {name: place for place, name in enumerate(names)}
    if cells["form"] == "mapping":
        return {name: name for name in names}
    spelled: dict[str, Any] = {}
    for cell in column:
        for value in _list(cell, cells, ()) or ():
            name = name_of(value, cells)
            if name not in spelled or value == name:
                spelled[name] = value
    codes = {name: code for code, name in enumerate(cells.get("codes", ()))}
    if spelled and all(type(value) is int for value in spelled.values()) and not codes:
        codes = {name: int(name) for name in names if name.isdecimal()}
    return codes | spelled


def name_of(value: Any, cells: Mapping[str, Any]) -> str:
    """The class that a value in a list stands for."""
    if cells.get("key"):
        value = value[cells["key"]] if isinstance(value, dict) else value
    plain = str(plain_values([_renamed(value, cells.get("merged", {}))])[0])
    codes = cells.get("codes")
    return codes[int(plain)] if codes else plain


def _form(table: Any, name: str, separator: str | None) -> Cells | None:
    """How the cells of a column hold lists, None where they hold none."""
    values, names = table.columns[name], list(table.names.get(name, ()))
    codes = {"codes": names} if names else {}
    if table.kinds[name] == "other" and any(isinstance(v, LISTS) for v in values.tolist()):
        return {"form": "list"} | codes
    if table.kinds[name] == "other" and _are_answers(values.tolist()):
        return {"form": "mapping"}
    if table.kinds[name] != "text":
        return None
    text = [v for v in table.written(name).tolist() if isinstance(v, str) and v.strip()]
    for form, reader in READERS.items():
        if text and all(_is_list(cell, reader) for part in (text[:HEAD], text) for cell in part):
            return {"form": form}
    return None if separator is None else {"form": "joined", "separator": separator}


def _are_answers(cells: Sequence[Any]) -> bool:
    held = [cell for cell in cells if not is_missing(cell)]
    if not held or not all(isinstance(cell, dict) and cell for cell in held):
        return False
    return all(isinstance(v, bool | int | float) and v in (0, 1) for c in held for v in c.values())


def _is_list(cell: str, reader: Callable[[str], Any]) -> bool:
    bare = cell.strip()
    if bare[:1] + bare[-1:] not in ("[]", "()", "{}"):
        return False
    try:
        return isinstance(reader(bare), list)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False


def _of_numpy(text: str) -> list[Any]:
    """What NumPy writes: no commas.  Python itself would join ['a' 'b'] to one text."""
    inner = text[1:-1]
    if not text.startswith("[") or ITEM.sub("", inner).strip():
        raise ValueError("not as NumPy writes lists")
    return [ast.literal_eval(part.rstrip(".")) for part in ITEM.findall(inner)]


def _of_python(text: str) -> Any:
    """A list; a tuple or a set too where it holds texts: (25, 32) may be the name of a class."""
    held = ast.literal_eval(text)
    if isinstance(held, tuple | set) and all(isinstance(value, str) for value in held):
        return sorted(held) if isinstance(held, set) else list(held)
    return held


# lists written as text: by JSON, by NumPy and by Python (as pandas writes both)
READERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "numpy": _of_numpy,
    "python": _of_python,
}


def _list(cell: Any, cells: Mapping[str, Any], missing: Sequence[str]) -> list[Any] | None:
    """The values in a cell; None where the cell is empty."""
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if cells["form"] in ("list", "flags"):
        held = list(cell) if isinstance(cell, LISTS) else None if is_missing(cell) else [cell]
    elif is_missing(cell):
        return None
    elif cells["form"] == "joined":
        held = parts_at(str(cell), cells["separator"])
        if missing and all(part in missing for part in held):
            return None
    else:
        held = READERS[cells["form"]](cell.strip())
    return None if held is None else [v for v in held if not (is_missing(v) or v in missing)]


def _single(
    rows: Sequence[list[Any] | None], names: Sequence[str], what: str, cells: Cells
) -> tuple[Classes, list[str]]:
    """One label an item, of lists that hold one label or none."""
    check_labels(rows, what)
    flat = [held[0] if held else None for held in rows]
    try:
        found = Classes.of(flat)
    except ValueError as error:
        raise ValueError(f"{what}, the label in each list: {error}") from None
    if names:
        code = np.append(class_numbers(found.names, names, what), -1)
        found = Classes(code[found.y], names)
    none = int((found.y < 0).sum())
    empty = f"; {none:,} empty one{'s are' if none > 1 else ' is'} no label" if none else ""
    if cells["form"] == "joined":
        return found, [f"{what}: no cell holds several labels with {cells['separator']!r} between"]
    return found, [f"{what} holds lists of one label each, which is the label{empty}"]


def _are_flags(rows: Sequence[list[Any] | None]) -> bool:
    """Whether each list answers yes or no to every class: lists of one length of 0 and 1, in which
    a number may stand twice.
    """
    known = [held for held in rows if held is not None]
    sizes = {len(held) for held in known}
    if len(sizes) != 1 or sizes <= {0, 1}:
        return False
    flags = all(type(v) in (int, bool) and v in (0, 1) for held in known for v in held)
    return flags and any(len(set(held)) < len(held) for held in known)


def _flags(rows: Sequence[list[Any] | None], names: Sequence[str], what: str) -> Read:
    size = next(len(held) for held in rows if held is not None)
    if names and len(names) != size:
        raise ValueError(f"{what} holds lists of {size} answers, its classes are {len(names)}")
    y = np.array([[-1] * size if held is None else held for held in rows], dtype=np.int64)
    note = f"{what} holds {size} answers of 0 and 1 an item, one a class"
    return MultiLabel(y, names), [note], {"form": "flags"}


def _renamed(value: Any, new: Mapping[str, str]) -> Any:
    return new.get(value, value) if isinstance(value, str) else value


def _one_spelling(rows: Sequence[list[Any] | None]) -> dict[str, str]:
    count: dict[str, int] = {}
    for held in rows:
        for value in held or ():
            if isinstance(value, str):
                count[value] = count.get(value, 0) + 1
    return one_spelling(list(count), count)


def _written(held: list[Any], cell: Any, cells: Mapping[str, Any]) -> Any:
    """A list as the cells of its column are written; ``cell``: what stood there."""
    if cells["form"] == "json":
        return json.dumps(held, ensure_ascii=False)
    if cells["form"] == "numpy":
        return f"[{' '.join(map(repr, held))}]"
    if cells["form"] == "python":
        return repr(held)
    if cells["form"] == "joined":
        mark = cells["separator"]
        spaced = isinstance(cell, str) and f"{mark} " in cell
        return (f"{mark} " if spaced and mark.strip() else mark).join(map(str, held))
    return held
