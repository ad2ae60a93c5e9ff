"""Label Studio's JSON export: each annotation that was not cancelled is a vote on its task.

Columns: item (task id), worker, label, time (seconds since 1970), seconds (how long it took), and
the fields of the task's data.  A label is a class (one choice, left or right of a pair), a list of
classes (several), a number (rating, number), a path "a > b" (taxonomy), a list of names (ranker),
or a list of [class, start, end] (spans), [class, x0, y0, x1, y1] in pixels (rectangles) or regions
with their size (brush, polygons).  Other
kinds of answers are not read, and are named with their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Table
from reliabel.formats.export_rows import (
    name_the_unnamed,
    one_question,
    table_of,
    without_several,
)
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of
from reliabel.formats.label_studio_values import READS, NotRead, value_of
from reliabel.formats.odd_parts import Odd, type_of, unread

FORM = "label_studio"
OWN = ("item", "worker", "label", "time", "seconds")
ROLES = {name: name for name in OWN}


def recognises(records: Rows) -> bool:
    """Whether the records look like tasks with annotations."""
    return any(
        isinstance(task.get("data", ""), dict | None)
        and any(isinstance(task.get(key, 0), list | None) for key in ("annotations", "completions"))
        for task in records
    )


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The votes of an export as a long table.

    question: the name of the question (from_name), if the project has several.
    """
    tasks = records_of(path, encoding_of(path, encoding)).rows
    if not recognises(tasks):
        raise ValueError(
            f"{path.name} is no Label Studio export: a list of tasks with data and annotations is "
            "wanted (export as JSON, not JSON-MIN)"
        )
    odd = Odd("task")
    asked = question_of(path, tasks, question)
    rows: list[dict[str, Any]] = []
    empty: list[int] = []
    seen: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for place, task in enumerate(tasks):
        item = name_of_task(task.get("id"), place)
        facts = _facts(task, item, odd)
        for annotation in annotations_of(task, item, odd):
            if is_cancelled(annotation):
                seen["cancelled"] += 1
                continue
            label, others = answer_of(annotation, asked, item, odd)
            kinds.update(others)
            bare = label is None and not others
            seen["unread" if others and label is None else "empty"] += label is None
            rows.append({**about_annotation(annotation, item, odd), "label": label, **facts})
            empty += [len(rows) - 1] if bare else []
    if not rows:
        raise ValueError(
            f"{path.name} holds {len(tasks):,} tasks and no annotation; export the annotated tasks"
        )
    told = _of_nothing(rows, seen) if not kinds else []
    if kinds and all(row["label"] is None for row in rows):
        raise ValueError(
            f"{path.name} is a Label Studio export whose answers are of kinds that are not read "
            f"({unread(kinds)}); read are {', '.join(READS)}"
        )
    if any(_are_regions(row["label"]) for row in rows):
        for row in empty:  # whoever looked and marked nothing says that nothing is there
            rows[row]["label"] = []
        seen["nothing"], seen["empty"] = seen["empty"], 0
    notes = [f"{path.name} is a Label Studio export: {len(rows):,} annotations of {len(tasks):,} "]
    notes[0] += "tasks"
    notes += told
    notes += _said(seen, kinds, len(tasks) - len({row["item"] for row in rows}))
    notes += [*without_several(rows, "task"), *odd.notes(), *name_the_unnamed(rows)]
    return table_of(rows, OWN, FORM, notes, ROLES)


def question_of(path: Path, tasks: Rows, question: str | None) -> str | None:
    """The question that is meant, None where results without a name count too."""
    quiet = Odd("task")
    names = sorted(
        {
            str(one["from_name"])
            for task in tasks
            for annotation in annotations_of(task, "", quiet)
            for one in results_of(annotation, "", quiet)
            if isinstance(one.get("from_name"), str | int)
        }
    )
    found = one_question(path, names, question)
    return found if question == found else None  # results without a name count where there is one


def _of_nothing(rows: Sequence[dict[str, Any]], seen: Counter[str]) -> list[str]:
    """Where answers are regions of an item, one without regions says that there are none."""
    regions = [row["label"] for row in rows if isinstance(row["label"], list)]
    if not any(one and isinstance(one[0], list) for one in regions) or not seen["empty"]:
        return []
    for row in rows:
        row["label"] = [] if row["label"] is None else row["label"]
    count, seen["empty"] = seen["empty"], 0
    return [f"{count:,} annotations without a region say that there is none"]


def _said(seen: Mapping[str, int], kinds: Mapping[str, int], bare: int) -> list[str]:
    notes = []
    if seen["cancelled"]:
        notes.append(f"{seen['cancelled']:,} cancelled annotations are no votes")
    if seen["nothing"]:
        notes.append(f"{seen['nothing']:,} annotations mark nothing, which is a vote for nothing")
    if seen["empty"]:
        notes.append(f"{seen['empty']:,} annotations without an answer are abstentions")
    if kinds:
        notes.append(
            f"answers of kinds that are not read are left out: {unread(dict(kinds))}; "
            f"{seen['unread']:,} annotations hold nothing else and are no votes"
        )
    if bare:
        notes.append(f"{bare:,} tasks without an annotation are left out")
    return notes


def name_of_task(value: Any, place: int) -> str:
    """The id of a task, or its place in the file."""
    return str(value) if isinstance(value, str | int) and str(value).strip() else f"#{place}"


def _facts(task: Mapping[str, Any], item: str, odd: Odd) -> dict[str, Any]:
    if not isinstance(task.get("id"), str | int):
        odd.add(f"'id' is {_missing(task, 'id')}: the place in the file counts", item)
    data = task.get("data")
    if not isinstance(data, dict):
        odd.add(f"'data' is {_missing(task, 'data')}", item)
        return {}
    return {name: value for name, value in data.items() if name not in OWN}


def _missing(record: Mapping[str, Any], key: str) -> str:
    return type_of(record[key]) if key in record else "missing"


def annotations_of(task: Mapping[str, Any], item: str, odd: Odd) -> Iterator[Mapping[str, Any]]:
    """The annotations of a task."""
    key = "annotations" if task.get("annotations") is not None else "completions"
    return _objects(task, key, item, odd)


def is_cancelled(annotation: Mapping[str, Any]) -> bool:
    """Whether whoever was asked skipped the task."""
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def results_of(annotation: Mapping[str, Any], item: str, odd: Odd) -> Iterator[Mapping[str, Any]]:
    """The results of an annotation."""
    return _objects(annotation, "result", item, odd)


def _objects(
    record: Mapping[str, Any], key: str, item: str, odd: Odd
) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; what is no list or no object is an oddity."""
    held = record.get(key)
    if held is not None and not isinstance(held, list):
        odd.add(f"{key!r} is {type_of(held)}, not a list", item)
        return
    for one in held or []:
        if isinstance(one, dict):
            yield one
        else:
            odd.add(f"{key!r} holds {type_of(one)} in place of an object", item)


def about_annotation(annotation: Mapping[str, Any], item: str, odd: Odd) -> dict[str, Any]:
    """Item, worker, time and seconds of an annotation."""
    took = annotation.get("lead_time")
    if took is not None and (isinstance(took, bool) or not isinstance(took, int | float)):
        odd.add(f"'lead_time' is {type_of(took)}, not a number", item)
        took = None
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = next((who[key] for key in ("email", "id", "username") if who.get(key)), None)
    if who is not None and (isinstance(who, bool) or not isinstance(who, str | int)):
        odd.add(f"'completed_by' is {type_of(who)}, no name or number", item)
        who = None
    named = None if who is None or not str(who).strip() else str(who)
    return {"item": item, "worker": named, "time": _when(annotation, item, odd), "seconds": took}


def _when(annotation: Mapping[str, Any], item: str, odd: Odd) -> float | None:
    written = annotation.get("updated_at") or annotation.get("created_at")
    if written is None:
        return None
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written)
    try:
        moment = datetime.fromisoformat(str(written).replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        odd.add(f"the time {str(written)[:40]!r} is no moment such as 2026-11-21T14:00:00Z", item)
        return None


def answer_of(
    annotation: Mapping[str, Any], question: str | None, item: str, odd: Odd
) -> tuple[Any, list[str]]:
    """The label of one annotation, joined of its regions, and the kinds that are not read."""
    values, others = [], []
    for result in results_of(annotation, item, odd):
        if question is not None and str(result.get("from_name")) != question:
            continue
        try:
            value = value_of(result)
        except NotRead as why:
            others.append(str(why))
            continue
        if value is not None:
            values.append(value)
    if not values:
        return None, others
    first = values[0]
    if _are_regions(first):
        # spans, rectangles and masks: all regions together
        return [region for part in values if isinstance(part, list) for region in part], others
    return (first if len(values) == 1 else _flat(values)), others


def _are_regions(label: Any) -> bool:
    """Whether a label is a list of spans, rectangles or masks."""
    return isinstance(label, list) and bool(label) and isinstance(label[0], list | dict)


def _flat(values: Sequence[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]
