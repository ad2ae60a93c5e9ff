"""Label Studio's JSON export: each annotation that was not cancelled is a vote on its task.

Columns: item (task id), worker, label, time (seconds since 1970), seconds (how long it took), and
the fields of the task's data.  A label is a class (one choice), a list of classes (several), a
number (rating, number), a path "a > b" (taxonomy), a list of names (ranker), or a list of [class,
start, end] (spans) or [class, x0, y0, x1, y1] in pixels (rectangles).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Table, settled
from reliabel.formats.files import encoding_of

OWN = ("item", "worker", "label", "time", "seconds")


def is_one(path: Path) -> bool:
    """Whether the file looks like a Label Studio export: a list of tasks with annotations."""
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as file:
        head = file.read(65536).lstrip()
    return (
        head.startswith(b"[")
        and (b'"annotations"' in head or b'"completions"' in head)
        and b'"data"' in head
    )


def read(path: Path, *, question: str | None = None) -> Table:
    """The votes of an export as a long table.

    question: the name of the control (from_name), if the project has several.
    """
    try:
        tasks = json.loads(path.read_text(encoding=encoding_of(path, None)))
    except json.JSONDecodeError as wrong:
        raise ValueError(
            f"{path.name} is no JSON: {wrong.msg} in line {wrong.lineno}; export it again"
        ) from wrong
    if not isinstance(tasks, list) or not all(
        isinstance(task, dict) and "data" in task for task in tasks
    ):
        raise ValueError(
            f"{path.name} is no Label Studio export: a list of tasks with data and annotations is "
            "wanted (export as JSON, not JSON-MIN)"
        )
    rows: list[dict[str, Any]] = []
    cancelled = empty = 0
    names = sorted(
        {
            str(r["from_name"])
            for task in tasks
            for a in _annotations(task)
            for r in _results(a)
            if "from_name" in r
        }
    )
    if question is None and len(names) > 1:
        raise ValueError(
            f"{path.name} asks {len(names)} questions ({', '.join(names[:8])}); say which one is "
            f"meant: --label {names[0]} (label=)"
        )
    if question is not None and question not in names:
        raise ValueError(
            f"{path.name} has no question {question!r}; it has {', '.join(names[:8]) or 'none'}"
        )
    for place, task in enumerate(tasks):
        facts = (
            {name: value for name, value in task["data"].items() if name not in OWN}
            if isinstance(task["data"], dict)
            else {}
        )
        item = str(task.get("id", place))
        for annotation in _annotations(task):
            if annotation.get("was_cancelled") or annotation.get("skipped"):
                cancelled += 1
                continue
            results = [
                r
                for r in _results(annotation)
                if question is None or r.get("from_name") == question
            ]
            label = _label(results)
            empty += label is None
            when = _when(annotation, f"{path.name}, task {item}")
            rows.append(
                {
                    "item": item,
                    "worker": _who(annotation),
                    "label": label,
                    "time": when,
                    "seconds": annotation.get("lead_time"),
                    **facts,
                }
            )
    return _table(path, rows, len(tasks), cancelled, empty)


def _table(
    path: Path, rows: Sequence[Mapping[str, Any]], tasks: int, cancelled: int, empty: int
) -> Table:
    if not rows:
        raise ValueError(
            f"{path.name} holds {tasks:,} tasks and no annotation; export the annotated tasks"
        )
    names = list(dict.fromkeys([*OWN, *(name for row in rows for name in row)]))
    found = {name: settled([row.get(name) for row in rows]) for name in names}
    notes = [f"{path.name} is a Label Studio export: {len(rows):,} annotations of {tasks:,} tasks"]
    notes += [f"{cancelled:,} cancelled annotations are no votes"] if cancelled else []
    notes += [f"{empty:,} annotations without an answer are abstentions"] if empty else []
    bare = tasks - len({row["item"] for row in rows})
    notes += [f"{bare:,} tasks without an annotation are left out"] if bare else []
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        "json",
        tuple(notes),
    )


def _annotations(task: Mapping[str, Any]) -> list[Any]:
    return [
        a for a in task.get("annotations") or task.get("completions") or [] if isinstance(a, dict)
    ]


def _results(annotation: Mapping[str, Any]) -> list[Any]:
    return [r for r in annotation.get("result") or [] if isinstance(r, dict)]


def _who(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return "unknown" if who is None else str(who)


def _when(annotation: Mapping[str, Any], place: str) -> float | None:
    written = annotation.get("updated_at") or annotation.get("created_at")
    if written is None:
        return None
    if isinstance(written, int | float):
        return float(written)
    try:
        moment = datetime.fromisoformat(str(written).replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(
            f"{place}: the time of an annotation is {written!r}, which is no moment such as "
            "2026-11-21T14:00:00Z; export the project again"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _label(results: Sequence[Mapping[str, Any]]) -> Any:
    """The label of one annotation: the value of its regions, joined if there are several."""
    values = [_value(r) for r in results if isinstance(r.get("value"), dict)]
    values = [value for value in values if value is not None]
    if not values:
        return None
    if (
        isinstance(values[0], list) and values[0] and isinstance(values[0][0], list)
    ):  # spans and rectangles: all regions together
        return [region for part in values for region in part]
    return values[0] if len(values) == 1 else values


def _value(result: Mapping[str, Any]) -> Any:
    value = result["value"]
    if "choices" in value:
        if not value["choices"]:
            return None
        return value["choices"][0] if len(value["choices"]) == 1 else list(value["choices"])
    for word in ("rating", "number"):
        if word in value:
            return value[word]
    if "taxonomy" in value:
        paths = [" > ".join(path) for path in value["taxonomy"]]
        return paths[0] if len(paths) == 1 else paths
    if "ranker" in value:
        return value["ranker"]
    if "rectanglelabels" in value:
        width, height = result.get("original_width", 100), result.get("original_height", 100)
        x, y = value["x"] * width / 100, value["y"] * height / 100
        return [
            [name, x, y, x + value["width"] * width / 100, y + value["height"] * height / 100]
            for name in value["rectanglelabels"]
        ]
    if "labels" in value and "start" in value:
        return [[name, value["start"], value["end"]] for name in value["labels"]]
    return (
        value["text"][0]
        if isinstance(value.get("text"), list) and value["text"]
        else value.get("text")
    )
