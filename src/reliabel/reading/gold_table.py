"""A table of items whose truth is known, for votes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Votes
from reliabel.core.votes_on_units import unit_labels
from reliabel.formats.tables import read

TRUTHS = ("label", "gold", "truth", "true_label", "gold_label", "ground_truth", "answer")
WHOLE = re.compile(r"^(0|-?[1-9][0-9]*)\.0*$")


def gold_of(
    path: str | Path,
    data: Dataset,
    *,
    notes: list[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Any:
    """(n,) class names of items whose truth the table gives (with the columns of the votes), None
    elsewhere.

    notes: a list to which notes are appended: on rows without a label, on gold items without votes,
        and on names that were matched although they are spelled differently (1200 and 1200.0).
    encoding, delimiter: of a text file.
    """
    path, told = Path(path), [] if notes is None else notes
    table = read(path, encoding=encoding, delimiter=delimiter)
    item, label = gold_columns(table, data, path, told)
    known, empty = _truths(table, item, label, path)
    if empty:
        rows = "gold row holds" if empty == 1 else "gold rows hold"
        told.append(f"{path.name}: {empty:,} of {table.rows:,} {rows} no label")
    if not known:
        raise ValueError(
            f"{path} holds no label at all in column {label!r}; leave the option out, or name the "
            "file with the known labels"
        )
    votes: Any = data.labels
    names = [data.ids.item(place) for place in range(votes.n)]
    spelled = _matched(names, known)
    gold: list[Any] = [known.get(spelled.get(name, name)) for name in names]
    found = sum(value is not None for value in gold)
    if not found:
        raise ValueError(
            f"{path} names no item that was voted on; items are called {names[0]!r}, ... there "
            f"{next(iter(known))!r}, ..."
        )
    if spelled:
        vote, table_name = next(iter(spelled.items()))
        told.append(
            f"{path.name}: {len(spelled):,} items are spelled differently and were matched, such "
            f"as {table_name!r} to {vote!r}"
        )
    idle = len(known) - found
    if idle:
        told.append(
            f"{path.name}: {idle:,} of {len(known):,} gold item{'' if len(known) == 1 else 's'} "
            "have no vote and are left out"
        )
    return np.array(_as_classes(gold, votes), dtype=object)


def whole_spelling(name: str) -> str:
    """A name without the decimals of a whole number: 1200.0 is 1200.

    >>> whole_spelling("1200.0"), whole_spelling("1.50"), whole_spelling("007.0")
    ('1200', '1.50', '007.0')
    """
    return name.partition(".")[0] if WHOLE.match(name) else name


def gold_columns(table: Any, data: Dataset, path: Path, told: list[str]) -> tuple[str, str]:
    """The columns of items and of their truths: as the votes call them, else by usual names."""
    roles = data.source.get("columns", {})
    names = list(table.columns)
    item = next((n for n in (roles.get("item"), "item", "id") if n in table.columns), None)
    rest = [name for name in names if name != item]
    usual = [name for name in rest if name.strip().lower() in TRUTHS]
    if roles.get("label") in rest:
        label = roles["label"]
    elif len(rest) == 1 or len(usual) == 1:
        label = (rest if len(rest) == 1 else usual)[0]
    else:
        label = None
    if item is None or label is None:
        wanted = roles.get("item", "item") if item is None else roles.get("label", "label")
        raise ValueError(
            f"{path} has no column {wanted!r}; the gold table names item and label as the votes "
            f"do; its columns: {', '.join(names)}"
        )
    if (item, label) != (roles.get("item", "item"), roles.get("label", "label")):
        told.append(f"{path.name}: items are in column {item!r}, known labels in {label!r}")
    return item, label


def _truths(table: Any, item: str, label: str, path: Path) -> tuple[dict[str, Any], int]:
    """The truth of each item, and how many rows hold none."""
    known: dict[str, Any] = {}
    empty = 0
    labels = table.written(label).tolist()
    if label in table.names:
        labels = [table.names[label][code] if code >= 0 else None for code in labels]
    for name, value in zip(_names(table, item), labels, strict=True):
        if value is None or value != value or not str(value).strip():
            empty += 1
        elif known.setdefault(name, value) != value:
            raise ValueError(
                f"{path} says both {known[name]!r} and {value!r} of item {name!r}; the truth of an "
                "item is one label: leave one row"
            )
    return known, empty


def _names(table: Any, item: str) -> list[str]:
    return [str(value) for value in table.written(item).tolist()]


def _matched(names: list[str], known: dict[str, Any]) -> dict[str, str]:
    """Item of the votes -> the name in the table, for names that differ in the decimals of a whole
    number and in nothing else.
    """
    alone = [name for name in names if name not in known]
    there = set(names)
    free = [name for name in known if name not in there]
    own, other = (Counter(map(whole_spelling, side)) for side in (alone, free))
    by_number = {whole_spelling(name): name for name in free}
    return {
        name: by_number[number]
        for name in alone
        if (number := whole_spelling(name)) in by_number
        and own[number] == 1
        and other[number] == 1
        and by_number[number] != name
    }


def _as_classes(gold: list[Any], votes: Votes[Any]) -> list[Any]:
    """Truths spelled as the classes are: 1.0 is class 1, if there is such a class."""
    labels = unit_labels(votes)
    if not isinstance(labels, Classes):
        return gold
    classes = {whole_spelling(name): name for name in labels.names}
    return [
        value
        if value is None or str(value) in labels.names
        else classes.get(whole_spelling(str(value)), value)
        for value in gold
    ]
