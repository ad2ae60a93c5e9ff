"""Answers that are no plain class or number, one a row of a table of votes: which file reads which
kind.

A kind word of ``read`` stands for a function ``answers(values, *, names, missing) -> (labels,
given, notes)`` in a file ``answers_KIND.py`` of this folder: ``values`` are the cells (lists
written as text are lists already), ``names`` the classes where the table knows them; ``labels``
has one label (one group) a row, ``given`` (rows,) says which rows hold an answer, and what a row
without one holds does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from reliabel.core.label_doubts import parts_at
from reliabel.core.labels import Bools, Labels
from reliabel.core.raw_labels import is_missing
from reliabel.reading.label_lists import list_cells

ANSWERS: Mapping[str, str] = {  # kind word -> module and function
    "sets": "reliabel.reading.answers_sets:answers",
    "candidates": "reliabel.reading.answers_candidates:answers",
    "rankings": "reliabel.reading.answers_rankings:answers",
    "texts": "reliabel.reading.answers_texts:answers",
    "spans": "reliabel.reading.answers_spans:answers",
    "boxes": "reliabel.reading.answers_boxes:answers",
    "regions": "reliabel.reading.answers_regions:answers",
}
LISTS = ("sets", "candidates", "rankings")  # their cells are lists of names
KINDS = ("comparisons", *ANSWERS)  # beside "auto", "classes" and "numbers"
ONE_QUESTION = ("rankings",)  # kinds whose votes may be on one question, a row for each voter
YES_OR_NO = (True, False, None, "yes", "no", "true", "false")  # of a label that was shown
TOO_MANY = 50  # different answers from which a column of text may be free text
Answers = tuple[Labels, Bools, list[str]]


def answers_of(
    table: Any, name: str, kind: str, missing: Sequence[str], separator: str | None = None
) -> Answers:
    """The answers in a column, which rows hold one, and notes on what was inferred."""
    module, _, function = ANSWERS[kind].partition(":")
    values = list_cells(table, name, separator, missing) if kind in LISTS else None
    if kind == "sets" and values is not None and separator is not None:
        values = _joined_cells(table, name, separator, missing) or values
    if values is None:
        values = table.written(name).tolist()
        values = values if kind == "texts" else list(map(_parsed, values))
    read = getattr(import_module(module), function)
    try:
        labels, given, notes = read(
            values, names=tuple(table.names.get(name, ())), missing=tuple(missing)
        )
    except ValueError as error:
        raise ValueError(f"column {name!r}: {error}") from None
    return labels, np.asarray(given, dtype=bool), list(notes)


def _joined_cells(
    table: Any, name: str, separator: str, missing: Sequence[str]
) -> list[Any] | None:
    """Cells of joined names as tuples; blank cells and words for a missing answer stay as they
    are, since a blank one may say that nothing was ticked.  None for cells that write lists.
    """
    if table.kinds[name] != "text":
        return None
    cells = table.written(name).tolist()
    text = [v.strip() for v in cells if not is_missing(v)]
    if text and all(one[:1] in "[({" for one in text if one):
        return None
    return [v if is_missing(v) or v in missing else tuple(parts_at(v, separator)) for v in cells]


def inferred(table: Any, name: str, separator: str | None = None) -> tuple[str | None, list[str]]:
    """The kind of answers that a column plainly holds, with a note that says so; None for classes.

    Lists of texts are sets, or rankings where each holds all of them; lists of a class with two
    numbers spans, with four numbers boxes; text that differs in more than half of the rows, and is
    of several words, is free text.
    """
    kind = _kind_of_cells(table, name, separator)
    if kind is None:
        return None, _written_lists(table, name)
    other = {
        "texts": "kind='classes' if not",
        "sets": "kind='rankings' or kind='candidates' if not",
    }
    return kind, [f"column {name!r} is taken as {kind} ({other.get(kind, 'kind= says otherwise')})"]


def _kind_of_cells(table: Any, name: str, separator: str | None) -> str | None:
    if name in table.names or name in table.classes:
        return None
    if table.kinds[name] not in ("text", "other"):
        return None
    values = [v for v in table.written(name).tolist() if not is_missing(v)]
    cells = [_parsed(v) for v in values]
    if cells and all(isinstance(cell, list | tuple | np.ndarray) for cell in cells):
        return _kind_of_lists([list(cell) for cell in cells])
    lists = [list(cell) for cell in cells if isinstance(cell, list | tuple | np.ndarray)]
    shown = [cell for cell in cells if isinstance(cell, dict)]
    if shown and len(shown) + len(lists) == len(cells):
        says = all(value in YES_OR_NO for cell in shown for value in map(_word, cell.values()))
        return "sets" if says and _kind_of_lists(lists) in ("sets", "rankings") else None
    if lists and len(lists) + sum(isinstance(cell, str) for cell in cells) == len(cells):
        # exports write one choice as it is and several as a list
        return "sets" if all(isinstance(one, str) for cell in lists for one in cell) else None
    if separator is not None:
        return "sets"
    if all(isinstance(v, str) for v in values) and may_be_free(list(set(values)), len(values)):
        return "texts"
    return None


def _written_lists(table: Any, name: str) -> list[str]:
    """What is said of cells that write lists or objects and yet become classes as they stand."""
    if table.kinds[name] != "text" or name in table.names or name in table.classes:
        return []
    cells = [(v, _parsed(v)) for v in table.written(name).tolist() if not is_missing(v)]
    held = [(v, cell) for v, cell in cells if isinstance(cell, list | dict)]
    if not held:
        return []
    shown = {type(cell).__name__: v for v, cell in reversed(held)}
    both = "lists and objects" if len(shown) > 1 else "lists" if "list" in shown else "objects"
    return [
        f"column {name!r}: {len(held):,} of {len(cells):,} answers write {both} "
        f"({', '.join(f'{v:.40}' for v in shown.values())}); as a whole they are no sets, rankings "
        "or spans, so that each different text is a class of its own (kind='sets' reads lists of "
        "labels, and objects of yes or no to each label)"
    ]


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _kind_of_lists(cells: list[list[Any]]) -> str | None:
    parts = [part for cell in cells for part in cell]
    if all(isinstance(part, str) for part in parts):
        whole = len(cells) > 1 and len(set(parts)) > 1
        in_order = whole and all(sorted(cell) == sorted(set(parts)) for cell in cells)
        return "rankings" if in_order else "sets"  # nobody ticks everything, always
    if all(isinstance(part, list | tuple | dict) for part in parts):
        sizes = {_size(part) for part in parts}
        if parts and all(isinstance(part, dict) and "size" in part for part in parts):
            return "regions"
        return {frozenset([3]): "spans", frozenset([5]): "boxes"}.get(frozenset(sizes))
    return None


def _size(part: Any) -> int:
    """3 for a class with a start and an end, 5 for a class with four corners, 0 for else."""
    if isinstance(part, dict):
        return 3 if {"start", "end"} <= set(part) else 0
    texts = sum(isinstance(one, str) for one in part)
    return len(part) if texts == 1 else 0


def may_be_free(different: Sequence[str], rows: int) -> bool:
    """Whether the different answers of so many rows are written freely rather than chosen among
    classes.
    """
    spaced = sum(" " in str(value).strip() for value in different)
    return len(different) > max(TOO_MANY, rows / 2) and spaced > len(different) / 2


def _parsed(cell: Any) -> Any:
    """A cell as the list or the mapping that it writes in JSON, else as it is."""
    if not isinstance(cell, str) or cell.strip()[:1] not in ("[", "{"):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell
