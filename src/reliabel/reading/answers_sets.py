"""Answers that are label sets: lists of labels, labels joined by a character ("a;b"), or a mapping
from each label that was shown to yes or no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.label_doubts import joined, parts_at
from reliabel.core.labels import Bools, Ints, MultiLabel
from reliabel.core.raw_labels import LISTS, is_missing
from reliabel.core.raw_lists import check_labels, encode_lists
from reliabel.core.short_repr import many

YES = (True, 1, "1", "yes", "true", "y", "t")
NO = (False, 0, "0", "no", "false", "n", "f")
HEAD = 2000  # cells that the character between labels is looked for in


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[MultiLabel, Bools, list[str]]:
    """The sets of each row, which rows hold one, and what was inferred.

    A list says yes to its labels and no to all others, an empty list no to all.  An empty cell says
    no to all where labels are joined by a character, which has no other way to say so, and is no
    answer elsewhere.  A mapping says yes or no to its labels, and nothing of those that it leaves
    out, which the worker was not shown.

    >>> labels, given, notes = answers(["food;sport", "food", ""], names=(), missing=())
    >>> labels.names, labels.y.tolist(), given.tolist()
    (('food', 'sport'), [[1, 1], [1, 0], [0, 0]], [True, True, True])
    >>> labels, *_ = answers([{"food": True, "art": False}, {"sport": 1}], names=(), missing=())
    >>> labels.names, labels.y.tolist()
    (('art', 'food', 'sport'), [[0, 1, -1], [-1, -1, 1]])
    """
    lists, notes = as_lists(values, missing)
    blank = [_is_blank(value) for value in values]
    if any(blank) and _are_joined(values):
        lists = [[] if empty else held for held, empty in zip(lists, blank, strict=True)]
        notes.append(
            f"{many(sum(blank), 'empty cell')}: none of the labels is right; write a word such "
            "as n/a (missing=) where there was no answer"
        )
    shown = [dict(cell) if isinstance(cell, Mapping) else None for cell in values]
    if any(cell is not None for cell in shown):
        lists = [
            held if cell is None else [str(name) for name, said in cell.items() if said is not None]
            for held, cell in zip(lists, shown, strict=True)
        ]
    if _are_flags(lists):
        return _of_flags(lists, names)
    y, found = encode_lists(lists, names)
    for row, cell in enumerate(shown):
        if cell is not None:
            y[row] = _said(cell, found, row)
    given = np.array([held is not None for held in lists], dtype=bool)
    return MultiLabel(y, found), given, [*notes, _told(y[given], len(given) - int(given.sum()))]


def as_lists(
    values: Sequence[Any], missing: Sequence[str], marks: Sequence[str] = ()
) -> tuple[list[list[Any] | None], list[str]]:
    """Each cell as a list of labels, None where there is no answer; text is split at the character
    that joins labels in it.

    marks: further words that may stand between labels.
    """
    text = list(dict.fromkeys(v.strip() for v in values if isinstance(v, str) and v.strip()))
    mark, notes = _mark(text[:HEAD], marks), list[str]()
    if mark is not None:
        several = next(one for one in text if mark in one)
        notes.append(
            f"labels are taken apart at {mark!r}, as in {several!r:.60} (separator= says otherwise)"
        )
    out: list[list[Any] | None] = []
    for value in values:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, LISTS):
            out.append([one for one in value if not is_missing(one)])
        elif isinstance(value, Mapping):
            out.append([])
        elif is_missing(value) or str(value).strip() in ("", *missing):
            out.append(None)
        else:
            parts = parts_at(value, mark) if mark and isinstance(value, str) else [value]
            out.append([one.strip() if isinstance(one, str) else one for one in parts])
    check_labels(out, "answers")
    return out, notes


def _is_blank(value: Any) -> bool:
    return not isinstance(value, (*LISTS, Mapping)) and is_missing(value)


def _are_joined(values: Sequence[Any]) -> bool:
    """Whether labels are joined in text (or were, and are tuples): no cell is a list."""
    held = [value for value in values if not _is_blank(value)]
    return not any(isinstance(value, list | np.ndarray | Mapping) for value in held)


def _mark(text: Sequence[str], marks: Sequence[str]) -> str | None:
    """What stands between the labels of a cell."""
    for word in marks:
        if any(word in one for one in text):
            return word
    found = joined(text)
    if found is not None:
        return found[0]
    return next((mark for mark in (";", "|") if any(mark in one for one in text)), None)


def _are_flags(lists: Sequence[list[Any] | None]) -> bool:
    """Whether each list answers 0 or 1 for every label, in order."""
    held = [one for one in lists if one is not None]
    sizes = {len(one) for one in held}
    flat = [value for one in held for value in one]
    return (
        len(sizes) == 1
        and sizes > {1}.intersection(sizes)
        and all(type(value) in (int, bool) and value in (0, 1) for value in flat)
        and any(len(set(one)) < len(one) for one in held)
    )


def _of_flags(
    lists: Sequence[list[Any] | None], names: Sequence[str]
) -> tuple[MultiLabel, Bools, list[str]]:
    size = next(len(held) for held in lists if held is not None)
    if names and len(names) != size:
        raise ValueError(f"lists of {size} answers of 0 and 1, and {len(names)} class names")
    given = np.array([held is not None for held in lists], dtype=bool)
    y = np.array([[-1] * size if held is None else held for held in lists], dtype=np.int64)
    note = f"each answer is {size} answers of 0 and 1, one a label"
    return MultiLabel(y, names), given, [note]


def _said(cell: Mapping[Any, Any], names: Sequence[str], row: int) -> Ints:
    """Yes, no or not shown, of one mapping."""
    place = {name: column for column, name in enumerate(names)}
    y = np.full(len(names), -1)
    for name, said in cell.items():
        word = said.strip().lower() if isinstance(said, str) else said
        if word is None or (isinstance(word, str) and not word):
            continue
        if word not in YES and word not in NO:
            raise ValueError(
                f"row {row} says {said!r:.40} of {str(name)!r}; a mapping says yes or no to each "
                "label that was shown: true, false, 1, 0, 'yes', 'no', or null"
            )
        y[place[str(name)]] = int(word in YES)
    return y


def _told(y: Ints, empty: int) -> str:
    size = (y == 1).sum(1)
    none, unseen = int((size == 0).sum()), int((y < 0).sum())
    said = f"{y.shape[1]:,} labels, {float(size.mean()) if len(size) else 0:.1f} an answer"
    if none:
        said += f"; {many(none, 'answer')} without any"
    if empty:
        said += f"; {many(empty, 'empty cell')} without an answer ([] would say no to all)"
    if unseen:
        return f"{said}; what an answer leaves out was not shown, and is no 'no'"
    return f"{said}; what an answer leaves out is a 'no'"
