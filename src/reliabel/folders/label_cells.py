"""Decisions as cells: what stands in the label columns of a file once the decisions are in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import class_names, flat, kind_for, layout_of
from reliabel.core.label_values import written
from reliabel.core.labels import Ints, Labels, MultiLabel, Value, Votes
from reliabel.folders.decisions import Place, Resolved
from reliabel.reading.label_lists import changed_list, spelled_in

Change = dict[int, dict[str, Any]]  # row of the file -> column -> the new cell


def label_columns(data: Dataset) -> list[str]:
    """The columns of the file that hold the labels.  Raises ValueError where the data set does not
    say.
    """
    label = data.source.get("columns", {}).get("label")
    if label is None:
        raise ValueError(
            "the audit does not say which column holds the labels; read the file with rl.read and "
            "audit it again"
        )
    return [label] if isinstance(label, str) else list(label)


def file_rows(data: Dataset) -> Ints:
    """(n,) the row of the file that each item comes from."""
    row = data.source.get("row")
    return np.arange(len(data.labels)) if row is None else np.asarray(row)


def from_votes(data: Dataset) -> bool:
    """Whether the labels are a consensus of votes: a row of the file is then a vote, not an item,
    and no cell of it holds the label.
    """
    voted = "worker" in (data.source.get("columns") or {})
    return voted and not isinstance(data.labels, Votes)


def dropped_rows(data: Dataset, resolved: Resolved) -> set[int]:
    """The rows of the file that go."""
    row = file_rows(data)
    return {int(row[item]) for item, unit in resolved.drop if unit is None}


def cell_changes(
    data: Dataset,
    resolved: Resolved,
    columns: Mapping[str, Any],
    *,
    text: bool = False,
    codes: Mapping[str, Sequence[str]] | None = None,
) -> Change:
    """The new cells, spelled as the file spells such labels.

    columns: the label columns as they are.  text: whether cells are text.  codes: column -> class
        names, where a column holds codes.
    Raises ValueError for units within items, which a cell of the file cannot hold.
    """
    kind, names, row = kind_for(data.labels), list(columns), file_rows(data)
    if layout_of(data.labels).starts is not None and kind.unit_names is None:
        raise ValueError(
            f"labels of the kind {kind.name} are units within items, which the columns "
            f"{', '.join(names)} cannot hold; apply the decisions to the label set itself"
        )
    cells = data.source.get("cells")
    if cells is not None:
        return _changed_lists(data, resolved, columns[names[0]], cells)
    spelled = _spelling(data.labels, row, list(columns.values()))
    for code, name in enumerate((codes or {}).get(names[0], ())):
        spelled.setdefault(name, code)
    wanted: dict[Place, Value | None] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    change: Change = {}
    for (item, unit), value in wanted.items():
        for place, part in kind.cells(data.labels, unit, value).items():
            cell = _cell(part, spelled, columns[names[place]], text)
            change.setdefault(int(row[item]), {})[names[place]] = cell
    return change


def _changed_lists(
    data: Dataset, resolved: Resolved, column: Any, cells: Mapping[str, Any]
) -> Change:
    """The new cells of a column of lists.  A list cannot say that a label is unknown, so that a
    label that goes is left out.
    """
    labels, row, (name,) = data.labels, file_rows(data), label_columns(data)
    names = class_names(labels)
    spelled = spelled_in(column, cells, names)
    answers: dict[int, dict[str, bool]] = {}
    wanted: dict[Place, Value | None] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    for (item, unit), value in wanted.items():
        if isinstance(labels, MultiLabel):
            answers.setdefault(item, {})[names[(unit or 0) % labels.k]] = value == "yes"
        else:  # lists of one label
            answers[item] = {known: known == value for known in (*names, str(value))}
    return {
        int(row[item]): {name: changed_list(column[int(row[item])], cells, told, spelled)}
        for item, told in answers.items()
    }


def _cell(value: Value | None, spelled: Mapping[Any, Any], column: Any, text: bool) -> Any:
    """A label, or a part of one, as the file writes such cells."""
    if isinstance(value, str) and value in spelled:
        return spelled[value]
    if text:
        return written(value)
    if isinstance(value, float) and value.is_integer():
        whole = any(isinstance(cell, int) and not isinstance(cell, bool) for cell in column)
        return int(value) if whole else value
    return list(value) if isinstance(value, tuple) else value


def _spelling(labels: Labels, row: Ints, columns: list[Any]) -> dict[str, Any]:
    """Class name -> the cell that stands for it in the file; for yes/no columns 1 and 0 where the
    file has neither.
    """
    known = flat(labels)
    if known is None:
        return {}
    y = known.y.reshape(len(row), -1)
    spelled: dict[str, Any] = {}
    for place, column in enumerate(columns):
        cells = np.asarray(column, dtype=object)[row]
        codes, first = np.unique(y[:, place], return_index=True)
        for code, at in zip(codes.tolist(), first.tolist(), strict=True):
            if code >= 0:
                spelled.setdefault(known.names[code], cells[at])
    if kind_for(labels).unit_names is not None:
        whole = any(isinstance(cell, int | float) for cell in spelled.values())
        spelled = {"no": 0 if whole else "0", "yes": 1 if whole else "1"} | spelled
    return spelled
