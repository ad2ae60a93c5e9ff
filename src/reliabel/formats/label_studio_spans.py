"""Label Studio's JSON export of spans in texts: one answer a task, its spans in characters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from reliabel.formats import json_lines
from reliabel.formats.columns import settled
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, first_records, records_of
from reliabel.formats.label_studio import (
    annotations_of,
    is_cancelled,
    name_of_task,
    results_of,
)
from reliabel.formats.label_studio import (
    recognises as is_export,
)
from reliabel.formats.odd_parts import Odd
from reliabel.formats.span_records import Fields, RecordReader
from reliabel.formats.tagged import Edit, Tagged, Words, places, repeated_ids

FORM = "label_studio_spans"
LABELS = ("labels", "hypertextlabels")


def recognises(path: Path, encoding: str | None = None) -> bool:
    """Whether a JSON file is an export whose first answers are spans of texts, one answer a task;
    those of several people are votes.
    """
    records, _ = first_records(path)
    if not is_export(records) or sum(map(_by_several, records)) * 2 > len(records):
        return False
    return any(True for _, _, _ in _spans(records, None))


def read(path: Path, *, label: str | int | None = None, encoding: str | None = None) -> Tagged:
    """The texts of the tasks and their spans.

    label: the question (from_name), if several ask for spans.
    Raises ValueError where a task has several answers, and for spans that are none.
    """
    encoding = encoding_of(path, encoding)
    tasks = records_of(path, encoding).rows
    question, key = _question(path, tasks, label)
    reader = _reader(path, key)
    kept, notes = _answered(path, tasks)
    items, shifted = [], []
    for row in kept:
        record, moved = _record(tasks[row], question, key, row)
        shifted += [row] if moved else []
        items.append(reader.item(record, row))
    names = [name_of_task(tasks[row].get("id"), row) for row in kept]
    if shifted:
        notes.append(
            f"{len(shifted):,} tasks count letters beyond the basic plane (emoji) twice, "
            f"{places([names[kept.index(row)] for row in shifted], 'task')}; their spans were put "
            "right by the text that they hold"
        )
    if len(set(names)) < len(names):
        notes.append(repeated_ids(names))
    data = [one if isinstance(one := tasks[row].get("data"), dict) else {} for row in kept]
    return Tagged(
        FORM,
        [item.words for item in items],
        spans=[item.spans for item in items],
        ids=names if len(set(names)) == len(names) else None,
        rows=kept if len(kept) < len(tasks) else None,
        facts=_facts(data, key),
        label=question,
        notes=[
            f"{path.name} is a Label Studio export: {len(items):,} texts with spans ({question})",
            *notes,
            *reader.notes(items),
        ],
        how={"encoding": encoding, "label": question},
    )


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    tags: Mapping[int, Words],
    drop: Collection[int],
    *,
    encoding: str,
    label: str,
) -> None:
    """Copy an export with some spans changed and some tasks left out, everything else as it is.

    edits: task -> spans before and after, in words.
    """
    tasks = records_of(path, encoding).rows
    question, key = _question(path, tasks, label)
    like = next((one for *_, one in _spans(tasks, question)), {})
    change = {}
    for row, changes in edits.items():
        where = "annotations" if tasks[row].get("annotations") is not None else "completions"
        told = deepcopy(tasks[row][where])
        answer = _answer({where: told})
        assert answer is not None
        _edit(path, tasks[row], row, answer, changes, question, key, like)
        change[row] = {where: told}
    json_lines.rewrite(path, out, change, drop, encoding=encoding)


def _edit(
    path: Path,
    task: Mapping[str, Any],
    row: int,
    answer: dict[str, Any],
    edits: Sequence[Edit],
    question: str,
    key: str,
    like: Mapping[str, Any],
) -> None:
    reader = _reader(path, key)
    record, _ = _record(task, question, key, row)
    item, text = reader.item(record, row), record[key]
    results = results_of(answer, "", Odd("task"))
    held: list[tuple[Any, str]] = [(one, n) for one in results for n in _names(one, question)]
    known = list(item.spans)
    for before, after in edits:
        if before is not None:
            place = known.index(before)
            one, name = held[place]
            if after is None or len(one["value"][_key(one)]) > 1:
                one["value"][_key(one)].remove(name)
                if not one["value"][_key(one)]:
                    answer["result"] = [other for other in answer["result"] if other is not one]
                del held[place], known[place]
                if after is None:
                    continue
                new = deepcopy(one)
                new.pop("id", None)
                answer["result"].append(new)
            else:
                new = one
                del held[place], known[place]
        else:
            new = _bare(like)
            answer["result"] = [*(answer.get("result") or ()), new]
        assert after is not None
        name, first, last = after
        new["value"][_key(new)] = [name]
        if before is None or before[1:] != after[1:]:
            start, end = item.at[first][0], item.at[last - 1][1]
            new["value"] |= {"start": start, "end": end}
            if "text" in new["value"]:
                new["value"]["text"] = text[start:end]
        held.append((new, name))
        known.append(after)


def _bare(like: Mapping[str, Any]) -> dict[str, Any]:
    """A result as another one is written, without what says more than its place and its class."""
    new = {name: like[name] for name in ("from_name", "to_name", "type") if name in like}
    value = {name: one for name, one in like["value"].items() if name in (*LABELS, "text")}
    return {**new, "value": value}


def _reader(path: Path, key: str) -> RecordReader:
    return RecordReader(path, Fields(key, None, "spans", tags=False), [])


def _record(
    task: Mapping[str, Any], question: str, key: str, row: int
) -> tuple[dict[str, Any], bool]:
    """A task as a record with its text and its spans, and whether spans counted letters twice."""
    data = task.get("data")
    text = data.get(key) if isinstance(data, dict) else None
    answer = _answer(task)
    spans, moved = [], False
    for one in results_of(answer or {}, "", Odd("task")):
        for name in _names(one, question):
            start, end = one["value"].get("start"), one["value"].get("end")
            said = one["value"].get("text")
            whole = type(start) is int and type(end) is int
            if whole and isinstance(text, str) and isinstance(said, str):
                first, last, there = _of_units(text, start, end)
                if text[start:end] != said and there == said:
                    start, end, moved = first, last, True
            spans.append({"start": start, "end": end, "label": name})
    return {key: text, "spans": spans}, moved


def _of_units(text: str, start: int, end: int) -> tuple[int, int, str]:
    """Characters of a range that counts units of UTF-16, and the text there."""
    raw = text.encode("utf-16-le", "surrogatepass")
    first = len(raw[: 2 * start].decode("utf-16-le", "replace"))
    last = len(raw[: 2 * end].decode("utf-16-le", "replace"))
    return first, last, text[first:last]


def _key(one: Mapping[str, Any]) -> str:
    return next(key for key in LABELS if key in one["value"])


def _names(one: Mapping[str, Any], question: str | None) -> list[str]:
    """The classes of a result that is a span of a text, none for any other."""
    value = one.get("value")
    if not isinstance(value, dict) or not {"start", "end"} <= value.keys():
        return []
    if question is not None and str(one.get("from_name")) != question:
        return []
    held: list[Any] = next((value[k] for k in LABELS if isinstance(value.get(k), list)), [])
    return [str(name) for name in held]


def _answer(task: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer of a task that counts: the one called the ground truth, else the last."""
    held = [one for one in annotations_of(task, "", Odd("task")) if not is_cancelled(one)]
    true = [one for one in held if one.get("ground_truth") is True]
    chosen = (true or held)[-1:]
    return chosen[0] if chosen else None  # type: ignore[return-value]


def _several(task: Mapping[str, Any]) -> bool:
    """Whether a task has several answers, of which none is called the ground truth."""
    held = [one for one in annotations_of(task, "", Odd("task")) if not is_cancelled(one)]
    return len(held) > 1 and sum(one.get("ground_truth") is True for one in held) != 1


def _by_several(task: Mapping[str, Any]) -> bool:
    """Whether the answers of a task are by several people."""
    held = annotations_of(task, "", Odd("task"))
    people = {str(one.get("completed_by")) for one in held if not is_cancelled(one)}
    return _several(task) and len(people - {"None"}) > 1


def _spans(tasks: Rows, question: str | None) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Question, field of the text and result of each span."""
    quiet = Odd("task")
    for task in tasks:
        for annotation in annotations_of(task, "", quiet):
            for one in results_of(annotation, "", quiet):
                if _names(one, question) and one.get("type") in (*LABELS, None):
                    yield str(one.get("from_name")), str(one.get("to_name")), one


def _question(path: Path, tasks: Rows, label: str | int | None) -> tuple[str, str]:
    """The question that asks for spans, and the field of the data that holds the text."""
    pairs = sorted({(name, shown) for name, shown, _ in _spans(tasks, None)})
    names = sorted({name for name, _ in pairs})
    if label is not None and str(label) in names:
        names = [str(label)]
    elif label not in (None, "label") or len(names) != 1:
        raise ValueError(
            f"{path.name} asks {len(names)} questions whose answers are spans of texts "
            f"({', '.join(names) or 'none'}); say which one is meant with label="
        )
    shown = next(shown for name, shown in pairs if name == names[0])
    data = [one for task in tasks if isinstance(one := task.get("data"), dict)]
    fields = [
        key
        for key in dict.fromkeys(key for one in data for key in one)
        if all(isinstance(one.get(key, ""), str) for one in data)
    ]
    if shown in fields or len(fields) == 1 or "text" in fields:
        return names[0], shown if shown in fields else "text" if "text" in fields else fields[0]
    raise ValueError(
        f"{path.name} does not say which field of data holds the text; there are "
        f"{', '.join(fields) or 'none'}"
    )


def _answered(path: Path, tasks: Rows) -> tuple[list[int], list[str]]:
    """The tasks with an answer, and what was left out."""
    several, kept, bare = list[str](), list[int](), list[int]()
    for row, task in enumerate(tasks):
        held = [one for one in annotations_of(task, "", Odd("task")) if not is_cancelled(one)]
        (kept if held else bare).append(row)
        if _several(task):
            several.append(name_of_task(task.get("id"), row))
    if several:
        raise ValueError(
            f"{path.name}: {places(several, 'task')} ({len(several):,} in all) have several "
            "answers; tagged text takes one a task: keep one, mark it as the ground truth, or read "
            "all of them as votes (kind='spans')"
        )
    if not bare:
        return kept, []
    names = [name_of_task(tasks[row].get("id"), row) for row in bare]
    return kept, [f"{len(bare):,} tasks without an answer are left out ({places(names, 'task')})"]


def _facts(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any]:
    names = [
        name
        for name in dict.fromkeys(name for one in rows for name in one)
        if name != key
        and all(isinstance(one.get(name), str | int | float | bool | None) for one in rows)
    ]
    return {name: settled([one.get(name) for one in rows])[1] for name in names}
