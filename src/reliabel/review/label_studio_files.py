"""Label Studio and the log: labels handed out as its tasks, and what people said as annotations.
Back they come with ``decide``, which reads its export.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.kinds import class_names, layout_of
from reliabel.core.label_values import shown
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Decision
from reliabel.folders.atomic import writing
from reliabel.formats.label_studio_tasks import VERDICTS, Annotation, task, verdict_word, write
from reliabel.review.store import Log

FORM = "label_studio"
EMPTY = ("verdict", "label", "who")  # columns of a batch for people to fill in


def refuse_other_kinds(audit: Audit, out: Path) -> None:
    """Raise ValueError for labels that are not one class an item, and for a name that is not that
    of a JSON file.
    """
    if not isinstance(audit.data.labels, Classes):
        raise ValueError(
            "tasks for Label Studio are written of one class an item; these labels are "
            f"{type(audit.data.labels).__name__}: take a table, such as batch.csv"
        )
    if out.suffix.lower() != ".json":
        raise ValueError(f"Label Studio reads JSON; end the name {out.name} in .json")


def write_batch(out: Path, rows: Mapping[str, Sequence[Any]]) -> None:
    """Write a batch (columns as ``batches.table_of`` makes them) as tasks."""
    told = [dict(zip(rows, cells, strict=True)) for cells in zip(*rows.values(), strict=True)]
    _write(out, [_task(place, one, []) for place, one in enumerate(told, start=1)])


def write_log(out: Path, log: Log, rows: Mapping[str, Sequence[Any]]) -> None:
    """Write labels (columns of a batch) as tasks with what each person said of them."""
    names = class_names(log.data.labels)
    said: dict[str, list[Decision]] = {}
    for one in log.decisions():
        said.setdefault(one.id, []).append(one)
    told = [dict(zip(rows, cells, strict=True)) for cells in zip(*rows.values(), strict=True)]
    tasks = [
        _task(place, one, [_annotation(d, one["given"], names) for d in said.get(one["id"], ())])
        for place, one in enumerate(told, start=1)
    ]
    _write(out, tasks)


def judged_rows(log: Log) -> list[int]:
    """The flat rows that somebody judged, in the order of the data."""
    with log.looking() as board:
        return np.flatnonzero(board.decided[: layout_of(log.data.labels).rows]).tolist()


def _task(number: int, row: Mapping[str, Any], said: Sequence[Annotation]) -> dict[str, Any]:
    data = {name: value for name, value in row.items() if name not in EMPTY and value is not None}
    return task(number, data, _label(row, "given"), _label(row, "suggest"), said)


def _label(row: Mapping[str, Any], name: str) -> str | None:
    return None if row.get(name) is None else shown(row[name])


def _annotation(one: Decision, given: Any, names: Sequence[str]) -> Annotation:
    word = shown(given if one.verdict == "keep" else one.label)
    if one.verdict in VERDICTS:
        word = verdict_word(one.verdict, names)
    return Annotation(word, one.who, one.at, one.settles)


def _write(out: Path, tasks: Sequence[Mapping[str, Any]]) -> None:
    with writing(out) as part:
        write(part, tasks)
