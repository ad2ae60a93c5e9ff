"""Answers that leave a choice: one class is true, and an answer names those that it may be ("dog;
wolf"), or those that it is not ("not dog").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, MultiLabel
from reliabel.core.raw_lists import encode_lists
from reliabel.core.short_repr import many
from reliabel.reading.answers_sets import as_lists

BETWEEN = (" or ",)
NEVER = ("not ", "!")  # before the name of a class that it is not


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[MultiLabel, Bools, list[str]]:
    """What each row leaves possible (1 where it is one class, else -1) and excludes (0), which rows
    hold an answer, and what was inferred.

    >>> cells = ["dog or wolf", "dog", None, "not dog", "cat"]
    >>> labels, given, notes = answers(cells, names=(), missing=())
    >>> labels.names, labels.y[given].tolist()
    (('cat', 'dog', 'wolf'), [[0, -1, -1], [0, 1, 0], [-1, 0, -1], [1, 0, 0]])
    """
    lists, notes = as_lists(values, missing, BETWEEN)
    known = {str(one) for held in lists for one in held or ()} | set(names)
    never = [_excluded(held, known) for held in lists]
    bare = [held if out is None else out for held, out in zip(lists, never, strict=True)]
    y, found = encode_lists(bare, names)
    size = (y == 1).sum(1)
    excludes = np.array([out is not None for out in never], dtype=bool)
    yes = y == 1
    y = np.where(yes & (size > 1)[:, None], -1, y)
    y[excludes] = np.where(yes[excludes], 0, -1)
    given = np.array([bool(held) for held in lists], dtype=bool)
    told = f"{len(found):,} classes, of which one is true; {int((size == 1)[~excludes].sum()):,} "
    told += f"answers name one class, {int((size > 1)[~excludes].sum()):,} leave a choice"
    if excludes.any():
        told += f", {int(excludes.sum()):,} say what it is not"
    if not given.all():
        told += f"; {many(int((~given).sum()), 'empty cell')} without an answer"
    return MultiLabel(y, found), given, [*notes, told]


def _excluded(held: list[Any] | None, known: set[str]) -> list[str] | None:
    """The classes that an answer says it is not, None for other answers."""
    if not held:
        return None
    names = []
    for one in held:
        word = next((mark for mark in NEVER if str(one).startswith(mark)), None)
        if word is None or str(one)[len(word) :].strip() not in known:
            return None
        names.append(str(one)[len(word) :].strip())
    return names
