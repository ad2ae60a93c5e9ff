"""What the exports of crowd platforms share: rows that count, the question that is meant, and the
table of votes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.labels import Bools
from reliabel.formats.columns import Table, listed, settled
from reliabel.formats.votes_wide import one_type

FEW = 0.1  # share of answers with several classes up to which they are left out
TRUE = ("true", "1", "yes", "x")


def cells_of(table: Table, name: str) -> list[Any]:
    """The cells of a column as written, None where they are empty."""
    if name in table.cells:
        return [None if v is None or not v.strip() else v for v in table.written(name).tolist()]
    return listed(table.columns[name], table.kinds[name])


def kept(table: Table, keep: Bools) -> Table:
    """The rows of a table that count."""
    if keep.all():
        return table
    rows = np.flatnonzero(keep)
    return replace(
        table,
        columns={name: values[rows] for name, values in table.columns.items()},
        cells={name: cells.take(rows) for name, cells in table.cells.items()},
    )


def is_true(value: Any) -> bool:
    """Whether a cell of a yes-or-no column says yes."""
    return value is not None and str(value).strip().lower() in TRUE


def is_flag(value: Any) -> bool:
    """Whether a cell could stand in a column of yes and no."""
    return value is None or str(value).strip().lower() in ("true", "false")


def chosen(what: str, questions: Sequence[str], asked: str | None, prefix: str = "") -> str:
    """The question that is meant: the one that was asked for, with or without the prefix of its
    column, or the only one.

    Raises ValueError for several questions of which none was named, and for unknown ones.
    """
    if not questions:
        raise ValueError(f"{what}, and it holds no answers; download the results with the answers")
    if asked is not None:
        for name in (asked, asked.removeprefix(prefix)):
            if name in questions:
                return name
        if asked != "label" or len(questions) > 1:
            raise ValueError(
                f"{what} without an answer {asked!r}; it has {in_words(questions)} (label=)"
            )
    if len(questions) > 1:
        raise ValueError(
            f"{what} and holds answers to {len(questions)} questions ({in_words(questions)}); say "
            f"which one is meant with label={questions[0]!r}"
        )
    return questions[0]


def single(values: Sequence[Any], rows: Sequence[Any], what: str) -> tuple[list[Any], list[str]]:
    """Answers with one class each: a list of one is its element, a few answers with several classes
    are left out with a note.

    rows: the item of each answer.  what: how an item is called.
    Raises ValueError where many answers have several classes.
    """
    plain = [value[0] if isinstance(value, list) and len(value) == 1 else value for value in values]
    plain = [None if isinstance(value, list) and not value else value for value in plain]
    many = [place for place, value in enumerate(plain) if isinstance(value, list)]
    if not many:
        return one_type({"": plain})[""], []
    held = sum(value is not None for value in plain)
    first = f"{', '.join(map(str, plain[many[0]]))} on {what} {rows[many[0]]}"
    if len(many) > FEW * held:
        raise ValueError(
            f"{len(many):,} of {held:,} answers hold several classes, the first {first}: a vote is "
            "one class; make one file for each class, with yes or no as the answer"
        )
    for place in many:
        plain[place] = None
    return one_type({"": plain})[""], [
        f"{len(many):,} of {held:,} answers hold several classes, the first {first}; they are no "
        "votes"
    ]


def table_of_votes(
    table: Table,
    made: Mapping[str, Sequence[Any]],
    facts: Mapping[str, str],
    notes: Sequence[str],
    roles: Mapping[str, str],
) -> Table:
    """The table of votes: the columns in ``made``, those of ``table`` that describe the items
    (``facts``: new name -> column), and the role of each.
    """
    found = {name: settled(values) for name, values in made.items()}
    own = {new: old for new, old in facts.items() if new not in found}
    return Table(
        {name: values for name, (_, values) in found.items()}
        | {new: table.columns[old] for new, old in own.items()},
        {name: kind for name, (kind, _) in found.items()}
        | {new: table.kinds[old] for new, old in own.items()},
        table.form,
        (*table.notes, *notes),
        cells={new: table.cells[old] for new, old in own.items() if old in table.cells},
        names={new: table.names[old] for new, old in own.items() if old in table.names},
        how=table.how,
        roles=dict(roles),
    )


def in_words(names: Sequence[str]) -> str:
    """Some names for a sentence."""
    more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more


def several(number: int, one: str, many: str) -> str:
    """The number with the noun that fits it."""
    return f"{number:,} {one if number == 1 else many}"
