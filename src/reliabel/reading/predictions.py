"""The predictions of a model in any form that people have them in, in the order of the items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Ints
from reliabel.core.results import Prediction
from reliabel.formats.files import form_of
from reliabel.reading.class_columns import matched
from reliabel.reading.evidence_columns import brought, in_order_of
from reliabel.reading.gold_table import whole_spelling

SAID = ("prediction", "predicted", "pred", "label", "predicted_label", "class", "y_pred", "y")
IDS = ("id", "item", "name", "row")
ARRAYS = ("npy", "npz")


def predictions_of(value: Any, data: Dataset, called: str, notes: list[str]) -> list[str]:
    """(n,) the predicted class of every item by name.

    value: what ``rl.predict`` returned; a table or its file with a column of predictions, matched
        by the ids of the items where it has them; or an array: classes (n,), or probabilities
        (n, k) in the order of the classes.
    called: what sentences call it.  notes: a list to which notes are appended.
    Raises ValueError for items without a prediction, and rows that cannot be matched.
    """
    labels = data.labels
    assert isinstance(labels, Classes)
    if isinstance(value, Prediction):
        names = [str(one) for one in value.predicted]
        return _by_id(names, value.ids.items, data, called)
    if isinstance(value, str | Path):
        path = Path(value)
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}; give the predictions of a model")
        if form_of(path) in ARRAYS:
            return _of_matrix(value, data, called, notes)
        return _of_table(_columns_of(path), data, called, notes)
    if isinstance(value, Mapping):
        columns = {str(name): list(cells) for name, cells in value.items()}
        return _of_table(columns, data, called, notes)
    if hasattr(value, "columns"):
        frame = {str(name): list(value[name]) for name in value.columns}
        return _of_table(frame, data, called, notes)
    if np.ndim(value) == 2:
        return _of_matrix(value, data, called, notes)
    return _by_id(_classes(list(value), labels), None, data, called)


def codes_of(
    predicted: Iterable[Sequence[str]], names: Sequence[str]
) -> tuple[list[Ints], list[str]]:
    """The codes (n,) of each model's predictions, and all class names: those of the labels first,
    then those that only models have.
    """
    code = {name: place for place, name in enumerate(names)}
    made: list[Ints] = []
    for one in predicted:
        for name in one:
            code.setdefault(name, len(code))
        made.append(np.array([code[name] for name in one], dtype=np.int64))
    return made, list(code)


def _columns_of(path: Path) -> dict[str, list[Any]]:
    from reliabel.formats.tables import read

    table = read(path)
    columns: dict[str, list[Any]] = {}
    for name in table.columns:
        cells = table.written(name).tolist()
        if name in table.names:
            cells = [table.names[name][code] if code >= 0 else None for code in cells]
        columns[name] = cells
    return columns


def _of_table(
    columns: Mapping[str, list[Any]], data: Dataset, called: str, notes: list[str]
) -> list[str]:
    labels = data.labels
    assert isinstance(labels, Classes)
    roles = data.source.get("columns", {})
    own, label = roles.get("id"), roles.get("label")
    key = next((name for name in (own, *IDS) if name in columns), None)
    rest = [name for name in columns if name != key]
    said = next((name for name in (*SAID, label) if name in rest), None)
    if said is None and len(rest) == 1:
        said = rest[0]
    if said is None:
        raise ValueError(
            f"{called} has no column of predictions; call it prediction (columns: "
            f"{', '.join(list(columns)[:10])})"
        )
    names = _classes(columns[said], labels)
    if said not in SAID[:1]:
        notes.append(f"{called}: predictions are in column {said!r}")
    ids = None if key is None else [str(one) for one in columns[key]]
    return _by_id(names, ids, data, called)


def _of_matrix(value: Any, data: Dataset, called: str, notes: list[str]) -> list[str]:
    """Classes (n,) or probabilities (n, k) in an array or a file of one."""
    labels = data.labels
    assert isinstance(labels, Classes)
    rows = len(labels)
    matrix = in_order_of(brought(value, "probs", rows, called), data.ids.items, called)
    values = np.asarray(matrix.values)
    if values.ndim == 1 or values.shape[1] == 1:
        return _by_id(_classes(values.ravel().tolist(), labels), None, data, called)
    wide, probs, told = matched(labels, matrix, called, tell=False)
    notes += told
    if len(probs) != rows:
        raise ValueError(_other_length(called, len(probs), rows))
    assert isinstance(wide, Classes)
    return [wide.names[place] for place in np.asarray(probs).argmax(1).tolist()]


def _classes(values: Sequence[Any], labels: Classes) -> list[str]:
    """The values as class names: as they are spelled, whole numbers also with decimals."""
    known = set(labels.names)
    found = []
    for value in values:
        name = "" if value is None or value != value else str(value)
        found.append(name if name in known else whole_spelling(name))
    return found


def _by_id(names: list[str], ids: Sequence[str] | None, data: Dataset, called: str) -> list[str]:
    """The predictions in the order of the items, every item with one."""
    rows = len(data.labels)
    wanted = [data.ids.item(row) for row in range(rows)]
    if ids is None or (data.ids.items is None and not set(ids) <= set(wanted)):
        if len(names) != rows:
            raise ValueError(_other_length(called, len(names), rows))
        found = dict(zip(wanted, names, strict=True))
    else:
        found = {}
        for one, name in zip(ids, names, strict=True):
            if found.setdefault(one, name) != name:
                raise ValueError(
                    f"{called} predicts both {found[one]!r} and {name!r} for item {one!r}; leave "
                    "one row an item"
                )
    without = [one for one in wanted if not found.get(one)]
    if without:
        raise ValueError(
            f"{called} has no prediction for {len(without):,} of {rows:,} items, the first is "
            f"{without[0]!r}; predict all items of the test"
        )
    return [found[one] for one in wanted]


def _other_length(called: str, seen: int, rows: int) -> str:
    return (
        f"{called} holds {seen:,} predictions and the test {rows:,} items; give one for each, or a "
        "table with the ids of the items"
    )
