"""Label Studio's JSON export of rectangles in pictures: one answer a task, its rectangles in
percent of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.drawn import Drawn, Edit, Objects, number_of, unique_names
from reliabel.formats.json_spans import (
    Cut,
    Listed,
    appended,
    edited,
    elements,
    members,
    replaced,
    start_of,
    text_of,
    without,
)
from reliabel.formats.json_text import Rows, first_records
from reliabel.formats.label_studio import annotations_of, is_cancelled, name_of_task, results_of
from reliabel.formats.label_studio import recognises as is_export
from reliabel.formats.odd_parts import Odd
from reliabel.formats.picture_places import found_pictures, is_found, size_of
from reliabel.formats.tagged import places

FORM = "label_studio_boxes"
LABELS = "rectanglelabels"
SIDES = ("x", "y", "width", "height")
NAN = float("nan")


def recognises(path: Path, encoding: str | None = None) -> bool:
    """Whether a JSON file is an export whose first answers are rectangles in pictures."""
    records, _ = first_records(path)
    return is_export(records) and any(True for _ in _rectangles(records))


def read(
    path: Path,
    *,
    pictures: Path | None = None,
    encoding: str | None = None,
    beside: Path | None = None,
    question: str | None = None,
) -> Drawn:
    """The answered tasks and their rectangles.

    question: the name of the question (from_name), if several ask for rectangles.
    Raises ValueError where a task has several answers.
    """
    text, encoding, _ = text_of(path, encoding)
    tasks = _tasks(path, text).values
    question, field = _question(path, tasks, question)
    kept, notes = _answered(path, tasks)
    objects, odd, sizes = Objects(), Odd("task"), []
    urls = [str((tasks[row].get("data") or {}).get(field) or "") for row in kept]
    names = [name_of_task(tasks[row].get("id"), row) for row in kept]
    at, said = found_pictures([_file_name(url) for url in urls], beside or path, pictures)
    for item, row in enumerate(kept):
        size = (-1, -1)
        held = [
            (place, one)
            for place, one in enumerate(_results(tasks[row]))
            if _names(one) and str(one.get("from_name")) == question
        ]
        for place, one in held:
            size = _size(one) if _size(one)[0] > 0 else size
            for which, name in enumerate(_names(one)):
                corners = _corners(one, names[item], odd)
                objects.add(item, corners, name, (place, which))
        if size[0] < 0 and is_found([at[item]]):
            size = size_of(Path(at[item]))
        sizes.append(size)
    classes = tuple(sorted(set(objects.y)))
    return Drawn(
        FORM,
        at,
        unique_names(names),
        np.array(sizes, dtype=np.int64).reshape(-1, 2),
        classes=classes,
        rows=kept if len(kept) < len(tasks) else None,
        ids=[_file_name(url) for url in urls],
        notes=[
            f"{path.name} is a Label Studio export of {len(kept):,} pictures with rectangles "
            f"({question})",
            *said,
            *notes,
            *odd.notes(),
        ],
        how={"encoding": encoding, "question": question},
        **objects.columns({name: code for code, name in enumerate(classes)}),
    )


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    drop: Collection[int],
    *,
    encoding: str,
    question: str,
) -> list[str]:
    """Copy an export with some rectangles changed and some tasks left out, everything else as it is
    written; returns what a reader of it must know.

    edits: task -> changes of its rectangles.
    Raises ValueError where a box is changed in a task that does not say the size of its picture.
    """
    text, encoding, _ = text_of(path, encoding)
    listed = _tasks(path, text)
    drawn = read(path, encoding=encoding, question=question)
    rows = drawn.rows or list(range(len(listed.values)))
    item_of = {row: item for item, row in enumerate(rows)}
    sample = next(_rectangles(listed.values, question), {})
    cuts = without(listed, drop)
    for row, told in edits.items():
        item = item_of[row]
        at = [drawn.at[j] for j in np.flatnonzero(drawn.item == item).tolist()]
        start, end = listed.spans[row]
        part = text[start:end]
        size = drawn.sizes[item].tolist()
        new = _edited(path, part, listed.values[row], told, at, size, sample, drawn.names[item])
        cuts.append((start, end, new))
    out.write_bytes(edited(text, cuts).encode(encoding))
    return []


def _tasks(path: Path, text: str) -> Listed:
    start = start_of(text)
    if text[start : start + 1] != "[":
        raise ValueError(f"{path.name} is no list of tasks; export as JSON, not JSON-MIN")
    return elements(text, start, path.name, "the list of tasks")


def _edited(
    path: Path,
    text: str,
    task: Mapping[str, Any],
    edits: Sequence[Edit],
    at: Sequence[tuple[int, int]],
    size: Sequence[int],
    sample: Mapping[str, Any],
    name_of: str,
) -> str:
    """The text of a task after changes of some of its rectangles."""
    key = "annotations" if task.get("annotations") is not None else "completions"
    answers = members(text, 0, path.name, [key])[key]
    assert isinstance(answers, Listed)
    chosen = next(p for p, one in enumerate(answers.values) if one is _same(answers, task, key))
    start, end = answers.spans[chosen]
    part = text[start:end]
    results = members(part, 0, path.name, ["result"])["result"]
    assert isinstance(results, Listed)
    cuts, gone, new = list[Cut](), set[int](), list[Any]()
    for place, name, corners in edits:
        if corners is not None and size[0] < 0:
            raise ValueError(
                f"task {name_of} does not say the size of its picture, so that a box cannot be "
                "written in percent of it"
            )
        if place is None:
            new.append(_added(sample, str(name), corners or (NAN,) * 4, size))
            continue
        result, which = at[place]
        a, b = results.spans[result]
        one = results.values[result]
        if name is None and len(_names(one)) == 1:
            gone.add(result)
            continue
        told = _changed(path, part[a:b], one, which, name, corners, size)
        cuts.append((a, b, told))
    cuts += without(results, gone) + appended(part, results, new, gone)
    return edited(text, [(start, end, edited(part, cuts))])


def _same(answers: Listed, task: Mapping[str, Any], key: str) -> Any:
    """Among the answers as the text has them the one that counts."""
    chosen = _answer(task)
    place = next(p for p, one in enumerate(task[key]) if one is chosen)
    return answers.values[place]


def _changed(
    path: Path,
    text: str,
    one: Mapping[str, Any],
    which: int,
    name: str | None,
    corners: Sequence[float] | None,
    size: Sequence[int],
) -> str:
    whole: Any = members(text, 0, path.name)
    start, end = whole["value"].span
    value: Any = members(text[start:end], 0, path.name)
    names = _names(one)
    told = [name if place == which else held for place, held in enumerate(names)]
    left = [held for held in told if held is not None]
    cuts = replaced(text[start:end], value, LABELS, left) if left != _names(one) else []
    if corners is not None:
        for key, share in zip(SIDES, _percent(corners, size), strict=True):
            cuts += replaced(text[start:end], value, key, share)
        cuts += replaced(text[start:end], value, "rotation", 0)
    return edited(text, [(start, end, edited(text[start:end], cuts))])


def _added(
    sample: Mapping[str, Any], name: str, corners: Sequence[float], size: Sequence[int]
) -> dict[str, Any]:
    """A new rectangle, as another one is written."""
    new = {key: sample[key] for key in ("from_name", "to_name", "type") if key in sample}
    sides = dict(zip(SIDES, _percent(corners, size), strict=True))
    value = {**sides, "rotation": 0, LABELS: [name]}
    about = {"original_width": int(size[1]), "original_height": int(size[0])}
    return {**new, **about, "value": value}


def _percent(corners: Sequence[float], size: Sequence[int]) -> list[float]:
    left, top, right, bottom = map(float, corners)
    h, w = size
    shares = (left / w, top / h, (right - left) / w, (bottom - top) / h)
    return [round(100 * share, 6) for share in shares]


def _corners(one: Mapping[str, Any], task: str, odd: Odd) -> tuple[float, ...]:
    value = one["value"]
    h, w = _size(one)
    if h < 0:
        odd.add("a rectangle does not say the size of its picture; its place is unknown", task)
        return (NAN,) * 4
    x, y, wide, high = (
        number_of(value.get(key)) / 100 * side
        for key, side in zip(SIDES, (w, h, w, h), strict=True)
    )
    if not np.isfinite((x, y, wide, high)).all():
        odd.add("a side of a rectangle is no number", task)
    turned = math.radians(number_of(value.get("rotation") or 0))
    if not turned or not math.isfinite(turned):
        return tuple(round(side, 4) for side in (x, y, x + wide, y + high))
    odd.add("a rectangle is turned; the box around it is taken", task)
    cos, sin = math.cos(turned), math.sin(turned)  # about its upper left corner
    xs = [x + a * wide * cos - b * high * sin for a in (0, 1) for b in (0, 1)]
    ys = [y + a * wide * sin + b * high * cos for a in (0, 1) for b in (0, 1)]
    return tuple(round(side, 4) for side in (min(xs), min(ys), max(xs), max(ys)))


def _size(one: Mapping[str, Any]) -> tuple[int, int]:
    sides = [number_of(one.get(key)) for key in ("original_height", "original_width")]
    known = all(side >= 1 and math.isfinite(side) for side in sides)
    return (int(sides[0]), int(sides[1])) if known else (-1, -1)


def _names(one: Mapping[str, Any]) -> list[str]:
    """The classes of a result that is a rectangle, none for any other."""
    value = one.get("value")
    if not isinstance(value, dict) or not {"x", "y", "width", "height"} <= value.keys():
        return []
    held = value.get(LABELS)
    return [str(name) for name in held] if isinstance(held, list) else []


def _results(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The results of the answer that counts, at their places."""
    held = (_answer(task) or {}).get("result")
    return [one if isinstance(one, dict) else {} for one in held] if isinstance(held, list) else []


def _answer(task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The answer of a task that counts: the one called the ground truth, else the last."""
    held = [one for one in annotations_of(task, "", Odd("task")) if not is_cancelled(one)]
    true = [one for one in held if one.get("ground_truth") is True]
    chosen = (true or held)[-1:]
    return chosen[0] if chosen else None


def _rectangles(tasks: Rows, question: str | None = None) -> Iterator[Mapping[str, Any]]:
    quiet = Odd("task")
    for task in tasks:
        for annotation in annotations_of(task, "", quiet):
            for one in results_of(annotation, "", quiet):
                if _names(one) and question in (None, str(one.get("from_name"))):
                    yield one


def _question(path: Path, tasks: Rows, question: str | None) -> tuple[str, str]:
    """The question that asks for rectangles, and the field of the data that holds the picture."""
    asked = sorted(
        {(str(one.get("from_name")), str(one.get("to_name"))) for one in _rectangles(tasks)}
    )
    names = sorted({name for name, _ in asked})
    if question in names:
        names = [str(question)]
    elif len(names) != 1:
        raise ValueError(
            f"{path.name} asks {len(names)} questions whose answers are rectangles "
            f"({', '.join(names) or 'none'}); say which one is meant with label="
        )
    shown = next(to for name, to in asked if name == names[0])
    data = [one for task in tasks if isinstance(one := task.get("data"), dict)]
    fields = list(dict.fromkeys(key for one in data for key in one))
    likely = [shown, "image", "img", "picture", "url", *fields]
    return names[0], next((key for key in likely if key in fields), "image")


def _answered(path: Path, tasks: Rows) -> tuple[list[int], list[str]]:
    """The tasks with an answer, and what was left out."""
    several, kept, bare = list[str](), list[int](), list[int]()
    for row, task in enumerate(tasks):
        held = [one for one in annotations_of(task, "", Odd("task")) if not is_cancelled(one)]
        true = sum(one.get("ground_truth") is True for one in held)
        (kept if held else bare).append(row)
        if len(held) > 1 and true != 1:
            several.append(name_of_task(task.get("id"), row))
    if several:
        raise ValueError(
            f"{path.name}: {places(several, 'task')} ({len(several):,} in all) have several "
            "answers; boxes are audited with one a task: keep one, or mark it as the ground truth"
        )
    names = [name_of_task(tasks[row].get("id"), row) for row in bare]
    return kept, (
        [f"{len(bare):,} tasks without an answer are left out ({places(names, 'task')})"]
        if bare
        else []
    )


def _file_name(url: str) -> str:
    """The file that an address of Label Studio means."""
    from urllib.parse import unquote

    plain = unquote(url.partition("?d=")[2] or url.partition("?")[0])
    if "/data/upload/" in plain or plain.startswith(("http://", "https://")):
        plain = plain.rpartition("/")[2]
    return plain.lstrip("/")
