"""Label Studio's JSON, written: tasks with predictions and annotations of classes, and an export
written anew with other labels, everything else as it was.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reliabel.core.short_repr import by_fields
from reliabel.formats import json_lines
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of
from reliabel.formats.label_studio import (
    about_annotation,
    annotations_of,
    answer_of,
    is_cancelled,
    name_of_task,
    question_of,
    recognises,
    results_of,
)
from reliabel.formats.odd_parts import Odd

QUESTION, SHOWN = "label", "item"  # from_name and to_name of what is written here
VERDICTS = ("drop", "unsure")  # verdicts that are no label: choices of their own
GIVEN, SUGGESTED = "given", "reliabel"  # model_version of the predictions
CHOICES, NUMBERS = "choices", ("rating", "number")


@dataclass(frozen=True)
class Annotation:
    """What one person answered: a class, or one of ``VERDICTS``; ``settled`` where it counts
    instead of what others said (Label Studio's ground truth).
    """

    label: str
    who: str | None = None
    at: str | None = None
    settled: bool = False

    __repr__ = by_fields


def task(
    number: int,
    data: Mapping[str, Any],
    given: str | None,
    suggest: str | None,
    annotations: Sequence[Annotation] = (),
) -> dict[str, Any]:
    """A task as Label Studio imports it: the label as given and the one suggested are predictions,
    what people said are annotations.
    """
    models = ((GIVEN, given), (SUGGESTED, suggest))
    return {
        "id": number,
        "data": {name: json_lines.plain(value) for name, value in data.items()},
        "predictions": [
            {"model_version": name, "result": [_choice(label)]}
            for name, label in models
            if label is not None
        ],
        "annotations": [_annotation(one) for one in annotations],
    }


def write(path: Path, tasks: Sequence[Mapping[str, Any]]) -> None:
    """Write tasks as one JSON list."""
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def verdict_word(verdict: str, names: Collection[str]) -> str:
    """The choice that stands for a verdict, told from a class of the same name."""
    return f"({verdict})" if verdict in names else verdict


def decision_rows(path: Path, names: Collection[str]) -> dict[str, list[Any]]:
    """The annotations of an export as columns of decisions: id, verdict, label, who, at, settles; a
    task that nobody annotated is a row without a verdict.

    names: the classes of the data.  The id of an item is ``data.id`` of its task, else the task's.
    Raises ValueError for answers that are not one class.
    """
    tasks = records_of(path, encoding_of(path, None)).rows
    asked, odd = question_of(path, tasks, None), Odd("task")
    columns: dict[str, list[Any]] = {
        name: [] for name in ("id", "verdict", "label", "who", "at", "settles")
    }
    for place, one in enumerate(tasks):
        held = one.get("data")
        data: Mapping[str, Any] = held if isinstance(held, dict) else {}
        item = str(data.get("id", name_of_task(one.get("id"), place)))
        answered = [a for a in annotations_of(one, item, odd) if not is_cancelled(a)]
        told = [_told(path, a, asked, item, data.get("given"), names) for a in answered]
        for row in told or [{"id": item}]:
            for name, cells in columns.items():
                cells.append(row.get(name))
    return columns


def _told(
    path: Path,
    annotation: Mapping[str, Any],
    asked: str | None,
    item: str,
    given: Any,
    names: Collection[str],
) -> dict[str, Any]:
    """One annotation as a decision."""
    quiet = Odd("task")
    label, others = answer_of(annotation, asked, item, quiet)
    if isinstance(label, list) or (label is None and others):
        raise ValueError(
            f"{path.name}, task {item}: {'several choices' if not others else others[0]}; a "
            "decision is one class"
        )
    about = about_annotation(annotation, item, quiet)
    when = about["time"]
    row = {
        "id": item,
        "who": about["worker"],
        "at": None if when is None else _moment(when),
        "settles": True if annotation.get("ground_truth") is True else None,
    }
    word = None if label is None else str(label)
    for verdict in VERDICTS:
        if word == verdict_word(verdict, names):
            return row | {"verdict": verdict}
    kept = word is not None and word == str(given)
    return row | {"verdict": "keep" if kept else None, "label": None if kept else word}


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rewrite(
    path: Path,
    out: Path,
    change: Mapping[int, Any],
    drop: Collection[int],
    *,
    question: str | None = None,
    encoding: str | None = None,
) -> None:
    """Copy an export with one label an item: the last answer of a task in ``change`` gets another
    label, the tasks in ``drop`` are left out, and everything else stays as it is.

    change: item, in the order in which ``label_studio.read`` has them, -> label.
    Raises ValueError where an answer is of a kind whose label cannot be written.
    """
    encoding = encoding_of(path, encoding)
    tasks = records_of(path, encoding).rows
    assert recognises(tasks)
    asked = question_of(path, tasks, question)
    like = next((one for one in _all_answers(tasks) if asked in (None, one.get("from_name"))), {})
    item = _items(tasks)
    fields: dict[int, dict[str, Any]] = {}
    for place, number in item.items():
        if number in change:
            key = "annotations" if tasks[place].get("annotations") is not None else "completions"
            told = deepcopy(tasks[place][key])
            if _relabel(told, asked, change[number], path, like):
                fields[place] = {key: told}
    gone = {place for place, number in item.items() if number in drop}
    json_lines.rewrite(path, out, fields, gone, encoding=encoding)


def _items(tasks: Rows) -> dict[int, int]:
    """Place of a task in the file -> the item that it is, for those with an answer."""
    odd, numbers, found = Odd("task"), dict[str, int](), dict[int, int]()
    for place, one in enumerate(tasks):
        name = name_of_task(one.get("id"), place)
        if any(not is_cancelled(a) for a in annotations_of(one, name, odd)):
            found[place] = numbers.setdefault(name, len(numbers))
    return found


def _all_answers(tasks: Rows) -> Iterator[dict[str, Any]]:
    quiet = Odd("task")
    for one in tasks:
        for annotation in annotations_of(one, "", quiet):
            yield from _answers(annotation, None)


def _relabel(
    annotations: Any, asked: str | None, label: Any, path: Path, like: Mapping[str, Any]
) -> bool:
    """Put a label in the place of the last answer; False where there is no answer."""
    for annotation in reversed([one for one in annotations if isinstance(one, dict)]):
        if is_cancelled(annotation):
            continue
        for result in _answers(annotation, asked):
            value = result["value"]
            key = next((key for key in (CHOICES, *NUMBERS) if key in value), None)
            if key is None:
                raise ValueError(
                    f"{path.name}: an answer of the kind {result.get('type')!r} cannot be written "
                    "anew; give a table as the output, such as mended.csv"
                )
            value[key] = [label] if key == CHOICES else label
            return True
        named = {name: like[name] for name in ("from_name", "to_name") if name in like}
        annotation["result"] = [*(annotation.get("result") or ()), _choice(str(label)) | named]
        return True
    return False


def _answers(annotation: Mapping[str, Any], asked: str | None) -> Iterator[dict[str, Any]]:
    for result in results_of(annotation, "", Odd("task")):
        named = asked is None or str(result.get("from_name")) == asked
        if named and isinstance(result, dict) and isinstance(result.get("value"), dict):
            yield result


def _choice(label: str) -> dict[str, Any]:
    return {
        "from_name": QUESTION,
        "to_name": SHOWN,
        "type": CHOICES,
        "value": {CHOICES: [label]},
    }


def _annotation(one: Annotation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "result": [_choice(one.label)],
        "was_cancelled": False,
        "ground_truth": one.settled,
    }
    if one.who is not None:
        told["completed_by"] = {"email": one.who}
    if one.at is not None:
        told |= {"created_at": one.at, "updated_at": one.at}
    return told
