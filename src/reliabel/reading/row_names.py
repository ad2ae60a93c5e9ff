"""Rows of pandas tables by their names: the index becomes the ids, and what has the same names in
another order is put in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.class_order import is_none, order_in, ordered
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import EVIDENCE
from reliabel.core.given_labels import labels_of
from reliabel.core.kinds import is_labels
from reliabel.core.labels import Votes
from reliabel.core.raw_labels import holds_many

Names = list[str] | None


def with_ids(data: Any, evidence: Mapping[str, Any]) -> tuple[Any, dict[str, Any], list[str]]:
    """Labels as a data set whose ids are the index of the labels or, without one, of the evidence;
    evidence in the order of the ids; and notes on both.

    data: a data set, a label set or raw labels.  Raises ValueError where two indexes disagree.
    """
    unordered = is_none(evidence.get("class_order"))
    if unordered:
        evidence = {name: value for name, value in evidence.items() if name != "class_order"}
    if unordered and isinstance(data, Dataset):
        rest = {name: value for name, value in data.evidence.items() if name != "class_order"}
        data = replace(data, evidence=rest)
    raw = not isinstance(data, Dataset) and not is_labels(data) and holds_many(data)
    own = names_of(data) if raw else _ids_of(data)
    ids, evidence, notes = in_one_order(own, evidence, "the labels", counted(data) if raw else 0)
    if not raw and (ids is None or isinstance(data, Dataset)):
        return data, evidence, notes
    labels, told = labels_of(data)
    if not unordered and evidence.get("class_order") is None:
        labels, ranks, more = ordered(labels, None, order_in(data) if raw else None)
        evidence, told = {**evidence, **ranks}, [*told, *more]
    whole = with_row_names(Dataset(labels, source={"notes": [*told, *notes]}), ids)
    return whole, evidence, [*told, *notes]


def in_one_order(
    names: Names, evidence: Mapping[str, Any], whose: str, count: int = 0
) -> tuple[Names, dict[str, Any], list[str]]:
    """The names of the rows (those of the evidence where there are none), and the evidence in
    their order.

    whose: what ``names`` name, for sentences.  count: how many rows a pandas object has that are
        only numbered; evidence with the same numbers in another order is put in theirs.
    Raises ValueError where the rows of some evidence have other names.
    """
    out, notes = dict(evidence), list[str]()
    for name, value in evidence.items():
        theirs = names_of(value) if name not in EVIDENCE or EVIDENCE[name].has_rows else None
        if theirs is None or theirs == names:
            continue
        numbers = list(map(str, range(count)))
        if names is None and not (count and sorted(theirs) == sorted(numbers)):
            names, whose = theirs, name
            continue
        place = _places(numbers if names is None else names, theirs, whose, name)
        out[name] = value.iloc[place]
        left = len(theirs) - len(place)
        more = f"; {left:,} rows that the labels lack are left out" if left else ""
        notes.append(f"the rows of {name} were put in the order of the index of {whose}{more}")
    return names, out, notes


def counted(value: Any) -> int:
    """How many rows a pandas object has; 0 for anything else."""
    return len(value) if hasattr(value, "iloc") else 0


def with_row_names(data: Dataset, names: Names) -> Dataset:
    """The data set with these names of its rows as ids, where they are distinct."""
    if names is None or len(names) != len(data.labels):
        return data
    distinct = len(set(names)) == len(names)
    note = "ids: the index" if distinct else "the index repeats names, so that ids are row numbers"
    source = {**data.source, "notes": [*data.source.get("notes", ()), note]}
    source |= {"ids": "index"} if distinct else {}
    return replace(data, ids=Ids(names) if distinct else data.ids, source=source)


def names_of(value: Any) -> Names:
    """The names of the rows of a pandas table or column; None where they are only numbered, and
    for anything else.
    """
    index: Any = getattr(value, "index", None)
    if not hasattr(value, "iloc") or not hasattr(index, "tolist"):
        return None
    if type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1):
        return None
    given = index.tolist()
    if given == list(range(len(given))):  # counted by hand
        return None
    return [" / ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in given]


def _ids_of(data: Any) -> Names:
    """The names that the rows of a data set have from an index, if they have."""
    if not isinstance(data, Dataset) or isinstance(data.labels, Votes):
        return None
    from_index = data.source.get("ids") == "index"
    return list(data.ids.items) if from_index and data.ids.items is not None else None


def _places(names: list[str], theirs: list[str], whose: str, name: str) -> Any:
    """The row of each name among other names."""
    place = {one: row for row, one in enumerate(theirs)}
    if set(names) <= place.keys() and len(place) == len(theirs):
        return np.array([place[one] for one in names], dtype=np.int64)
    if len(names) != len(theirs):
        seen = f"{whose} have {len(names):,} rows, {name} has {len(theirs):,}"
    else:
        row = next(r for r, (a, b) in enumerate(zip(names, theirs, strict=True)) if a != b)
        seen = f"row {row} is {names[row]!r} in {whose} and {theirs[row]!r} in {name}"
    shared = len(set(names) & place.keys())
    raise ValueError(
        f"the index of {name} does not fit that of {whose}: {seen}, and {shared:,} names are in "
        f"both; if the rows are in the same order, give {name}.reset_index(drop=True)"
    )
